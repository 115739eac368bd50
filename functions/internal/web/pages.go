package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"

	"broadsheet/functions/internal/edition"
)

// Pages answers everything that is in the edition, searches and /version.
//
// It takes GET and HEAD. OPTIONS is answered 204 with Allow (RFC 9110, section
// 9.3.7), for every path alike, since asking must not cost a look-up; anything
// else is 405. What has another spelling or moved is answered 301.
func (s *Site) Pages() http.Handler { return s.Handle(s.page) }

const allowRead = "GET, HEAD, OPTIONS"

func (s *Site) page(w http.ResponseWriter, r *http.Request) error {
	SetRoute(r, "unknown")
	e := s.options.Edition()
	if e == nil {
		return errors.New("web: there is no edition; run `make edition`")
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		return s.Methods(w, r, allowRead)
	default:
		return &Error{Status: http.StatusMethodNotAllowed, Allow: allowRead}
	}
	if r.URL.Path == "/version" {
		SetRoute(r, "version")
		return s.version(w, r, e)
	}
	// RawPath is set only if the path has other escapes than it needs.
	if v, ok := e.Answer(r.URL.Path, s.options.Now()); ok && r.URL.RawPath == "" {
		SetRoute(r, r.URL.Path) // a path of the edition says nothing about a visitor
		return s.answer(w, r, v, "")
	}
	// While two releases answer, a page of one asks the other for its files; so do
	// pages and mails that somebody kept. The file of today is better than none,
	// but nobody may keep it under yesterday's name.
	if v, ok := e.Sibling(r.URL.Path, s.options.Now()); ok {
		SetRoute(r, "sibling")
		return s.answer(w, r, v, cacheNever)
	}
	if index, ok := e.Index(r.URL.Path, s.options.Now()); ok && r.URL.RawPath == "" {
		SetRoute(r, r.URL.Path)
		return s.search(w, r, index)
	}
	if m, ok := move(e, r.URL, s.options.Now()); ok {
		SetRoute(r, m.route)
		s.SetClass(w, edition.Page)
		w.Header().Set("Location", m.location)
		send(w, r, http.StatusMovedPermanently, nil)
		return nil
	}
	return &Error{Status: http.StatusNotFound}
}

// Methods answers OPTIONS: it tells which methods there are. RFC 9110, section
// 8.6: a 204 has no Content-Length.
func (s *Site) Methods(w http.ResponseWriter, r *http.Request, allow string) error {
	SetRoute(r, "options")
	s.SetClass(w, edition.Failure)
	w.Header().Set("Allow", allow)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// version tells which commit and edition answer, so that a deployment can be
// compared with what was built. It is never stored: an old one would say that a
// deployment failed.
func (s *Site) version(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	s.SetClass(w, edition.Feed)
	w.Header().Set("Cache-Control", cacheNever)
	w.Header().Set("Content-Type", "application/json")
	send(w, r, http.StatusOK, e.Describe())
	return nil
}

// answer sends one version in the encoding the client likes best. A 304 has the
// headers that a 200 would have, without those of the body (RFC 9110, section
// 15.4.5). cache replaces the Cache-Control of its class unless it is empty.
func (s *Site) answer(w http.ResponseWriter, r *http.Request, v edition.Version, cache string) error {
	encoding := choose(v, r.Header["Accept-Encoding"])
	etag := v.ETag(encoding)
	h := w.Header()
	s.SetClass(w, v.Class())
	if cache != "" {
		h.Set("Cache-Control", cache)
	}
	h.Set("ETag", etag)
	if v.Compressed() {
		h.Set("Vary", "Accept-Encoding")
	}
	if matches(r.Header["If-None-Match"], etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := bodyOf(v, encoding)
	if err != nil {
		return fmt.Errorf("web: a body of the edition is torn: %w", err)
	}
	if name := encoding.String(); name != "" {
		h.Set("Content-Encoding", name)
	}
	h.Set("Content-Type", v.Type())
	send(w, r, http.StatusOK, body)
	return nil
}

// bodyOf returns the body in an encoding. For the rare client that takes no
// compression it is unpacked, as a whole: it has at most edition.MaxBody bytes,
// and so a torn one is still answered with an error page.
func bodyOf(v edition.Version, encoding edition.Encoding) ([]byte, error) {
	if !v.Compressed() || encoding != edition.Identity {
		body := v.Body(encoding)
		if v.Has(encoding) && body == nil {
			return nil, io.ErrUnexpectedEOF
		}
		return body, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(v.Body(edition.Gzip)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}
