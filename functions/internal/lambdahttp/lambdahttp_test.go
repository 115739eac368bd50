package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"broadsheet/functions/internal/lambdahttp"
)

// event returns an event as API Gateway makes it.
func event(method, path string) events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "$default", RawPath: path, Headers: map[string]string{}}
	e.RequestContext = events.APIGatewayV2HTTPRequestContext{Stage: "$default", DomainName: "news.example.org"}
	e.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: method, Path: path, Protocol: "HTTP/1.1", SourceIP: "203.0.113.9"}
	return e
}

func failure(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		fmt.Fprintf(w, "page of %d", status)
	})
}

func invoke(t *testing.T, h http.HandlerFunc, e events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	return call(t, lambdahttp.New(h, failure, slog.New(slog.DiscardHandler)), e)
}

// call sends an event through JSON, as the runtime does.
func call(t *testing.T, a lambda.Handler, e events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := a.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatalf("an error went to the runtime: %v", err)
	}
	return decoded(t, raw)
}

// decoded reads an answer as strictly as its type has it.
func decoded(t *testing.T, raw []byte) (answer events.APIGatewayV2HTTPResponse) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&answer); err != nil || d.More() {
		t.Fatalf("the answer is no answer: %v: %.300q", err, raw)
	}
	return answer
}

// echo answers with what the handler saw.
func echo(see func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, see(r))
	}
}

// bare runs the adapter without the repairs. It shows that the fault a repair is
// for is still there; when one of these fails, the repair can go.
func bare(h http.HandlerFunc, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return httpadapter.NewV2(h).ProxyWithContext(context.Background(), e)
}

// Fault: header values are split at commas.
func TestHeaderValuesStayWhole(t *testing.T) {
	e := event("GET", "/")
	e.Headers = map[string]string{"accept-encoding": "gzip, br", "if-none-match": `"a", "b"`, "host": "evil.example", "x-forwarded-host": "evil.example"}
	e.Cookies = []string{"a=1", "b=2"}
	see := echo(func(r *http.Request) string {
		return fmt.Sprintf("%s|%s|%s|%s|%q|%s", r.Header.Get("Accept-Encoding"), r.Header.Get("If-None-Match"), r.Header.Get("Cookie"), r.Host, r.Header.Get("Host"), r.Header.Get("X-Forwarded-Host"))
	})
	if got, want := invoke(t, see, e).Body, `gzip, br|"a", "b"|a=1; b=2|news.example.org|""|`; got != want {
		t.Errorf("the handler saw %s, want %s", got, want)
	}
	if answer, _ := bare(see, e); !strings.HasPrefix(answer.Body, "gzip|") {
		t.Errorf("the bare adapter gives %s: the repair is not needed any more", answer.Body)
	}
}

// Fault: RemoteAddr has no port.
func TestRemoteAddrHasAPort(t *testing.T) {
	for ip, want := range map[string]string{"203.0.113.9": "203.0.113.9:0", "2001:db8::1": "[2001:db8::1]:0", "": ""} {
		e := event("GET", "/")
		e.RequestContext.HTTP.SourceIP = ip
		e.Headers["x-forwarded-for"] = "198.51.100.1, 203.0.113.9"
		if got := invoke(t, echo(func(r *http.Request) string { return r.RemoteAddr }), e).Body; got != want {
			t.Errorf("source %q: RemoteAddr %q, want %q", ip, got, want)
		}
	}
}

// Fault: a path that arrives decoded shifts the query or is an error.
func TestPaths(t *testing.T) {
	see := echo(func(r *http.Request) string { return r.URL.Path + " | " + r.URL.RawQuery })
	for _, test := range []struct{ stage, path, query, want string }{
		{"$default", "/news/", "", "/news/ | "},
		{"$default", "/a?b#c", "q=1", "/a?b#c | q=1"},
		{"$default", "/100%", "", "/100% | "},
		{"$default", "/a b\n\x00", "", "/a b\n\x00 | "},
		{"$default", "/例子/é", "", "/例子/é | "},
		{"$default", "//evil.example/", "", "//evil.example/ | "},
		{"$default", "", "", "/ | "},
		{"$default", "news", "", "/news | "},
		{"", "/", "q=a#b c\x7f", "/ | q=a%23b%20c%7F"},
		{"prod", "/prod/news/", "", "/news/ | "},
		{"prod", "/prod", "", "/ | "},
		{"prod", "/product/", "", "/product/ | "},
	} {
		e := event("GET", test.path)
		e.RequestContext.Stage, e.RawQueryString = test.stage, test.query
		if got := invoke(t, see, e); got.Body != test.want || got.StatusCode != 200 {
			t.Errorf("%q in stage %q: %d %q, want %q", test.path, test.stage, got.StatusCode, got.Body, test.want)
		}
	}
	if _, err := bare(see, event("GET", "/100%")); err == nil {
		t.Error("the bare adapter takes a lone %: the repair is not needed any more")
	}
}

