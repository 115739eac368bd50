package draw_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"

	"broadsheet/functions/internal/draw"
)

func atlas(t *testing.T) *draw.Atlas {
	t.Helper()
	a, err := draw.NewAtlas()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func count(m *draw.Map, ink draw.Ink) int {
	n := 0
	for _, row := range m.Dots {
		for _, i := range row {
			if i == ink {
				n++
			}
		}
	}
	return n
}

func seoul() draw.Scene {
	return draw.Scene{Country: "kr", Members: []string{"kr", "th"}, At: &draw.Point{Lon: 126.98, Lat: 37.57}, Label: "Seoul"}
}

// TestPlace: the ring stands inside the country, which the dot below it shows.
func TestPlace(t *testing.T) {
	m := atlas(t).Map(seoul())
	if m.Mark == nil {
		t.Fatal("there is no mark")
	}
	near := false
	for row := range m.Dots {
		for column, ink := range m.Dots[row] {
			dx, dy := float64(column)+.75-m.Mark.X, (float64(row)+.5)*.866-m.Mark.Y
			near = near || ink == draw.Here && dx*dx+dy*dy < 2
		}
	}
	if !near {
		t.Error("no dot of Korea stands near the ring of Seoul")
	}
	if count(m, draw.Here) < 8 || count(m, draw.Members) < 20 || count(m, draw.Land) < 500 {
		t.Errorf("Korea has %d dots, Thailand %d, other land %d", count(m, draw.Here), count(m, draw.Members), count(m, draw.Land))
	}
}

// TestEveryMemberIsSeen: also the smallest have a dot of their own, alone and in
// a map of the whole region.
func TestEveryMemberIsSeen(t *testing.T) {
	a := atlas(t)
	codes := strings.Fields("af au bd bt bn kh cn ck fj gu hk in id ir jp ki kr la mo my mv mh fm mn mm nr np nz nu pk pw pg ph ws sg sb lk th tl to tv vu vn be ch fr us")
	for _, code := range codes {
		if m := a.Map(draw.Scene{Country: code}); count(m, draw.Here) == 0 {
			t.Errorf("%s is not on its own map", code)
		}
	}
	for _, code := range strings.Fields("hk mo sg nr nu tv mv to") {
		region := draw.Scene{Members: []string{"in", "jp", "nz", "th", "fj", code}, Online: true}
		with := count(a.Map(region), draw.Members)
		region.Members = region.Members[:5]
		if without := count(a.Map(region), draw.Members); with <= without-20 || with == without {
			t.Errorf("%s is not among the members: %d dots with it, %d without", code, with, without)
		}
	}
}

// TestSeveral: what is named lies in the window, so far as it is one region.
func TestSeveral(t *testing.T) {
	s := seoul()
	s.Members = []string{"au", "fj", "in", "jp", "th"}
	m := atlas(t).Map(s)
	if m.Mark.X < 0 || m.Mark.X > draw.Width || count(m, draw.Members) < 200 {
		t.Errorf("the mark is at %v, the members have %d dots", *m.Mark, count(m, draw.Members))
	}
}

func TestUnknownCode(t *testing.T) {
	if m := atlas(t).Map(draw.Scene{Country: "xx", Members: []string{"zz"}}); count(m, draw.Here)+count(m, draw.Members) > 0 || count(m, draw.Land) == 0 {
		t.Error("an unknown country has dots, or the world has none")
	}
}

func TestSVG(t *testing.T) {
	s := seoul()
	s.Label = `Seoul <"&>`
	a := atlas(t)
	svg := a.Map(s).SVG(`A map: "Seoul" & more`)
	if len(svg) > 3500 {
		t.Errorf("the map has %d bytes", len(svg))
	}
	if svg != a.Map(s).SVG(`A map: "Seoul" & more`) {
		t.Error("two drawings of one scene differ")
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	found := map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if a.Name.Local == "class" {
					found[a.Value]++
				}
				if a.Name.Local == "aria-label" && a.Value != `A map: "Seoul" & more` {
					t.Errorf("the alternative text is %q", a.Value)
				}
			}
		}
	}
	for _, class := range []string{"map", "land", "members", "here", "ring", "place"} {
		if found[class] != 1 {
			t.Errorf("the drawing has %d elements of class %s", found[class], class)
		}
	}
}

