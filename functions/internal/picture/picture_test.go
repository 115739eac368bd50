package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gen2brain/webp"
	"golang.org/x/image/draw"
	xwebp "golang.org/x/image/webp"
)

// shelf counts what is asked for and put there.
type shelf struct {
	files map[string][]byte
	puts  int
}

func newShelf() *shelf { return &shelf{files: map[string][]byte{}} }

func (s *shelf) Get(key string) ([]byte, bool) { b, ok := s.files[key]; return b, ok }
func (s *shelf) Put(key string, b []byte)      { s.files[key] = b; s.puts++ }

// corners draws a picture whose corners are red, green, blue and white,
// clockwise from the top left, so that every turn shows.
func corners(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	fill := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, width/2, height/2, color.NRGBA{255, 0, 0, 255})
	fill(width/2, 0, width, height/2, color.NRGBA{0, 255, 0, 255})
	fill(width/2, height/2, width, height, color.NRGBA{0, 0, 255, 255})
	fill(0, height/2, width/2, height, color.NRGBA{255, 255, 255, 255})
	return img
}

// names reads the corners of a picture, clockwise from the top left.
func names(img image.Image) string {
	b := img.Bounds()
	at := func(x, y int) string {
		r, g, bl, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
		switch high := func(v uint32) bool { return v > 0x8000 }; {
		case high(r) && high(g) && high(bl):
			return "W"
		case high(r):
			return "R"
		case high(g):
			return "G"
		case high(bl):
			return "B"
		}
		return "?"
	}
	w, h := b.Dx(), b.Dy()
	return at(w/8, h/8) + at(w*7/8, h/8) + at(w*7/8, h*7/8) + at(w/8, h*7/8)
}

// stored returns the picture as a camera stores it that was held so: turning it
// by the orientation gives the upright one back.
func stored(img *image.NRGBA, orientation int) *image.NRGBA {
	// 6 and 8 undo each other, all others undo themselves.
	back := map[int]turn{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
	return back.apply(img)
}

// exif is a TIFF directory with an orientation and a place in Seoul.
func exif(order binary.AppendByteOrder, orientation int) []byte {
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	entry := func(tag, kind uint16, count uint32) {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tag), kind), count)
	}
	entry(0x0112, 3, 1)
	b = order.AppendUint16(order.AppendUint16(b, uint16(orientation)), 0)
	entry(0x8825, 4, 1) // where the GPS directory stands
	b = order.AppendUint32(b, 38)
	b = order.AppendUint32(b, 0)
	return append(b, "GPSLatitude 37.5665 Gangnam"...)
}

func jpegOf(t testing.TB, img image.Image, segments ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	out := []byte("\xff\xd8")
	for _, s := range segments {
		out = append(out, 0xff, 0xe1)
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)+2))
		out = append(out, s...)
	}
	return append(out, b.Bytes()[2:]...)
}

func decoded(t testing.TB, kind string, body []byte) image.Image {
	t.Helper()
	var img image.Image
	var err error
	switch r := bytes.NewReader(body); kind {
	case "image/webp":
		img, err = xwebp.Decode(r)
	case "image/png":
		img, err = png.Decode(r)
	default:
		img, err = jpeg.Decode(r)
	}
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return img
}

// TestOrientations: however the camera was held, the picture is upright, and
// where it was taken is gone.
func TestOrientations(t *testing.T) {
	upright := corners(64, 32)
	for orientation := 1; orientation <= 8; orientation++ {
		for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
			t.Run(fmt.Sprint(orientation, name), func(t *testing.T) {
				block := append([]byte("Exif\x00\x00"), exif(order, orientation)...)
				body := jpegOf(t, stored(upright, orientation), []byte("http://ns.adobe.com/xap/1.0/\x00 GPSLatitude"), block)
				set, err := Maker{newShelf()}.Make(body)
				if err != nil {
					t.Fatal(err)
				}
				if set.Width != 64 || set.Height != 32 || len(set.Files) != 2 {
					t.Fatalf("%d × %d in %d files", set.Width, set.Height, len(set.Files))
				}
				for _, f := range set.Files {
					if got := names(decoded(t, f.Type, f.Body)); got != "RGBW" {
						t.Errorf("%s: the corners are %s", f.Type, got)
					}
					for _, word := range []string{"GPS", "Exif", "Gangnam", "adobe"} {
						if bytes.Contains(f.Body, []byte(word)) {
							t.Errorf("%s: %q is left in it", f.Type, word)
						}
					}
				}
			})
		}
	}
}

// TestOrientationElsewhere: PNG and WebP carry EXIF in chunks.
func TestOrientationElsewhere(t *testing.T) {
	img := stored(corners(64, 32), 6)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	block := exif(binary.BigEndian, 6)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(block)))
	chunk = append(append(append(chunk, "eXIf"...), block...), 0, 0, 0, 0)
	const head = 8 + 25 // signature and IHDR
	asPNG := slices.Concat(b.Bytes()[:head], chunk, b.Bytes()[head:])
	if got := orientation(asPNG, "png"); got != 6 {
		t.Errorf("PNG: %d", got)
	}
	b.Reset()
	if err := webp.Encode(&b, img, webp.Options{Lossless: true}); err != nil {
		t.Fatal(err)
	}
	riff := append(append([]byte{}, b.Bytes()...), "EXIF"...)
	riff = binary.LittleEndian.AppendUint32(riff, uint32(len(block)))
	riff = append(riff, block...)
	if got := orientation(riff, "webp"); got != 6 {
		t.Errorf("WebP: %d", got)
	}
}

