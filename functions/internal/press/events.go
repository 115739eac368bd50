package press

import (
	"fmt"
	"strconv"
	"time"

	"broadsheet/functions/internal/content"
)

// recent is how many past entries stand on the first page of the calendar.
const recent = 10

// eventsData is what events.html gets: the calendar, or one year of it.
type eventsData struct {
	Year      int // 0 on the first page
	Upcoming  []entry
	Recent    []entry
	Months    []monthEntries
	Years     []periodCount
	Current   string // the address among Years that this is
	Calendars []content.Link
	Total     int
}

// monthEntries is a month of a year with what took place in it.
type monthEntries struct {
	Label   string
	Entries []entry
}

// eventData is what event.html gets.
type eventData struct {
	*content.Event
	Entry  entry
	Topics []content.Link
	Funds  []content.Link
	Series content.Link
	Zone   string // of its times, as "Asia/Bangkok (UTC+07:00)"
	Over   bool
	Report *content.Article
	Others []entry // of its series
	Map    *locator
}

// events prints the calendar, its years, the events and their .ics files.
func (p *printer) events() error {
	title, err := p.text("events")
	if err != nil {
		return err
	}
	c := p.calendar()
	years := p.calendarYears(c)
	data := eventsData{Upcoming: c.Upcoming, Recent: c.Past[:min(recent, len(c.Past))], Years: years, Current: "/events/", Calendars: p.topicCalendars(), Total: len(c.Past)}
	if err := p.print("events", page{Path: "/events/", Title: title, Summary: p.site.Strings["events.summary"], Kind: "list", Data: data}); err != nil {
		return err
	}
	crumbs := []content.Link{{Label: title, URL: "/events/"}}
	for _, year := range years {
		if err := p.eventsOfYear(c, years, year, crumbs); err != nil {
			return err
		}
	}
	for _, e := range p.site.Events {
		if err := p.event(e, c, crumbs); err != nil {
			return err
		}
	}
	return p.calendarFiles()
}

func (p *printer) calendarYears(c *calendar) []periodCount {
	var years []periodCount
	for _, e := range c.Past {
		label := strconv.Itoa(e.Start.Year())
		if len(years) == 0 || years[len(years)-1].Label != label {
			years = append(years, periodCount{Label: label, URL: "/events/" + label + "/"})
		}
		years[len(years)-1].Count++
	}
	return years
}

func (p *printer) eventsOfYear(c *calendar, years []periodCount, year periodCount, crumbs []content.Link) error {
	number, err := strconv.Atoi(year.Label)
	if err != nil {
		return err
	}
	title, err := p.text("events.of-year", number)
	if err != nil {
		return err
	}
	data := eventsData{Year: number, Years: years, Current: year.URL, Total: year.Count}
	for _, e := range c.Year(number) {
		label := p.month(e.Start.Day())
		if n := len(data.Months); n == 0 || data.Months[n-1].Label != label {
			data.Months = append(data.Months, monthEntries{Label: label})
		}
		last := &data.Months[len(data.Months)-1]
		last.Entries = append(last.Entries, e)
	}
	return p.print("events", page{Path: year.URL, Title: title, Summary: p.site.Strings["events.summary"], Kind: "list", Crumbs: crumbs, Data: data, Seldom: true})
}

// topicCalendars are the links to the calendars of topics.
func (p *printer) topicCalendars() []content.Link {
	used := map[string]bool{}
	for _, e := range p.site.Events {
		for _, topic := range e.Front.Topics {
			used[topic] = true
		}
	}
	var links []content.Link
	for _, t := range p.site.Topics.Terms {
		if used[t.Slug] {
			links = append(links, content.Link{Label: t.Label, URL: "/topics/" + t.Slug + "/events.ics"})
		}
	}
	return links
}

func (p *printer) event(e *content.Event, c *calendar, crumbs []content.Link) error {
	o := p.shown(e)
	data := eventData{
		Event: e, Entry: p.entryOf(o), Over: p.reached(o.Ends()),
		Topics: p.termLinks(topics(p.site), e.Front.Topics), Funds: p.termLinks(funds(p.site), e.Front.Funds),
		Series: p.termLink(series(p.site), e.Front.Series),
	}
	if data.Entry.Report != "" {
		data.Report = e.Report
	}
	if o.Start.Timed {
		data.Zone = fmt.Sprintf("%s (UTC%s)", e.Front.Zone, o.Begins().Format("-07:00"))
	}
	for _, other := range p.site.Events {
		if other != e && e.Front.Series != "" && other.Front.Series == e.Front.Series {
			data.Others = append(data.Others, p.entryOf(p.shown(other)))
		}
	}
	data.Map = p.locator(whereabouts{e.Front.Place, e.Front.Country, e.Front.Mode}, nil)
	return p.print("event", page{
		Path: e.Permalink, Title: e.Front.Title, Summary: e.Front.Summary, Kind: "event", Doc: p.rendered[e.Permalink],
		Crumbs: crumbs, Data: data, About: p.describeEvent(data, o), Day: e.Front.Updated, Seldom: data.Over,
	})
}

// shown is the occurrence that the page of an event tells of: the first that is
// not over.
func (p *printer) shown(e *content.Event) content.Occurrence {
	all := e.Occurrences(p.options.AsOf.AddDate(horizon, 0, 0))
	for _, o := range all {
		if !p.reached(o.Ends()) {
			return o
		}
	}
	return all[len(all)-1]
}

// describeEvent is the event for machines, as schema.org has it.
func (p *printer) describeEvent(data eventData, o content.Occurrence) node {
	f := o.Front
	d := node{
		"@type": "Event", "name": f.Title, "description": f.Summary, "url": p.absolute(o.Permalink), "inLanguage": p.site.Config.Language,
		"startDate": o.Start.String(), "endDate": o.Last.String(),
		"eventStatus": "https://schema.org/Event" + map[string]string{"scheduled": "Scheduled", "postponed": "Postponed", "cancelled": "Cancelled"}[f.Status],
	}
	if o.Start.Timed {
		d["startDate"], d["endDate"] = o.Begins().Format(time.RFC3339), o.Ends().Format(time.RFC3339)
	}
	if f.Mode != "" {
		d["eventAttendanceMode"] = attendance(f.Mode)
	}
	where := whereabouts{f.Place, f.Country, f.Mode}
	if at := p.location(where, f.Venue); at != nil {
		d["location"] = at
	} else if f.Mode == "online" {
		d["location"] = node{"@type": "VirtualLocation", "url": p.absolute(o.Permalink)}
	}
	if organisers := organisations(f.Organisers); organisers != nil {
		d["organizer"] = organisers
	}
	return d
}
