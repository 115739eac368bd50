package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/sitetest"
)

// liveSite serves a copy of a site as `make run` does.
func liveSite(t testing.TB, files fstest.MapFS) (dir, url string, site *live) {
	t.Helper()
	return liveSiteTelling(t, files, io.Discard)
}

// liveSiteTelling is liveSite with a terminal.
func liveSiteTelling(t testing.TB, files fstest.MapFS, terminal io.Writer) (dir, url string, site *live) {
	t.Helper()
	s, dir, url := servedSite(t, files, terminal, true)
	if err := s.live.watch(t.Context(), dir, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return dir, url, s.live
}

// plainSite serves a copy of a site as `broadsheet serve` does.
func plainSite(t testing.TB, files fstest.MapFS) (url string) {
	t.Helper()
	_, _, url = servedSite(t, files, io.Discard, false)
	return url
}

func servedSite(t testing.TB, files fstest.MapFS, terminal io.Writer, edited bool) (s *server, dir, url string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(func(name string) string {
		return map[string]string{"CONTENT_DIR": dir, "DATA_DIR": filepath.Join(t.TempDir(), "var")}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &program{stdout: io.Discard, stderr: terminal, getenv: func(string) string { return "" }, config: c}
	log := slog.New(slog.DiscardHandler)
	s, _, err = p.newServer(t.Context(), log, edited)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	server := httptest.NewServer(s.http.Handler)
	t.Cleanup(server.Close)
	return s, dir, server.URL
}

// get asks as a browser that opens a page, or as any other client.
func get(t testing.TB, url string, browser bool) (string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if browser {
		r.Header.Set("Sec-Fetch-Dest", "document")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), answer.Header
}

// eventually waits until a page has the text, or has it no more.
func eventually(t *testing.T, url, text string, want bool) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		page, _ := get(t, url, true)
		if strings.Contains(page, text) == want {
			return page
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s %q in the page is %v, want %v", text, !want, want)
		}
	}
}

func TestLive(t *testing.T) {
	dir, url, _ := liveSite(t, sitetest.Files(t, ""))
	about := filepath.Join(dir, "pages", "about.md")
	original, err := os.ReadFile(about)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(about, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := get(t, url+"/-/revision", false)
	write(strings.Replace(string(original), "We are small.", "We have grown.", 1))
	eventually(t, url+"/about/", "We have grown.", true)
	if after, _ := get(t, url+"/-/revision", false); after == before {
		t.Error("the revision did not change, so no browser reloads")
	}

	// A mistake is shown over the last good version.
	write(strings.Replace(string(original), "title:", "titel:", 1))
	page := eventually(t, url+"/about/", "live-problems", true)
	for _, want := range []string{"We have grown.", "pages/about.md:2:1: unknown field &#34;titel&#34;; did you mean &#34;title&#34;?", "<pre>    2 | titel: About\n      | ^</pre>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page with a mistake lacks %q", want)
		}
	}
	write(string(original))
	eventually(t, url+"/about/", "live-problems", false)

	// A new folder with a new article is seen, too.
	news := filepath.Join(dir, "news", "2023", "fresh")
	if err := os.MkdirAll(news, 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "news", "2021", "online.md"))
	if err != nil {
		t.Fatal(err)
	}
	fresh := strings.NewReplacer("2021", "2023", "A meeting on screens", "Fresh news").Replace(string(text))
	if err := os.WriteFile(filepath.Join(news, "index.md"), []byte(fresh), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, url+"/", "Fresh news", true)
}

// TestLiveChangesNothingElse: what is not a browser opening a page gets the very
// answer of the site.
func TestLiveChangesNothingElse(t *testing.T) {
	_, url, _ := liveSite(t, sitetest.Files(t, ""))
	page, header := get(t, url+"/", false)
	if strings.Contains(page, "<script src") || strings.Contains(header.Get("Content-Security-Policy"), "script-src") {
		t.Error("a client that is no browser gets the script")
	}
	if _, header := get(t, url+"/", true); !strings.Contains(header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Error("a browser is not allowed to run the script that reloads")
	}
	if page, _ := get(t, url+"/-/outbox", false); !strings.Contains(page, "Outbox") {
		t.Error("there is no outbox")
	}
	for _, path := range []string{"/-/outbox", "/-/issues", "/-/live.js"} {
		_, header := get(t, url+path, false)
		if header.Get("Referrer-Policy") != "no-referrer" || header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s has the headers %v", path, header)
		}
	}
}

// lines is a terminal.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

// wait returns when the terminal has a text, and clears it.
func (l *lines) wait(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		l.mu.Lock()
		all := l.all.String()
		if strings.Contains(all, text) {
			l.all.Reset()
		}
		l.mu.Unlock()
		if strings.Contains(all, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s the terminal lacks %q:\n%s", text, all)
		}
	}
}

// TestLiveFromBroken: started with a mistake, the terminal and every page tell
// it, and the site is there when it is mended.
func TestLiveFromBroken(t *testing.T) {
	files := sitetest.Files(t, "")
	original := files["pages/about.md"].Data
	broken := []byte(strings.Replace(string(original), "title:", "titel:", 1))
	files["pages/about.md"] = &fstest.MapFile{Data: broken}
	terminal := &lines{}
	dir, url, _ := liveSiteTelling(t, files, terminal)
	about := filepath.Join(dir, "pages", "about.md")
	mistake := about + `:2:1: unknown field "titel"; did you mean "title"?`
	terminal.wait(t, mistake)
	for _, path := range []string{"/", "/about/", "/nothing/", "/subscription"} {
		page, header := get(t, url+path, true)
		for _, want := range []string{"no good version of the site yet", "pages/about.md:2:1: unknown field &#34;titel&#34;", "/-/live.js"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q:\n%s", path, want, page)
			}
		}
		if strings.Contains(page, "last good version") || !strings.Contains(header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s speaks of a last good version, or cannot reload itself: %v\n%s", path, header, page)
		}
	}
	for _, path := range []string{"/-/outbox", "/-/issues", "/-/issues/1"} {
		get(t, url+path, true) // answers, whatever it is
	}
	write := func(text []byte) {
		if err := os.WriteFile(about, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(append(broken, '\n')) // saved again, and still wrong
	terminal.wait(t, mistake)
	write(original)
	eventually(t, url+"/about/", "We are small.", true)
	terminal.wait(t, "The content is in order again.")
	write(broken)
	terminal.wait(t, mistake)
	if page := eventually(t, url+"/about/", "live-problems", true); !strings.Contains(page, "this page is the last good version") {
		t.Error("the last good version is not called that")
	}
}
