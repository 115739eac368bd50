package web

import (
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"strconv"
	"time"

	"broadsheet/functions/internal/edition"
)

// HandlerFunc is a handler that returns what went wrong instead of answering
// it. If it has begun to answer when it returns an error, the connection is
// ended.
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

// Handle answers with f, or with the page of the error it returns.
func (s *Site) Handle(f HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// Status answers every request with the error page of a status.
func (s *Site) Status(status int) http.Handler {
	return s.Handle(func(http.ResponseWriter, *http.Request) error { return &Error{Status: status} })
}

// Fill answers with a blank of the edition, in the language of the request (see
// SetLanguage), and the headers of its class. Values
// are escaped as its type needs; "id" is always filled in.
func (s *Site) Fill(w http.ResponseWriter, r *http.Request, status int, name string, values map[string]string) error {
	b, ok := s.blank(r, name)
	if !ok {
		return fmt.Errorf("web: the edition has no blank %q", name)
	}
	s.fill(w, r, status, b, values)
	return nil
}

func (s *Site) fill(w http.ResponseWriter, r *http.Request, status int, b edition.Blank, values map[string]string) {
	filled := map[string]string{"id": RequestID(r.Context())}
	maps.Copy(filled, values)
	s.SetClass(w, b.Class)
	w.Header().Set("Content-Type", b.Type)
	send(w, r, status, b.Fill(filled))
}

// send sends a whole body. RFC 9110, section 9.3.2: an answer to HEAD has the
// Content-Length that GET would have.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has gone misses nothing
	}
}

// fail answers an error with its page and keeps the cause for the log. Headers
// that were meant for another answer, an entity tag or an encoding, go.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	e, cause := verdict(err)
	req := requestOf(r.Context())
	req.cause = cause
	if req.begun {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	clear(h)
	maps.Copy(h, s.base)
	if e.Allow != "" {
		h.Set("Allow", e.Allow)
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	name := e.Blank
	if name == "" {
		name = "error/" + strconv.Itoa(e.Status)
	}
	if b, ok := s.blank(r, name); ok {
		s.fill(w, r, e.Status, b, e.Values)
		return
	}
	s.fallback(w, r, e.Status)
}

// verdict tells what to answer and what to log.
func verdict(err error) (answer *Error, cause error) {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return &Error{Status: http.StatusInternalServerError}, err
	case e.Status < 400 || e.Status > 599:
		return &Error{Status: http.StatusInternalServerError}, fmt.Errorf("web: an error of status %d: %w", e.Status, err)
	case e == err:
		return e, e.Err
	}
	return e, err
}

// fallbackPage is the error page where there is no edition to take one from.
const fallbackPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%[1]s</title>
</head>
<body>
<main>
<h1>%[1]s</h1>
<p>This page cannot be shown. If you write to us about it, name the number %[2]s.</p>
<p><a href="/">Home page</a></p>
</main>
</body>
</html>
`

func (s *Site) fallback(w http.ResponseWriter, r *http.Request, status int) {
	class := edition.Failure
	if status == http.StatusNotFound {
		class = edition.Missing
	}
	title := http.StatusText(status)
	if title == "" {
		title = "Error " + strconv.Itoa(status)
	}
	s.SetClass(w, class)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	send(w, r, status, fmt.Appendf(nil, fallbackPage, html.EscapeString(title), html.EscapeString(RequestID(r.Context()))))
}
