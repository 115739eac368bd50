package press_test

import (
	"testing"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// scheduled has articles of the past and of the future.
const scheduled = `
-- news/2026/soon.md --
---
title: Soon
summary: Published in a month.
start: 2026-10-30
published: 2026-12-01
activity: meeting
mode: online
topics: [aeo]
sources: [x]
legacy_ids: [900]
---
Text.
-- news/2026/later.md --
---
title: Later
summary: Published in two months.
start: 2026-10-30
published: 2027-01-01
activity: meeting
mode: online
topics: [postal]
sources: [x]
---
Text with a link to [what came soon](/news/2026/soon/).
`

// TestClock walks a clock through a site with scheduled articles: at each
// instant every answer, alias and blank is, byte for byte, what an edition
// printed for that instant has.
func TestClock(t *testing.T) {
	files := sitetest.Files(t, scheduled)
	at := func(when time.Time) *edition.Edition {
		t.Helper()
		site, err := content.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		b, err := press.Build(files, site, press.Options{AsOf: when, Gzip: 1})
		if err != nil {
			t.Fatal(err)
		}
		e, err := edition.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	whole := at(asOf())
	for _, when := range []time.Time{
		asOf(), asOf().AddDate(0, 0, 29),
		time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 1, 0, time.UTC),
		time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		same(t, when.Format(time.RFC3339), whole, at(when), when)
	}
	if _, ok := whole.Alias("/article-detail/900/", asOf()); ok {
		t.Error("an old address leads to an article that is not published")
	}
	if _, ok := whole.Answer("/topics/postal/", asOf()); ok {
		t.Error("there is a topic whose only article is not published")
	}
	if _, ok := whole.Answer("/topics/postal/", asOf().AddDate(0, 3, 0)); !ok {
		t.Error("a topic does not appear with its first article")
	}
}

// same compares all that two editions have at an instant.
func same(t *testing.T, name string, got, want *edition.Edition, when time.Time) {
	t.Helper()
	count := 0
	compare := func(a, b *edition.Edition) {
		for k, path := range a.Keys {
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
