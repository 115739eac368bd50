package content_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

// event is a front matter in order, for tests that spoil one line of it.
const event = `---
title: A meeting
summary: Why one goes there.
start: 2026-12-01 09:00
end: 2026-12-02 17:30
zone: Asia/Bangkok
status: scheduled
country: th
mode: hybrid
topics: [aeo]
registration: https://example.org/form
programme:
  - {when: 2026-12-01 09:30, what: Opening}
updated: 2026-11-01
---
Text.
`

func TestEvent(t *testing.T) {
	site, err := content.Load(sitetest.Files(t, "-- events/later/index.md --\n"+event+"-- events/day.md --\n---\ntitle: A day\nsummary: S\nstart: 2026-03-01\nstatus: scheduled\ntopics: [aeo]\nreport: /news/2021/online/\nupdated: 2026-01-01\n---\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(site.Events) != 2 || site.Events[0].Permalink != "/events/day/" || site.Events[1].Permalink != "/events/later/" {
		t.Fatalf("events %v", site.Events)
	}
	if r := site.Events[0].Report; r == nil || r.Permalink != "/news/2021/online/" {
		t.Errorf("the report is %v", r)
	}
	later := site.Events[1].Occurrences(time.Time{})
	if len(later) != 1 {
		t.Fatalf("%d occurrences", len(later))
	}
	if got, want := later[0].Begins(), time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("it begins at %s, want %s", got, want)
	}
}

// TestEventIsOver: what is over depends on the clock of the place; a day without
// a place is over when it has ended everywhere.
func TestEventIsOver(t *testing.T) {
	const times = "start: 2026-12-01 09:00\nend: 2026-12-02 17:30\nzone: Asia/Bangkok"
	for _, test := range []struct{ name, new, want string }{
		{"time and zone", times, "2026-12-02T10:30:00Z"},
		{"summer time", "start: 2026-07-01 09:00\nend: 2026-07-01 17:00\nzone: Europe/Brussels", "2026-07-01T15:00:00Z"},
		{"days in a zone", "start: 2026-12-01\nend: 2026-12-02\nzone: Asia/Bangkok", "2026-12-02T17:00:00Z"},
		{"a day anywhere", "start: 2026-12-01", "2026-12-02T12:00:00Z"},
		{"a day of every year", "start: 2026-01-26\nrepeats: yearly", "2026-01-27T12:00:00Z 2027-01-27T12:00:00Z 2028-01-27T12:00:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.NewReplacer("programme:\n  - {when: 2026-12-01 09:30, what: Opening}\n", "", times, test.new).Replace(event)
			site, err := content.Load(sitetest.Files(t, "-- events/e.md --\n"+text))
			if err != nil {
				t.Fatal(err)
			}
			var ends []string
			for _, o := range site.Events[0].Occurrences(time.Date(2029, 1, 26, 0, 0, 0, 0, time.UTC)) {
				ends = append(ends, o.Ends().UTC().Format(time.RFC3339))
			}
			if got := strings.Join(ends, " "); got != test.want {
				t.Errorf("over at %s, want %s", got, test.want)
			}
		})
	}
}

func TestEventProblems(t *testing.T) {
	const file = "events/a/index.md"
	for _, test := range []struct{ name, old, new, want string }{
		{"unknown field", "mode: hybrid", "modus: hybrid", `9:1: unknown field "modus"; did you mean "mode"?`},
		{"no status", "status: scheduled\n", "", `2:1: field "status" is missing`},
		{"unknown status", "status: scheduled", "status: canceled", `7:9: status "canceled"; write scheduled, postponed or cancelled`},
		{"unknown mode", "mode: hybrid", "mode: both", `9:7: mode "both"; write onsite, online or hybrid`},
		{"no such day", "start: 2026-12-01 09:00", "start: 2026-11-31 09:00", `4:8: start is "2026-11-31 09:00"; write a date that exists, as 2022-09-20, or with a time, as 2022-09-20 09:30`},
		{"no such hour", "end: 2026-12-02 17:30", "end: 2026-12-02 24:30", `5:6: end is "2026-12-02 24:30"`},
		{"time in one of two", "end: 2026-12-02 17:30", "end: 2026-12-02", `5:6: a time stands in only one of start and end`},
		{"time without end", "end: 2026-12-02 17:30\n", "", `4:8: the event has a time but no end`},
		{"time without zone", "zone: Asia/Bangkok\n", "", `4:8: start has a time but the event has no zone; add a line zone: Asia/Bangkok`},
		{"unknown zone", "zone: Asia/Bangkok", "zone: Bangkok", `6:7: zone: "Bangkok" is not a time zone`},
		{"the builder's zone", "zone: Asia/Bangkok", "zone: Local", `6:7: zone: "Local" is not a time zone`},
		{"end before start", "end: 2026-12-02 17:30", "end: 2026-11-02 17:30", `5:6: end 2026-11-02 17:30 is before start 2026-12-01 09:00`},
		{"programme on another day", "when: 2026-12-01 09:30", "when: 2026-12-03 09:30", `13:12: 2026-12-03 09:30 is not within the event`},
		{"programme without words", ", what: Opening", "", `13:5: field "programme[0].what" is missing`},
		{"yearly with a time", "status: scheduled", "status: scheduled\nrepeats: yearly", `8:10: only days come back every year`},
		{"monthly", "status: scheduled", "status: scheduled\nrepeats: monthly", `8:10: repeats "monthly"; write yearly`},
		{"registration by a word", "registration: https://example.org/form", "registration: by mail", `11:15: "by mail" is not a web address`},
		{"no such report", "status: scheduled", "status: scheduled\nreport: /news/2026/a/", `8:9: report: no article has the address /news/2026/a/`},
		{"unknown series", "status: scheduled", "status: scheduled\nseries: rtc", `8:9: series: "rtc" is not in data/series.yaml`},
		{"no day of change", "updated: 2026-11-01\n", "", `2:1: field "updated" is missing`},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := sitetest.Files(t, "")
			files[file] = &fstest.MapFile{Data: []byte(strings.Replace(event, test.old, test.new, 1))}
			expect(t, files, file, test.want)
		})
	}
}

// expect loads a site that has one problem in one file.
func expect(t *testing.T, files fstest.MapFS, file, want string) {
	t.Helper()
	_, err := content.Load(files)
	if err == nil {
		t.Fatal("no problem was found")
	}
	if !strings.HasPrefix(err.Error(), file+":"+want) && !strings.Contains(err.Error(), "\n"+file+":"+want) {
		t.Errorf("got  %s\nwant %s:%s", err, file, want)
	}
}
