package press_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/sitetest"
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
		".actions":     "Register Add to your calendar (.ics)",
		".prose table": "1 December 2026, 09:30Opening (The host)",
		".related h3":  "The debriefing",
	} {
		if got := strings.Join(words(t, talk, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	held := body(t, e, "/events/debriefing/")
	if len(words(t, held, `.actions a.button[href="/news/2022/siren/"]`)) != 1 || strings.Contains(held, "Scheduled</dd>") {
		t.Error("an event that is over does not lead to its report, or is still called scheduled")
	}
	if got := strings.Join(words(t, body(t, e, "/"), ".next h3"), "|"); got != "A talk|A day" {
		t.Errorf("the home page announces %s", got)
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

func TestPublicationPages(t *testing.T) {
	files := sitetest.Files(t, `
-- publications/annual-report/2020-21/index.md --
---
title: A <large> report with a title that has to be broken into many lines
summary: What is in it.
period: 2020/21
date: 2021-10
language: en
pages: 1200
file: report.pdf
file_pages: 2
sample: true
contents: [One, Two]
---
Text.
-- publications/annual-report/2019-20/index.md --
---
title: The report before
summary: It has no file.
period: 2019/20
language: en
---
`)
	pdf := []byte("%PDF-1.4\n" + strings.Repeat("x", 43_500))
	files["publications/annual-report/2020-21/report.pdf"] = &fstest.MapFile{Data: pdf}
	e, err := buildFiles(t, files)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(pdf)
	page := body(t, e, "/publications/annual-report/2020-21/")
	for selector, want := range map[string]string{
		".facts dl":  "Period2020/21 PublishedOctober 2021 LanguageEnglish Pages1 200",
		".download":  "The publication itself is not offered here.",
		".actions":   "report.pdf PDF, 44 kB, 2 pages",
		"details":    hex.EncodeToString(sum[:]),
		".citation":  "ROCB A/P, “A <large> report with a title that has to be broken into many lines”, October 2021. https://news.example.org/publications/annual-report/2020-21/",
		".older":     "The report before",
		"svg.cover":  "A <large>",
		".crumbs li": "Annual Report",
	} {
		if got := strings.Join(words(t, page, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	v, ok := e.Answer("/publications/annual-report/2020-21/report.pdf", asOf())
	if !ok || v.Type() != "application/pdf" || v.Class() != edition.Download || unpacked(t, v) != string(pdf) {
		t.Error("the file is not in the edition as it was given")
	}
	if got := strings.Join(words(t, body(t, e, "/publications/annual-report/2019-20/"), ".download p"), " "); !strings.Contains(got, "does not offer the file") {
		t.Errorf("without a file the page says %q", got)
	}
	if got := strings.Join(words(t, body(t, e, "/publications/"), ".shelf h2"), "|"); !strings.HasPrefix(got, "Annual Report|Published by others") {
		t.Errorf("the list has %s", got)
	}
	if got := strings.Join(words(t, body(t, e, "/"), ".paper-name"), "|"); !strings.HasPrefix(got, "A <large> report") {
		t.Errorf("the home page has %s", got)
	}
}

func TestMemberPages(t *testing.T) {
	e, err := build(t, calendarFiles)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(words(t, body(t, e, "/members/"), ".subregion h2"), "|"); got != "Sub-Continent 9 members|Far East 6 members|ASEAN 10 members|Australasia and Oceania 10 members" {
		t.Errorf("subregions: %s", got)
	}
	korea := body(t, e, "/members/kr/")
	for selector, want := range map[string]string{
		".facts dl": "Korea Customs Service",
		".facts":    "Host of RILO A/P2012 – 2023",
		".kept":     "RTC Korea, Regional training centre, Customs Border Control Training Institute, Cheonan",
		".card h3":  "Debriefing in Seoul",
	} {
		if got := strings.Join(words(t, korea, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	if got := strings.Join(words(t, body(t, e, "/members/af/"), ".prose p"), " "); !strings.Contains(got, "No report on this site names this member yet.") {
		t.Errorf("a member without reports: %s", got)
	}
	if !strings.Contains(body(t, e, "/countries/kr/"), `href="/members/kr/"`) {
		t.Error("the page of the country does not lead to the member")
	}
	if _, ok := e.Answer("/members/be/", asOf()); ok {
		t.Error("a country that is no member has a page of one")
	}
	if got := words(t, body(t, e, "/training-centres/"), "#training-centres ~ ul li h3"); len(got) != 10 {
		t.Errorf("training centres: %v", got)
	}
}

func TestStatsPage(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, e, "/stats/")
	if got := strings.Join(words(t, page, ".totals li"), "|"); got != "2 reports, 2021–2022|2 workshops, seminars and webinars|1 countries where something took place|2 of 35 members named in reports" {
		t.Errorf("totals: %s", got)
	}
	if got := strings.Join(words(t, page, "#activities-by-year ~ details tbody tr"), "|"); got != "2021 1 0 1|2022 1 0 1" && got != "2021101|2022101" {
		t.Errorf("by year: %s", got)
	}
	if !strings.Contains(body(t, e, "/stats/data.csv"), "activities-by-year,2022,2022,\"Workshops, seminars and webinars\",1\r\n") {
		t.Errorf("data: %s", body(t, e, "/stats/data.csv"))
	}
	if !strings.Contains(body(t, e, "/stats/data.json"), `"url": "https://news.example.org/news/2022/"`) {
		t.Errorf("data: %s", body(t, e, "/stats/data.json"))
	}
}
