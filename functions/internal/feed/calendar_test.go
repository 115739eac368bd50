package feed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/feed"
)

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// unfold reads a calendar as RFC 5545, section 3.1, says, by hand.
func unfold(t *testing.T, calendar string) []string {
	t.Helper()
	body, ok := strings.CutSuffix(calendar, "\r\n")
	if !ok || strings.Contains(strings.ReplaceAll(calendar, "\r\n", ""), "\n") {
		t.Errorf("a line does not end in CR LF:\n%q", calendar)
	}
	for line := range strings.SplitSeq(body, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line has %d octets: %s", len(line), line)
		}
	}
	return strings.Split(strings.ReplaceAll(body, "\r\n ", ""), "\r\n")
}

func TestCalendar(t *testing.T) {
	bangkok := time.FixedZone("", 7*60*60)
	c := feed.Calendar{
		Name: "Events, all", Product: "A small office", URL: "https://news.example.org/events.ics",
		Events: []feed.CalendarEvent{
			{
				UID: "events/customs-day@example.org", Title: "Customs Day", Summary: "Every year.", URL: "https://news.example.org/events/customs-day/",
				Start: day(2027, time.January, 26), End: day(2027, time.January, 27), AllDay: true, Yearly: true, Status: "scheduled", Changed: day(2026, time.November, 24),
			},
			{
				UID: "events/talk@example.org", Title: "Talk; with commas, and a long title that has to be folded more than once 東京税関研修所 北京 ソウル",
				Summary: `A back\slash.`, Location: "Bangkok, Thailand", URL: "https://news.example.org/events/talk/", Categories: []string{"Drugs, precursors", "Dogs"},
				Start: time.Date(2026, time.March, 1, 9, 30, 0, 0, bangkok), End: time.Date(2026, time.March, 1, 12, 0, 0, 0, bangkok),
				Status: "cancelled", Changed: day(2026, time.February, 1),
			},
			{UID: "events/later@example.org", Title: "Later", Summary: "New days follow.", URL: "https://news.example.org/events/later/", Start: day(2026, time.March, 2), End: day(2026, time.March, 5), AllDay: true, Status: "postponed", Changed: day(2026, time.February, 1)},
		},
	}
	got := unfold(t, string(c.Bytes()))
	want := strings.Split(strings.TrimSpace(`
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//A small office//Broadsheet//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME:Events\, all
X-WR-CALNAME:Events\, all
URL:https://news.example.org/events.ics
REFRESH-INTERVAL;VALUE=DURATION:PT12H
X-PUBLISHED-TTL:PT12H
BEGIN:VEVENT
UID:events/customs-day@example.org
DTSTAMP:20261124T000000Z
LAST-MODIFIED:20261124T000000Z
DTSTART;VALUE=DATE:20270126
DTEND;VALUE=DATE:20270127
TRANSP:TRANSPARENT
RRULE:FREQ=YEARLY
SUMMARY:Customs Day
STATUS:CONFIRMED
DESCRIPTION:Every year.\nhttps://news.example.org/events/customs-day/
URL:https://news.example.org/events/customs-day/
END:VEVENT
BEGIN:VEVENT
UID:events/talk@example.org
DTSTAMP:20260201T000000Z
LAST-MODIFIED:20260201T000000Z
DTSTART:20260301T023000Z
DTEND:20260301T050000Z
SUMMARY:Talk\; with commas\, and a long title that has to be folded more than once 東京税関研修所 北京 ソウル
STATUS:CANCELLED
DESCRIPTION:A back\\slash.\nhttps://news.example.org/events/talk/
LOCATION:Bangkok\, Thailand
URL:https://news.example.org/events/talk/
CATEGORIES:Drugs\, precursors
CATEGORIES:Dogs
END:VEVENT
BEGIN:VEVENT
UID:events/later@example.org
DTSTAMP:20260201T000000Z
LAST-MODIFIED:20260201T000000Z
DTSTART;VALUE=DATE:20260302
DTEND;VALUE=DATE:20260305
TRANSP:TRANSPARENT
SUMMARY:Later
STATUS:TENTATIVE
DESCRIPTION:New days follow.\nhttps://news.example.org/events/later/
URL:https://news.example.org/events/later/
END:VEVENT
END:VCALENDAR`), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
