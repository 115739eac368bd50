package draw

import (
	"maps"
	"math"
	"slices"
)

// Scene is what a map is to show.
type Scene struct {
	Country string   // where something took place; empty if on screens only
	Members []string // the countries that took part
	At      *Point   // the place in Country, nil if it is not known
	Label   string   // of the place
	Online  bool     // draw the map on a screen
	Region  []string // the countries of the organisation, shown where no country is named
}

// Ink is what a dot stands for.
type Ink uint8

// The inks of a map.
const (
	Sea     Ink = iota // no dot
	Land               // any land
	Members            // a country that took part
	Here               // the country where it took place
	inks               // their number
)

// The size of every map in dots. Rows are closer than columns, since each second
// row is shifted by half a dot.
const (
	Width  = 72
	Height = 46
	lead   = 0.866 // from row to row; half the root of three makes the field even
)

// Map is a field of dots.
type Map struct {
	Dots   [Height][Width]Ink
	Mark   *Mark // the place
	Screen bool
}

// The screen on which a meeting without a place is drawn, in columns.
const (
	screenX, screenY          = 5.5, 1.2
	screenWidth, screenHeight = 61.0, 33.6
)

// onScreen says whether a dot stands inside the screen.
func onScreen(row, column int) bool {
	x, y := centre(row, column)
	return x > screenX+1 && x < screenX+screenWidth-1 && y > screenY+1 && y < screenY+screenHeight-1
}

// Mark is the ring around a place, in columns and in the height of a column.
type Mark struct {
	X, Y  float64
	Label string
}

// window is the part of the earth a map shows.
type window struct {
	west, north float64 // of the first dot's left upper corner
	dx, dy      float64 // degrees from dot to dot
}

// steps are the degrees between dots that a map may have, fine to coarse.
func steps() []float64 { return []float64{.5, .75, 1, 1.5, 2, 2.5} }

// enoughLand is the share of land below which a finer map shows too little to
// know where one is.
const enoughLand = 0.1

// Map draws a scene.
func (a *Atlas) Map(s Scene) *Map {
	ink := map[uint16]Ink{}
	for _, code := range s.Region {
		ink[a.index[code]] = Land
	}
	for _, code := range s.Members {
		ink[a.index[code]] = Members
	}
	if s.Country != "" {
		ink[a.index[s.Country]] = Here
	}
	delete(ink, 0) // a code that is not on the grid
	m := &Map{Screen: s.Online}
	w := a.frame(s)
	for row := range Height {
		for column := range Width {
			if !s.Online || onScreen(row, column) {
				m.Dots[row][column] = a.dot(w, row, column, ink)
			}
		}
	}
	for _, c := range slices.Sorted(maps.Keys(ink)) {
		a.insist(m, w, c, ink[c])
	}
	if c := a.index[s.Country]; c != 0 {
		a.insist(m, w, c, Here) // the last word, where islands share a dot
	}
	if s.At != nil && !s.Online {
		x, y := w.place(*s.At)
		if x > 0 && x < Width && y > 0 && y < Height*lead {
			m.Mark = &Mark{X: x, Y: y, Label: s.Label}
		}
	}
	return m
}

// frame chooses the window: the finest in which everything named has room and
// enough land can be seen.
func (a *Atlas) frame(s Scene) window {
	box := a.extent(s)
	middle := Point{(box[0].Lon + box[1].Lon) / 2, (box[0].Lat + box[1].Lat) / 2}
	var w window
	for _, step := range steps() {
		w = around(middle, step)
		fits := (box[1].Lon-box[0].Lon)/w.dx <= Width*.75 && (box[1].Lat-box[0].Lat)/w.dy <= Height*.62
		if fits && a.land(w) >= enoughLand {
			break
		}
	}
	return w
}

// around is a window with a middle and a step. Away from the equator degrees of
// longitude are shorter, so that more of them go into a dot.
func around(middle Point, step float64) window {
	shrink := math.Cos(math.Min(math.Abs(middle.Lat), 60) * math.Pi / 180)
	w := window{dx: step / shrink, dy: step * lead}
	w.west = middle.Lon - Width/2*w.dx
	w.north = math.Min(82, math.Max(middle.Lat+Height/2*w.dy, -58+Height*w.dy))
	return w
}

