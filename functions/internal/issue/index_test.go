package issue_test

import (
	"slices"
	"testing"
	"time"

	"broadsheet/functions/internal/issue"
)

func day(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

func index() issue.Index {
	return issue.Index{Cards: []issue.Card{
		{Path: "/news/2026/c/", Published: day(23), Hash: "3"}, // a Monday
		{Path: "/news/2026/b/", Published: day(18), Hash: "2"},
		{Path: "/news/2026/a/", Published: day(3), Hash: "1"},
	}}
}

func ids(all []issue.Issue) []string {
	var ids []string
	for _, i := range all {
		ids = append(ids, string(i.Kind)+" "+i.Until.Format("2.1."))
		ids = append(ids, i.Items...)
	}
	return ids
}

// TestDue walks through a month: each digest is made from what is new, once, and
// none where nothing is new.
func TestDue(t *testing.T) {
	var past []issue.Issue
	for _, step := range []struct {
		now  time.Time
		want []string
	}{
		{day(3).Add(time.Hour), []string{"article 3.11.", "/news/2026/a/"}},
		{day(3).Add(2 * time.Hour), nil},
		{day(8), nil},
		{day(9), []string{"weekly 9.11.", "/news/2026/a/"}},
		{day(16), nil}, // a week without news
		{day(19), []string{"article 18.11.", "/news/2026/b/"}},
		{day(23).Add(time.Hour), []string{"article 23.11.", "/news/2026/c/", "weekly 23.11.", "/news/2026/c/", "/news/2026/b/"}},
		{day(24), nil},
		{day(31), []string{"monthly 1.12.", "/news/2026/c/", "/news/2026/b/", "/news/2026/a/"}}, // the first of December
	} {
		due := index().Due(step.now, past)
		if got := ids(due); !slices.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.now.Format(time.DateTime), got, step.want)
		}
		for n, again := range index().Due(step.now.Add(time.Minute), past) {
			if again.ID != due[n].ID {
				t.Error("the same digest has another id a minute later: it could be sent twice")
			}
		}
		past = append(past, due...)
	}
	changed := index()
	changed.Cards[0].Hash = "other"
	if got := changed.Due(day(23).Add(time.Hour), past); len(got) > 0 {
		t.Errorf("a corrected article is mailed again: %v", ids(got))
	}
}
