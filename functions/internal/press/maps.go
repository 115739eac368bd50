package press

import (
	"fmt"
	"html/template"
	"strings"
	"sync"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/draw"
)

// studio is where pictures are drawn. It is the same for all languages and
// instants and keeps the maps it has drawn: many reports come from one place.
type studio struct {
	atlas *draw.Atlas
	easel *draw.Easel
	maps  sync.Map // *drawn by scene
}

func newStudio() (*studio, error) {
	atlas, err := draw.NewAtlas()
	if err != nil {
		return nil, err
	}
	easel, err := draw.NewEasel()
	if err != nil {
		return nil, err
	}
	return &studio{atlas: atlas, easel: easel}, nil
}

// drawn is a map and, from when it was first asked for, what it is inside a page.
type drawn struct {
	*draw.Map
	inside func() string
}

func (s *studio) draw(scene draw.Scene) *drawn {
	key := fmt.Sprintf("%+v", scene)
	if scene.At != nil {
		key += fmt.Sprint(*scene.At)
	}
	if m, ok := s.maps.Load(key); ok {
		return m.(*drawn)
	}
	m := &drawn{Map: s.atlas.Map(scene)}
	m.inside = sync.OnceValue(m.Inside)
	s.maps.Store(key, m)
	return m
}

// locator is a map with its words. Templates draw it with {{map .}}.
type locator struct {
	Scene       draw.Scene
	Alternative string
	Caption     string
	Members     bool // some countries are marked as those that took part
}

// drawMap draws a map as SVG inside the page.
func (f *frame) drawMap(p *locator) template.HTML {
	m := f.studio.draw(p.Scene)
	return template.HTML(m.Open(p.Alternative)) + marked(m.inside())
}

// whereabouts is where something takes place, as front matter has it.
type whereabouts struct{ place, country, mode string }

func siteOf(a *content.Article) whereabouts {
	return whereabouts{a.Front.Place, a.Front.Country, a.Front.Mode}
}

// scene is what a map of a site shows. What is nowhere is shown with the whole
// region: on a screen if it is online.
func (f *frame) scene(at whereabouts, members []string) draw.Scene {
	if at.mode == "online" || at.country == "" {
		s := draw.Scene{Members: members, Online: at.mode == "online"}
		if len(members) == 0 {
			s.Region = f.region()
		}
		return s
	}
	s := draw.Scene{Country: at.country, Members: without(members, at.country)}
	if spot, ok := f.facts.Spot(at.place, at.country); ok {
		s.At, s.Label = &draw.Point{Lon: spot.Lon, Lat: spot.Lat}, at.place
	}
	return s
}

func without(codes []string, code string) []string {
	var rest []string
	for _, c := range codes {
		if c != code {
			rest = append(rest, c)
		}
	}
	return rest
}

// region is where the organisation works.
func (f *frame) region() []string {
	var codes []string
	for _, m := range f.facts.Members.Members {
		codes = append(codes, m.Country)
	}
	return codes
}

// locator returns the map of a site.
func (f *frame) locator(at whereabouts, members []string) *locator {
	p := &locator{Scene: f.scene(at, members), Caption: f.placeOf(at)}
	words := f.words("map.region")
	switch {
	case p.Scene.Online:
		words = f.words("map.online")
	case p.Scene.At != nil:
		words = f.words("map.place", p.Caption)
	case p.Scene.Country != "":
		words = f.words("map.country", p.Caption)
	}
	if len(p.Scene.Members) > 0 {
		p.Members = true
		var names []string
		for _, code := range p.Scene.Members {
			names = append(names, f.facts.Countries.Label(code))
		}
		words += " " + f.words("map.members", strings.Join(names, "; "))
	}
	p.Alternative = words
	return p
}

// placeOf names place and country, each once: "Seoul, Korea".
func (f *frame) placeOf(at whereabouts) string {
	if at.mode == "online" {
		return f.words("mode.online")
	}
	city, country := f.city(at.place, at.country), f.facts.Countries.Label(at.country)
	if city == "" || country == "" {
		return city + country
	}
	return city + ", " + country
}

// city is a place that the name of its country does not say already: nothing in
// "Hong Kong, China".
func (f *frame) city(place, country string) string {
	if country != "" && strings.HasPrefix(f.facts.Countries.Label(country), place) {
		return ""
	}
	return place
}

// countryMap is the map of a country alone.
func (f *frame) countryMap(code string) *locator {
	label := f.facts.Countries.Label(code)
	return &locator{Scene: draw.Scene{Country: code}, Caption: label, Alternative: f.words("map.country", label)}
}

// countriesMap is the map of many countries, under what they have in common.
func (f *frame) countriesMap(codes []string, title string) *locator {
	return &locator{Scene: draw.Scene{Members: codes}, Caption: title, Alternative: f.words("map.countries", title)}
}

// words is text for those who know that the key is there; a key that is not is
// found by the tests of the real site.
func (f *frame) words(key string, args ...any) string {
	s, err := f.text(key, args...)
	if err != nil {
		return key
	}
	return s
}