func TestDamagedExif(t *testing.T) {
	whole := append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 6)...)
	for n := range whole {
		body := jpegOf(t, corners(16, 16), whole[:n])
		if got := orientation(body, "jpeg"); got != 1 && n < 28 {
			t.Errorf("cut after %d bytes: %d", n, got)
		}
	}
	for _, body := range [][]byte{[]byte("\xff\xd8"), []byte("\xff\xd8\xff"), []byte("\xff\xd8\xff\xff\xff\xe1"), []byte("\xff\xd8\xff\xe1\x00\x00"), []byte("\xff\xd8\xff\xe1\xff\xff")} {
		if got := orientation(body, "jpeg"); got != 1 {
			t.Errorf("%x: %d", body, got)
		}
	}
}

// TestSizes: no wider than it was, each width once, in both formats.
func TestSizes(t *testing.T) {
	for width, want := range map[int]string{
		100: "100", 480: "480", 481: "480 481", 960: "480 960", 1000: "480 960 1000", 1600: "480 960 1600", 1700: "480 960 1600",
	} {
		set, err := Maker{newShelf()}.Make(jpegOf(t, corners(width, width/2)))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, f := range set.Files {
			got[f.Type] = append(got[f.Type], fmt.Sprint(f.Width))
			if b := decoded(t, f.Type, f.Body).Bounds(); b.Dx() != f.Width || b.Dy() != scaled(width/2, f.Width, width) {
				t.Errorf("%d wide: %s of %d is %v", width, f.Type, f.Width, b)
			}
		}
		for _, kind := range []string{"image/webp", "image/jpeg"} {
			if list := strings.Join(got[kind], " "); list != want {
				t.Errorf("%d wide: %s in %s, want %s", width, kind, list, want)
			}
		}
	}
}

// TestDrawing: what may be transparent stays so, and comes as PNG beside WebP.
func TestDrawing(t *testing.T) {
	img := corners(64, 64)
	draw.Draw(img, image.Rect(24, 24, 40, 40), image.Transparent, image.Point{}, draw.Src)
	var asPNG, asGIF bytes.Buffer
	if err := png.Encode(&asPNG, img); err != nil {
		t.Fatal(err)
	}
	pal := image.NewPaletted(img.Rect, color.Palette{color.Transparent, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.White})
	draw.Draw(pal, pal.Rect, img, image.Point{}, draw.Src)
	if err := gif.Encode(&asGIF, pal, nil); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"png": asPNG.Bytes(), "gif": asGIF.Bytes()} {
		set, err := Maker{newShelf()}.Make(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range set.Files {
			got := decoded(t, f.Type, f.Body)
			if _, _, _, alpha := got.At(32, 32).RGBA(); alpha != 0 {
				t.Errorf("%s as %s: the middle has alpha %d", name, f.Type, alpha)
			}
			if f.Type == "image/jpeg" || names(got) != "RGBW" {
				t.Errorf("%s as %s: %s", name, f.Type, names(got))
			}
		}
	}
}

func TestRefused(t *testing.T) {
	photo := jpegOf(t, corners(64, 64))
	huge := bytes.Clone(photo)
	at := bytes.Index(huge, []byte{0xff, 0xc0}) // the frame header
	binary.BigEndian.PutUint16(huge[at+5:], 20000)
	binary.BigEndian.PutUint16(huge[at+7:], 20000)
	for want, body := range map[string][]byte{
		"is not a JPEG, PNG, GIF or WebP picture; export it as JPEG": []byte("<svg/>"),
		"is a damaged JPEG picture":                                  photo[:len(photo)/2],
		"is a damaged PNG picture":                                   []byte("\x89PNG\r\n\x1a\nrubbish"),
		"is a damaged WEBP picture":                                  []byte("RIFF\x10\x00\x00\x00WEBPVP8 rubbish rubbish"),
		"has 20000 × 20000 pixels, at most 40 million are taken":     huge,
		"has 30 MB, at most 30 are taken":                            make([]byte, MaxBytes+1),
		"is not a JPEG":                                              nil,
	} {
		if _, err := (Maker{newShelf()}).Make(body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestShelf: what is on the shelf is not made again, and what is made is the
// same every time.
func TestShelf(t *testing.T) {
	body := jpegOf(t, corners(600, 400))
	first, second := newShelf(), newShelf()
	a, err := Maker{first}.Make(body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Maker{second}).Make(body); err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(first.files, second.files, bytes.Equal) {
		t.Error("the same picture became other files")
	}
	again, err := Maker{first}.Make(body)
	if err != nil || first.puts != len(a.Files) || len(again.Files) != len(a.Files) {
		t.Errorf("%d files were made, want %d; %v", first.puts, len(a.Files), err)
	}
}

// FuzzMake: no file makes it panic.
func FuzzMake(f *testing.F) {
	f.Add(jpegOf(f, corners(16, 16), append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 6)...)))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x04eXIf\xff\xff\xff\xff"))
	f.Add([]byte("RIFF\x10\x00\x00\x00WEBPEXIF\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		format, config, err := decodeConfig(body)
		if err != nil || config.Width*config.Height > 1<<16 {
			return
		}
		if turn := orientation(body, format); turn < 1 || turn > 8 {
			t.Fatalf("orientation %d", turn)
		}
		_, _ = Maker{newShelf()}.Make(body)
	})
}
