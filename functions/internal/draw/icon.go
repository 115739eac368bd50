package draw

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"regexp"

	"github.com/srwiley/oksvg"
	"github.com/srwiley/rasterx"
)

// Icon draws an SVG as a square PNG on a plain ground, for the places where only
// PNG is taken: home screens of phones. The drawing fills a share of the width;
// 0.6 keeps it inside the circle that some phones cut out. Its colours must stand
// in attributes, since style sheets, with what they say of dark screens, are left
// out.
func Icon(svg []byte, size int, ground color.Color, share float64) ([]byte, error) {
	plain := regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAll(svg, nil)
	icon, err := oksvg.ReadIconStream(bytes.NewReader(plain), oksvg.StrictErrorMode)
	if err != nil {
		return nil, fmt.Errorf("draw: icon: %w", err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	inner := float64(size) * share
	edge := (float64(size) - inner) / 2
	icon.SetTarget(edge, edge, inner, inner)
	scanner := rasterx.NewScannerGV(size, size, picture, picture.Bounds())
	icon.Draw(rasterx.NewDasher(size, size, scanner), 1)
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("draw: icon: %w", err)
	}
	return out.Bytes(), nil
}
