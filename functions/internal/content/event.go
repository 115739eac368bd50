package content

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Event is a meeting in the calendar: announced, held, moved or called off. What
// happened there is told by its report, an article.
type Event struct {
	File
	Translation
	Front     EventFront
	Permalink string   // /events/international-customs-day/
	Report    *Article // nil if there is none yet
}

// EventFront is the front matter of an event.
type EventFront struct {
	Title   string `yaml:"title,required"`
	Summary string `yaml:"summary,required"`

	Start   Moment `yaml:"start,required"`       // a day, or a day and time
	End     Moment `yaml:"end"`                  // last day, or the time at which it is over; Start if left out
	Zone    string `yaml:"zone" form:"zone"`     // of the times, as Asia/Bangkok
	Repeats string `yaml:"repeats" one:"yearly"` // yearly, or empty
	Status  string `yaml:"status,required" one:"scheduled postponed cancelled"`

	Place   string `yaml:"place"`
	Venue   string `yaml:"venue"`
	Country string `yaml:"country" in:"countries"`
	Mode    string `yaml:"mode" one:"onsite online hybrid"` // left out for a day that is marked everywhere

	Organisers   []string `yaml:"organisers" alias:"organizers"`
	Host         string   `yaml:"host"`
	Funds        []string `yaml:"funds" in:"funds"`
	Topics       []string `yaml:"topics,required" in:"topics"`
	Series       string   `yaml:"series" in:"series"`
	Edition      int      `yaml:"edition"`
	Programme    []Item   `yaml:"programme" alias:"program"`
	Registration string   `yaml:"registration" form:"url"` // web address of the form
	Contact      string   `yaml:"contact"`

	Report  string   `yaml:"report" form:"path"` // permalink of the article about it
	Updated Date     `yaml:"updated,required"`   // the day of the last change, which calendars ask for
	Sources []string `yaml:"sources" form:"url"`
	Aliases []string `yaml:"aliases" form:"old"`
}

// Item is one line of a programme.
type Item struct {
	When Moment `yaml:"when,required"`
	What string `yaml:"what,required"`
	Who  string `yaml:"who"`
}

// Last is the last day or the time of the end.
func (e *Event) Last() Moment {
	if e.Front.End.IsZero() {
		return e.Front.Start
	}
	return e.Front.End
}

// Yearly says whether the event comes back every year on the same days.
func (e *Event) Yearly() bool { return e.Front.Repeats == "yearly" }

// Location is the zone of the times of the event, UTC if it has none. Zones have
// been checked when the event was read.
func (e *Event) Location() *time.Location { return location(e.Front.Zone) }

// Occurrence is one time that an event takes place.
type Occurrence struct {
	*Event
	Start, Last Moment
}

// Occurrences returns the times that the event takes place and that begin before
// an instant; always the first one.
func (e *Event) Occurrences(before time.Time) []Occurrence {
	all := []Occurrence{{Event: e, Start: e.Front.Start, Last: e.Last()}}
	for e.Yearly() {
		next := all[len(all)-1]
		next.Start.Time, next.Last.Time = next.Start.AddDate(1, 0, 0), next.Last.AddDate(1, 0, 0)
		if !next.Start.Before(before) {
			break
		}
		all = append(all, next)
	}
	return all
}

// Begins is the instant at which the occurrence begins by the clocks of its
// zone.
func (o Occurrence) Begins() time.Time { return o.Start.in(o.Location()) }

// Ends is the instant at which the occurrence is over. A day without a zone is
// over when it has ended everywhere.
func (o Occurrence) Ends() time.Time {
	switch {
	case o.Last.Timed:
		return o.Last.in(o.Location())
	case o.Front.Zone == "":
		return o.Last.AddDate(0, 0, 1).Add(12 * time.Hour)
	}
	return Moment{Time: o.Last.AddDate(0, 0, 1)}.in(o.Location())
}

