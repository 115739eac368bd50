package content

import (
	"errors"
	"fmt"
	"io/fs"
)

// Spot is a place and where it lies, of data/places.yaml.
type Spot struct {
	Name    string  `yaml:"name,required"`
	Country string  `yaml:"country,required" in:"countries"` // code of data/countries.yaml
	Lat     float64 `yaml:"lat"`                             // degrees north
	Lon     float64 `yaml:"lon"`                             // degrees east
}

// Spot returns where a place of a country lies.
func (f *Facts) Spot(place, country string) (Spot, bool) {
	for _, spot := range f.Spots {
		if spot.Name == place && spot.Country == country {
			return spot, true
		}
	}
	return Spot{}, false
}

// spots reads data/places.yaml. A site without one has maps without rings.
func (l *loader) spots() {
	const name = "data/places.yaml"
	if _, err := fs.Stat(l.fsys, name); errors.Is(err, fs.ErrNotExist) {
		return
	}
	s := l.yaml(name, &l.site.Spots)
	l.obey(s, l.site.Spots, "")
	seen := map[[2]string]bool{}
	for i, spot := range l.site.Spots {
		at := s.at(fmt.Sprintf("[%d]", i))
		if key := [2]string{spot.Name, spot.Country}; seen[key] {
			s.add(at, fmt.Sprintf("%s in %s is given twice", spot.Name, spot.Country), "keep one of them")
		} else {
			seen[key] = true
		}
		if spot.Lat == 0 && spot.Lon == 0 {
			s.add(at, spot.Name+" has no position", "add lat and lon in degrees, as lat: 13.75, lon: 100.5")
		}
		if spot.Lat < -90 || spot.Lat > 90 || spot.Lon < -180 || spot.Lon > 180 {
			s.add(at, fmt.Sprintf("%v north, %v east is not on the earth", spot.Lat, spot.Lon), "write degrees: lat from -90 to 90, lon from -180 to 180")
		}
	}
}
