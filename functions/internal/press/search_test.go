package press_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/search"
	"broadsheet/functions/internal/sitetest"
)

// later is an article that is published on 1 December 2026.
const later = `
-- news/2026/later/index.md --
---
title: Later than now
summary: A report that is scheduled.
start: 2026-11-02
published: 2026-12-01
place: Suva
country: fj
activity: workshop
mode: onsite
topics: [valuation]
sources: ["https://example.org/9"]
---
Embargoed words.
`

func mustBuild(t *testing.T, overlay string) *edition.Edition {
	t.Helper()
	e, err := build(t, overlay)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func searchIn(t *testing.T, e *edition.Edition, text string, now time.Time) search.Result {
	t.Helper()
	data, ok := e.Index("/search", now)
	if !ok {
		t.Fatal("the edition has no index")
	}
	x, err := search.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return x.Search(search.Query{Text: text, Now: now, Limit: 10})
}

// TestFindsWhatIsWritten: every word of an article finds it, those of its labels
// included, and its card is the template's with the words marked.
func TestFindsWhatIsWritten(t *testing.T) {
	e := mustBuild(t, later)
	for _, text := range []string{"debriefing", "two administrations", "page of its own", "korea customs service", "risk management", "seoul seminar", "thailand"} {
		r := searchIn(t, e, text, asOf())
		// A member of that name may stand before the article.
		if !strings.Contains(fmt.Sprintf("%s", r.Cards[:min(2, len(r.Cards))]), `<a href="/news/2022/siren/">`) {
			t.Errorf("%q finds %d, %.200q", text, r.Total, r.Cards)
		}
	}
	card := string(searchIn(t, e, "debriefing 2022", asOf()).Cards[0])
	for _, want := range []string{`<article class="result">`, `<mark>Debriefing</mark> in Seoul`, `datetime="2022-09-20"`, `September <mark>2022</mark>`} {
		if !strings.Contains(card, want) {
			t.Errorf("%q is not in the card\n%s", want, card)
		}
	}
	if r := searchIn(t, e, "history", asOf()); r.Total == 0 || !strings.Contains(string(r.Cards[0]), `href="/about/"`) {
		t.Errorf("a plain page is not found: %q", r.Cards)
	}
}

// TestFindsInTime: a scheduled article is found from its instant on.
func TestFindsInTime(t *testing.T) {
	e := mustBuild(t, later)
	instant := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC) // midnight in Bangkok, where the site is
	for _, text := range []string{"embargoed", "suva", "fiji later"} {
		if r := searchIn(t, e, text, instant.Add(-time.Second)); r.Total != 0 && !r.Partial {
			t.Errorf("%q finds %q before its time", text, r.Cards)
		}
		if r := searchIn(t, e, text, instant); r.Total == 0 || !strings.Contains(string(r.Cards[0]), "/news/2026/later/") {
			t.Errorf("%q finds %q at its time", text, r.Cards)
		}
	}
	for _, f := range searchIn(t, e, "debriefing seoul", instant.Add(-time.Second)).Facets {
		if f.Slug == "2026" || f.Slug == "fj" {
			t.Errorf("the facet %v counts what is scheduled", f)
		}
	}
}

// TestFindsNoDraft and nothing that has expired.
func TestFindsNoDraft(t *testing.T) {
	e := mustBuild(t, strings.NewReplacer("/later/", "/draft/", "published: 2026-12-01", "draft: true").Replace(later)+
		strings.NewReplacer("/later/", "/gone/", "published: 2026-12-01", "expires: 2026-11-10", "Embargoed", "Fleeting").Replace(later))
	if r := searchIn(t, e, "embargoed", asOf()); r.Total != 0 {
		t.Errorf("a draft is found: %q", r.Cards)
	}
	for now, want := range map[time.Time]int{asOf(): 1, time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC): 0} {
		if r := searchIn(t, e, "fleeting", now); r.Total != want {
			t.Errorf("at %v %d are found that expire on 10 November, want %d", now, r.Total, want)
		}
	}
}

