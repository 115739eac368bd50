package content_test

import (
	"strings"
	"testing"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

func TestSpots(t *testing.T) {
	site, err := content.Load(sitetest.Files(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	spot, ok := site.Spot("Seoul", "kr")
	if !ok || spot.Lat < 37 || spot.Lat > 38 || spot.Lon < 126 || spot.Lon > 128 {
		t.Errorf("Seoul is at %+v, %v", spot, ok)
	}
	if _, ok := site.Spot("Seoul", "jp"); ok {
		t.Error("there is a Seoul in Japan")
	}
	without := sitetest.Files(t, "")
	delete(without, "data/places.yaml")
	if _, err := content.Load(without); err != nil {
		t.Errorf("a site without places gives %v", err)
	}
}

func TestSpotProblems(t *testing.T) {
	for line, want := range map[string]string{
		"- {name: A, country: xx, lat: 1, lon: 2}":                                           `data/places.yaml:1:22: [0].country: "xx" is not in data/countries.yaml`,
		"- {name: A, country: kr, lat: 91, lon: 2}":                                          "data/places.yaml:1:3: 91 north, 2 east is not on the earth; write degrees",
		"- {name: A, country: kr, lat: north}":                                               `data/places.yaml:1:31: [0].lat is "north"; write a number`,
		"- {name: A, country: kr}":                                                           "data/places.yaml:1:3: A has no position; add lat and lon",
		"- {name: A, country: kr, lat: 1, lon: 2, x: 3}":                                     "x",
		"- {name: A, country: kr, lat: 1, lon: 2}\n- {name: A, country: kr, lat: 1, lon: 2}": "data/places.yaml:2:3: A in kr is given twice; keep one",
	} {
		_, err := content.Load(sitetest.Files(t, "-- data/places.yaml --\n"+line+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", line, err, want)
		}
	}
}
