package web

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"broadsheet/functions/internal/edition"
)

// TestLog holds what a line has, and promise 7: nothing that a visitor typed.
func TestLog(t *testing.T) {
	const private = "jane.doe@example.org"
	s := newSite(t)
	ticks := asOf()
	s.options.Now = func() time.Time { ticks = ticks.Add(1500 * time.Microsecond); return ticks }
	for _, c := range []struct {
		method, target string
		want           map[string]any
	}{
		{"GET", "/news/?q=" + private, map[string]any{"level": "INFO", "route": "/news/", "status": 200.0}},
		{"GET", "/" + private, map[string]any{"level": "INFO", "route": "unknown", "status": 404.0}},
		{"GET", "/news?q=" + private, map[string]any{"level": "INFO", "route": "spelling", "status": 301.0, "bytes": 0.0}},
		{"GET", "/version?q=" + private, map[string]any{"level": "INFO", "route": "version", "status": 200.0}},
		{"OPTIONS", "/" + private, map[string]any{"level": "INFO", "route": "options", "status": 204.0, "bytes": 0.0}},
		{"POST", "/" + private, map[string]any{"level": "INFO", "route": "unknown", "status": 405.0}},
		{"JANE-DOE", "/", map[string]any{"level": "INFO", "method": "other", "status": 405.0}},
		{"GET", "/fail/500?q=" + private, map[string]any{"level": "ERROR", "route": "/fail/500", "status": 500.0, "cause": "secret cause"}},
		{"GET", "/fail/503", map[string]any{"level": "ERROR", "route": "/fail/503", "status": 503.0, "cause": "secret cause"}},
		{"GET", "/fail/token?t=" + private, map[string]any{"level": "WARN", "route": "/fail/token", "status": 404.0, "cause": "secret cause"}},
		{"GET", "/fail/429", map[string]any{"level": "INFO", "route": "/fail/429", "status": 429.0}},
		{"GET", "/panic?" + private, map[string]any{"level": "ERROR", "route": "/panic", "status": 500.0, "cause": "panic: secret cause"}},
		{"GET", "/fail/0", map[string]any{"level": "ERROR", "status": 500.0, "cause": "web: an error of status 0: "}},
		{"GET", "/fail/wrapped", map[string]any{"level": "WARN", "status": 403.0, "cause": "secret cause\nForbidden"}},
		{"GET", "/twice", map[string]any{"level": "INFO", "status": 201.0}},
		{"GET", "/plain", map[string]any{"level": "INFO", "route": "/plain", "status": 200.0, "bytes": 5.0}},
		{"GET", "/nothing", map[string]any{"level": "INFO", "route": "/nothing", "status": 200.0, "bytes": 0.0}},
		{"PUT", "/http-error", map[string]any{"level": "INFO", "route": "/http-error", "status": 403.0}},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			w := s.get(s.program(), c.method, c.target, "User-Agent", private, "Referer", private, "Cookie", private, "Authorization", private)
			raw := s.log.String()
			line := s.line(t)
			if line["id"] != "k7w2m4pq" || line["msg"] != "request" || line["ms"].(float64) < 1.5 {
				t.Errorf("the line has id %v, msg %v, ms %v", line["id"], line["msg"], line["ms"])
			}
			got := map[string]any{}
			for name := range c.want {
				got[name] = line[name]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error("(-want +got):\n" + diff)
			}
			if _, ok := c.want["cause"]; !ok && line["cause"] != nil {
				t.Errorf("a cause where none is: %v", line["cause"])
			}
			if stack, _ := line["stack"].(string); strings.HasPrefix(c.target, "/panic") != strings.Contains(stack, "web_test.go") {
				t.Errorf("the stack is %q", stack)
			}
			if int(line["bytes"].(float64)) != w.Body.Len() {
				t.Errorf("%v bytes in the log, %d sent", line["bytes"], w.Body.Len())
			}
			for _, never := range []string{"jane", "JANE", "192.0.2.1", "example.org"} {
				if strings.Contains(raw, never) {
					t.Errorf("the log has %q:\n%s", never, raw)
				}
			}
		})
	}
}

