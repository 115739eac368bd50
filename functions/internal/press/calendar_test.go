package press_test

import (
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/edition"
)

// calendarFiles are events of every kind.
const calendarFiles = `
-- events/yearly-day/index.md --
---
title: A day
summary: It comes back.
start: 2027-01-26
repeats: yearly
status: scheduled
topics: [aeo]
updated: 2026-10-01
---
Text.
-- events/talk/index.md --
---
title: A talk
summary: It has hours.
start: 2026-12-01 09:00
end: 2026-12-02 17:30
zone: Asia/Bangkok
status: cancelled
place: Bangkok
country: th
mode: hybrid
topics: [drugs]
series: rcp
registration: https://example.org/form
programme:
  - {when: 2026-12-01 09:30, what: Opening, who: The host}
updated: 2026-10-01
---
-- events/debriefing/index.md --
---
title: The debriefing
summary: It was held and reported.
start: 2022-09-20
end: 2022-09-22
status: scheduled
country: kr
topics: [drugs]
series: rcp
report: /news/2022/siren/
updated: 2022-09-01
---
`

// bodyAt returns the unpacked body of an answer at an instant, empty if there is
// none.
func bodyAt(t *testing.T, e *edition.Edition, path string, when time.Time) string {
	t.Helper()
	v, ok := e.Answer(path, when)
	if !ok {
		return ""
	}
	return unpacked(t, v)
}

