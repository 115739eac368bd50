package main

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/sitetest"
)

// BenchmarkSave is the time from the save of an article on a site of 10,000
// until a browser has its new page: what is noticed, read, printed and sent.
func BenchmarkSave(b *testing.B) {
	files := sitetest.Files(b, "")
	maps.Copy(files, sitetest.Generate(10_000))
	dir := filepath.Join(b.TempDir(), "content")
	if err := os.CopyFS(dir, files); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(func(name string) string {
		return map[string]string{"CONTENT_DIR": dir, "DATA_DIR": filepath.Join(b.TempDir(), "var")}[name]
	})
	if err != nil {
		b.Fatal(err)
	}
	p := &program{stdout: io.Discard, stderr: io.Discard, config: c}
	log := slog.New(slog.DiscardHandler)
	s, _, err := p.newServer(b.Context(), log, true)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.store.Close() })
	if err := s.live.watch(b.Context(), dir, log); err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(s.http.Handler)
	b.Cleanup(server.Close)
	ask := func(path string) string {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Dest", "document")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			b.Fatal(err)
		}
		return string(text)
	}
	matches, err := filepath.Glob(filepath.Join(dir, "news", "*", "report-5000", "index.md"))
	if err != nil || len(matches) != 1 {
		b.Fatal(matches, err)
	}
	original, err := os.ReadFile(matches[0])
	if err != nil {
		b.Fatal(err)
	}
	page := "/news/" + filepath.Base(filepath.Dir(filepath.Dir(matches[0]))) + "/report-5000/"
	ask("/news/") // the whole site is declared
	s.live.wait(b.Context(), "1")
	n := 0
	for b.Loop() {
		n++
		before := s.live.revisionText()
		text := "Saved for the " + strings.Repeat("x", n%50+1) + " time."
		if err := os.WriteFile(matches[0], append(original, text...), 0o644); err != nil {
			b.Fatal(err)
		}
		ask("/-/revision?after=" + before)
		for !strings.Contains(ask(page), text) {
		}
	}
}