func (l *loader) event(f File) {
	e := &Event{}
	l.front(&f, &e.Front)
	e.File = f
	slug := l.slug(f)
	if dir := path.Dir(f.Path); dir != "events" && (!f.Bundle || path.Dir(dir) != "events") {
		f.source.add(Place{}, "an event stands in a folder of its own", "move it to events/slug/index.md")
	}
	if len(slug) == 4 && strings.Trim(slug, "0123456789") == "" {
		f.source.add(Place{}, fmt.Sprintf("the address /events/%s/ is that of the year's calendar", slug), "add a word to the folder's name")
	}
	e.Permalink = "/events/" + slug + "/"
	l.claim(f.source, Place{1, 1}, e.Permalink)
	for i, old := range e.Front.Aliases {
		l.redirect(f.source, fmt.Sprintf("aliases[%d]", i), old, e.Permalink)
	}
	l.obey(f.source, e.Front, "")
	e.checkDates()
	l.site.Events = append(l.site.Events, e)
	texts, own := l.translations(f)
	e.Translation = own
	for _, t := range texts {
		c := *e
		c.File, c.Front.Title, c.Front.Summary, c.Language = t.File, t.front.Title, t.front.Summary, t.code
		l.events.note(t.code, e, &c)
	}
}

// checkDates reports dates that contradict each other.
func (e *Event) checkDates() {
	s, f, last := e.source, e.Front, e.Last()
	if f.Start.IsZero() {
		return // reported already
	}
	switch {
	case f.Start.Timed != last.Timed:
		field := "end"
		if f.End.IsZero() {
			field = "start"
		}
		s.add(s.at(field), "a time stands in only one of start and end", "write both with a time or both without; an end that is not known is left out with the times")
	case last.Before(f.Start.Time):
		s.add(s.at("end"), fmt.Sprintf("end %s is before start %s", last, f.Start), "check both dates")
	case last.Timed && last.Equal(f.Start.Time):
		s.add(s.at("start"), "the event has a time but no end", "add end with the time at which it is over")
	case last.Sub(f.Start.Time) > 60*24*time.Hour:
		s.add(s.at("end"), fmt.Sprintf("from %s to %s is more than 60 days", f.Start, last), "check both dates")
	}
	if f.Start.Timed && f.Zone == "" {
		s.add(s.at("start"), "start has a time but the event has no zone", "add a line zone: Asia/Bangkok, with the zone of the place")
	}
	if e.Yearly() && f.Start.Timed {
		s.add(s.at("repeats"), "only days come back every year", "leave the time out, or write an event for each year")
	}
	if e.Yearly() && f.Start.Month() == time.February && f.Start.Time.Day() == 29 {
		s.add(s.at("start"), "29 February does not come every year", "choose another day or leave repeats out")
	}
	for i, item := range f.Programme {
		if item.When.IsZero() {
			continue
		}
		if day := item.When.Day(); day.Before(f.Start.Day().Time) || day.After(last.Day().Time) {
			s.add(s.at(fmt.Sprintf("programme[%d].when", i)), fmt.Sprintf("%s is not within the event, %s to %s", item.When, f.Start, last), "check the day")
		}
	}
}

// reports resolves the permalinks of reports and sorts the events, the earliest
// first.
func (l *loader) reports(byPermalink map[string]*Article) {
	for _, e := range l.site.Events {
		if e.Front.Report == "" {
			continue
		}
		a, ok := byPermalink[e.Front.Report]
		if !ok {
			edit := l.site.readdress(e.At("report"), e.Front.Report, func(path string) bool { return byPermalink[path] != nil })
			e.source.mendable(e.At("report"), fmt.Sprintf("report: no article has the address %s", e.Front.Report), "write it as /news/2018/slug/", edit)
			continue
		}
		e.Report = a
	}
	slices.SortFunc(l.site.Events, func(a, b *Event) int {
		return cmp.Or(a.Front.Start.Compare(b.Front.Start.Time), strings.Compare(a.Permalink, b.Permalink))
	})
}
