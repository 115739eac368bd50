package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
)

// turn is an orientation as EXIF 2.3 numbers it, 1 to 8: how the stored rows
// and columns have to be turned or mirrored to be upright.
type turn int

const upright turn = 1

// swaps tells whether width and height change places.
func (t turn) swaps() bool { return t >= 5 && t <= 8 }

// apply returns the picture upright.
func (t turn) apply(img image.Image) *image.NRGBA {
	b := img.Bounds()
	in := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(in, in.Rect, img, b.Min, draw.Src)
	if t <= upright || t > 8 {
		return in
	}
	w, h := b.Dx(), b.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if t.swaps() {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			var to int
			switch t {
			case 2: // mirrored left to right
				to = out.PixOffset(w-1-x, y)
			case 3: // upside down
				to = out.PixOffset(w-1-x, h-1-y)
			case 4: // mirrored top to bottom
				to = out.PixOffset(x, h-1-y)
			case 5: // mirrored along the diagonal from the top left
				to = out.PixOffset(y, x)
			case 6: // to be turned clockwise
				to = out.PixOffset(h-1-y, x)
			case 7: // mirrored along the other diagonal
				to = out.PixOffset(h-1-y, w-1-x)
			case 8: // to be turned anticlockwise
				to = out.PixOffset(y, w-1-x)
			}
			copy(out.Pix[to:to+4], in.Pix[in.PixOffset(x, y):])
		}
	}
	return out
}

// orientation finds the orientation in the EXIF block of a picture. One that is
// missing or damaged is upright, as browsers take it.
func orientation(body []byte, format string) turn {
	var exif []byte
	switch format {
	case "jpeg":
		exif = jpegExif(body)
	case "png":
		exif = chunk(body[8:], "eXIf", binary.BigEndian, func(size int) int { return size + 4 }, true)
	case "webp":
		exif = bytes.TrimPrefix(chunk(body[12:], "EXIF", binary.LittleEndian, func(size int) int { return size + size&1 }, false), []byte("Exif\x00\x00"))
	}
	return tiffOrientation(exif)
}

// jpegExif returns the EXIF block of a JPEG: the APP1 segment before the first
// scan that begins so.
func jpegExif(body []byte) []byte {
	for at := 2; at+4 <= len(body) && body[at] == 0xff; {
		marker := body[at+1]
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		if marker == 0xda || marker == 0xd9 {
			return nil
		}
		size := int(binary.BigEndian.Uint16(body[at+2:]))
		if size < 2 || at+2+size > len(body) {
			return nil
		}
		if exif, ok := bytes.CutPrefix(body[at+4:at+2+size], []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return exif
		}
		at += 2 + size
	}
	return nil
}

// chunk returns the content of the first chunk of a name in a file of chunks:
// PNG has the size before the name and a checksum behind, RIFF the name first
// and a byte behind odd sizes.
func chunk(body []byte, name string, order binary.ByteOrder, length func(int) int, sizeFirst bool) []byte {
	for len(body) >= 8 {
		id, size := body[:4], int64(order.Uint32(body[4:]))
		if sizeFirst {
			id, size = body[4:8], int64(order.Uint32(body))
		}
		if size > int64(len(body)-8) {
			return nil
		}
		if string(id) == name {
			return body[8 : 8+size]
		}
		body = body[min(8+length(int(size)), len(body)):]
	}
	return nil
}

// tiffOrientation reads tag 0x0112 of the first directory (TIFF 6.0, section 2).
func tiffOrientation(b []byte) turn {
	if len(b) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(b[4:]))
	if order.Uint16(b[2:]) != 42 || at+2 > int64(len(b)) {
		return upright
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if t := turn(order.Uint16(entries[8:])); t >= 1 && t <= 8 {
				return t
			}
			break
		}
		entries = entries[12:]
	}
	return upright
}
