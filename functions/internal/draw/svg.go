package draw

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// SVG writes the map to stand inside a page. The style sheet gives its classes
// (map, land, members, here, ring, place, screen) their colours, light and dark.
// The alternative text is what the map says, in words.
func (m *Map) SVG(alternative string) string { return m.Open(alternative) + m.Inside() }

// Open is the start tag of the picture, which has the alternative text.
func (m *Map) Open(alternative string) string {
	return fmt.Sprintf(`<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %s" role="img" aria-label="%s">`,
		Width, short((Height)*lead), html.EscapeString(alternative))
}

// Inside is the rest of the picture, which is the same for all maps of a scene.
func (m *Map) Inside() string {
	var b strings.Builder
	m.write(&b)
	b.WriteString("</svg>")
	return b.String()
}

// write writes what is inside the svg element. A path of zero-length dashes with
// round ends is a row of dots for the price of one line.
func (m *Map) write(b *strings.Builder) {
	for i, class := range []string{Land: "land", Members: "members", Here: "here"} {
		if d := m.path(Ink(i)); class != "" && d != "" {
			fmt.Fprintf(b, `<path class="%s" d="%s"/>`, class, d)
		}
	}
	if m.Screen {
		fmt.Fprintf(b, `<g class="screen"><rect x="%s" y="%s" width="%s" height="%s" rx="1.5"/><path d="M36 34.8v3.4M27 38.4h18"/></g>`,
			short(screenX), short(screenY), short(screenWidth), short(screenHeight))
	}
	if m.Mark != nil {
		m.Mark.write(b)
	}
}

// path lists the runs of dots of an ink. The last dash begins just before the
// end of its line, which a line of whole length would leave to rounding.
func (m *Map) path(i Ink) string {
	var b strings.Builder
	for row := range m.Dots {
		for column := 0; column < Width; {
			n := 0
			for column+n < Width && m.Dots[row][column+n] == i {
				n++
			}
			if n > 0 {
				x, y := centre(row, column)
				fmt.Fprintf(&b, "M%s %sh%s", short(x), short(y), short(float64(n)-.9))
			}
			column += max(n, 1)
		}
	}
	return b.String()
}

// centre is where a dot stands in the picture, in columns.
func centre(row, column int) (x, y float64) {
	x = float64(column) + .5
	if row%2 == 1 {
		x += .5
	}
	return x, (float64(row) + .5) * lead
}

func (k *Mark) write(b *strings.Builder) {
	x, y := short(k.X), short(k.Y)
	fmt.Fprintf(b, `<circle class="ring" cx="%s" cy="%s" r="1.5"/>`, x, y)
	if k.Label == "" {
		return
	}
	// The label stands where there is more room.
	at, anchor := k.X+2.4, "start"
	if k.X > Width*.6 {
		at, anchor = k.X-2.4, "end"
	}
	fmt.Fprintf(b, `<text class="place" x="%s" y="%s" text-anchor="%s">%s</text>`, short(at), short(k.Y+.8), anchor, html.EscapeString(k.Label))
}

// short writes a number with at most two decimals and no needless zero.
func short(f float64) string {
	s := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
	if s == "-0" {
		return "0"
	}
	if rest, ok := strings.CutPrefix(s, "0."); ok {
		return "." + rest
	}
	return s
}