// TestAbort: when a handler fails after its answer began, the connection ends,
// the cause is in the log, nothing else is, and the next request works.
func TestAbort(t *testing.T) {
	s := newSite(t)
	mux := s.program().(*http.ServeMux)
	mux.Handle("/half-error", s.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("secret cause")
	}))
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	var lines sync.WaitGroup
	var netHTTP strings.Builder
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lines.Add(1)
		defer lines.Done()
		s.Wrap(mux).ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(&netHTTP, "", 0)
	server.Start()
	defer server.Close()
	for path, want := range map[string]map[string]any{
		"/half":       {"level": "ERROR", "status": 200.0, "cause": "panic: secret cause"},
		"/half-error": {"level": "WARN", "status": 200.0, "cause": "secret cause"},
		"/abort":      {"level": "WARN", "status": 0.0, "cause": "the handler ended the connection"},
	} {
		answer, err := http.Get(server.URL + path)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the answer looks whole", path)
		}
		lines.Wait()
		line := s.line(t)
		got := map[string]any{"level": line["level"], "status": line["status"], "cause": line["cause"]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if answer, err := http.Get(server.URL + "/"); err != nil || answer.StatusCode != 200 {
			t.Errorf("after %s: %v", path, err)
		} else {
			answer.Body.Close()
		}
		lines.Wait()
		s.log.Reset()
	}
	server.Close()
	if netHTTP.Len() > 0 {
		t.Errorf("net/http logs by itself, with an address: %s", netHTTP.String())
	}
}

// TestErrorPages: values are escaped, the fallback is a whole page.
func TestErrorPages(t *testing.T) {
	s := newSite(t)
	body := s.get(s.program(), "GET", "/fail/token").Body.String()
	if want := "<title>subscription/unknown</title><p>number k7w2m4pq, &lt;jane@example.org&gt;"; !strings.Contains(body, want) {
		t.Errorf("no %q in %s", want, body)
	}
	empty := newSite(t, func(o *Options) { o.Edition = func() *edition.Edition { return nil } })
	for name, c := range map[string]struct {
		s     *site
		path  string
		code  int
		title string
		cause string
	}{
		"no edition":           {empty, "/", 500, "Internal Server Error", "there is no edition"},
		"no edition, an error": {empty, "/fail/503", 503, "Service Unavailable", "secret cause"},
		"no edition, a blank":  {empty, "/fill", 500, "Internal Server Error", `no blank "subscription/unknown"`},
		"no such blank":        {s, "/fail/gone", 404, "Not Found", ""},
		"no page of a status":  {s, "/fail/teapot", 418, "I'm a teapot", ""},
	} {
		c.s.log.Reset()
		w := c.s.get(c.s.program(), "GET", c.path)
		doc, err := html.Parse(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		for selector, want := range map[string]string{"html[lang=en] title": c.title, "main h1": c.title, "main p": "k7w2m4pq", "a[href='/']": "Home"} {
			if n := cascadia.Query(doc, cascadia.MustCompile(selector)); n == nil || !strings.Contains(text(n), want) {
				t.Errorf("%s: %s lacks %q", name, selector, want)
			}
		}
		if w.Code != c.code {
			t.Errorf("%s: status %d, want %d", name, w.Code, c.code)
		}
		if cause, _ := c.s.line(t)["cause"].(string); !strings.Contains(cause, c.cause) || c.cause == "" && cause != "" {
			t.Errorf("%s: the log has the cause %q", name, cause)
		}
	}
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(text(c))
	}
	return b.String()
}

func TestError(t *testing.T) {
	cause := errors.New("cause")
	if err := (&Error{Status: 503, Err: cause}); !errors.Is(err, cause) || err.Error() != "Service Unavailable: cause" {
		t.Errorf("got %q", err)
	}
	if err := (&Error{Status: 404}); err.Error() != "Not Found" {
		t.Errorf("got %q", err)
	}
}

// TestIDs: each request has an id of its own that can be read out on a phone.
func TestIDs(t *testing.T) {
	s := newSite(t, func(o *Options) { o.NewID = nil })
	seen := map[string]bool{}
	for range 100 {
		var id string
		s.get(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { id = RequestID(r.Context()) }), "GET", "/")
		if line := s.line(t); line["id"] != id || seen[id] || !regexp.MustCompile(`^[a-z2-7]{8}$`).MatchString(id) {
			t.Errorf("id %q, in the log %v, seen before %v", id, line["id"], seen[id])
		}
		seen[id] = true
	}
	if got := RequestID(context.Background()); got != "none" {
		t.Errorf("outside a request the id is %q", got)
	}
}

func TestSetRoute(t *testing.T) {
	s := newSite(t)
	s.get(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { SetRoute(r, "POST /subscription") }), "POST", "/x")
	if got := s.line(t)["route"]; got != "POST /subscription" {
		t.Errorf("got %v", got)
	}
	s.get(http.NotFoundHandler(), "GET", "/jane")
	if got := s.line(t)["route"]; got != "none" {
		t.Errorf("got %v", got)
	}
	SetRoute(httptest.NewRequest("GET", "/", nil), "outside Wrap nothing happens")
}

// TestConcurrent is for the race detector: answers share header values.
func TestConcurrent(t *testing.T) {
	s := newSite(t)
	h := s.Wrap(s.program())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, path := range []string{"/", "/news", "/nowhere", "/fail/503", "/plain", "/panic"} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				w.Header().Add("Cache-Control", path)
			}
		})
	}
	all.Wait()
}
