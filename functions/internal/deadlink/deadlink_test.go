package deadlink_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/deadlink"
)

// web is a server with every behaviour that links meet. It notes the most requests
// that it had at one time, and the methods that each path was asked with.
type web struct {
	*httptest.Server
	mu      sync.Mutex
	methods map[string]string
	busy    atomic.Int32
	most    atomic.Int32
}

func newWeb(t *testing.T) *web {
	t.Helper()
	w := &web{methods: map[string]string{}}
	tried := false
	mux := http.NewServeMux()
	status := func(path string, code int) {
		mux.HandleFunc(path, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(code) })
	}
	redirect := func(path, to string, code int) {
		mux.HandleFunc(path, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, to, code) })
	}
	status("/", 200)
	status("/ok", 200)
	status("/missing", 404)
	status("/gone", 410)
	status("/forbidden", 403)
	status("/broken", 500)
	redirect("/moved", "/ok", 301)
	redirect("/moved308", "/moved", 308)
	redirect("/lent", "/ok", 302)
	redirect("/mixed", "/lent", 301)
	redirect("/swept", "/", 301)
	redirect("/loop", "/loop2", 301)
	redirect("/loop2", "/loop", 301)
	redirect("/lost", "/missing", 301)
	mux.HandleFunc("/nowhere", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(302) })
	mux.HandleFunc("/endless/", func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, r.URL.Path+"x", 301) })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	})
	mux.HandleFunc("/gethead", func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			rw.WriteHeader(405)
		}
	})
	mux.HandleFunc("/headlies", func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			rw.WriteHeader(404)
		}
	})
	mux.HandleFunc("/wait", func(rw http.ResponseWriter, _ *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !tried {
			tried = true
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(429)
		}
	})
	status("/never", 429)
	mux.HandleFunc("/later", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(429)
	})
	mux.HandleFunc("/agent", func(rw http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "Broadsheet (+https://news.example)" {
			rw.WriteHeader(404)
		}
	})
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n := w.busy.Add(1)
		defer w.busy.Add(-1)
		for most := w.most.Load(); n > most && !w.most.CompareAndSwap(most, n); most = w.most.Load() {
		}
		w.mu.Lock()
		w.methods[r.URL.Path] += r.Method[:1]
		w.mu.Unlock()
		mux.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func TestCheck(t *testing.T) {
	w := newWeb(t)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that has to fail
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	c := deadlink.Checker{Agent: "Broadsheet (+https://news.example)", MaxWait: 2 * time.Second, Now: now}
	want := map[string]string{
		w.URL + "/ok":              "alive",
		w.URL + "/ok#part":         "alive",
		w.URL + "/agent":           "alive",
		w.URL + "/gethead":         "alive",
		w.URL + "/headlies":        "alive",
		w.URL + "/wait":            "alive",
		w.URL + "/missing":         "dead: the server answers 404 Not Found",
		w.URL + "/gone":            "dead: the server answers 410 Gone",
		w.URL + "/lost":            "dead: the server answers 404 Not Found",
		w.URL + "/loop":            "dead: it leads round in a circle",
		w.URL + "/endless/":        "dead: it is redirected more than 10 times",
		w.URL + "/moved#part":      "moved to " + w.URL + "/ok#part: it has moved for good",
		w.URL + "/moved308":        "moved to " + w.URL + "/ok: it has moved for good",
		w.URL + "/lent":            "alive",
		w.URL + "/mixed":           "alive",
		w.URL + "/swept":           "uncertain: it leads to the home page of " + strings.TrimPrefix(w.URL, "http://") + " now",
		w.URL + "/nowhere":         "uncertain: the server answers 302 and does not say where to",
		w.URL + "/forbidden":       "uncertain: the server answers 403 Forbidden, which it may do to programs only",
		w.URL + "/later":           "uncertain: the server answers 429 Too Many Requests, which it may do to programs only",
		w.URL + "/broken":          "uncertain: the server answers 500 Internal Server Error, which may pass",
		w.URL + "/never":           "uncertain: the server answers 429 Too Many Requests, which it may do to programs only",
		w.URL + "/cut":             "uncertain: no connection: EOF",
		secure.URL + "/":           "uncertain: its certificate is not accepted",
		closed.URL + "/":           "uncertain: no connection",
		"http://nothing.invalid/x": "dead: there is no host of that name",
		"http://":                  "dead: it is not a web address",
	}
	var addresses []string
	for address := range want {
		addresses = append(addresses, address)
	}
	c.Transport = &resolver{http.DefaultTransport}
	results := c.Check(t.Context(), addresses)
	for address, want := range want {
		got := string(results[address].Verdict)
		if to := results[address].To; to != "" {
			got += " to " + to
		}
		if why := results[address].Why; why != "" {
			got += ": " + why
		}
		if !strings.HasPrefix(got, want) || want == "alive" && got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
	if most := w.most.Load(); most != 1 {
		t.Errorf("one host had %d requests at one time", most)
	}
	for path, want := range map[string]string{"/ok": "H", "/gethead": "HG", "/missing": "HG", "/wait": "HG", "/later": "H", "/never": "H"} {
		if got := w.methods[path]; !strings.HasPrefix(got, want) || len(want) == 1 && path != "/ok" && got != want {
			t.Errorf("%s was asked with %s, want %s", path, got, want)
		}
	}
}

// TestSlow: a server that does not answer is left after a while, and so is one when
// the person at the terminal has enough.
func TestSlow(t *testing.T) {
	w := newWeb(t)
	c := deadlink.Checker{Timeout: 50 * time.Millisecond, Now: now}
	address := w.URL + "/slow"
	if r := c.Check(t.Context(), []string{address})[address]; r.Verdict != deadlink.Uncertain || r.Why != "the server does not answer in time" {
		t.Errorf("got %v", r)
	}
	c.Timeout = 0
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := c.Check(ctx, []string{address}); len(got) != 0 {
		t.Errorf("interrupted: %v, want nothing", got)
	}
}

// resolver answers for the only name that is not this machine's as a resolver
// does that knows no such host, without asking one.
type resolver struct{ http.RoundTripper }

func (r *resolver) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host == "nothing.invalid" {
		return nil, &net.DNSError{Err: "no such host", Name: "nothing.invalid", IsNotFound: true}
	}
	return r.RoundTripper.RoundTrip(request)
}

