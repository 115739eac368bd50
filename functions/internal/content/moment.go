package content

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are read the same on every machine that builds
)

// written is a value that stands in YAML as one word with a form of its own, as
// a date does.
type written interface {
	// read takes the value as it is written.
	read(text string) error
	// form says how to write it, for the cure of a problem.
	form() string
	// meant returns a text that could not be read in the form that can be, empty if
	// more than one thing may be meant.
	meant(text string) string
}

// Date is a day in the calendar, without a time or zone.
type Date struct{ time.Time }

// ParseDate reads a day as 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	return Date{t}, err
}

// String returns the day as 2006-01-02.
func (d Date) String() string { return d.Format(time.DateOnly) }

func (d *Date) read(text string) (err error) {
	*d, err = ParseDate(text)
	return err
}

func (d *Date) form() string { return "a date that exists, as 2022-09-20" }

func (d *Date) meant(text string) string { return rewritten(text, days(), time.DateOnly) }

// days are other ways to write a day that cannot be mistaken. Days before or
// behind months in numbers, as 05/03/2024, can.
func days() []string {
	return []string{"2006/1/2", "2006.1.2", "2006-1-2", "2 January 2006", "January 2, 2006", "January 2 2006", "2 Jan 2006", "Jan 2, 2006"}
}

// rewritten returns a time that is written in one of some layouts in another one.
func rewritten(text string, layouts []string, layout string) string {
	for _, l := range layouts {
		if t, err := time.Parse(l, strings.Join(strings.Fields(text), " ")); err == nil {
			return t.Format(layout)
		}
	}
	return ""
}

// Moment is a day, or a time of a day. Which instant it is depends on the zone
// that is written beside it.
type Moment struct {
	time.Time      // read as if it were UTC
	Timed     bool // has a time of day
}

// clockTime is how a time of a day is written, and how HTML reads it.
const clockTime = "2006-01-02 15:04"

func (m *Moment) read(text string) error {
	if d, err := ParseDate(text); err == nil {
		*m = Moment{Time: d.Time}
		return nil
	}
	t, err := time.Parse(clockTime, text)
	*m = Moment{Time: t, Timed: true}
	return err
}

func (m *Moment) form() string {
	return "a date that exists, as 2022-09-20, or with a time, as 2022-09-20 09:30"
}

func (m *Moment) meant(text string) string {
	if day := rewritten(text, days(), time.DateOnly); day != "" {
		return day
	}
	times := []string{"2006-01-02T15:04", "2006-01-02 15:04:00", "2006-01-02T15:04:00"}
	for _, day := range days() {
		times = append(times, day+" 15:04")
	}
	return rewritten(text, times, clockTime)
}

// Day returns the day without its time.
func (m Moment) Day() Date { return Date{m.Truncate(24 * time.Hour)} }

// String returns the moment as it is written, which is also how HTML reads it.
func (m Moment) String() string {
	if m.Timed {
		return m.Format(clockTime)
	}
	return m.Format(time.DateOnly)
}

// in returns the instant at which the clocks of a zone show the moment.
func (m Moment) in(zone *time.Location) time.Time {
	return time.Date(m.Year(), m.Month(), m.Time.Day(), m.Hour(), m.Minute(), 0, 0, zone)
}

// location returns the zone of a name, UTC for none.
func location(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // reported by checkZone
	}
	return zone
}

// checkZone reports what is no name of a zone.
func checkZone(s *source, field, name string) {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		s.add(s.at(field), fmt.Sprintf("zone: %q is not a time zone", name), "write the name of the IANA time zone database, as Asia/Bangkok")
	}
}

// Approx is a date of which the day, or day and month, may be unknown.
type Approx struct {
	Year       int
	Month, Day int // 0 if unknown
}

func (a *Approx) read(text string) error {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		a.Year = t.Year()
		if len(text) > 4 {
			a.Month = int(t.Month())
		}
		if len(text) > 7 {
			a.Day = t.Day()
		}
		return nil
	}
	return errors.New("not a date")
}

func (a *Approx) form() string { return "a year, month or day, as 2012, 2012-07 or 2012-07-03" }

func (a *Approx) meant(text string) string {
	if day := rewritten(text, days(), time.DateOnly); day != "" {
		return day
	}
	return rewritten(text, []string{"2006/1", "2006.1", "January 2006", "Jan 2006"}, "2006-01")
}

// IsZero says whether nothing is known.
func (a Approx) IsZero() bool { return a == Approx{} }

// String returns what is known, as 2012, 2012-07 or 2012-07-03, the forms of
// HTML's element time.
func (a Approx) String() string {
	if a.IsZero() {
		return ""
	}
	text := strconv.Itoa(a.Year)
	for _, part := range []int{a.Month, a.Day} {
		if part > 0 {
			text += "-" + strings.Repeat("0", 2-len(strconv.Itoa(part))) + strconv.Itoa(part)
		}
	}
	return text
}
