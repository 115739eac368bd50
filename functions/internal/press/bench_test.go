package press_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// BenchmarkBuild prints the small site with 24, 1,000 and 10,000 generated
// articles: load is reading the content, clean a first build, edit a build after
// the text of one article was changed, each with its load.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{24, 1_000, 10_000} {
		files := sitetest.Files(b, "")
		maps.Copy(files, sitetest.Generate(n))
		build := func(cache *press.Cache) {
			b.Helper()
			site, err := content.Load(files)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := press.Build(files, site, press.Options{AsOf: asOf(), Gzip: 1, Cache: cache}); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("load/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := content.Load(files); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("clean/%d", n), func(b *testing.B) {
			for b.Loop() {
				build(press.NewCache())
			}
		})
		b.Run(fmt.Sprintf("edit/%d", n), func(b *testing.B) {
			cache := press.NewCache()
			build(cache)
			edits := 0
			for b.Loop() {
				edits++
				touch(files, edits)
				build(cache)
			}
		})
	}
}

// touch changes the title of one generated article.
func touch(files fstest.MapFS, n int) {
	for name, f := range files {
		if strings.Contains(name, "/report-20/") {
			text := string(f.Data)
			start := strings.Index(text, "title: ")
			end := start + strings.Index(text[start:], "\n")
			files[name] = &fstest.MapFile{Data: []byte(fmt.Sprintf("%stitle: Edited for the %dth time%s", text[:start], n, text[end:]))}
			return
		}
	}
}