// extent returns the south-west and north-east corners of what is to be seen.
func (a *Atlas) extent(s Scene) [2]Point {
	var all []Point
	codes := s.Members
	if s.Country != "" {
		codes = append([]string{s.Country}, codes...)
	}
	if len(codes) == 0 {
		codes = s.Region
	}
	for _, code := range codes {
		all = append(all, a.corners(code, len(codes) > 1)...)
	}
	if len(all) == 0 {
		return [2]Point{{edge, -50}, {edge + 300, 60}}
	}
	if len(codes) == 1 && s.At != nil && spread(all) > 75 {
		return [2]Point{{east(s.At.Lon) - 8, s.At.Lat - 5}, {east(s.At.Lon) + 8, s.At.Lat + 5}}
	}
	lons, lats := sorted(all)
	// Where many take part, the few that are far away do not make everybody small.
	trim := 0
	if len(codes) > 6 {
		trim = len(all) / 12
	}
	last := len(all) - 1 - trim
	box := [2]Point{{lons[trim], lats[trim]}, {lons[last], lats[last]}}
	if s.At != nil {
		lon := east(s.At.Lon)
		box[0] = Point{math.Min(box[0].Lon, lon), math.Min(box[0].Lat, s.At.Lat)}
		box[1] = Point{math.Max(box[1].Lon, lon), math.Max(box[1].Lat, s.At.Lat)}
	}
	return box
}

// corners returns the extreme cells of a country, or only its middle.
func (a *Atlas) corners(code string, middle bool) []Point {
	found := a.found[a.index[code]]
	if len(found) == 0 || code == "" {
		return nil
	}
	lons, lats := sorted(found)
	last := len(found) - 1
	if middle {
		return []Point{{lons[last/2], lats[last/2]}}
	}
	trim := 0
	if spread(found) > 100 {
		trim = last / 8 // land overseas does not decide what is shown
	}
	return []Point{{lons[trim], lats[trim]}, {lons[last-trim], lats[last-trim]}}
}

func sorted(points []Point) (lons, lats []float64) {
	for _, p := range points {
		lons, lats = append(lons, p.Lon), append(lats, p.Lat)
	}
	slices.Sort(lons)
	slices.Sort(lats)
	return lons, lats
}

func spread(points []Point) float64 {
	lons, _ := sorted(points)
	return lons[len(lons)-1] - lons[0]
}

// centre returns where a dot stands on the earth.
func (w window) centre(row, column int) Point {
	shift := .5
	if row%2 == 1 {
		shift = 1
	}
	return Point{w.west + (float64(column)+shift)*w.dx, w.north - (float64(row)+.5)*w.dy}
}

// place returns where a point of the earth stands on the map, in columns.
func (w window) place(p Point) (x, y float64) {
	lon := east(p.Lon)
	if lon < w.west {
		lon += 360
	}
	return (lon - w.west) / w.dx, (w.north - p.Lat) / w.dy * lead
}

// land is the share of dots that are land, of a sample.
func (a *Atlas) land(w window) float64 {
	n, all := 0, 0
	for row := 0; row < Height; row += 2 {
		for column := 0; column < Width; column += 2 {
			all++
			if a.at(w.centre(row, column)) != 0 {
				n++
			}
		}
	}
	return float64(n) / float64(all)
}

// dot chooses the ink of a dot by the cells of its patch.
func (a *Atlas) dot(w window, row, column int, ink map[uint16]Ink) Ink {
	c := w.centre(row, column)
	var count [inks]int
	all := 0
	for lat := c.Lat - w.dy/2 + cell/2; lat < c.Lat+w.dy/2; lat += cell {
		for lon := c.Lon - w.dx/2 + cell/2; lon < c.Lon+w.dx/2; lon += cell {
			all++
			country := a.at(Point{lon, lat})
			switch i, named := ink[country]; {
			case named:
				count[i]++
			case country != 0:
				count[Land]++
			}
		}
	}
	if all == 0 || (count[Land]+count[Members]+count[Here])*5 < all*2 {
		return Sea
	}
	best := Land
	for _, i := range []Ink{Members, Here} {
		if count[i] >= count[best] && count[i] > 0 {
			best = i
		}
	}
	return best
}

// few is up to how many cells a country is islands: each gets a dot.
const few = 30

// insist gives a country that fell between the dots one of its own, and a
// country of islands one for each: a member must not vanish because it is small.
func (a *Atlas) insist(m *Map, w window, country uint16, i Ink) {
	found := a.found[country]
	if len(found) > few && m.has(i) {
		return
	}
	lons, lats := sorted(found)
	middle := Point{lons[len(lons)/2], lats[len(lats)/2]}
	if len(found) > few {
		found = []Point{middle}
	}
	for _, p := range found {
		x, y := w.place(p)
		row := int(y / lead)
		if row%2 == 1 {
			x -= .5
		}
		if x >= 0 && y >= 0 && row < Height && x < Width && (!m.Screen || onScreen(row, int(x))) {
			m.Dots[row][int(x)] = i
		}
	}
}

func (m *Map) has(i Ink) bool {
	for _, row := range m.Dots {
		if slices.Contains(row[:], i) {
			return true
		}
	}
	return false
}
