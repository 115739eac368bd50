package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/edition"
)

// TestAddresses: one spelling of an address answers, others are 301 to it or
// 404, and none leads to another host.
func TestAddresses(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		target   string
		status   int
		location string
		route    string
	}{
		{"/", 200, "", "/"},
		{"/?utm=1", 200, "", "/"},
		{"/news/2022/siren/", 200, "", "/news/2022/siren/"},
		{"/over/", 404, "", "unknown"},
		{"/nowhere/", 404, "", "unknown"},
		{"/error/404", 404, "", "unknown"},
		// Other spellings.
		{"/news", 301, "/news/", "spelling"},
		{"/news?page=2&q=%C3%A9", 301, "/news/?page=2&q=%C3%A9", "spelling"},
		{"/news?q=\u00e9", 301, "/news/?q=%C3%A9", "spelling"},
		{"//news/", 301, "/news/", "spelling"},
		{"/news//2022///siren/", 301, "/news/2022/siren/", "spelling"},
		{"/news/./2022/../2022/siren", 301, "/news/2022/siren/", "spelling"},
		{"/../../news/", 301, "/news/", "spelling"},
		{"/News/2022/SIREN/", 301, "/news/2022/siren/", "spelling"},
		{"/index.html", 301, "/", "spelling"},
		{"/news/index.html", 301, "/news/", "spelling"},
		{"/feed.xml/", 301, "/feed.xml", "spelling"},
		{"/%6Eews/", 301, "/news/", "spelling"},
		{"/news%2F2022%2Fsiren/", 301, "/news/2022/siren/", "spelling"},
		{"/feed%2Exml", 301, "/feed.xml", "spelling"},
		{"/nowhere/index.html", 404, "", "unknown"},
		{"/over", 404, "", "unknown"},
		{"/news\\", 404, "", "unknown"},
		// Old addresses.
		{"/home/", 301, "/", "alias"},
		{"/home", 301, "/", "alias"},
		{"/HOME//", 301, "/", "alias"},
		{"/part/", 301, "/news/#top", "alias"},
		{"/article-detail/641/", 301, "/news/2022/siren/", "alias"},
		{"/article-detail/641", 301, "/news/2022/siren/", "alias"},
		{"/article-detail.php?id=641", 301, "/news/2022/siren/", "alias"},
		{"/article-detail.php?fbclid=x&id=641&id=2", 301, "/news/2022/siren/", "alias"},
		{"/article-detail.php?%69d=641", 301, "/news/2022/siren/", "alias"},
		{"/article-detail.php?id=642", 404, "", "unknown"},
		{"/article-detail.php", 404, "", "unknown"},
		// The search page has no slash at its end.
		{"/search", 200, "", "/search"},
		{"/search?q=siren&page=1", 200, "", "/search"},
		{"/search/?q=siren", 301, "/search?q=siren", "spelling"},
		{"/Search", 301, "/search", "spelling"},
		{"/se%61rch", 301, "/search", "spelling"},
		{"/search/found", 404, "", "unknown"},
		// Nobody is sent away.
		{"//evil.example/", 404, "", "unknown"},
		{"//evil.example/news/..", 404, "", "unknown"},
		{"//evil.example//../news/", 301, "/news/", "spelling"},
		{"/\\evil.example", 404, "", "unknown"},
		{"/evil/", 404, "", "unknown"},
		{"/evil2/", 404, "", "unknown"},
		{"/evil3/", 404, "", "unknown"},
		{"/evil4/", 404, "", "unknown"},
		{"http://evil.example/news", 301, "/news/", "spelling"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := s.get(s.Pages(), method, c.target)
			if w.Code != c.status || w.Header().Get("Location") != c.location {
				t.Errorf("%s %s: %d %q, want %d %q", method, c.target, w.Code, w.Header().Get("Location"), c.status, c.location)
			}
			if got := s.line(t)["route"]; got != c.route {
				t.Errorf("%s %s: the log has route %q, want %q", method, c.target, got, c.route)
			}
			if c.status == 301 && w.Body.Len() > 0 {
				t.Errorf("%s %s: a body of %d bytes", method, c.target, w.Body.Len())
			}
		}
	}
}

// FuzzAddresses: whatever is asked, the answer is one of four, a redirect stays
// here and its target answers.
func FuzzAddresses(f *testing.F) {
	for _, seed := range []string{"/", "//evil.example/%2e%2e/news", "/news?x", "/HOME/?id=641", "/article-detail.php?id=641", "/%5cevil", "/a/../../news;x", "/news?\x7f"} {
		f.Add(seed)
	}
	s := newSite(f)
	f.Fuzz(func(t *testing.T, target string) {
		r, err := readRequest("GET " + target)
		if err != nil || r.RequestURI != target {
			return
		}
		w := s.get(s.Pages(), "GET", target)
		if w.Code != 200 && w.Code != 301 && w.Code != 404 {
			t.Fatalf("%q: status %d", target, w.Code)
		}
		if w.Code != 301 {
			return
		}
		location := w.Header().Get("Location")
		u, err := url.Parse(location)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") || strings.HasPrefix(location, "/\\") {
			t.Fatalf("%q leads to %q", target, location)
		}
		if again := s.get(s.Pages(), "GET", location); again.Code != 200 {
			t.Fatalf("%q leads to %q, which is %d", target, location, again.Code)
		}
	})
}

