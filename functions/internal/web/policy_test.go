package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/edition"
)

// TestHeaders compares the whole header of an answer of each class and status,
// as it comes over TCP, with the table of the design. Whatever is not in the
// table must not be sent: Server, X-Powered-By, Set-Cookie,
// Access-Control-Allow-* and all others.
func TestHeaders(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.Wrap(s.program()))
	defer server.Close()
	html := []string{"Content-Type", htmlType, "Content-Length", "…"}
	packed := func(kind string) []string {
		return []string{"Content-Type", kind, "Content-Length", "…", "Etag", "…", "Vary", "Accept-Encoding", "Content-Encoding", "gzip"}
	}
	plain := func(kind string) []string {
		return []string{"Content-Type", kind, "Content-Length", "…", "Etag", "…"}
	}
	for _, c := range []struct {
		method, path string
		request      string // one more header, "name: value"
		status       int
		want         want
	}{
		{"GET", "/", "", 200, with(rowOf("page"), packed(htmlType)...)},
		{"HEAD", "/", "", 200, with(rowOf("page"), packed(htmlType)...)},
		{"GET", "/", "Range: bytes=0-3", 200, with(rowOf("page"), packed(htmlType)...)},
		{"GET", "/", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", 200, with(rowOf("page"), packed(htmlType)...)},
		{"GET", "/search", "", 200, with(rowOf("page"), packed(htmlType)...)},
		{"GET", "/search?q=siren", "", 200, with(rowOf("page"), append(packed(htmlType), "X-Robots-Tag", "noindex")...)},
		{"GET", "/search?q=siren", "If-None-Match: *", 304, with(rowOf("page"), "Etag", "…", "Vary", "Accept-Encoding", "X-Robots-Tag", "noindex")},
		{"GET", "/search?q=siren&page=0", "", 404, with(rowOf("404"), html...)},
		{"GET", "/", "If-None-Match: *", 304, with(rowOf("page"), "Etag", "…", "Vary", "Accept-Encoding")},
		{"HEAD", "/", "If-None-Match: *", 304, with(rowOf("page"), "Etag", "…", "Vary", "Accept-Encoding")},
		{"GET", "/assets/seoul.abc.webp", "If-None-Match: *", 304, with(rowOf("picture"), "Etag", "…")},
		{"GET", "/thanks/", "", 200, with(rowOf("private"), packed(htmlType)...)},
		{"GET", "/feed.xml", "", 200, with(rowOf("feed"), packed("application/atom+xml; charset=utf-8")...)},
		{"GET", "/assets/site.abc.css", "", 200, with(rowOf("asset"), packed("text/css; charset=utf-8")...)},
		{"GET", "/assets/dog.abc.svg", "", 200, with(rowOf("drawing"), packed("image/svg+xml")...)},
		{"GET", "/assets/seoul.abc.webp", "", 200, with(rowOf("picture"), plain("image/webp")...)},
		{"GET", "/files/report.pdf", "", 200, with(rowOf("download"), plain("application/pdf")...)},
		{"GET", "/version", "", 200, with(rowOf("version"), "Content-Type", "application/json", "Content-Length", "…")},
		{"GET", "/news", "", 301, with(rowOf("page"), "Location", "/news/", "Content-Length", "…")},
		{"HEAD", "/news", "", 301, with(rowOf("page"), "Location", "/news/", "Content-Length", "…")},
		{"GET", "/nowhere", "", 404, with(rowOf("404"), html...)},
		{"HEAD", "/nowhere", "", 404, with(rowOf("404"), html...)},
		{"OPTIONS", "/", "", 204, with(rowOf("error"), "Allow", "GET, HEAD, OPTIONS")},
		{"POST", "/", "", 405, with(rowOf("error"), append(html, "Allow", "GET, HEAD, OPTIONS")...)},
		{"BREW", "/nowhere", "", 405, with(rowOf("error"), append(html, "Allow", "GET, HEAD, OPTIONS")...)},
		{"POST", "/fail/500", "", 500, with(rowOf("error"), html...)},
		{"HEAD", "/fail/500", "", 500, with(rowOf("error"), html...)},
		{"POST", "/fail/503", "", 503, with(rowOf("error"), append(html, "Retry-After", "2")...)},
		{"POST", "/fail/429", "", 429, with(rowOf("error"), append(html, "Retry-After", "60")...)},
		{"GET", "/fail/token", "", 404, with(rowOf("private"), html...)},
		{"GET", "/fail/wrapped", "", 403, with(rowOf("error"), html...)},
		{"GET", "/fail/0", "", 500, with(rowOf("error"), html...)},
		{"GET", "/fail/gone", "", 404, with(rowOf("404"), html...)},
		{"GET", "/fail/teapot", "", 418, with(rowOf("error"), html...)},
		{"GET", "/panic", "", 500, with(rowOf("error"), html...)},
		{"GET", "/fill", "", 422, with(rowOf("private"), html...)},
		{"GET", "/fill-missing", "", 500, with(rowOf("error"), html...)},
		{"GET", "/plain", "", 200, with(rowOf("error"), "Content-Type", "text/plain; charset=utf-8", "Content-Length", "…")},
		{"GET", "/nothing", "", 200, with(rowOf("error"), "Content-Length", "…")},
		{"GET", "/cached", "", 200, with(rowOf("error"), "Content-Length", "…", "Cache-Control", "max-age=1")},
		{"GET", "/status", "", 403, with(rowOf("error"), html...)},
		{"GET", "/http-error", "", 403, with(rowOf("error"), html...)},
		{"PUT", "/only-post", "", 405, with(rowOf("error"), append(html, "Allow", "GET, HEAD, OPTIONS")...)},
	} {
		t.Run(c.method+" "+c.path+" "+c.request, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip")
			if name, value, ok := strings.Cut(c.request, ": "); ok {
				r.Header.Set(name, value)
			}
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != c.status {
				t.Errorf("status %d, want %d", answer.StatusCode, c.status)
			}
			if diff := cmp.Diff(c.want, headers(answer.Header)); diff != "" {
				t.Error("headers (-want +got):\n" + diff)
			}
			if c.method == "HEAD" && len(body) > 0 {
				t.Error("an answer to HEAD has a body")
			}
			if strings.Contains(string(body), "secret") || strings.Contains(string(body), "goroutine") {
				t.Errorf("the cause is shown:\n%s", body)
			}
			if c.status >= 400 && c.method != "HEAD" && !strings.Contains(string(body), "k7w2m4pq") {
				t.Errorf("the page of an error lacks its id:\n%s", body)
			}
		})
	}
}

