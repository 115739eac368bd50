package web

import (
	"net/http"
	"strings"

	"broadsheet/functions/internal/edition"
)

// policy is the headers that depend on the class of an answer.
type policy struct {
	contentSecurity, referrer, resource, cache, robots string
}

const (
	cspPage     = "default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; style-src 'self'"
	cspFile     = "default-src 'none'; frame-ancestors 'none'"
	cspFeed     = "default-src 'none'; frame-ancestors 'none'; sandbox"
	cspDrawing  = cspFile + "; style-src 'unsafe-inline'; sandbox"
	referPages  = "strict-origin-when-cross-origin"
	referNobody = "no-referrer"
	sameOrigin  = "same-origin"
	crossOrigin = "cross-origin"
	forEver     = "public, max-age=31536000, immutable"
	noStore     = "no-store"
)

// policyOf is the table of header classes.
func policyOf(c edition.Class) policy {
	switch c {
	case edition.Page:
		return policy{cspPage, referPages, sameOrigin, "public, max-age=60, s-maxage=600, stale-while-revalidate=60, stale-if-error=86400", ""}
	case edition.Private:
		return policy{strings.Replace(cspPage, "img-src 'self' data:", "img-src 'self'", 1), referNobody, sameOrigin, noStore, "noindex, nofollow"}
	case edition.Feed:
		return policy{cspFeed, referNobody, crossOrigin, "public, max-age=300, s-maxage=600", ""}
	case edition.Asset:
		return policy{cspFile, referNobody, sameOrigin, forEver, ""}
	case edition.Drawing:
		return policy{cspDrawing, referNobody, sameOrigin, forEver, ""}
	case edition.Picture:
		return policy{cspFile, referNobody, crossOrigin, forEver, ""}
	case edition.Download:
		return policy{cspFile, referNobody, crossOrigin, "public, max-age=3600", ""}
	case edition.Missing:
		return policy{cspPage, referPages, sameOrigin, "public, max-age=30", ""}
	}
	return policy{cspPage, referNobody, sameOrigin, noStore, ""}
}

// set writes the headers of a class.
func (p policy) set(h http.Header) {
	h.Set("Content-Security-Policy", p.contentSecurity)
	h.Set("Referrer-Policy", p.referrer)
	h.Set("Cross-Origin-Resource-Policy", p.resource)
	h.Set("Cache-Control", p.cache)
	if p.robots != "" {
		h.Set("X-Robots-Tag", p.robots)
	}
}

// setBase writes the headers that every answer has. Strict-Transport-Security
// is sent where the site's own address is https (RFC 6797, section 7.2).
func setBase(h http.Header, https bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()")
	h.Set("Origin-Agent-Cluster", "?1")
	h.Set("X-Frame-Options", "DENY")
	if https {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}
