package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/functions/internal/sitetest"
)

// BenchmarkSave is the time from the save of an article on a site of 10,000
// until a browser has its new page: what is noticed, read, printed and sent.
func BenchmarkSave(b *testing.B) {
	files := sitetest.Files(b, "")
	maps.Copy(files, sitetest.Generate(10_000))
	dir, url, site := liveSite(b, files)
	matches, err := filepath.Glob(filepath.Join(dir, "news", "*", "report-5000", "index.md"))
	if err != nil || len(matches) != 1 {
		b.Fatal(matches, err)
	}
	original, err := os.ReadFile(matches[0])
	if err != nil {
		b.Fatal(err)
	}
	page := "/news/" + filepath.Base(filepath.Dir(filepath.Dir(matches[0]))) + "/report-5000/"
	get(b, url+"/news/", true) // the whole site is declared
	site.wait(b.Context(), "1")
	n := 0
	for b.Loop() {
		n++
		before := site.revisionText()
		text := "Saved for the " + strings.Repeat("x", n%50+1) + " time."
		if err := os.WriteFile(matches[0], append(original, text...), 0o644); err != nil {
			b.Fatal(err)
		}
		get(b, url+"/-/revision?after="+before, false)
		for shown := false; !shown; {
			body, _ := get(b, url+page, true)
			shown = strings.Contains(body, text)
		}
	}
}