// Fault: events that are no HTTP request are errors, which the gateway answers
// with 500 and a JSON text.
func TestHopelessEvents(t *testing.T) {
	called := false
	h := func(http.ResponseWriter, *http.Request) { called = true }
	body := event("POST", "/")
	body.Body, body.IsBase64Encoded = "!!!", true
	for name, e := range map[string]events.APIGatewayV2HTTPRequest{
		"bad base64": body, "bad method": event("GE T", "/"), "control character": event("GET\n", "/"),
		"bad domain": func() events.APIGatewayV2HTTPRequest {
			e := event("GET", "/")
			e.RequestContext.DomainName = "a/b@c"
			return e
		}(),
	} {
		got := invoke(t, h, e)
		if got.StatusCode != 400 || got.Body != "page of 400" || called {
			t.Errorf("%s: %d %q, handler called: %v; want the page of 400", name, got.StatusCode, got.Body, called)
		}
	}
}

func TestSparseEvents(t *testing.T) {
	see := echo(func(r *http.Request) string { return r.Method + " " + r.URL.String() + " " + r.Host })
	for text, want := range map[string]string{
		`{}`: "GET https://localhost/ localhost",
		`{"requestContext":{"http":{"method":"head"}}}`: "",
		`{"requestContext":{"http":{"path":"/a"}}}`:     "GET https://localhost/a localhost",
		`{"headers":null,"rawPath":"/x","body":null}`:   "GET https://localhost/x localhost",
	} {
		raw, err := lambdahttp.New(see, failure, slog.New(slog.DiscardHandler)).Invoke(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := decoded(t, raw); got.Body != want || got.StatusCode != 200 {
			t.Errorf("%s: %d %q, want %q", text, got.StatusCode, got.Body, want)
		}
	}
}

func TestBodies(t *testing.T) {
	see := echo(func(r *http.Request) string {
		return fmt.Sprintf("%d %s %s", r.ContentLength, r.PostFormValue("email"), r.PostFormValue("action"))
	})
	for _, encoded := range []bool{false, true} {
		e := event("POST", "/subscription")
		e.Headers["content-type"] = "application/x-www-form-urlencoded"
		e.Body = "email=jane%40example.org&action=subscribe"
		if encoded {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(e.Body)), true
		}
		if got, want := invoke(t, see, e).Body, "41 jane@example.org subscribe"; got != want {
			t.Errorf("base64 %v: %q, want %q", encoded, got, want)
		}
	}
}

// Fault: a panic ends the process.
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	calls := 0
	a := lambdahttp.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "half a page")
			panic("secret of the handler")
		}
		if calls == 2 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "good")
	}), failure, slog.New(slog.NewTextHandler(io.MultiWriter(&log, t.Output()), nil)))
	for i, want := range []string{"page of 500", "page of 500", "good"} {
		if got := call(t, a, event("GET", "/")); got.Body != want {
			t.Errorf("call %d: %q; want %q", i+1, got.Body, want)
		}
	}
	if n := strings.Count(log.String(), "msg=panic"); n != 1 {
		t.Errorf("%d panics in the log, want 1:\n%s", n, log.String())
	}
}

// Fault: HEAD keeps its body.
func TestHead(t *testing.T) {
	got := invoke(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") }, event("HEAD", "/"))
	if got.Body != "" || got.Headers["Content-Length"] != "6" || got.StatusCode != 200 || !strings.HasPrefix(got.Headers["Content-Type"], "text/plain") {
		t.Errorf("HEAD: %+v", got)
	}
}

// Faults: the second status wins, headers set late are sent, writing nothing is
// an error.
func TestWriterRules(t *testing.T) {
	for name, test := range map[string]struct {
		h      http.HandlerFunc
		status int
		body   string
		has    string
		lacks  string
	}{
		"first status wins": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) }, 404, "", "", ""},
		"late header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Early", "1")
			w.WriteHeader(201)
			w.Header().Set("Late", "1")
			_, _ = io.WriteString(w, "x")
		}, 201, "x", "Early", "Late"},
		"nothing":             {func(http.ResponseWriter, *http.Request) {}, 200, "", "Content-Length", ""},
		"interim answer":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(202) }, 202, "", "", ""},
		"304 has no body":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304); _, _ = io.WriteString(w, "x") }, 304, "", "", "Content-Length"},
		"204 has no body":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); _, _ = io.WriteString(w, "x") }, 204, "", "", "Content-Type"},
		"status that is none": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(1) }, 500, "page of 500", "", ""},
		"sniffed type":        {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>") }, 200, "<!doctype html>", "Content-Type", ""},
	} {
		got := invoke(t, test.h, event("GET", "/"))
		if got.StatusCode != test.status || got.Body != test.body {
			t.Errorf("%s: %d %q, want %d %q", name, got.StatusCode, got.Body, test.status, test.body)
		}
		if _, ok := got.Headers[test.has]; test.has != "" && !ok {
			t.Errorf("%s: no %s", name, test.has)
		}
		if _, ok := got.Headers[test.lacks]; test.lacks != "" && ok {
			t.Errorf("%s: there is a %s", name, test.lacks)
		}
	}
}

