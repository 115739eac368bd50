package figure

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Chart is a table with the words that a drawing of it needs.
type Chart struct {
	Table
	Title       string
	Description string // what the drawing shows, for who does not see it
}

// The drawings have no viewBox: widths are shares of the page and heights are
// pixels, so that letters keep their size on a phone. They use classes and no
// colours, which the style sheet gives for light, dark and paper. The parts of
// a bar differ by being filled or hollow, not by colour alone.
const (
	columnHeight = 160 // of the tallest column
	columnTop    = 24  // room for the number above it
	columnFoot   = 26  // room for the label below
	barStep      = 44  // from one bar to the next
	barHeight    = 14
	barTop       = 22 // room for the label above a bar
	barShare     = 86 // per cent of the width for the longest bar, the rest is for its number
)

// Columns draws a table as upright columns, for years.
func (c Chart) Columns() template.HTML {
	var b strings.Builder
	height := columnTop + columnHeight + columnFoot
	c.open(&b, "upright", height)
	step, every := 100/float64(max(1, len(c.Rows))), 1+len(c.Rows)/20
	base := columnTop + columnHeight
	for i, r := range c.Rows {
		middle := (float64(i) + .5) * step
		y := base
		c.rects(&b, r, func(n int) string {
			h := columnHeight * n / c.most()
			y -= h
			return fmt.Sprintf(`x="%.2f%%" y="%d" width="%.2f%%" height="%d"`, middle-step*.34, y, step*.68, h)
		})
		if r.Total() > 0 {
			fmt.Fprintf(&b, `<text class="value" x="%.2f%%" y="%d">%d</text>`, middle, y-6, r.Total())
		}
		if i%every == 0 {
			class := "label"
			if i/every%2 == 1 {
				class = "label second" // left out where the columns are narrow
			}
			fmt.Fprintf(&b, `<text class="%s" x="%.2f%%" y="%d">%s</text>`, class, middle, height-8, html.EscapeString(shortYear(r.Label)))
		}
	}
	fmt.Fprintf(&b, `<line class="base" x1="0" x2="100%%" y1="%d" y2="%d"/></svg>`, base, base)
	return template.HTML(b.String())
}

// Bars draws a table as lying bars, each below its label.
func (c Chart) Bars() template.HTML {
	var b strings.Builder
	c.open(&b, "bars", barStep*len(c.Rows))
	for i, r := range c.Rows {
		x := 0.0
		fmt.Fprintf(&b, `<text class="label" x="0" y="%d">%s</text>`, i*barStep+15, html.EscapeString(r.Label))
		c.rects(&b, r, func(n int) string {
			from, width := x, float64(barShare*n)/float64(c.most())
			x += width
			return fmt.Sprintf(`x="%.2f%%" y="%d" width="%.2f%%" height="%d"`, from, i*barStep+barTop, width, barHeight)
		})
		fmt.Fprintf(&b, `<text class="value" x="%.2f%%" dx="8" y="%d">%d</text>`, x, i*barStep+barTop+barHeight-2, r.Total())
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// open begins a drawing with its title and description (SVG accessibility: an
// image with a name; the numbers stand in the table beneath).
func (c Chart) open(b *strings.Builder, class string, height int) {
	fmt.Fprintf(b, `<svg class="%s" width="100%%" height="%d" role="img" aria-labelledby="%s-title %s-desc"><title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`,
		class, height, c.Name, c.Name, c.Name, html.EscapeString(c.Title), c.Name, html.EscapeString(c.Description))
}

// rects draws the parts of a row that are not empty.
func (c Chart) rects(b *strings.Builder, r Row, place func(n int) string) {
	for i, n := range r.Counts {
		if n > 0 {
			fmt.Fprintf(b, `<rect class="part-%d" %s/>`, i, place(n))
		}
	}
}

// shortYear writes 2013 as ’13, so that twenty years fit on a phone.
func shortYear(label string) string {
	if len(label) == 4 {
		return "’" + label[2:]
	}
	return label
}