func TestCalendarPages(t *testing.T) {
	e, err := build(t, calendarFiles)
	if err != nil {
		t.Fatal(err)
	}
	list := body(t, e, "/events/")
	if got := strings.Join(words(t, list, ".coming h3"), "|"); got != "A talk|A day" {
		t.Errorf("upcoming: %s", got)
	}
	// The report of the debriefing does not stand beside its event once more.
	if got := strings.Join(words(t, list, ".held h3"), "|"); got != "The debriefing|A meeting on screens" {
		t.Errorf("held: %s", got)
	}
	if got := strings.Join(words(t, body(t, e, "/events/2022/"), ".month h2, .month h3, .month time"), "|"); got != "September 2022|The debriefing|20–22 September 2022" {
		t.Errorf("the year 2022: %s", got)
	}
	talk := body(t, e, "/events/talk/")
	for selector, want := range map[string]string{
		".facts dl":    "1 December 2026, 09:00 – 2 December 2026, 17:30 Time zoneAsia/Bangkok (UTC+07:00) StatusCancelled PlaceBangkok, Thailand",
		".remark":      "Cancelled. This event does not take place.",
		".actions":     "Add to your calendar (.ics)",
		".prose table": "1 December 2026, 09:30Opening (The host)",
		".related h3":  "The debriefing",
	} {
		if got := strings.Join(words(t, talk, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	if len(words(t, talk, `a[href="https://example.org/form"]`)) != 0 {
		t.Error("one can register for an event that is cancelled")
	}
	held := body(t, e, "/events/debriefing/")
	if len(words(t, held, `.actions a.button[href="/news/2022/siren/"]`)) != 1 || strings.Contains(held, "Scheduled</dd>") {
		t.Error("an event that is over does not lead to its report, or is still called scheduled")
	}
	if got := strings.Join(words(t, body(t, e, "/"), ".next h3"), "|"); got != "A talk|A day" {
		t.Errorf("the home page announces %s", got)
	}
}

// TestRegistration: one registers for an event that is to come, and no longer
// when it is over.
func TestRegistration(t *testing.T) {
	e := mustBuild(t, strings.Replace(calendarFiles, "status: cancelled", "status: scheduled", 1))
	over := time.Date(2026, 12, 2, 10, 30, 0, 0, time.UTC)
	for when, want := range map[time.Time]int{asOf(): 1, over.Add(-time.Second): 1, over: 0} {
		if got := len(words(t, bodyAt(t, e, "/events/talk/", when), `a.button[href="https://example.org/form"]`)); got != want {
			t.Errorf("at %s there are %d links to the form, want %d", when, got, want)
		}
	}
}

// TestEventEnds: an event is upcoming until its end by the clock of its place,
// and moves to its year by itself. A day of every year comes back.
func TestEventEnds(t *testing.T) {
	e, err := build(t, calendarFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ when, upcoming string }{
		{"2026-12-02T10:29:59Z", "A talk, 1 December 2026, 09:00 – 2 December 2026, 17:30|A day, 26 January 2027"},
		{"2026-12-02T10:30:00Z", "A day, 26 January 2027"},
		{"2027-01-27T11:59:59Z", "A day, 26 January 2027"},
		{"2027-01-27T12:00:00Z", "A day, 26 January 2028"},
		{"2028-01-27T11:59:59Z", "A day, 26 January 2028"},
	} {
		when, err := time.Parse(time.RFC3339, test.when)
		if err != nil {
			t.Fatal(err)
		}
		list := bodyAt(t, e, "/events/", when)
		titles, times := words(t, list, ".coming h3"), words(t, list, ".coming time")
		var got []string
		for i := range titles {
			got = append(got, titles[i]+", "+times[i])
		}
		if strings.Join(got, "|") != test.upcoming {
			t.Errorf("at %s: %s, want %s", test.when, strings.Join(got, "|"), test.upcoming)
		}
	}
	if bodyAt(t, e, "/events/2026/", asOf()) != "" || bodyAt(t, e, "/events/2026/", asOf().AddDate(0, 3, 0)) == "" {
		t.Error("the page of a year appears with its first event that is over")
	}
}

// TestDirectoriesAreFound: the search finds events, publications and members.
func TestDirectoriesAreFound(t *testing.T) {
	e := mustBuild(t, calendarFiles+"-- publications/e-newsletter/1/index.md --\n---\ntitle: The first issue\nsummary: S\nlanguage: en\ncontents: [A foreword]\n---\n")
	for text, want := range map[string]string{
		"a talk in bangkok": "/events/talk/", "regional contact points": "/events/", "foreword": "/publications/e-newsletter/1/", "thai customs department": "/members/th/", "australasia": "/members/",
	} {
		if r := searchIn(t, e, text, asOf()); len(r.Cards) == 0 || !strings.Contains(string(r.Cards[0]), `<a href="`+want) {
			t.Errorf("%q finds %q first, want %s", text, r.Cards[:min(1, len(r.Cards))], want)
		}
	}
}

func TestCalendarFiles(t *testing.T) {
	e, err := build(t, calendarFiles)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/events.ics":              "UID:events/debriefing@broadsheet.example\r\n|DTEND;VALUE=DATE:20220923\r\n|DTSTART:20261201T020000Z\r\n|RRULE:FREQ=YEARLY\r\n",
		"/events/talk.ics":         "SUMMARY:Cancelled: A talk\r\n|STATUS:CANCELLED\r\n|LOCATION:Bangkok\\, Thailand\r\n|URL:https://news.example.org/events/talk/\r\n",
		"/topics/aeo/events.ics":   "SUMMARY:A day\r\n",
		"/topics/drugs/events.ics": "SUMMARY:The debriefing\r\n",
	} {
		calendar := body(t, e, path)
		for part := range strings.SplitSeq(want, "|") {
			if !strings.Contains(calendar, part) {
				t.Errorf("%s has no %q:\n%s", path, part, calendar)
			}
		}
		v, _ := e.Answer(path, asOf())
		if v.Type() != "text/calendar; charset=utf-8" || v.Class() != edition.Feed {
			t.Errorf("%s is %s of class %d", path, v.Type(), v.Class())
		}
	}
	if strings.Contains(body(t, e, "/topics/aeo/events.ics"), "A talk") {
		t.Error("the calendar of a topic has an event of another")
	}
	if !strings.Contains(body(t, e, "/topics/drugs/"), `href="/topics/drugs/events.ics"`) {
		t.Error("the page of the topic does not name its calendar")
	}
	french := strings.NewReplacer("\r\n ", "", "\u00a0", " ", "\u202f", " ").Replace(body(t, e, "/fr/events/talk.ics"))
	if !strings.Contains(french, "SUMMARY:Annulé : A talk") || !strings.Contains(french, "URL:https://news.example.org/fr/events/talk/") || !strings.Contains(french, "UID:events/talk@broadsheet.example") {
		t.Errorf("the French calendar:\n%s", french)
	}
}
