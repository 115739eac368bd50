package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"broadsheet/functions/internal/edition"
)

// Pages answers everything that is in the edition, and /version.
func (s *Site) Pages() http.Handler { return s.Handle(s.page) }

const allowRead = "GET, HEAD, OPTIONS"

func (s *Site) page(w http.ResponseWriter, r *http.Request) error {
	e := s.options.Edition()
	if e == nil {
		return fmt.Errorf("web: there is no edition; run `make edition`")
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		return s.options204(w, r)
	default:
		return &Error{Status: http.StatusMethodNotAllowed, Allow: allowRead}
	}
	if r.URL.Path == "/version" {
		SetRoute(r, "version")
		return s.version(w, r, e)
	}
	if v, ok := e.Answer(r.URL.Path, s.options.Now()); ok && spelt(r.URL) {
		SetRoute(r, r.URL.Path) // a path of the edition says nothing about a visitor
		return s.answer(w, r, v)
	}
	if target, ok := s.redirect(e, r.URL); ok {
		SetRoute(r, "redirect")
		policyOf(edition.Page).set(w.Header())
		w.Header().Set("Location", target)
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusMovedPermanently)
		return nil
	}
	return &Error{Status: http.StatusNotFound}
}

// spelt tells whether a path is written the one way that needs no more escapes
// than it must: "/%6Eews/" is not.
func spelt(u *url.URL) bool {
	return u.RawPath == "" || u.EscapedPath() == (&url.URL{Path: u.Path}).EscapedPath()
}

// options204 tells which methods there are (RFC 9110, section 9.3.7).
func (s *Site) options204(w http.ResponseWriter, r *http.Request) error {
	SetRoute(r, "options")
	policyOf(edition.Failure).set(w.Header())
	w.Header().Set("Allow", allowRead)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// redirect returns the one right spelling of an address that is not in the
// edition, or where an old address leads. It never leaves the site: what it
// returns is a path of the edition.
func (s *Site) redirect(e *edition.Edition, u *url.URL) (string, bool) {
	if target, ok := e.Alias(u.Path); ok {
		return target, true
	}
	if id := u.Query().Get("id"); id != "" && u.Path != "/" {
		if target, ok := e.Alias(u.Path + "?id=" + id); ok {
			return target, true
		}
	}
	clean := path.Clean("/" + strings.TrimSuffix(u.Path, "/index.html"))
	for _, candidate := range []string{clean, clean + "/", strings.ToLower(clean), strings.ToLower(clean) + "/"} {
		if candidate == "//" {
			candidate = "/"
		}
		target, alias := e.Alias(candidate)
		if _, ok := e.Answer(candidate, s.options.Now()); ok {
			target = (&url.URL{Path: candidate, RawQuery: u.RawQuery}).String()
		} else if !alias {
			continue
		}
		return target, true
	}
	return "", false
}

// version tells which commit and edition answer, so that a deployment can be
// compared with what was built.
func (s *Site) version(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	body, err := json.Marshal(struct {
		Commit  string `json:"commit"`
		Edition string `json:"edition"`
		AsOf    string `json:"as_of"`
	}{e.Commit(), e.Hash(), e.AsOf().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	h := w.Header()
	policyOf(edition.Feed).set(h)
	h.Set("Cache-Control", noStore)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, err = w.Write(body)
	}
	return nil
}

// answer sends one version in the encoding the client likes best.
func (s *Site) answer(w http.ResponseWriter, r *http.Request, v edition.Version) error {
	h := w.Header()
	policyOf(v.Class()).set(h)
	encoding := choose(v, r.Header.Values("Accept-Encoding"))
	etag := v.ETag(encoding)
	h.Set("ETag", etag)
	if v.Compressed() {
		h.Set("Vary", "Accept-Encoding")
	}
	if matches(r.Header.Values("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := v.Body(encoding)
	if encoding == edition.Identity && v.Compressed() {
		unpacked, err := unpack(v.Body(edition.Gzip))
		if err != nil {
			return fmt.Errorf("web: a body of the edition is torn: %w", err)
		}
		body = unpacked
	}
	if name := encoding.String(); name != "" {
		h.Set("Content-Encoding", name)
	}
	h.Set("Content-Type", v.Type())
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has gone misses nothing
	}
	return nil
}

// unpack is for the rare client that takes no compression.
func unpack(packed []byte) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(zr)
	return out.Bytes(), err
}

// matches evaluates If-None-Match with the weak comparison that RFC 9110,
// section 13.1.2, asks for.
func matches(fields []string, etag string) bool {
	for _, field := range fields {
		for tag := range strings.SplitSeq(field, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// choose picks the encoding by Accept-Encoding (RFC 9110, section 12.5.3): the
// highest weight wins, Brotli before gzip before none among equals.
func choose(v edition.Version, fields []string) edition.Encoding {
	if !v.Compressed() {
		return edition.Identity
	}
	best, weight := edition.Identity, 0.0
	for _, e := range [...]edition.Encoding{edition.Brotli, edition.Gzip} {
		if q := accepts(fields, e.String()); v.Has(e) && q > weight {
			best, weight = e, q
		}
	}
	return best
}

// accepts returns the weight of a coding, 0 if it is not wanted.
func accepts(fields []string, coding string) float64 {
	weight, any := -1.0, 0.0
	for _, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			name, params, _ := strings.Cut(part, ";")
			q := quality(params)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case coding, "x-" + coding:
				weight = q
			case "*":
				any = q
			}
		}
	}
	if weight >= 0 {
		return weight
	}
	return any
}

func quality(params string) float64 {
	name, value, ok := strings.Cut(strings.TrimSpace(params), "=")
	if !ok || strings.ToLower(strings.TrimSpace(name)) != "q" {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}