func TestBodies(t *testing.T) {
	s := newSite(t)
	for _, a := range answers() {
		if a.Gone || !a.From.IsZero() {
			continue
		}
		for accept, encoding := range map[string]string{"br": "br", "gzip": "gzip", "": "", "identity": ""} {
			w := s.get(s.Pages(), "GET", a.Path, "Accept-Encoding", accept)
			if w.Header().Get("Vary") == "" {
				encoding = ""
			}
			if got := w.Header().Get("Content-Encoding"); got != encoding {
				t.Errorf("%s in %q: Content-Encoding %q", a.Path, accept, got)
			}
			if got := w.Header().Get("Content-Length"); got != fmt.Sprint(w.Body.Len()) {
				t.Errorf("%s in %q: Content-Length %s of %d bytes", a.Path, accept, got, w.Body.Len())
			}
			head := s.get(s.Pages(), "HEAD", a.Path, "Accept-Encoding", accept)
			if diff := cmp.Diff(w.Header(), head.Header()); diff != "" || head.Body.Len() > 0 {
				t.Errorf("HEAD %s in %q: %d bytes, headers (-GET +HEAD):\n%s", a.Path, accept, head.Body.Len(), diff)
			}
			if got := decode(t, w.Body, encoding); !bytes.Equal(got, a.Body) {
				t.Errorf("%s in %q: another body", a.Path, accept)
			}
		}
	}
}

func decode(t testing.TB, r io.Reader, encoding string) []byte {
	t.Helper()
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestClock(t *testing.T) {
	now := asOf()
	s := newSite(t, func(o *Options) { o.Now = func() time.Time { return now } })
	before := s.get(s.Pages(), "GET", "/news/")
	now = now.Add(time.Hour)
	after := s.get(s.Pages(), "GET", "/news/", "If-None-Match", before.Header().Get("ETag"))
	if after.Code != 200 || !strings.Contains(before.Body.String(), ">news<") || !strings.Contains(after.Body.String(), ">news later<") {
		t.Errorf("the clock does not change the page: %d %.60s", after.Code, after.Body)
	}
}

func TestVersion(t *testing.T) {
	e := testEdition(t)
	s := newSite(t, func(o *Options) { o.Edition = func() *edition.Edition { return e } })
	var got map[string]string
	if err := json.Unmarshal(s.get(s.Pages(), "GET", "/version").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"commit": "abc123", "edition": e.Hash(), "as_of": "2026-11-23T08:00:00Z"}, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

// TestTorn: an edition with broken bodies answers the error page, without the
// headers of the answer it should have been.
func TestTorn(t *testing.T) {
	var w edition.Writer
	w.Add(edition.Answer{Path: "/", Type: htmlType, Body: long("home")})
	data, err := w.Bytes(edition.Print{AsOf: asOf(), Compressor: levels(6, 0)})
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte{0x1f, 0x8b, 8})
	copy(data[at+10:], bytes.Repeat([]byte{0xff}, 10))
	e, err := edition.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *Options) { o.Edition = func() *edition.Edition { return e } })
	got := s.get(s.Pages(), "GET", "/")
	if diff := cmp.Diff(with(rowOf("error"), "Content-Type", htmlType, "Content-Length", "…"), headers(got.Header())); diff != "" || got.Code != 500 {
		t.Errorf("%d, headers (-want +got):\n%s", got.Code, diff)
	}
	if cause, _ := s.line(t)["cause"].(string); !strings.Contains(cause, "torn") {
		t.Errorf("the log has the cause %q", cause)
	}
}

// TestAllocations keeps an ordinary page cheap: lambdahttp's share of the
// budget of 250 allocations an event is the larger one.
func TestAllocations(t *testing.T) {
	s := newSite(t)
	h, r, w := benchmarked(s)
	if got := testing.AllocsPerRun(200, func() { clear(w.h); h.ServeHTTP(w, r) }); got > 20 {
		t.Errorf("a page costs %v allocations, at most 20 are meant", got)
	}
}

func BenchmarkPage(b *testing.B) {
	s := newSite(b)
	h, r, w := benchmarked(s)
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		s.log.Reset()
		h.ServeHTTP(w, r)
	}
}

func benchmarked(s *site) (http.Handler, *http.Request, *discard) {
	r, _ := http.NewRequest("GET", "/news/2022/siren/", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	return s.Wrap(s.Pages()), r, &discard{h: http.Header{}}
}

type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
