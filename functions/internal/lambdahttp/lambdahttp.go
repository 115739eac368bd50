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
// An Adapter is a lambda.Handler, JSON in and JSON out: lambda.Start(adapter). It
// never returns an error to the Lambda runtime: whatever the event is, there is
// an answer, and the process lives on.
package lambdahttp

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

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

// Invoke answers one event. The error is always nil.
func (a *Adapter) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	handler := a.handler
	e, err := read(payload)
	if err != nil {
		a.log.WarnContext(ctx, "event", "cause", err.Error())
		e, handler = plainEvent(), a.failure(http.StatusBadRequest)
	}
	answer, err := a.run(ctx, e, handler)
	if err != nil {
		a.log.ErrorContext(ctx, "event", "cause", err.Error())
		answer, err = a.run(ctx, e, a.failure(http.StatusInternalServerError))
	}
	if err != nil {
		answer = []byte(`{"statusCode":500,"headers":{"Cache-Control":"no-store"}}`)
	}
	return answer, nil
}

// run lets the adapter call a handler and returns the answer in JSON.
func (a *Adapter) run(ctx context.Context, e *event, handler http.Handler) ([]byte, error) {
	c := &call{event: e, handler: handler}
	head, err := a.proxy.ProxyWithContext(context.WithValue(ctx, callKey{}, c), e.request())
	if err != nil {
		return nil, err // a normalised event and a written answer leave nothing to fail
	}
	return encode(head, c.body)
}

// call carries what the adapter would spoil past it: the headers of the request
// on the way in, and the body on the way out, which it would copy three times.
type call struct {
	event   *event
	handler http.Handler
	body    []byte
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
	out.sendHead(w)
	c.body = out.body.Bytes()
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
	r.Header = make(http.Header, len(c.event.Headers)+1)
	values := make([]string, 0, len(c.event.Headers))
	for name, value := range c.event.Headers {
		values = append(values, value)
		r.Header[http.CanonicalHeaderKey(name)] = values[len(values)-1 : len(values) : len(values)]
	}
	delete(r.Header, "Host")
	delete(r.Header, "X-Forwarded-Host")
	if len(c.event.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(c.event.Cookies, "; "))
	}
	if ip := c.event.RequestContext.HTTP.SourceIP; ip != "" {
		r.RemoteAddr = net.JoinHostPort(ip, "0")
	}
}