// TestMuxErrors: what http.ServeMux answers by itself in plain text becomes a
// page of the site and keeps Allow.
func TestMuxErrors(t *testing.T) {
	s := newSite(t)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /only-post", func(http.ResponseWriter, *http.Request) {})
	for path, want := range map[string]struct {
		status int
		allow  string
	}{"/only-post": {405, "POST"}, "/nowhere": {404, ""}} {
		w := s.get(mux, "GET", path)
		if w.Code != want.status || w.Header().Get("Allow") != want.allow || w.Header().Get("Content-Type") != htmlType || !strings.Contains(w.Body.String(), "k7w2m4pq") {
			t.Errorf("%s: %d %v\n%s", path, w.Code, w.Header(), w.Body)
		}
		if strings.Contains(w.Body.String(), "Method Not Allowed\n") || strings.Contains(w.Body.String(), "404 page not found") {
			t.Errorf("%s: the plain text is sent too:\n%s", path, w.Body)
		}
	}
}

// TestTransportSecurity: RFC 6797, section 7.2, forbids the header over plain
// HTTP.
func TestTransportSecurity(t *testing.T) {
	for url, want := range map[string]string{
		"https://example.org":   "max-age=63072000; includeSubDomains",
		"http://127.0.0.1:8080": "",
		"":                      "",
	} {
		s := newSite(t, func(o *Options) { o.BaseURL = url })
		for _, path := range []string{"/", "/nowhere", "/panic"} {
			if got := s.get(s.program(), "GET", path).Header().Get("Strict-Transport-Security"); got != want {
				t.Errorf("%s%s: got %q, want %q", url, path, got, want)
			}
		}
	}
}

// TestSharedHeaders: answers share the values of their headers, so a handler
// that adds to one must not change the next answer's.
func TestSharedHeaders(t *testing.T) {
	s := newSite(t)
	meddle := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.SetClass(w, edition.Private)
		s.SetClass(w, edition.Page)
		w.Header().Add("X-Frame-Options", "ALLOWALL")
		w.Header().Add("Cache-Control", "private")
	})
	if got := s.get(meddle, "GET", "/").Header(); len(got["X-Frame-Options"]) != 2 || got.Get("X-Robots-Tag") != "" {
		t.Errorf("the handler's own headers: %v", got)
	}
	if diff := cmp.Diff(with(rowOf("404"), "Content-Type", htmlType, "Content-Length", "…"), headers(s.get(s.Pages(), "GET", "/nowhere").Header())); diff != "" {
		t.Error("the next answer (-want +got):\n" + diff)
	}
	var strange edition.Class = 200
	w := httptest.NewRecorder()
	s.SetClass(w, strange)
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a class nobody knows: %v", w.Header())
	}
}
