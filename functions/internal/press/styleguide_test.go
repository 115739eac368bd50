package press_test

import (
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
)

// TestStyleguide: a laptop shows every drawing and component; an edition that is
// deployed has no such page.
func TestStyleguide(t *testing.T) {
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	for _, laptop := range []bool{false, true} {
		b, err := press.Build(broadsheet.Content(), site, press.Options{AsOf: asOf(), Gzip: 1, Styleguide: laptop})
		if err != nil {
			t.Fatal(err)
		}
		e, err := edition.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := e.Answer("/styleguide/", asOf()); ok != laptop {
			t.Errorf("on a laptop: %v, there is a styleguide: %v", laptop, ok)
		}
		if !laptop {
			continue
		}
		page := body(t, e, "/styleguide/")
		for selector, least := range map[string]int{".drawing": 30, ".card": 4, "svg.map": 4, ".agenda-entry": 3, "button": 5, ".card h3[lang=ar]": 1, ".prose [lang=ja] p": 1} {
			if n := len(words(t, page, selector)); n < least {
				t.Errorf("the styleguide has %d of %s, want at least %d", n, selector, least)
			}
		}
		if strings.Contains(body(t, e, "/sitemap.xml"), "styleguide") {
			t.Error("the styleguide is in the sitemap")
		}
	}
}
