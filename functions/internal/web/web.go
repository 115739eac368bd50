// Package web answers requests from an edition: pages, feeds and files as they
// were printed, with the headers their class has, and errors as pages of the
// site.
//
// A program makes one Site and serves Wrap around its handlers:
//
//	site := web.New(web.Options{Edition: …})
//	http.Serve(listener, site.Wrap(site.Pages()))
//
// Handlers of other packages return errors (HandlerFunc); Handle turns them
// into an answer and a log line in one place. What a visitor sees of an error
// is its status, a sentence written for visitors and a short id; the cause is
// in the log with the same id.
package web

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/edition"
)

// Options are what a Site works with.
type Options struct {
	Edition func() *edition.Edition // asked at each request, so that a laptop can swap it; may return nil
	BaseURL string                  // SITE_URL; https decides Strict-Transport-Security
	Now     func() time.Time
	Log     *slog.Logger
}

// Site is the web side of an edition. It is safe for concurrent use.
type Site struct {
	options Options
	https   bool
}

// New returns a Site. Edition, Now and Log must be set.
func New(o Options) *Site {
	return &Site{options: o, https: strings.HasPrefix(o.BaseURL, "https://")}
}

// HandlerFunc is a handler that returns what went wrong instead of answering
// it. It must not have written anything if it returns an error.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// Error is an answer other than success. A handler returns it for what a visitor
// did or for what is known to be broken; any other error answers 500.
type Error struct {
	Status     int
	Allow      string            // methods, for 405
	RetryAfter time.Duration     // for 429 and 503
	Blank      string            // page to answer with, if not the error page of the status
	Values     map[string]string // of the blank
	Err        error             // the cause, for the log; never shown
}

// Error returns the status and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return http.StatusText(e.Status)
	}
	return fmt.Sprintf("%s: %v", http.StatusText(e.Status), e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// request is what the middleware knows about a request under way.
type request struct {
	id    string
	route string
	cause error
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{id: "none"}
}

// SetRoute names the route of a request for its log line. A route is a pattern
// like "POST /subscription", never a path that a visitor typed.
func SetRoute(r *http.Request, route string) { requestOf(r.Context()).route = route }

// RequestID returns the short id of a request, as its log line and error page
// have it.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// newID returns 8 letters and digits that people can read to each other.
func newID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// Wrap is the outermost handler: it gives each request its id, sets the headers
// that every answer has, answers a panic with the error page and writes one log
// line. It logs no path, query, address or header of a visitor.
func (s *Site) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.options.Now()
		req := &request{id: newID(), route: "none"}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
		out := &writer{ResponseWriter: w, head: r.Method == http.MethodHead}
		setBase(w.Header(), s.https)
		defer func() {
			if v := recover(); v != nil {
				s.recovered(out, r, v)
			}
			s.log(r, out, s.options.Now().Sub(started))
		}()
		next.ServeHTTP(out, r)
	})
}

// recovered answers a panic. If the answer had begun, the connection is ended
// instead, so that nobody takes half a page for a whole one.
func (s *Site) recovered(w *writer, r *http.Request, v any) {
	if v == http.ErrAbortHandler || w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.fail(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
}

func (s *Site) log(r *http.Request, w *writer, took time.Duration) {
	req := requestOf(r.Context())
	attrs := []slog.Attr{
		slog.String("id", req.id), slog.String("method", method(r)), slog.String("route", req.route),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	level := slog.LevelInfo
	if req.cause != nil {
		attrs = append(attrs, slog.String("cause", req.cause.Error()))
		level = slog.LevelWarn
	}
	if w.status >= 500 {
		level = slog.LevelError
	}
	s.options.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// method returns the method for the log; a method nobody has heard of could
// hold anything.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return r.Method
	}
	return "other"
}

// Handle answers with f, or with the page of the error it returns.
func (s *Site) Handle(f HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// Fill answers with a blank of the edition. Values are escaped as its type
// needs; "id" is always filled in.
func (s *Site) Fill(w http.ResponseWriter, r *http.Request, status int, name string, values map[string]string) error {
	b, ok := s.blank(name)
	if !ok {
		return fmt.Errorf("web: the edition has no blank %q", name)
	}
	s.writeBlank(w, r, status, b, values)
	return nil
}

func (s *Site) blank(name string) (edition.Blank, bool) {
	e := s.options.Edition()
	if e == nil {
		return edition.Blank{}, false
	}
	return e.Blank(name)
}

func (s *Site) writeBlank(w http.ResponseWriter, r *http.Request, status int, b edition.Blank, values map[string]string) {
	filled := map[string]string{"id": RequestID(r.Context())}
	for k, v := range values {
		filled[k] = v
	}
	body := b.Fill(filled)
	h := w.Header()
	policyOf(b.Class).set(h)
	h.Set("Content-Type", b.Type)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has gone misses nothing
	}
}

// fail answers an error with its page and keeps the cause for the log.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Status: http.StatusInternalServerError, Err: err}
	}
	requestOf(r.Context()).cause = e.Err
	if e.Allow != "" {
		w.Header().Set("Allow", e.Allow)
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Round(time.Second).Seconds())))
	}
	name := e.Blank
	if name == "" {
		name = "error/" + strconv.Itoa(e.Status)
	}
	b, ok := s.blank(name)
	if !ok {
		b = fallback(e.Status)
	}
	s.writeBlank(w, r, e.Status, b, e.Values)
}

// fallback is the error page when there is no edition to take one from.
func fallback(status int) edition.Blank {
	text := html.EscapeString(http.StatusText(status))
	return edition.NewBlank(edition.Answer{Type: "text/html; charset=utf-8", Class: edition.Failure, Body: []byte(
		`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` + text +
			`</title><h1>` + text + `</h1><p>If you write to us about this, name the number ` + edition.Slot("id") + `.</p></html>`)})
}

// writer counts what is answered.
type writer struct {
	http.ResponseWriter
	head   bool
	status int
	bytes  int64
}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
