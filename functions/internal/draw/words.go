package draw

import (
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The column of words on a share picture.
const (
	margin    = 72
	wordsWide = 640
)

// block is a text set in lines.
type block struct {
	face  font.Face
	lines []string
	ink   int
	first int // base line of the first line
	step  int // from line to line
	area  image.Rectangle
}

// set sets the texts of a card: the topic and the title from the top, the rest
// at the foot.
func (e *Easel) set(c Card) ([]block, error) {
	foot := ShareHeight - 58
	var blocks []block
	below := 0
	for _, part := range []struct {
		text  string
		font  *opentype.Font
		size  float64
		ink   Ink
		lines int
		first int
	}{
		{c.Kicker, e.bold, 26, Here, 1, 92},
		{c.Title, e.bold, 58, white, 5, 0},
		{c.Line, e.regular, 28, grey, 1, foot - 46},
		{c.Owner, e.bold, 28, white, 1, foot},
	} {
		if part.text == "" || !writable(part.font, part.text) {
			continue
		}
		b, err := fit(part.font, part.text, part.size, part.lines)
		if err != nil {
			return nil, err
		}
		b.ink = int(part.ink) - 1
		b.first = part.first
		if b.first == 0 {
			b.first = max(below, 72) + b.step
		}
		b.measure()
		below = b.area.Max.Y - gap
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// fit breaks a text into lines; one of too many lines is set smaller.
func fit(f *opentype.Font, text string, size float64, lines int) (block, error) {
	for {
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
		if err != nil {
			return block{}, err
		}
		b := block{face: face, lines: wrap(face, text, wordsWide), step: int(size * 1.18)}
		if len(b.lines) <= lines || size < 24 {
			return b, nil
		}
		size *= .9
	}
}

// gap is kept free of dots around words.
const gap = 18

func (b *block) measure() {
	wide := 0
	for _, line := range b.lines {
		wide = max(wide, font.MeasureString(b.face, line).Ceil())
	}
	last := b.first + (len(b.lines)-1)*b.step
	b.area = image.Rect(0, b.first-b.step, margin+wide+gap, last+b.step/3+gap)
}

// writable says whether a font has all letters of a text.
func writable(f *opentype.Font, text string) bool {
	var b sfnt.Buffer
	for _, r := range text {
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}

// wrap breaks a text into lines of at most a width in pixels.
func wrap(face font.Face, text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && font.MeasureString(face, longer).Ceil() > width {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	return append(lines, line)
}

// write writes the lines of a block.
func (p canvas) write(b block) {
	for i, line := range b.lines {
		wide, high := font.MeasureString(b.face, line).Ceil(), 2*b.step
		mask := image.NewAlpha(image.Rect(0, 0, wide+4, high))
		writer := font.Drawer{Dst: mask, Src: image.NewUniform(color.Opaque), Face: b.face, Dot: fixed.P(0, b.step)}
		writer.DrawString(line)
		p.stamp(mask, image.Pt(margin, b.first+(i-1)*b.step), b.ink)
	}
}
