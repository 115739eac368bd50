package edition

import (
	"encoding/base64"
	"encoding/binary"
)

// Version is one answer as it is from an instant on. It points into the
// edition's bytes.
//
// A record is 52 bytes: valid from (8), class (1), flags (1), length of the
// content type (2), offset of the content type (4), hash (12), and for each of
// the three encodings offset and length (4 each).
type Version struct {
	edition *Edition
	record  []byte
	packed  *Packed // instead of both, in an edition on demand
}

const (
	flagGone   = 1 << 0
	flagPieces = 1 << 1 // the gzip body is kept in pieces
	atClass    = 8
	atFlags    = 9
	atTypeSize = 10
	atType     = 12
	atHash     = 16
	hashSize   = 12
	atBodies   = 28
)

func (v Version) from() int64 { return int64(binary.LittleEndian.Uint64(v.record)) }
func (v Version) gone() bool  { return v.record[atFlags]&flagGone != 0 }

// Class returns the answer's class in the header policy.
func (v Version) Class() Class {
	if v.packed != nil {
		return v.packed.Class
	}
	return Class(v.record[atClass])
}

// Type returns the content type with its parameters.
func (v Version) Type() string {
	if v.packed != nil {
		return v.packed.Type
	}
	offset := binary.LittleEndian.Uint32(v.record[atType:])
	size := binary.LittleEndian.Uint16(v.record[atTypeSize:])
	return string(v.edition.slice(uint64(offset), uint64(size)))
}

// Has tells whether the body is stored in that encoding.
func (v Version) Has(e Encoding) bool {
	if v.packed != nil {
		return len(v.packed.Bodies[e]) > 0
	}
	_, size := v.place(e)
	return size > 0
}

// Compressed tells whether the body is stored in more than one encoding or in
// another than Identity, so that the answer varies with Accept-Encoding.
func (v Version) Compressed() bool { return v.Has(Gzip) || v.Has(Brotli) }

// Body returns the stored bytes of the body in that encoding, none when it is
// not stored in it. The bytes must not be changed.
func (v Version) Body(e Encoding) []byte {
	if v.packed != nil {
		return v.packed.Bodies[e]
	}
	offset, size := v.place(e)
	if e == Gzip && v.record[atFlags]&flagPieces != 0 {
		return v.edition.join(offset, size)
	}
	return v.edition.slice(offset, size)
}

func (v Version) place(e Encoding) (offset, size uint64) {
	at := atBodies + 8*int(e)
	return uint64(binary.LittleEndian.Uint32(v.record[at:])), uint64(binary.LittleEndian.Uint32(v.record[at+4:]))
}

// ETag returns the strong entity tag of the body in that encoding, quoted.
// RFC 9110, section 8.8.3: two encodings of one body are two representations,
// so that each has a tag of its own.
func (v Version) ETag(e Encoding) string {
	var hash []byte
	if v.packed != nil {
		hash = v.packed.Hash[:]
	} else {
		hash = v.record[atHash : atHash+hashSize]
	}
	tag := `"` + base64.RawURLEncoding.EncodeToString(hash)
	if name := e.String(); name != "" {
		tag += "." + name
	}
	return tag + `"`
}
