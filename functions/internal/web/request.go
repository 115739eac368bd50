package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"time"

	"broadsheet/functions/internal/edition"
)

// request is what is known about a request under way besides http.Request.
type request struct {
	id       string
	route    string
	language string
	cause    error  // of the error it was answered with
	stack    []byte // of the panic
	begun    bool   // the answer's head was sent
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{id: "none"}
}

// SetRoute names the route of a request for its log line, where the pattern of
// an http.ServeMux does not do. A route is a pattern like "POST /subscription",
// never a path that a visitor typed.
func SetRoute(r *http.Request, route string) { requestOf(r.Context()).route = route }

// SetLanguage says in which language a request is answered, where its path does
// not begin with one, as /fr/ does. A language that the site does not have is as
// good as none: any visitor may have typed it.
func SetLanguage(r *http.Request, language string) { requestOf(r.Context()).language = language }

// RequestID returns the short id of a request, as its log line and error page
// have it.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Wrap is the outermost handler: it gives each request its id, sets the headers
// that every answer has, answers a panic with the error page and writes one log
// line.
//
// If a handler panics after its answer has begun, the connection is ended
// (http.ErrAbortHandler), so that nobody takes half an answer for a whole one.
func (s *Site) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.options.Now()
		req := &request{id: s.options.NewID()}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
		out := &writer{ResponseWriter: w, site: s, request: r, state: req}
		maps.Copy(w.Header(), s.base)
		defer func() {
			abort := out.end(recover())
			s.log(out, s.options.Now().Sub(started))
			if abort {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// writer sees to it that every answer has a class, and counts what is sent.
type writer struct {
	http.ResponseWriter
	site    *Site
	request *http.Request
	state   *request
	status  int
	bytes   int64
	muted   bool // an error page took the place of what the handler writes
}

// WriteHeader sends the head of the answer. An error without a class comes from
// net/http or a handler that does not know the site: it becomes the error page.
func (w *writer) WriteHeader(status int) {
	h := w.Header()
	switch classed := h["Content-Security-Policy"] != nil; {
	case status < 200:
		w.ResponseWriter.WriteHeader(status)
		return
	case w.state.begun:
		return // the first one counts, as in net/http
	case !classed && status >= 400:
		w.site.fail(w, w.request, &Error{Status: status, Allow: h.Get("Allow")})
		w.muted = true
		return
	case !classed:
		for name, value := range w.site.class(edition.Failure) {
			if h[name] == nil {
				h[name] = value
			}
		}
	}
	w.state.begun, w.status = true, status
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *writer) Write(b []byte) (int, error) {
	if !w.state.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.muted {
		return len(b), nil
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// end finishes the answer after the handler returned or panicked with v. It
// tells whether the connection must be ended instead.
func (w *writer) end(v any) (abort bool) {
	switch {
	case v == nil && !w.state.begun:
		w.WriteHeader(http.StatusOK)
	case v == http.ErrAbortHandler:
		if w.state.cause == nil {
			w.state.cause = errors.New("the handler ended the connection")
		}
		return true
	case v != nil:
		w.state.stack = debug.Stack()
		cause := fmt.Errorf("panic: %v", v)
		if w.state.begun {
			w.state.cause = cause
			return true
		}
		w.site.fail(w, w.request, cause)
	}
	return false
}

// log writes the line of a request. A cause is a warning where the visitor was
// told what to do otherwise and an error where the site failed, which is what
// alarms count.
func (s *Site) log(w *writer, took time.Duration) {
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs,
		slog.String("id", w.state.id), slog.String("method", method(w.request)), slog.String("route", w.route()),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Float64("ms", float64(took.Microseconds())/1000))
	level := slog.LevelInfo
	if w.state.cause != nil {
		attrs = append(attrs, slog.String("cause", w.state.cause.Error()))
		level = slog.LevelWarn
	}
	if w.state.stack != nil {
		attrs = append(attrs, slog.String("stack", string(w.state.stack)))
	}
	if w.status >= 500 || w.state.stack != nil {
		level = slog.LevelError
	}
	s.options.Log.LogAttrs(w.request.Context(), level, "request", attrs...)
}

// route returns the name of the route, or the pattern that an http.ServeMux
// left in the request.
func (w *writer) route() string {
	switch {
	case w.state.route != "":
		return w.state.route
	case w.request.Pattern != "":
		return w.request.Pattern
	}
	return "none"
}

// method returns the method for the log; one that nobody has heard of could
// hold anything.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return r.Method
	}
	return "other"
}
