package web

import (
	"maps"
	"net/http"

	"broadsheet/functions/internal/edition"
)

// policy is the headers that depend on the class of an answer.
type policy struct {
	contentSecurity, referrer, resource, cache, robots string
}

const (
	cspPage    = "default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; style-src 'self'"
	cspPrivate = "default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src 'self'; manifest-src 'self'; style-src 'self'"
	cspFile    = "default-src 'none'; frame-ancestors 'none'"
	cspFeed    = cspFile + "; sandbox"
	cspDrawing = cspFile + "; style-src 'unsafe-inline'; sandbox"

	cachePage     = "public, max-age=60, s-maxage=600, stale-while-revalidate=60, stale-if-error=86400"
	cacheFeed     = "public, max-age=300, s-maxage=600"
	cacheForever  = "public, max-age=31536000, immutable"
	cacheDownload = "public, max-age=3600"
	cacheMissing  = "public, max-age=30" // so long others may see the id of the first visitor
	cacheNever    = "no-store"

	noReferrer     = "no-referrer"
	originReferrer = "strict-origin-when-cross-origin"
)

// policies is the table of header classes. What mail programs and feed readers
// load from other sites is cross-origin; a token in the address of a private
// page must not leave in a Referer.
func policies() [edition.Failure + 1]policy {
	return [...]policy{
		//                 Content-Security-Policy, Referrer-Policy, CORP, Cache-Control, X-Robots-Tag
		edition.Page:     {cspPage, originReferrer, "same-origin", cachePage, ""},
		edition.Private:  {cspPrivate, noReferrer, "same-origin", cacheNever, "noindex, nofollow"},
		edition.Feed:     {cspFeed, noReferrer, "cross-origin", cacheFeed, ""},
		edition.Asset:    {cspFile, noReferrer, "same-origin", cacheForever, ""},
		edition.Drawing:  {cspDrawing, noReferrer, "same-origin", cacheForever, ""},
		edition.Picture:  {cspFile, noReferrer, "cross-origin", cacheForever, ""},
		edition.Download: {cspFile, noReferrer, "cross-origin", cacheDownload, ""},
		edition.Missing:  {cspPage, originReferrer, "same-origin", cacheMissing, ""},
		edition.Failure:  {cspPage, noReferrer, "same-origin", cacheNever, ""},
	}
}

// header returns the headers of a class. Site keeps one for each class and lets
// answers share its values, which saves an allocation a header.
func (p policy) header() http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", p.contentSecurity)
	h.Set("Referrer-Policy", p.referrer)
	h.Set("Cross-Origin-Resource-Policy", p.resource)
	h.Set("Cache-Control", p.cache)
	if p.robots != "" {
		h.Set("X-Robots-Tag", p.robots)
	}
	return h
}

// baseHeader returns the headers that every answer has.
// Strict-Transport-Security means nothing over plain HTTP (RFC 6797, section
// 7.2) and would lock a laptop's browser out of other local servers.
func baseHeader(https bool) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()")
	h.Set("Origin-Agent-Cluster", "?1")
	h.Set("X-Frame-Options", "DENY")
	if https {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return h
}

// SetClass sets the headers that answers of a class have, in place of another
// class's.
func (s *Site) SetClass(w http.ResponseWriter, c edition.Class) {
	h := w.Header()
	h.Del("X-Robots-Tag")
	maps.Copy(h, s.class(c))
}

// class returns the headers of a class; one that is not known, which only a
// torn edition has, gets the strictest.
func (s *Site) class(c edition.Class) http.Header {
	c = min(c, edition.Failure)
	if h := s.classes[c].Load(); h != nil {
		return *h
	}
	h := policies()[c].header()
	s.classes[c].Store(&h)
	return h
}
