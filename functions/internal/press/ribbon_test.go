package press_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// veiled are things that visitors do not see on the first of November 2026.
func veiled() string {
	return report("draft", "Unfinished", "topics: [ipr]\ndraft: true", "See [the other](/news/2026/soon/).") +
		report("soon", "Soon", "topics: [ipr]\npublished: 2027-03-03", "Text.") +
		report("later", "Later", "topics: [ipr]\npublished: 2027-03-03 18:30", "Text.") +
		report("gone", "Gone", "topics: [ipr]\nexpires: 2026-10-31", "Text.") +
		"-- newsletter/7/index.md --\n---\nnumber: 7\ntitle: The seventh\nsummary: S\ndate: 2027-01-02\n---\nText.\n"
}

// desk puts a site on a desk that shows drafts, and returns what it reports.
func desk(t *testing.T, overlay string) (*press.Desk, *reports) {
	t.Helper()
	files := sitetest.Files(t, overlay)
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	told := &reports{}
	d := press.NewDesk(press.Options{Commit: "c0ffee", Gzip: 1, Drafts: true}, told.add)
	if err := d.Update(files, site, asOf()); err != nil {
		t.Fatal(err)
	}
	return d, told
}

// TestRibbons: a laptop shows what visitors do not see, and says why.
func TestRibbons(t *testing.T) {
	d, told := desk(t, veiled())
	if err := told.wait(t); err != nil {
		t.Fatal(err)
	}
	e := d.Edition()
	for path, want := range map[string]string{
		"/news/2026/draft/": "Draft",
		"/news/2026/soon/":  "Appears on 3 March 2027",
		"/news/2026/later/": "Appears on 3 March 2027 at 18:30",
		"/news/2026/gone/":  "Expired",
		"/newsletter/7/":    "Appears on 2 January 2027",
	} {
		if got := words(t, body(t, e, path), ".report-head .ribbon, .page-head .ribbon"); len(got) != 1 || got[0] != want {
			t.Errorf("%s has the ribbons %q, want %q", path, got, want)
		}
	}
	got := words(t, body(t, e, "/topics/ipr/"), ".card .ribbon")
	slices.Sort(got)
	if want := []string{"Appears on 3 March 2027", "Appears on 3 March 2027 at 18:30", "Draft", "Expired"}; !slices.Equal(got, want) {
		t.Errorf("the list of a topic has the ribbons %q, want %q", got, want)
	}
	if got := words(t, body(t, e, "/newsletter/"), ".letters .ribbon"); len(got) != 1 {
		t.Errorf("the list of newsletters has the ribbons %q", got)
	}
	for name, page := range map[string]string{"what visitors see": body(t, e, "/news/2022/siren/"), "the edition of a deployment": bodyOf(t, veiled(), "/news/")} {
		if strings.Contains(page, "ribbon") {
			t.Errorf("%s has a ribbon", name)
		}
	}
}

func bodyOf(t *testing.T, overlay, path string) string {
	t.Helper()
	e, err := build(t, overlay)
	if err != nil {
		t.Fatal(err)
	}
	return body(t, e, path)
}

// TestVeiledLink: a link from what visitors see to what they do not is told on
// a laptop, although the page is there.
func TestVeiledLink(t *testing.T) {
	_, told := desk(t, veiled()+report("seen", "Seen", "topics: [ipr]", "See [that](/news/2026/draft/)."))
	const want = "news/2026/seen.md:10:5: the link /news/2026/draft/ leads to a page that visitors do not see; take the link out, or let the page be there"
	if err := told.wait(t); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestDeskAsOf: at any instant the desk shows what a build for that instant has.
func TestDeskAsOf(t *testing.T) {
	d, _ := desk(t, veiled())
	files := sitetest.Files(t, veiled())
	for _, when := range []time.Time{asOf(), bangkok(10, 31, 23, 0), time.Date(2027, 3, 3, 11, 30, 0, 0, time.UTC)} {
		site, err := content.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		b, err := press.Build(files, site, press.Options{AsOf: when, Commit: "c0ffee", Gzip: 1})
		if err != nil {
			t.Fatal(err)
		}
		want, err := edition.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.AsOf(when)
		if err != nil {
			t.Fatal(err)
		}
		same(t, when.String(), want, got, when)
		for _, path := range []string{"/news/2026/draft/", "/news/2026/soon/", "/news/2026/later/", "/news/2026/gone/"} {
			_, has := got.Answer(path, when)
			if _, must := want.Answer(path, when); has != must {
				t.Errorf("%s: %s is there: %v, want %v", when, path, has, must)
			}
		}
	}
	if now := body(t, d.Edition(), "/news/2026/draft/"); !strings.Contains(now, "ribbon") {
		t.Error("after a look at another instant the desk shows no drafts any more")
	}
}
