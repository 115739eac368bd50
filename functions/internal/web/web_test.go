package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/compress"
	"broadsheet/functions/internal/edition"
)

const htmlType = "text/html; charset=utf-8"

func asOf() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

// long returns a body that the edition stores compressed.
func long(name string) []byte {
	return []byte("<!DOCTYPE html><html lang=en><title>" + name + "</title>" + strings.Repeat("<p>once more</p>", 200))
}

// levels compresses with these levels.
func levels(gzip, brotli int) func() edition.Compressor {
	return func() edition.Compressor { return compress.New(compress.Levels{Gzip: gzip, Brotli: brotli}) }
}

// answers has one path of each class that answers have.
func answers() []edition.Answer {
	return []edition.Answer{
		{Path: "/", Type: htmlType, Class: edition.Page, Body: long("home")},
		{Path: "/news/", Type: htmlType, Class: edition.Page, Body: long("news")},
		{Path: "/news/", From: asOf().Add(time.Hour), Type: htmlType, Class: edition.Page, Body: long("news later")},
		{Path: "/news/2022/siren/", Type: htmlType, Class: edition.Page, Body: long("siren")},
		{Path: "/over/", From: asOf().Add(-time.Hour), Gone: true},
		{Path: "/thanks/", Type: htmlType, Class: edition.Private, Body: long("thanks")},
		{Path: "/feed.xml", Type: "application/atom+xml; charset=utf-8", Class: edition.Feed, Body: long("feed")},
		{Path: "/assets/site.abc.css", Type: "text/css; charset=utf-8", Class: edition.Asset, Body: long("css")},
		{Path: "/assets/dog.abc.svg", Type: "image/svg+xml", Class: edition.Drawing, Body: long("svg")},
		{Path: "/assets/seoul.abc.webp", Type: "image/webp", Class: edition.Picture, Body: []byte("RIFFxxxxWEBP")},
		{Path: "/files/report.pdf", Type: "application/pdf", Class: edition.Download, Body: []byte("%PDF-1.7")},
	}
}