func TestScreen(t *testing.T) {
	svg := atlas(t).Map(draw.Scene{Online: true, Region: []string{"th", "fj", "jp"}}).SVG("x")
	if !strings.Contains(svg, `class="screen"`) || strings.Contains(svg, `class="ring"`) {
		t.Error("a meeting on screens has no screen or a place")
	}
}

func share(t *testing.T, c draw.Card) []byte {
	t.Helper()
	e, err := draw.NewEasel()
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Share(atlas(t).Map(seoul()), c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShare(t *testing.T) {
	full := share(t, draw.Card{Kicker: "Drugs", Title: "Operation SIREN debriefing seminar in Seoul", Line: "20–22 September 2022 · Seoul", Owner: "ROCB A/P"})
	picture, err := png.Decode(bytes.NewReader(full))
	if err != nil {
		t.Fatal(err)
	}
	if picture.Bounds() != image.Rect(0, 0, 1200, 630) || len(full) > 40<<10 {
		t.Errorf("the picture is %v with %d bytes", picture.Bounds(), len(full))
	}
	if _, ok := picture.(*image.Paletted); !ok {
		t.Errorf("the picture is a %T", picture)
	}
	if !bytes.Equal(full, share(t, draw.Card{Kicker: "Drugs", Title: "Operation SIREN debriefing seminar in Seoul", Line: "20–22 September 2022 · Seoul", Owner: "ROCB A/P"})) {
		t.Error("two pictures of one card differ")
	}
}

// TestLettersOfOtherScripts: a title that cannot be written is left out, not
// drawn as boxes; accents can be written.
func TestLettersOfOtherScripts(t *testing.T) {
	empty := share(t, draw.Card{Owner: "ROCB A/P"})
	for title, written := range map[string]bool{"海关合作会议": false, "اجتماع الجمارك": false, "Séminaire à Nouméa, Žiga Šćepanović": true} {
		if got := !bytes.Equal(empty, share(t, draw.Card{Owner: "ROCB A/P", Title: title})); got != written {
			t.Errorf("%q is written: %v, want %v", title, got, written)
		}
	}
}

// TestLongTitle: the last line of the longest title stands above the foot.
func TestLongTitle(t *testing.T) {
	long := strings.Repeat("A very long title of a report ", 12)
	picture, err := png.Decode(bytes.NewReader(share(t, draw.Card{Title: long})))
	if err != nil {
		t.Fatal(err)
	}
	white := color.RGBAModel.Convert(color.White)
	for y := 500; y < 630; y++ {
		for x := 0; x < 600; x++ {
			if picture.At(x, y) == white {
				t.Fatalf("the title reaches down to %d, %d", x, y)
			}
		}
	}
}

func TestIcon(t *testing.T) {
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><style>@media(prefers-color-scheme:dark){path{fill:#fff}}</style><path fill="#ff0000" d="M0 0h10v10H0z"/></svg>`)
	b, err := draw.Icon(svg, 100, color.RGBA{0, 0, 255, 255}, .6)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[image.Point]color.RGBA{{5, 5}: {0, 0, 255, 255}, {50, 50}: {255, 0, 0, 255}} {
		if got := color.RGBAModel.Convert(picture.At(at.X, at.Y)); got != want {
			t.Errorf("the colour at %v is %v, want %v", at, got, want)
		}
	}
	if _, err := draw.Icon([]byte("<svg"), 10, color.White, 1); err == nil {
		t.Error("a broken drawing gives no error")
	}
}

func BenchmarkMap(b *testing.B) {
	a, err := draw.NewAtlas()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a.Map(seoul()).SVG("x")
	}
}

func BenchmarkShare(b *testing.B) {
	a, _ := draw.NewAtlas()
	e, err := draw.NewEasel()
	if err != nil {
		b.Fatal(err)
	}
	m := a.Map(seoul())
	for b.Loop() {
		if _, err := e.Share(m, draw.Card{Title: "Operation SIREN debriefing seminar in Seoul"}); err != nil {
			b.Fatal(err)
		}
	}
}
