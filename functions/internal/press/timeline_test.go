package press_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// report is an article with a line of front matter of its own.
func report(name, title, line, text string) string {
	return "-- news/2026/" + name + ".md --\n---\ntitle: " + title + "\nsummary: S\nstart: 2026-10-30\nactivity: meeting\nmode: online\nsources: [x]\n" + line + "\n---\n" + text + "\n"
}

// talk is an event that is over at a time.
const talk = "-- events/talk.md --\n---\ntitle: A talk\nsummary: S\nstart: 2026-12-24 09:00\nend: 2026-12-24 18:30\nzone: Asia/Bangkok\n" +
	"status: scheduled\ntopics: [aeo]\nreport: /news/2026/soon/\nupdated: 2026-10-01\n---\n"

// bangkok is an instant by the clocks of the site's zone.
func bangkok(month time.Month, day, hour, minute int) time.Time {
	return time.Date(2026, month, day, hour, minute, 0, 0, time.FixedZone("+07", 7*60*60))
}

// at prints a site as of an instant.
func at(t *testing.T, files fstest.MapFS, when time.Time, cache *press.Cache) *edition.Edition {
	t.Helper()
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(files, site, press.Options{AsOf: when, Gzip: 1, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestClock walks a clock through a site with articles that appear and expire:
// at each instant every answer, alias and blank is, byte for byte, what an
// edition printed for that instant has.
func TestClock(t *testing.T) {
	files := sitetest.Files(t, report("soon", "Soon", "topics: [aeo]\npublished: 2026-12-01\nlegacy_ids: [900]", "Text.")+
		report("later", "Later", "topics: [postal]\npublished: 2026-12-24 18:30", "After [what came soon](/news/2026/soon/).")+
		report("brief", "Brief", "topics: [ipr]\npublished: 2026-11-05\nexpires: 2026-12-24", "Gone when this day is over.")+
		report("noon", "Noon", "topics: [ipr]\nexpires: 2026-12-24 18:30\nlegacy_ids: [901]", "Gone at a time.")+talk)
	whole := at(t, files, asOf(), nil)
	instants := []time.Time{bangkok(11, 5, 0, 0), bangkok(12, 1, 0, 0), bangkok(12, 24, 18, 30), bangkok(12, 25, 0, 0)}
	for _, instant := range instants {
		for _, when := range []time.Time{instant.Add(-time.Second), instant, instant.Add(time.Second), instant.Add(time.Hour)} {
			same(t, when.Format(time.RFC3339), whole, at(t, files, when, nil), when)
		}
	}
	for _, test := range []struct {
		path        string
		first, last int // the instants from which it is there and is there no more
	}{
		{"/news/2026/soon/", 2, 9}, {"/article-detail/900/", 2, 9}, {"/news/2026/later/", 3, 9}, {"/topics/postal/", 3, 9},
		{"/news/2026/brief/", 1, 4}, {"/topics/ipr/", 0, 4}, {"/news/2026/noon/", 0, 3}, {"/article-detail/901/", 0, 3}, {"/events/talk/", 0, 9}, {"/events/2026/", 0, 9}, {"/fr/news/2026/brief/", 1, 4},
	} {
		for i, when := range append([]time.Time{asOf()}, instants...) {
			_, page := whole.Answer(test.path, when)
			_, alias := whole.Alias(test.path, when)
			if want := i >= test.first && i < test.last; (page || alias) != want {
				t.Errorf("at instant %d %s is there: %v, want %v", i, test.path, page || alias, want)
			}
		}
	}
}

// TestAnyClock does the same with articles and instants drawn at random.
func TestAnyClock(t *testing.T) {
	base, cache := sitetest.Files(t, ""), press.NewCache()
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 0))
		hours := func() time.Duration { return time.Duration(random.IntN(400)) * time.Hour }
		files := maps.Clone(base)
		for i := range 1 + random.IntN(5) {
			from := asOf().Add(hours())
			line := "topics: [" + []string{"aeo", "postal", "ipr"}[random.IntN(3)] + "]\npublished: " + from.Format("2006-01-02 15:04")
			if random.IntN(2) == 0 {
				line += "\nexpires: " + from.Add(time.Hour+hours()).Format("2006-01-02 15:04")
			}
			for _, f := range txtar.Parse([]byte(report(fmt.Sprintf("a%d", i), fmt.Sprintf("Number %d", i), line, "Text."))).Files {
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
		}
		whole := at(t, files, asOf(), cache)
		for range 3 {
			when := asOf().Add(hours())
			same(t, fmt.Sprintf("site %d at %s", seed, when.Format(time.RFC3339)), whole, at(t, files, when, cache), when)
		}
	}
}

// TestLinkThatExpires: a link to what will be gone is reported with the day.
func TestLinkThatExpires(t *testing.T) {
	_, err := build(t, report("brief", "Brief", "topics: [ipr]\nexpires: 2026-12-24", "Text.")+report("stays", "Stays", "topics: [ipr]", "See [that](/news/2026/brief/)."))
	const want = "news/2026/stays.md:10:5: the link /news/2026/brief/ leads to no page from 2026-12-24 17:00 UTC on; take the link out, or let the page stay"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestDraft: a draft is on a laptop only, and nothing may lead to it.
func TestDraft(t *testing.T) {
	draft := report("draft", "Unfinished", "topics: [ipr]\ndraft: true", "Text.")
	e, err := build(t, draft)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := e.Answer("/news/2026/draft/", asOf()); ok || strings.Contains(body(t, e, "/news/"), "Unfinished") {
		t.Error("a draft is in the edition")
	}
	files := sitetest.Files(t, draft)
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(files, site, press.Options{AsOf: asOf(), Gzip: 1, Drafts: true})
	if err != nil {
		t.Fatal(err)
	}
	if e, err = edition.Open(b); err != nil {
		t.Fatal(err)
	}
	if got := words(t, body(t, e, "/news/2026/draft/"), ".ribbon"); len(got) != 1 || got[0] != "Draft" {
		t.Errorf("a laptop shows a draft with the ribbons %q", got)
	}
}

// same compares all that two editions have at an instant.
func same(t *testing.T, name string, got, want *edition.Edition, when time.Time) {
	t.Helper()
	count := 0
	compare := func(a, b *edition.Edition) {
		for k, path := range a.Keys {
			if path == "/.well-known/security.txt" {
				continue // it expires a year after the edition was printed
			}
			v, has := a.At(k, path, when)
			w, must := b.At(k, path, when)
			if has != must || has && (v.ETag(edition.Identity) != w.ETag(edition.Identity) || v.Type() != w.Type() || v.Class() != w.Class()) {
				t.Errorf("%s: %c%s differs", name, k, path)
			}
			count++
		}
	}
	compare(got, want)
	compare(want, got)
	if count < 100 {
		t.Errorf("%s: %d things were compared, want at least 100", name, count)
	}
}
