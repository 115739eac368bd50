package press

import (
	"errors"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/render"
)

// funcs are the functions that templates may call besides those of the template
// packages.
func (f *frame) funcs() map[string]any {
	return map[string]any{
		"t":        f.text,
		"asset":    f.art.URL,
		"drawing":  f.drawing,
		"date":     f.date,
		"dates":    f.dates,
		"count":    count,
		"foreign":  f.foreign,
		"absolute": f.absolute,
		"moments":  f.moments,
		"month":    f.shortMonth,
		"days":     leafDays,
		"where":    f.where,
		"city":     f.city,
		"approx":   f.approx,
		"tenure":   f.tenure,
		"cover":    f.cover,
		"columns":  columns,
		"bars":     bars,
		"graph":    f.graph,
		"map":      f.drawMap,
		"icon":     f.iconOf,
		"slot":     edition.Slot,
		"mailurl":  f.mailAddress,
		"wrap":     func(text string) string { return strings.TrimRight(render.Wrap(text, "", ""), "\n") },
		"raw":      edition.Raw,
		"once":     f.once,
		"site":     func() *content.Facts { return f.facts },
		"partners": func() []content.Partner { return f.block },
		"entry":    f.entry,
		"when":     edition.When,
		"done":     edition.Done,
	}
}

// text returns a text of the interface; arguments fill its %s and %d.
func (f *frame) text(key string, args ...any) (string, error) {
	s, ok := f.facts.Strings[key]
	if !ok {
		return "", fmt.Errorf("there is no text %q in strings/%s.yaml", key, f.facts.Config.Language)
	}
	if len(args) > 0 {
		s = fmt.Sprintf(s, args...)
	}
	return s, nil
}

// drawing returns the drawing of a topic as SVG inside the page; a topic without
// one has the drawing of the office. It is decoration: what it shows is always
// said in words beside it.
func (f *frame) drawing(name string) (template.HTML, error) {
	d, ok := f.art.Drawing(name)
	if !ok {
		d, ok = f.art.Drawing("office")
	}
	if !ok {
		return "", errors.New("there is no assets/drawings/office.svg")
	}
	return template.HTML(strings.Replace(d, "<svg ", `<svg class="drawing" aria-hidden="true" focusable="false" `, 1)), nil
}

// day fills a pattern of the texts with the first and last of some days.
func (f *frame) day(pattern string, from, to calendarDay) string {
	words := func(d calendarDay) (day, month, year string) {
		y, m, n := d.Date()
		day = strconv.Itoa(n)
		if n == 1 {
			day = f.facts.Strings["date.first"]
		}
		return day, f.facts.Strings["month."+strconv.Itoa(int(m))], strconv.Itoa(y)
	}
	d, m, y := words(from)
	d2, m2, y2 := words(to)
	return fill(f.facts.Strings[pattern], []string{"{d}", d, "{m}", m, "{y}", y, "{d2}", d2, "{m2}", m2, "{y2}", y2})
}

// fill puts words into a pattern. Dates are written too often, and are too short,
// for a strings.Replacer, which first builds tables.
func fill(pattern string, marks []string) string {
	var b strings.Builder
next:
	for {
		open := strings.IndexByte(pattern, '{')
		if open < 0 {
			b.WriteString(pattern)
			return b.String()
		}
		b.WriteString(pattern[:open])
		pattern = pattern[open:]
		for i := 0; i < len(marks); i += 2 {
			if rest, ok := strings.CutPrefix(pattern, marks[i]); ok {
				b.WriteString(marks[i+1])
				pattern = rest
				continue next
			}
		}
		b.WriteByte('{')
		pattern = pattern[1:]
	}
}

// calendarDay is what dates are written from: content.Date, content.Moment.
type calendarDay interface {
	Date() (year int, month time.Month, day int)
}

// date writes a day as "20 September 2022".
func (f *frame) date(d calendarDay) string { return f.day("date.day", d, d) }

// month writes a month as "September 2022".
func (f *frame) month(d content.Date) string { return f.day("date.month", d, d) }

// dates writes a range of days with nothing said twice: "20–22 September 2022",
// "30 May – 1 June 2012".
func (f *frame) dates(from, to content.Date) string {
	switch {
	case to.IsZero() || from.Equal(to.Time):
		return f.date(from)
	case from.Year() != to.Year():
		return f.day("date.years", from, to)
	case from.Month() != to.Month():
		return f.day("date.months", from, to)
	}
	return f.day("date.days", from, to)
}

// count writes a whole number with thin spaces between thousands (ISO 80000-1).
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
