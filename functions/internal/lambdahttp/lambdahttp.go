// Package lambdahttp runs an http.Handler as an AWS Lambda function behind an
// API Gateway HTTP API (payload format 2.0).
//
// The work is done by aws-lambda-go-api-proxy's httpadapter.NewV2. That package
// is archived and has faults, measured with version 0.16.2; this one stands on
// both sides of it and repairs them: the event is normalised before the adapter
// reads it, the request is put right before the handler sees it, and the answer
// is collected by a writer with net/http's rules. Each repair has a test that
// names its fault.
//
// An Adapter never returns an error to the Lambda runtime: whatever the event
// is, there is an answer, and the process lives on.
package lambdahttp

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// Adapter turns events into calls of a handler. It is safe for concurrent use.
type Adapter struct {
	handler http.Handler
	failure func(status int) http.Handler
	log     *slog.Logger
	proxy   *httpadapter.HandlerAdapterV2
}

// New returns an Adapter. failure gives the handler that answers when there is
// nothing better: 400 for an event that is no HTTP request, 500 after a panic
// and for an answer that Lambda cannot carry.
func New(handler http.Handler, failure func(status int) http.Handler, log *slog.Logger) *Adapter {
	a := &Adapter{handler: handler, failure: failure, log: log}
	a.proxy = httpadapter.NewV2(http.HandlerFunc(a.serve))
	return a
}

// maxAnswer is the largest answer Lambda carries, in bytes of JSON (Lambda
// quotas: 6 MB), less room for the headers.
const maxAnswer = 6<<20 - 64<<10

// Invoke answers one event. It is what lambda.Start takes. The error is always
// nil.
func (a *Adapter) Invoke(ctx context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	c := &call{headers: event.Headers, cookies: event.Cookies, sourceIP: event.RequestContext.HTTP.SourceIP, handler: a.handler}
	if err := normalise(&event); err != nil {
		a.log.WarnContext(ctx, "event", "cause", err.Error())
		event = plainEvent()
		c.handler = a.failure(http.StatusBadRequest)
	}
	answer := a.run(ctx, c, event)
	if len(answer.Body) > maxAnswer {
		a.log.ErrorContext(ctx, "event", "cause", fmt.Sprintf("an answer of %d bytes; Lambda carries %d", len(answer.Body), maxAnswer))
		c.handler = a.failure(http.StatusInternalServerError)
		answer = a.run(ctx, c, event)
	}
	return answer, nil
}

func (a *Adapter) run(ctx context.Context, c *call, event events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	// The adapter splits header values at commas, so it gets none.
	event.Headers, event.Cookies = nil, nil
	answer, err := a.proxy.ProxyWithContext(context.WithValue(ctx, callKey{}, c), event)
	if err != nil {
		// A normalised event and a written answer leave nothing to fail.
		a.log.ErrorContext(ctx, "event", "cause", err.Error())
		return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusInternalServerError, Headers: map[string]string{"Cache-Control": "no-store"}}
	}
	if answer.Headers["Content-Encoding"] != "" && !answer.IsBase64Encoded {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(answer.Body)), true
	}
	return answer
}

// call carries what the adapter would spoil past it.
type call struct {
	headers  map[string]string
	cookies  []string
	sourceIP string
	handler  http.Handler
}

type callKey struct{}

// serve is the handler that the adapter calls.
func (a *Adapter) serve(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(callKey{}).(*call)
	c.mend(r)
	out := newWriter(r.Method == http.MethodHead)
	if !a.survives(c.handler, out, r) {
		out = newWriter(r.Method == http.MethodHead)
		if !a.survives(a.failure(http.StatusInternalServerError), out, r) {
			out = newWriter(true)
			out.WriteHeader(http.StatusInternalServerError)
		}
	}
	out.copyTo(w)
}

// survives runs a handler and reports a panic as false. An http.ErrAbortHandler
// means to end the connection; there is none here, so it counts as a panic that
// was logged already.
func (a *Adapter) survives(h http.Handler, w http.ResponseWriter, r *http.Request) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			ok = false
			if v != http.ErrAbortHandler {
				a.log.ErrorContext(r.Context(), "panic", "cause", fmt.Sprint(v), "stack", string(debug.Stack()))
			}
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

// mend gives the request what net/http's server would: header values whole, one
// Cookie field, an address with a port, no Host among the headers. The client's
// X-Forwarded-Host is dropped, so that nobody reads it by mistake.
func (c *call) mend(r *http.Request) {
	r.Header = make(http.Header, len(c.headers)+1)
	for name, value := range c.headers {
		r.Header[http.CanonicalHeaderKey(name)] = []string{value}
	}
	r.Header.Del("Host")
	r.Header.Del("X-Forwarded-Host")
	if len(c.cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(c.cookies, "; "))
	}
	if c.sourceIP != "" {
		r.RemoteAddr = net.JoinHostPort(c.sourceIP, "0")
	}
}

// plainEvent is what is answered in place of an event that cannot be read.
func plainEvent() events.APIGatewayV2HTTPRequest {
	var e events.APIGatewayV2HTTPRequest
	e.RawPath = "/"
	e.RequestContext.DomainName = "localhost"
	e.RequestContext.HTTP.Method = http.MethodGet
	return e
}

// normalise makes an event that the adapter reads without an error, and as the
// same request that a server on TCP would see.
func normalise(e *events.APIGatewayV2HTTPRequest) error {
	http := &e.RequestContext.HTTP
	if http.Method == "" {
		http.Method = "GET"
	}
	if strings.ContainsFunc(http.Method, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' }) {
		return fmt.Errorf("the method has characters that methods do not have")
	}
	if e.RequestContext.DomainName == "" {
		e.RequestContext.DomainName = "localhost"
	}
	if strings.ContainsFunc(e.RequestContext.DomainName, func(r rune) bool { return !strings.ContainsRune("-.:0123456789", r) && (r|0x20 < 'a' || r|0x20 > 'z') }) {
		return fmt.Errorf("the domain name has characters that domain names do not have")
	}
	if e.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return fmt.Errorf("the body is said to be base64 and is not: %w", err)
		}
		e.Body, e.IsBase64Encoded = string(body), false
	}
	e.RawPath = escapePath(e)
	e.RawQueryString = escapeQuery(e.RawQueryString)
	return nil
}

// escapePath returns the path as a request line has it. It arrives decoded, so
// that a ? or # or % in it is part of a name; the name of a stage stands in
// front of it, unless the stage is $default.
func escapePath(e *events.APIGatewayV2HTTPRequest) string {
	path := e.RawPath
	if path == "" {
		path = e.RequestContext.HTTP.Path
	}
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		if rest, ok := strings.CutPrefix(path, "/"+stage); ok && (rest == "" || rest[0] == '/') {
			path = rest
		}
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// escapeQuery escapes what must not stand in a request line.
func escapeQuery(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c == '#' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
