package draw

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// The size of a share picture, as Open Graph readers expect it.
const (
	ShareWidth  = 1200
	ShareHeight = 630
)

// Card is what a share picture says beside its map.
type Card struct {
	Kicker string // the topic
	Title  string
	Line   string // dates and place
	Owner  string // whose site it is
}

// Easel draws share pictures. It keeps the fonts and the shape of a dot, and is
// safe for concurrent use once made.
type Easel struct {
	bold, regular *opentype.Font
	dot           *image.Alpha
	palette       color.Palette
	writers       sync.Pool // *zlib.Writer
}

// levels is how many shades an ink has, from nearly ground to full. Five inks of
// three shades and the ground are sixteen colours: four bits a pixel.
const levels = 3

// The inks of a share picture beyond those of a map.
const (
	white = inks + iota
	grey
)

// NewEasel reads the fonts. They have the letters of Europe; see Card.
func NewEasel() (*Easel, error) {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	e := &Easel{bold: bold, regular: regular, dot: disc(dotSize * .33)}
	ground := color.RGBA{0x07, 0x2b, 0x3b, 0xff}
	e.palette = append(e.palette, ground)
	for _, full := range []color.RGBA{
		Land - 1:    {0x2d, 0x5f, 0x74, 0xff},
		Members - 1: {0x8f, 0xc7, 0xdd, 0xff},
		Here - 1:    {0xf2, 0xb9, 0x4b, 0xff},
		white - 1:   {0xff, 0xff, 0xff, 0xff},
		grey - 1:    {0xb3, 0xc9, 0xd2, 0xff},
	} {
		for n := 1; n <= levels; n++ {
			e.palette = append(e.palette, mix(ground, full, n))
		}
	}
	return e, nil
}

func mix(from, to color.RGBA, n int) color.RGBA {
	part := func(a, b uint8) uint8 { return uint8(int(a) + (int(b)-int(a))*n/levels) }
	return color.RGBA{part(from.R, to.R), part(from.G, to.G), part(from.B, to.B), 0xff}
}

// dotSize is the distance of dots in pixels.
const dotSize = 13.5

// disc is the mask of a dot, each pixel by sixteen samples.
func disc(radius float64) *image.Alpha {
	size := int(2*radius) + 2
	mask := image.NewAlpha(image.Rect(0, 0, size, size))
	middle := float64(size) / 2
	for y := range size {
		for x := range size {
			n := 0
			for s := range 16 {
				dx := float64(x) + (float64(s%4)+.5)/4 - middle
				dy := float64(y) + (float64(s/4)+.5)/4 - middle
				if dx*dx+dy*dy <= radius*radius {
					n++
				}
			}
			mask.SetAlpha(x, y, color.Alpha{uint8(n * 255 / 16)})
		}
	}
	return mask
}

// canvas is one picture in the making.
type canvas struct {
	*image.Paletted
	easel *Easel
}

// Share draws a picture of 1200 by 630 pixels as PNG. Words with letters that the
// fonts lack, such as Chinese or Arabic ones, are left out rather than drawn as
// boxes: the map and what can be written remain.
func (e *Easel) Share(m *Map, c Card) ([]byte, error) {
	p := canvas{image.NewPaletted(image.Rect(0, 0, ShareWidth, ShareHeight), e.palette), e}
	blocks, err := e.set(c)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	p.dots(m, blocks)
	for _, b := range blocks {
		p.write(b)
	}
	picture, err := e.encode(p.Paletted)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	return picture, nil
}

// stamp draws a mask in an ink.
func (p canvas) stamp(mask *image.Alpha, at image.Point, ink int) {
	area := mask.Bounds().Add(at).Intersect(p.Bounds())
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			shade := (int(mask.AlphaAt(x-at.X, y-at.Y).A)*levels + 127) / 255
			if shade > 0 {
				p.Pix[p.PixOffset(x, y)] = uint8(ink*levels + shade)
			}
		}
	}
}

// dots draws the map around the words: the place, or the middle, stands in the
// right third, and the map runs off the edges.
func (p canvas) dots(m *Map, words []block) {
	focus := Mark{X: Width / 2, Y: Height * lead / 2}
	if m.Mark != nil {
		focus = *m.Mark
	}
	dx, dy := 860-focus.X*dotSize, 315-focus.Y*dotSize
	half := float64(p.easel.dot.Bounds().Dx()) / 2
	for row := range m.Dots {
		for column, ink := range m.Dots[row] {
			if ink == Sea {
				continue
			}
			x, y := centre(row, column)
			at := image.Pt(int(x*dotSize+dx-half), int(y*dotSize+dy-half))
			if slices.ContainsFunc(words, func(b block) bool { return at.In(b.area) }) {
				continue
			}
			p.stamp(p.easel.dot, at, int(ink)-1)
		}
	}
	if m.Mark != nil {
		ring := hoop(dotSize*1.7, 4)
		p.stamp(ring, image.Pt(860-ring.Bounds().Dx()/2, 315-ring.Bounds().Dy()/2), int(white)-1)
	}
}

// hoop is the mask of a ring.
func hoop(radius, width float64) *image.Alpha {
	outer, inner := disc(radius), disc(radius-width)
	shift := (outer.Bounds().Dx() - inner.Bounds().Dx()) / 2
	for y := range inner.Bounds().Dy() {
		for x := range inner.Bounds().Dx() {
			a := outer.AlphaAt(x+shift, y+shift).A - min(outer.AlphaAt(x+shift, y+shift).A, inner.AlphaAt(x, y).A)
			outer.SetAlpha(x+shift, y+shift, color.Alpha{a})
		}
	}
	return outer
}