// TestKept: an answer holds for a day, and only one that is certain.
func TestKept(t *testing.T) {
	w := newWeb(t)
	c := deadlink.Checker{Now: now}
	name := filepath.Join(t.TempDir(), "links.json")
	if kept, err := deadlink.Kept(name, now()); kept != nil || err != nil {
		t.Errorf("without a file: %v, %v", kept, err)
	}
	addresses := []string{w.URL + "/ok", w.URL + "/missing", w.URL + "/forbidden"}
	b, err := deadlink.Marshal(c.Check(t.Context(), addresses))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		asked map[string]string
	}{
		{23 * time.Hour, map[string]string{"/forbidden": "HG"}},
		{24 * time.Hour, map[string]string{"/ok": "H", "/missing": "HG", "/forbidden": "HG"}},
		{-time.Hour, map[string]string{"/ok": "H", "/missing": "HG", "/forbidden": "HG"}},
	} {
		w.methods = map[string]string{}
		if c.Known, err = deadlink.Kept(name, now().Add(test.after)); err != nil {
			t.Fatal(err)
		}
		if got := c.Check(t.Context(), addresses); len(got) != 3 || got[w.URL+"/missing"].Verdict != deadlink.Dead {
			t.Errorf("after %s: %v", test.after, got)
		}
		if diff := cmp.Diff(test.asked, w.methods); diff != "" {
			t.Errorf("asked after %s (-want +got):\n%s", test.after, diff)
		}
	}
	if err := os.WriteFile(name, []byte(`{"half`), 0o600); err != nil {
		t.Fatal(err)
	}
	if kept, err := deadlink.Kept(name, now()); kept != nil || err != nil {
		t.Errorf("half a file: %v, %v", kept, err)
	}
}

func TestFind(t *testing.T) {
	for _, test := range []struct{ name, file, text, want string }{
		{"Markdown", "a.md", "---\nurl: x\n---\nÉ [a](https://a.org/b_(c)) and <https://b.org/?q=1#x>, https://c.org/d.\n", "4:7 https://a.org/b_(c)\n4:33 https://b.org/?q=1#x\n4:56 https://c.org/d\n"},
		{"front matter", "a.md", "---\nsources: [\"http://a.org/1\", http://b.org/2]\n# https://c.org/\n---\n# https://d.org/\n", "2:12 http://a.org/1\n2:29 http://b.org/2\n5:3 https://d.org/\n"},
		{"data", "a.yaml", "- {url: https://a.org/}\n# https://b.org/\n", "1:9 https://a.org/\n"},
		{"leading nowhere", "a.md", "https://example.org/ http://127.0.0.1:8080/ http://localhost/ https://site.example/ https://news.org/a\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for _, m := range deadlink.Find(test.file, []byte(test.text), "news.org") {
				got += fmt.Sprintf("%d:%d %s\n", m.Line, m.Column, m.URL)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