// TestSearchIsKept: an index after edits with a cache is that of a clean build.
func TestSearchIsKept(t *testing.T) {
	cache := press.NewCache()
	files := sitetest.Files(t, later)
	index := func(c *press.Cache) string {
		site, err := content.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		b, err := press.Build(files, site, press.Options{AsOf: asOf(), Cache: c})
		if err != nil {
			t.Fatal(err)
		}
		e, err := edition.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := e.Index("/search", asOf())
		return string(data)
	}
	before := index(cache)
	for _, edit := range []struct{ file, from, to string }{
		{"news/2022/siren/index.md", "joint operation", "joint undertaking"},
		{"news/2022/siren/index.md", "The seminar had", "The meeting had"},
		{"data/topics.yaml", "label: Drugs and precursors", "label: Narcotics"},
		{"templates/web/result.html", `class="result"`, `class="result other"`},
		{"pages/about.md", "We are small.", "We are large."},
	} {
		text := string(files[edit.file].Data)
		if !strings.Contains(text, edit.from) {
			t.Fatalf("%s has no %q", edit.file, edit.from)
		}
		files[edit.file].Data = []byte(strings.Replace(text, edit.from, edit.to, 1))
		kept, clean := index(cache), index(press.NewCache())
		if kept != clean {
			t.Errorf("after the edit of %s the kept index is another than a clean one", edit.file)
		}
		if kept == before {
			t.Errorf("the edit of %s is not in the index", edit.file)
		}
		before = kept
	}
}

func TestOpenSearch(t *testing.T) {
	e := mustBuild(t, "")
	text := body(t, e, "/opensearch.xml")
	for _, want := range []string{
		`<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">`, `<ShortName>ROCB A/P</ShortName>`,
		`template="https://news.example.org/search?q={searchTerms}&amp;page={startPage?}"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	if !strings.Contains(body(t, e, "/"), `<link rel="search" href="/opensearch.xml"`) {
		t.Error("the home page does not name it")
	}
}

// TestSearchLeadsToSearch: the search page in another language is a search page,
// and no engine is told of it.
func TestSearchLeadsToSearch(t *testing.T) {
	e := mustBuild(t, "")
	b, ok := e.Blank("search/found", asOf())
	if page := string(b.Fill(nil)); !ok || !strings.Contains(page, `href="/fr/search"`) || !strings.Contains(page, `content="noindex"`) || strings.Contains(page, "canonical") {
		t.Errorf("the page of results is\n%s", page)
	}
}

// TestFindsInLanguages: each language has an index of the texts as it shows
// them, with addresses of its own, and the scheduled wait there, too.
func TestFindsInLanguages(t *testing.T) {
	e := mustBuild(t, later+french)
	for path, want := range map[string]string{"/search": "0 1", "/fr/search": "1 1"} {
		data, ok := e.Index(path, asOf())
		if !ok {
			t.Fatalf("there is no index %s", path)
		}
		x, err := search.Open(data)
		if err != nil {
			t.Fatal(err)
		}
		bilan := x.Search(search.Query{Text: "bilan agents", Now: asOf(), Limit: 9})
		screens := x.Search(search.Query{Text: "screens travelled", Now: asOf(), Limit: 9})
		if got := fmt.Sprint(bilan.Total, screens.Total); got != want {
			t.Errorf("%s finds %s, want %s", path, got, want)
		}
		if x.Search(search.Query{Text: "embargoed", Now: asOf()}).Total != 0 {
			t.Errorf("%s finds what is scheduled", path)
		}
		if path == "/fr/search" && !strings.Contains(string(screens.Cards[0]), `<h3 lang="en"><a href="/fr/news/2021/online/">A meeting on <mark>screens</mark></a></h3>`) {
			t.Errorf("the card of what is not translated is %s", screens.Cards[0])
		}
	}
}
