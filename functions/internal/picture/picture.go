// Package picture makes of a picture what a web page needs: upright, in several
// widths, as WebP and as a format that every browser and mail program shows,
// and without what a camera wrote into it.
//
// It takes JPEG, PNG, GIF (its first frame) and WebP. What comes out is encoded
// anew from the pixels, so that no metadata is left: no place where a photograph
// was taken, no name, no thumbnail of what was cut off. The orientation of EXIF
// is applied first. A colour profile is lost, too; pictures for the web are
// taken to be sRGB, as browsers do.
//
// The same bytes in give the same bytes out: WebP is encoded by libwebp compiled
// to WebAssembly, never by a library of the system.
package picture

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"

	"github.com/gen2brain/webp"
	"golang.org/x/image/draw"
	xwebp "golang.org/x/image/webp"

	"broadsheet/functions/internal/asset"
)

// Bounds on what is taken. A build must not run out of memory, and nobody needs
// more than what a large screen shows.
const (
	MaxBytes  = 30_000_000
	MaxPixels = 40_000_000
)

// The qualities at which pictures are encoded, of 100.
const (
	qualityJPEG = 82
	qualityWebP = 78
)

// version stands in the keys of finished files. It changes with anything that
// changes their bytes.
const version = "1"

// widths are what a picture is made in, as far as it is that wide: a phone, a
// phone with a sharp screen or a tablet, a sharp desktop.
func widths(width int) []int {
	const widest = 1600
	var all []int
	for _, w := range []int{480, 960} {
		if w < width {
			all = append(all, w)
		}
	}
	return append(all, min(width, widest))
}

// Shelf keeps finished files from one build to the next.
type Shelf interface {
	Get(key string) (body []byte, ok bool)
	Put(key string, body []byte)
}

// Maker makes pictures and keeps them on a shelf. It is safe for concurrent use
// if the shelf is.
type Maker struct{ Shelf }

// Make makes a picture in all its sizes, WebP first, the small ones first. An
// error completes a sentence that begins with the name of the file.
func (m Maker) Make(body []byte) (asset.Sizes, error) {
	if len(body) > MaxBytes {
		return asset.Sizes{}, fmt.Errorf("has %d MB, at most %d are taken; export it smaller", len(body)/1_000_000, MaxBytes/1_000_000)
	}
	format, config, err := decodeConfig(body)
	if err != nil {
		return asset.Sizes{}, err
	}
	if config.Width*config.Height > MaxPixels {
		return asset.Sizes{}, fmt.Errorf("has %d × %d pixels, at most %d million are taken; export it smaller", config.Width, config.Height, MaxPixels/1_000_000)
	}
	w := &work{body: body, format: format, turn: orientation(body, format), key: fmt.Sprintf("%x", sha256.Sum256(body)), shelf: m.Shelf}
	width, height := config.Width, config.Height
	if w.turn.swaps() {
		width, height = height, width
	}
	sizes := widths(width)
	widest := sizes[len(sizes)-1]
	all := asset.Sizes{Width: widest, Height: scaled(height, widest, width)}
	for _, kind := range []string{"image/webp", w.plain()} {
		for _, to := range sizes {
			body, err := w.file(kind, to, scaled(height, to, width))
			if err != nil {
				return asset.Sizes{}, err
			}
			all.Files = append(all.Files, asset.Size{Type: kind, Width: to, Body: body})
		}
	}
	return all, nil
}

// scaled returns a length as it becomes when a width becomes another.
func scaled(length, to, from int) int { return max(1, (length*to+from/2)/from) }

// decodeConfig reads the head of a picture. The formats are named rather than
// registered: package image would also take what another package registered.
func decodeConfig(body []byte) (format string, config image.Config, err error) {
	r := bytes.NewReader(body)
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xd8")):
		format = "jpeg"
		config, err = jpeg.DecodeConfig(r)
	case bytes.HasPrefix(body, []byte("\x89PNG")):
		format = "png"
		config, err = png.DecodeConfig(r)
	case bytes.HasPrefix(body, []byte("GIF8")):
		format = "gif"
		config, err = gif.DecodeConfig(r)
	case len(body) > 12 && string(body[:4]) == "RIFF" && string(body[8:12]) == "WEBP":
		format = "webp"
		config, err = xwebp.DecodeConfig(r)
	default:
		return "", config, errors.New("is not a JPEG, PNG, GIF or WebP picture; export it as JPEG")
	}
	if err == nil && (config.Width < 1 || config.Height < 1) {
		err = errors.New("it has no pixels")
	}
	if err != nil {
		return "", config, fmt.Errorf("is a damaged %s picture (%w); export it again", strings.ToUpper(format), err)
	}
	return format, config, nil
}

// work makes the files of one picture and decodes it only if the shelf does not
// have them all.
type work struct {
	body    []byte
	format  string
	turn    turn
	key     string
	shelf   Shelf
	decoded *image.NRGBA
}

// plain is the type of the files for those who do not take WebP. JPEG has no
// transparency, which drawings may have; it would blur them, too.
func (w *work) plain() string {
	if w.format == "png" || w.format == "gif" {
		return "image/png"
	}
	return "image/jpeg"
}

func (w *work) file(kind string, width, height int) ([]byte, error) {
	key := fmt.Sprintf("picture-%s-%s-%s-%d", version, w.key, strings.TrimPrefix(kind, "image/"), width)
	if body, ok := w.shelf.Get(key); ok {
		return body, nil
	}
	if w.decoded == nil {
		img, err := decode(w.body, w.format)
		if err != nil {
			return nil, fmt.Errorf("is a damaged %s picture (%w); export it again", strings.ToUpper(w.format), err)
		}
		w.decoded = w.turn.apply(img)
	}
	img := w.decoded
	if width != img.Rect.Dx() {
		img = image.NewNRGBA(image.Rect(0, 0, width, height))
		draw.CatmullRom.Scale(img, img.Rect, w.decoded, w.decoded.Rect, draw.Src, nil)
	}
	body, err := encode(img, kind, w.plain() == "image/png")
	if err != nil {
		return nil, fmt.Errorf("cannot be encoded as %s: %w", kind, err)
	}
	w.shelf.Put(key, body)
	return body, nil
}

func decode(body []byte, format string) (image.Image, error) {
	r := bytes.NewReader(body)
	switch format {
	case "jpeg":
		return jpeg.Decode(r)
	case "png":
		return png.Decode(r)
	case "gif":
		return gif.Decode(r)
	}
	return xwebp.Decode(r)
}

// encode encodes a picture; drawing says that its lines and areas must stay as
// they are.
func encode(img *image.NRGBA, kind string, drawing bool) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch kind {
	case "image/webp":
		if webp.Dynamic() == nil {
			return nil, errors.New("this program uses the libwebp of this machine, and every version of that writes other bytes; build it with -tags nodynamic")
		}
		err = webp.Encode(&out, img, webp.Options{Quality: qualityWebP, Method: 4, Lossless: drawing})
	case "image/png":
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img)
	default:
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: qualityJPEG})
	}
	return out.Bytes(), err
}