func testEdition(t testing.TB) *edition.Edition {
	t.Helper()
	var w edition.Writer
	for _, a := range answers() {
		w.Add(a)
	}
	for from, to := range map[string]string{
		"/article-detail/641/": "/news/2022/siren/", "/article-detail.php?id=641": "/news/2022/siren/",
		"/home/": "/", "/part/": "/news/#top", "/evil/": "https://evil.example/", "/evil2/": "//evil.example/", "/evil3/": "///evil.example/", "/evil4/": "data:/x",
	} {
		w.AddAlias(from, to)
	}
	for name, class := range map[string]edition.Class{
		"error/403": edition.Failure, "error/404": edition.Missing, "error/405": edition.Failure, "error/500": edition.Failure,
		"error/503": edition.Failure, "subscription/unknown": edition.Private, "fr/error/404": edition.Missing,
	} {
		body := "<!DOCTYPE html><title>" + name + "</title><p>number " + edition.Slot("id") + ", " + edition.Slot("email")
		if err := w.AddBlank(name, edition.Answer{Type: htmlType, Class: class, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	addSearch(t, &w)
	data, err := w.Bytes(edition.Print{AsOf: asOf(), Commit: "abc123", BaseURL: "https://example.org", Compressor: levels(6, 5)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// site is a Site with what it logs.
type site struct {
	*Site
	log bytes.Buffer
}

func newSite(t testing.TB, change ...func(*Options)) *site {
	t.Helper()
	s, e := &site{}, testEdition(t)
	o := Options{
		Edition: func() *edition.Edition { return e }, BaseURL: "https://example.org", Now: asOf,
		Log: slog.New(slog.NewJSONHandler(io.MultiWriter(&s.log, t.Output()), nil)), NewID: func() string { return "k7w2m4pq" },
	}
	for _, f := range change {
		f(&o)
	}
	s.Site = New(o)
	return s
}

// line returns the one line of the log since it was last read.
func (s *site) line(t testing.TB) map[string]any {
	t.Helper()
	defer s.log.Reset()
	var line map[string]any
	if err := json.Unmarshal(s.log.Bytes(), &line); err != nil {
		t.Fatalf("not one line of JSON: %v\n%s", err, s.log.String())
	}
	return line
}

// get asks for a target as it stands in a request line.
func (s *site) get(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r, err := readRequest(method + " " + target)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Wrap(h).ServeHTTP(w, r)
	return w
}

// readRequest reads a request line as the server of net/http does.
func readRequest(line string) (*http.Request, error) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.1\r\nHost: example.org\r\n\r\n")))
	if err != nil {
		return nil, err
	}
	r.RemoteAddr = "192.0.2.1:1234"
	return r, nil
}

// want is the whole header of an answer, written as a visitor would see it.
type want map[string]string

// base is what every answer of an https site has.
func base() want {
	return want{
		"X-Content-Type-Options":     "nosniff",
		"Strict-Transport-Security":  "max-age=63072000; includeSubDomains",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy":         "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
		"Origin-Agent-Cluster":       "?1",
		"X-Frame-Options":            "DENY",
	}
}

// with returns the headers of base and of a row of the policy table.
func with(row want, more ...string) want {
	all := base()
	maps.Copy(all, row)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// The rows of the table of the design, typed out once more.
func rowOf(name string) want {
	const page = "default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; style-src 'self'"
	row := func(csp, referrer, resource, cache string) want {
		return want{"Content-Security-Policy": csp, "Referrer-Policy": referrer, "Cross-Origin-Resource-Policy": resource, "Cache-Control": cache}
	}
	switch name {
	case "page":
		return row(page, "strict-origin-when-cross-origin", "same-origin", "public, max-age=60, s-maxage=600, stale-while-revalidate=60, stale-if-error=86400")
	case "private":
		r := row("default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src 'self'; manifest-src 'self'; style-src 'self'", "no-referrer", "same-origin", "no-store")
		r["X-Robots-Tag"] = "noindex, nofollow"
		return r
	case "feed":
		return row("default-src 'none'; frame-ancestors 'none'; sandbox", "no-referrer", "cross-origin", "public, max-age=300, s-maxage=600")
	case "version":
		return row("default-src 'none'; frame-ancestors 'none'; sandbox", "no-referrer", "cross-origin", "no-store")
	case "asset":
		return row("default-src 'none'; frame-ancestors 'none'", "no-referrer", "same-origin", "public, max-age=31536000, immutable")
	case "drawing":
		return row("default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'; sandbox", "no-referrer", "same-origin", "public, max-age=31536000, immutable")
	case "picture":
		return row("default-src 'none'; frame-ancestors 'none'", "no-referrer", "cross-origin", "public, max-age=31536000, immutable")
	case "download":
		return row("default-src 'none'; frame-ancestors 'none'", "no-referrer", "cross-origin", "public, max-age=3600")
	case "404":
		return row(page, "strict-origin-when-cross-origin", "same-origin", "public, max-age=30")
	case "error":
		return row(page, "no-referrer", "same-origin", "no-store")
	}
	panic("no row " + name)
}

// headers returns the header of an answer without what net/http or the body
// decide: Date, the entity tag's letters and the length.
func headers(h http.Header) want {
	got := want{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		value := strings.Join(h[name], " | ")
		switch name {
		case "Date":
			continue
		case "Etag", "Content-Length":
			value = "…"
		}
		got[name] = value
	}
	return got
}

// program is a program's handler: the pages, and all the ways another handler
// can end.
func (s *site) program() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.Pages())
	fails := func(path string, err error) {
		mux.Handle(path, s.Handle(func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("ETag", `"of another answer"`)
			w.Header().Set("Content-Encoding", "br")
			return err
		}))
	}
	fails("/fail/500", errors.New("secret cause"))
	fails("/fail/503", &Error{Status: 503, RetryAfter: 1500 * time.Millisecond, Err: errors.New("secret cause")})
	fails("/fail/429", &Error{Status: 429, RetryAfter: time.Minute})
	fails("/fail/token", &Error{Status: 404, Blank: "subscription/unknown", Values: map[string]string{"email": "<jane@example.org>"}, Err: errors.New("secret cause")})
	fails("/fail/wrapped", errors.Join(errors.New("secret cause"), &Error{Status: 403}))
	fails("/fail/0", &Error{})
	fails("/fail/gone", &Error{Status: 404, Blank: "no/such/blank"})
	fails("/fail/teapot", &Error{Status: 418})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("secret cause") })
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") })
	mux.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/cached", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "max-age=1") })
	mux.HandleFunc("/http-error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret cause", 403) })
	mux.HandleFunc("POST /only-post", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/fill", s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Fill(w, r, 422, "subscription/unknown", map[string]string{"email": "<b>"})
	}))
	mux.Handle("/fill-missing", s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Fill(w, r, 200, "no/such/blank", nil)
	}))
	mux.Handle("/status", s.Status(403))
	mux.HandleFunc("/twice", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(201)
		w.WriteHeader(500)
	})
	mux.HandleFunc("/half", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("secret cause")
	})
	return mux
}
