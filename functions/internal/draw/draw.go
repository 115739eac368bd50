// Package draw makes the pictures of a site that has no photographs: locator
// maps, share pictures and icons, from facts and at build time.
//
// A map is a field of dots. Each dot is a patch of land; the dots of the country
// where something took place and of the members that took part have inks of
// their own, and a ring stands at the place. Dots claim no boundary, which an
// organisation of many states must not do lightly, and they are small: a map is
// one to three kilobytes of SVG, before compression.
//
// The land is world.txt, a grid of half degrees made from Natural Earth (public
// domain) by infra/atlas/atlas.py. Longitudes and latitudes are in degrees,
// countries have the codes of ISO 3166 in small letters. Everything here is pure:
// the same facts give the same bytes.
package draw

import (
	_ "embed" // for the grid
	"fmt"
	"strconv"
	"strings"
)

//go:embed world.txt
var world string

// The grid of world.txt.
const (
	cell    = 0.5
	columns = 720
	rows    = 300
	top     = 85.0
)

// edge is where the world is cut. Counting longitudes from the middle of the
// Atlantic eastwards keeps every country of Asia and the Pacific in one piece.
const edge = -25.0

// Atlas knows which country each cell of the grid belongs to.
type Atlas struct {
	cells []uint16 // row by row; 0 is sea, otherwise 1 + an index of codes
	codes []string
	index map[string]uint16
	found map[uint16][]Point // the cells of each country
}

// Point is a position on the earth.
type Point struct{ Lon, Lat float64 }

// NewAtlas reads the grid. It takes about five milliseconds.
func NewAtlas() (*Atlas, error) {
	a := &Atlas{cells: make([]uint16, columns*rows), index: map[string]uint16{}, found: map[uint16][]Point{}}
	row := 0
	for line := range strings.Lines(world) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if row == rows {
			return nil, fmt.Errorf("draw: world.txt has more than %d rows", rows)
		}
		if err := a.read(row, line); err != nil {
			return nil, fmt.Errorf("draw: world.txt, row %d: %w", row, err)
		}
		row++
	}
	if row != rows {
		return nil, fmt.Errorf("draw: world.txt has %d rows, want %d", row, rows)
	}
	return a, nil
}

// read reads the runs of a row: cells of sea, a country, its cells.
func (a *Atlas) read(row int, line string) error {
	column := 0
	for _, run := range strings.Fields(line) {
		sea := strings.TrimRight(strings.TrimRight(run, "0123456789"), "abcdefghijklmnopqrstuvwxyz-")
		code := strings.Trim(run, "0123456789")
		length := strings.TrimPrefix(run, sea+code)
		skip, err1 := number(sea, 0)
		n, err2 := number(length, 1)
		if err1 != nil || err2 != nil || len(code) != 2 || column+skip+n > columns {
			return fmt.Errorf("%q is not a run", run)
		}
		column += skip
		c := a.country(code)
		for range n {
			a.cells[row*columns+column] = c
			a.found[c] = append(a.found[c], Point{east(-180 + (float64(column)+.5)*cell), top - (float64(row)+.5)*cell})
			column++
		}
	}
	return nil
}

func number(s string, otherwise int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	return strconv.Atoi(s)
}

func (a *Atlas) country(code string) uint16 {
	c, ok := a.index[code]
	if !ok {
		a.codes = append(a.codes, code)
		c = uint16(len(a.codes))
		a.index[code] = c
	}
	return c
}

// east returns a longitude between edge and edge + 360.
func east(lon float64) float64 {
	for lon < edge {
		lon += 360
	}
	for lon >= edge+360 {
		lon -= 360
	}
	return lon
}

// at returns the country of the cell at a point, 0 for sea.
func (a *Atlas) at(p Point) uint16 {
	row := int((top - p.Lat) / cell)
	column := int((east(p.Lon) + 180) / cell)
	if p.Lat > top || row >= rows {
		return 0
	}
	return a.cells[row*columns+column%columns]
}
