package feed

import (
	"fmt"
	"time"

	ical "github.com/arran4/golang-ical"
)

// Calendar is what a calendar program subscribes to: RFC 5545, with the names
// and the refresh interval of RFC 7986.
type Calendar struct {
	Name, Description string
	Product           string // who made it, for PRODID
	URL               string // where this calendar stands
	Events            []CalendarEvent
}

// CalendarEvent is one entry of a calendar. Start and End are instants, or days
// if AllDay is set; End is exclusive, so that an event of one day ends on the
// next (RFC 5545, section 3.6.1).
type CalendarEvent struct {
	UID        string // the same for ever, on every host
	Title      string
	Summary    string // one sentence
	Location   string
	URL        string // of its page
	Categories []string
	Start, End time.Time
	AllDay     bool
	Yearly     bool
	Status     string // scheduled, postponed or cancelled
	Changed    time.Time
}

// refresh is how often a calendar program is asked to look again.
const refresh = "PT12H"

// Bytes returns the calendar as text/calendar: lines end in CR LF and are folded
// at 75 octets. The same calendar gives the same bytes, because DTSTAMP is the
// day the event was changed and not the time of writing.
func (c Calendar) Bytes() []byte {
	out := ical.NewCalendar()
	out.SetProductId("-//" + c.Product + "//Broadsheet//EN")
	out.SetCalscale("GREGORIAN")
	out.SetMethod(ical.MethodPublish)
	out.SetName(c.Name) // also X-WR-CALNAME, which older programs read
	if c.Description != "" {
		out.SetDescription(c.Description)
	}
	out.SetUrl(c.URL)
	out.SetRefreshInterval(refresh) // the module adds VALUE=DURATION itself
	out.SetXPublishedTTL(refresh)
	for _, e := range c.Events {
		out.AddVEvent(e.component())
	}
	return []byte(out.Serialize(ical.WithNewLineWindows))
}

func (e CalendarEvent) component() *ical.VEvent {
	v := ical.NewEvent(e.UID)
	v.SetDtStampTime(e.Changed)
	v.SetLastModifiedAt(e.Changed)
	if e.AllDay {
		v.SetAllDayStartAt(e.Start)
		v.SetAllDayEndAt(e.End)
		v.SetTimeTransparency(ical.TransparencyTransparent)
	} else {
		v.SetStartAt(e.Start)
		v.SetEndAt(e.End)
	}
	if e.Yearly {
		v.AddRrule("FREQ=YEARLY")
	}
	v.SetSummary(e.Title)
	v.SetStatus(status(e.Status))
	v.SetDescription(fmt.Sprintf("%s\n%s", e.Summary, e.URL))
	if e.Location != "" {
		v.SetLocation(e.Location)
	}
	v.SetURL(e.URL)
	for _, category := range e.Categories {
		v.AddCategory(category)
	}
	return v
}

// status turns our word into one of RFC 5545. A postponed event has no date that
// holds, which TENTATIVE says best.
func status(word string) ical.ObjectStatus {
	switch word {
	case "cancelled":
		return ical.ObjectStatusCancelled
	case "postponed":
		return ical.ObjectStatusTentative
	}
	return ical.ObjectStatusConfirmed
}
