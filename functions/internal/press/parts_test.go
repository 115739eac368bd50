package press_test

import (
	"strings"
	"testing"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// TestParts prints a site of two languages in parts: every page is the same as
// without, and many take little room.
func TestParts(t *testing.T) {
	files := sitetest.Files(t, "")
	for name, f := range sitetest.Generate(250) {
		files[name] = f
	}
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	open := func(parts bool) (*edition.Edition, int) {
		b, err := press.Build(files, site, press.Options{AsOf: asOf(), Gzip: 9, Brotli: 1, Parts: parts})
		if err != nil {
			t.Fatal(err)
		}
		e, err := edition.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		return e, len(b)
	}
	whole, large := open(false)
	inParts, small := open(true)
	pages, feeds := 0, 0
	for path := range whole.Paths {
		want, ok := whole.Answer(path, asOf())
		got, also := inParts.Answer(path, asOf())
		if ok != also {
			t.Fatalf("%s: found %v, in parts %v", path, ok, also)
		}
		switch {
		case ok && strings.HasPrefix(want.Type(), "text/html"):
			pages++
		case ok && (strings.Contains(want.Type(), "feed+") || strings.HasPrefix(want.Type(), "application/atom")):
			feeds++
			if unzip(t, want) != unzip(t, got) || !want.Has(edition.Brotli) || got.Has(edition.Brotli) || len(got.Body(edition.Gzip)) > len(want.Body(edition.Gzip))*11/10 {
				t.Errorf("%s: Brotli %v, in parts %v; gzip %d bytes, in parts %d", path, want.Has(edition.Brotli), got.Has(edition.Brotli), len(want.Body(edition.Gzip)), len(got.Body(edition.Gzip)))
			}
		default:
			continue
		}
		if a, b := unzip(t, want), unzip(t, got); a != b {
			t.Errorf("%s has %d bytes, in parts %d", path, len(a), len(b))
		}
	}
	if pages < 150 || feeds < 10 {
		t.Errorf("only %d pages and %d feeds", pages, feeds)
	}
	if home, ok := inParts.Answer("/", asOf()); !ok || !home.Has(edition.Brotli) {
		t.Error("the home page of a site in parts has no Brotli")
	}
	if small > large*3/4 {
		t.Errorf("an edition of %d bytes has %d in parts, want much less", large, small)
	}
}
