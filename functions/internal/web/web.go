// Package web answers requests from an edition: pages, feeds and files as they
// were printed, with the headers their class has, and errors as pages of the
// site.
//
// A program makes one Site and serves Wrap around its handlers:
//
//	site := web.New(web.Options{Edition: …, BaseURL: …, Now: time.Now, Log: …})
//	http.Serve(listener, site.Wrap(site.Pages()))
//
// # Handlers of other packages
//
// They return errors (HandlerFunc); Handle turns them into an answer and a log
// line in one place. What a visitor sees of an error is its status, a sentence
// written for visitors and a short id; the cause is in the log with the same
// id. They answer with Fill, or set the headers of a class with SetClass and
// write for themselves. An answer without a class goes out as one that nobody
// may store; if it is an error, as http.ServeMux and others of net/http write
// them in plain text, the site's error page takes its place.
//
// # What is logged
//
// One line a request: id, method, route, status, bytes and milliseconds. A
// route is the pattern that matched or a path of the edition, never what a
// visitor typed: that could hold an address or a token. For the same reason no
// query, header, network address or unknown path is logged, and errors given to
// Handle must not name any.
//
// # What is ignored
//
// Range (RFC 9110, section 14.2, allows it: bodies are small), If-Match (it
// guards changes, and nothing changes here) and If-Modified-Since (section
// 13.1.3 says to ignore it where there is no date of modification; printed
// answers have strong entity tags instead).
package web

import (
	"crypto/rand"
	"encoding/base32"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"broadsheet/functions/internal/edition"
)

// Options are what a Site works with.
type Options struct {
	Edition func() *edition.Edition // asked at each request, so that a laptop can swap it; may return nil
	BaseURL string                  // SITE_URL; https decides Strict-Transport-Security
	Now     func() time.Time
	Log     *slog.Logger
	NewID   func() string // makes the short ids of requests; nil: 8 random letters and digits
}

// Site is the web side of an edition. It is safe for concurrent use.
type Site struct {
	options     Options
	compressors sync.Pool   // of search pages
	base        http.Header // what every answer has
	// classes is what the answers of a class have besides. Each is made when it is
	// first needed: all of them are a twentieth of what a program does to start.
	classes [edition.Failure + 1]atomic.Pointer[http.Header]
}

// New returns a Site. Edition, Now and Log must be set.
func New(o Options) *Site {
	if o.NewID == nil {
		o.NewID = newID
	}
	s := &Site{options: o, base: baseHeader(strings.HasPrefix(o.BaseURL, "https://"))}
	return s
}

// newID returns 8 letters and digits that people can read to each other.
func newID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// blank returns the blank of that name in the language of the request, else in
// the first language of the site.
func (s *Site) blank(r *http.Request, name string) (edition.Blank, bool) {
	e := s.options.Edition()
	if e == nil {
		return edition.Blank{}, false
	}
	language := requestOf(r.Context()).language
	if language == "" {
		language, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	}
	now := s.options.Now()
	if b, ok := e.Blank(language+"/"+name, now); ok {
		return b, true
	}
	return e.Blank(name, now)
}