func TestBinaryAnswersAreBase64(t *testing.T) {
	for name, test := range map[string]struct{ encoding, body string }{
		"binary": {"", "\xff\xd8\xff"}, "compressed, by chance valid UTF-8": {"gzip", "plain"},
	} {
		got := invoke(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.encoding != "" {
				w.Header().Set("Content-Encoding", test.encoding)
			}
			_, _ = io.WriteString(w, test.body)
		}, event("GET", "/"))
		if b, err := base64.StdEncoding.DecodeString(got.Body); !got.IsBase64Encoded || err != nil || string(b) != test.body {
			t.Errorf("%s: base64 %v, %q, %v", name, got.IsBase64Encoded, b, err)
		}
	}
}

// TestAnswersAreJSON: whatever stands in a header, a cookie or a text comes out as
// it went in.
func TestAnswersAreJSON(t *testing.T) {
	for _, text := range []string{"", "plain", `"quoted", \back\slash`, "line\r\nline\t\x00\x01", "é 例子 \u2028", "</script>&"} {
		got := invoke(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Etag", text)
			w.Header()["Set-Cookie"] = []string{"a=1", text}
			_, _ = io.WriteString(w, text)
		}, event("GET", "/"))
		if got.Headers["Etag"] != text || got.Body != text || got.IsBase64Encoded || !slices.Equal(got.Cookies, []string{"a=1", text}) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestOtherEvents: what is no event of an HTTP API gets an answer, too.
func TestOtherEvents(t *testing.T) {
	a := lambdahttp.New(http.NotFoundHandler(), failure, slog.New(slog.DiscardHandler))
	for _, text := range []string{"", "null", "[]", `"x"`, `{"headers":[1]}`, `{"rawPath":7}`, `{`} {
		raw, err := a.Invoke(t.Context(), []byte(text))
		if err != nil {
			t.Fatalf("%s: an error went to the runtime: %v", text, err)
		}
		want := 400
		if text == "null" { // as good as an event of nothing
			want = 404
		}
		if got := decoded(t, raw); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", text, got.StatusCode, want)
		}
	}
}

func TestTooLargeForLambda(t *testing.T) {
	for name, large := range map[string][]byte{
		"binary": bytes.Repeat([]byte{0xff}, 5<<20), "text": bytes.Repeat([]byte("x"), 6<<20), "text that grows": bytes.Repeat([]byte{'"'}, 5<<20),
	} {
		got := invoke(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(large) }, event("GET", "/"))
		if got.StatusCode != 500 || got.Body != "page of 500" {
			t.Errorf("%s: %d, %d bytes; want the page of 500", name, got.StatusCode, len(got.Body))
		}
	}
}

// BenchmarkEvent is an event, JSON in to JSON out, of a page of 30 KB as the
// edition holds it, beside the same without the adapter.
func BenchmarkEvent(b *testing.B) {
	page := bytes.Repeat([]byte{0x1f, 0x8b, 0xff, 0x00}, 30<<10/4)
	e := event("GET", "/news/2022/siren-debriefing/")
	for i := range 14 {
		e.Headers[fmt.Sprintf("x-header-%d", i)] = "a value of some length, and more"
	}
	input, err := json.Marshal(e)
	if err != nil {
		b.Fatal(err)
	}
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(page)
	}
	a := lambdahttp.New(http.HandlerFunc(handler), failure, slog.New(slog.DiscardHandler))
	b.Run("adapter", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.Invoke(b.Context(), input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("without", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var e events.APIGatewayV2HTTPRequest
			if err := json.Unmarshal(input, &e); err != nil {
				b.Fatal(err)
			}
			answer := events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: base64.StdEncoding.EncodeToString(page), IsBase64Encoded: true}
			if _, err := json.Marshal(answer); err != nil {
				b.Fatal(err)
			}
		}
	})
}
