package press

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/feed"
)

// horizon is how many years ahead an edition knows the events that come back
// every year. Each year is one instant more to print the site for.
const horizon = 2

// entry is one line of the calendar: an occurrence of an event, or the activity
// that an article reports without an event of its own.
type entry struct {
	Language       string // of title and summary
	Title, Summary string
	URL            string
	Start, Last    content.Moment
	Venue, Place   string
	Country        string
	Mode, Status   string
	Yearly         bool
	Report         string // address of the article about it
	Calendar       string // address of its .ics
}

// calendar is every entry at the instant the site is printed for.
type calendar struct {
	Upcoming []entry // the next first
	Past     []entry // the latest first
}

// Year returns the past entries of a year, in the order of the year.
func (c *calendar) Year(year int) []entry {
	var in []entry
	for _, e := range slices.Backward(c.Past) {
		if e.Start.Year() == year {
			in = append(in, e)
		}
	}
	return in
}

// calendar sorts events into those to come and those that are over. Activities
// that only an article tells of stand among the latter.
func (p *printer) calendar() *calendar {
	if p.agenda != nil {
		return p.agenda
	}
	c := &calendar{}
	p.agenda = c
	reported := map[*content.Article]bool{}
	for _, e := range p.site.Events {
		if e.Report != nil {
			reported[e.Report] = true
		}
		for _, o := range e.Occurrences(p.options.AsOf.AddDate(horizon, 0, 0)) {
			if !p.reached(o.Ends()) {
				c.Upcoming = append(c.Upcoming, p.entryOf(o))
				break // one line for all that follow
			}
			c.Past = append(c.Past, p.entryOf(o))
		}
	}
	for _, a := range p.articles {
		if !reported[a] && p.reached(a.Front.Start.Time) {
			c.Past = append(c.Past, entryOfArticle(a))
		}
	}
	order := func(a, b entry) int {
		return cmp.Or(a.Start.Compare(b.Start.Time), strings.Compare(a.URL, b.URL))
	}
	slices.SortFunc(c.Upcoming, order)
	slices.SortFunc(c.Past, func(a, b entry) int { return order(b, a) })
	return c
}

func (p *printer) entryOf(o content.Occurrence) entry {
	f := o.Front
	e := entry{
		Language: o.Language, Title: f.Title, Summary: f.Summary, URL: o.Permalink, Start: o.Start, Last: o.Last,
		Venue: f.Venue, Place: f.Place, Country: f.Country, Mode: f.Mode, Status: f.Status,
		Yearly: o.Yearly(), Calendar: icsPath(o.Event),
	}
	if o.Report != nil && p.isPublished(o.Report) {
		e.Report = o.Report.Permalink
	}
	return e
}

func entryOfArticle(a *content.Article) entry {
	f := a.Front
	return entry{
		Language: a.Language, Title: f.Title, Summary: f.Summary, URL: a.Permalink, Report: a.Permalink,
		Start: content.Moment{Time: f.Start.Time}, Last: content.Moment{Time: a.LastDay().Time},
		Venue: f.Venue, Place: f.Place, Country: f.Country, Mode: f.Mode, Status: "scheduled",
	}
}

// icsPath is the address of the calendar file of one event.
func icsPath(e *content.Event) string { return strings.TrimSuffix(e.Permalink, "/") + ".ics" }

const icsType = "text/calendar; charset=utf-8"

// calendarFiles declares the calendars that programs subscribe to: of all
// events, of each topic and of each event.
func (p *printer) calendarFiles() error {
	byTopic := map[string][]feed.CalendarEvent{}
	var all []feed.CalendarEvent
	for _, e := range p.site.Events {
		ce, err := p.calendarEvent(e)
		if err != nil {
			return err
		}
		all = append(all, ce)
		for _, topic := range e.Front.Topics {
			byTopic[topic] = append(byTopic[topic], ce)
		}
		p.calendarFile(icsPath(e), e.Front.Title, e.Front.Summary, []feed.CalendarEvent{ce})
	}
	p.calendarFile("/events.ics", p.site.Config.ShortName+": "+p.site.Strings["events"], p.site.Strings["events.summary"], all)
	for _, t := range p.site.Topics.Terms {
		if events := byTopic[t.Slug]; len(events) > 0 {
			p.calendarFile("/topics/"+t.Slug+"/events.ics", p.site.Config.ShortName+": "+t.Label, p.site.Strings["events.summary"], events)
		}
	}
	return nil
}

func (p *printer) calendarFile(path, name, description string, events []feed.CalendarEvent) {
	c := feed.Calendar{Name: name, Description: description, Product: p.site.Config.ShortName, URL: p.absolute(path), Events: events}
	file(p, edition.Answer{Path: path, Type: icsType, Class: edition.Feed}, c, writeCalendar)
}

func writeCalendar(_ *frame, c feed.Calendar) ([]byte, error) { return c.Bytes(), nil }

// calendarEvent is an event as calendar programs take it. Its UID has the host
// of site.yaml in it and not the one that is served from, so that it stays the
// same when the site moves.
func (p *printer) calendarEvent(e *content.Event) (feed.CalendarEvent, error) {
	o := e.Occurrences(time.Time{})[0]
	host := "localhost"
	if u, err := url.Parse(p.site.Config.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	ce := feed.CalendarEvent{
		UID: strings.Trim(e.Permalink, "/") + "@" + host, Title: e.Front.Title, Summary: e.Front.Summary,
		Location: p.where(p.entryOf(o)), URL: p.absolute(e.Permalink), Yearly: e.Yearly(),
		Status: e.Front.Status, Changed: e.Front.Updated.Time,
	}
	for _, topic := range e.Front.Topics {
		ce.Categories = append(ce.Categories, p.site.Topics.Label(topic))
	}
	if o.Start.Timed {
		ce.Start, ce.End = o.Begins().UTC(), o.Ends().UTC()
	} else {
		ce.AllDay, ce.Start, ce.End = true, o.Start.Time, o.Last.AddDate(0, 0, 1)
	}
	if e.Front.Status == "scheduled" {
		return ce, nil
	}
	// Many programs hide or ignore STATUS, so the title says it, too.
	title, err := p.text("event.title."+e.Front.Status, e.Front.Title)
	ce.Title = title
	return ce, err
}

// where writes the place of an entry: "Centara Hotel, Bangkok, Thailand".
func (f *frame) where(e entry) string {
	parts := []string{e.Venue, f.city(e.Place, e.Country), f.facts.Countries.Label(e.Country)}
	if e.Mode == "online" {
		parts = append(parts, f.facts.Strings["mode.online"])
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// moments writes from when to when something is, with nothing said twice:
// "20–22 September 2022", "1 December 2026, 09:00–17:30".
func (f *frame) moments(start, last content.Moment) string {
	from, to := start.Day(), last.Day()
	const clock = "15:04"
	switch {
	case !start.Timed:
		return f.dates(from, to)
	case start.Equal(last.Time):
		return f.date(from) + ", " + start.Format(clock)
	case from.Equal(to.Time):
		return f.date(from) + ", " + start.Format(clock) + "–" + last.Format(clock)
	}
	return f.date(from) + ", " + start.Format(clock) + " – " + f.date(to) + ", " + last.Format(clock)
}

// shortMonth is the name of a month on a leaf of the calendar.
func (f *frame) shortMonth(m content.Moment) string {
	return f.facts.Strings["month.short."+strconv.Itoa(int(m.Month()))]
}

// leafDays is the days on a leaf of the calendar: "26", "2–4", "30–" where they
// end in another month.
func leafDays(start, last content.Moment) string {
	from, to := start.Time.Day(), last.Time.Day()
	switch {
	case start.Month() != last.Month() || start.Year() != last.Year():
		return strconv.Itoa(from) + "–"
	case from == to:
		return strconv.Itoa(from)
	}
	return strconv.Itoa(from) + "–" + strconv.Itoa(to)
}
