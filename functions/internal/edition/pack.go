package edition

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Packed is a body as an edition stores it, with what an answer says of it. Two
// that are equal make equal versions, so that a press can keep them from one
// edition to the next.
type Packed struct {
	Type   string
	Class  Class
	Hash   [hashSize]byte // of all that is stored: what entity tags are made of
	Bodies [encodings][]byte
	// Cuts are where the pieces begin, the first left out, that the gzip body is
	// kept in if it was packed in parts.
	Cuts []uint32
}

// Same tells whether two make the same version.
func (p *Packed) Same(q *Packed) bool {
	return p.Hash == q.Hash && p.Type == q.Type && p.Class == q.Class
}

// TooLargeError is a body that AWS Lambda could not carry.
type TooLargeError struct {
	Name string
	Size int
}

// Error says what to do.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s has %d bytes, an answer may have %d: make the file smaller or split it", e.Name, e.Size, MaxBody)
}

// Compressor makes the encodings of bodies; the package compress has one.
type Compressor interface {
	// Whole returns a body in gzip and in Brotli, none in an encoding that is not
	// made of it.
	Whole(body []byte) (gzip, brotli []byte)
	// InParts returns a body as a gzip file and where in it the pieces begin, the
	// first left out, none if bodies are not packed in parts. A body that has no
	// parts is one piece.
	InParts(body []byte, parts []Part) (file []byte, cuts []uint32)
}

// Part is a range of a body that stands in the bodies of many answers, byte for
// byte: the masthead, the foot, a card of a list. See package compress.
type Part = struct{ From, To int }

// Packer packs bodies. A Compressor holds working memory, so that each worker
// needs a Packer of its own.
type Packer struct{ compressor Compressor }

// NewPacker returns a Packer; without a Compressor it stores bodies as they are.
func NewPacker(c Compressor) *Packer { return &Packer{c} }

// Pack packs the body of an answer, alias or blank; its path and instant are of
// no account.
func (c *Packer) Pack(k Kind, a Answer) (*Packed, error) {
	if len(a.Body) > MaxBody && k != KindIndex { // an index is never sent
		return nil, &TooLargeError{Name: a.Path, Size: len(a.Body)}
	}
	if k == KindBlank {
		pieces, err := parseMarks(a.Body)
		if err != nil {
			return nil, fmt.Errorf("blank %q: %w", a.Path, err)
		}
		a.Body = pieces
	}
	return c.pack(k, a), nil
}

// pack hashes what is stored: a strong entity tag must change with any byte sent,
// also when only the compressor or its level changed (RFC 9110, section 8.8.1),
// and another body has other encodings.
func (c *Packer) pack(k Kind, a Answer) *Packed {
	p := &Packed{Type: a.Type, Class: a.Class}
	p.Bodies, p.Cuts = c.bodies(k, a)
	hash := sha256.New()
	for _, body := range p.Bodies {
		hash.Write(body)
	}
	copy(p.Hash[:], hash.Sum(nil))
	return p
}

// compressible tells whether a content type is worth compressing; pictures and
// archives already are.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch {
	case strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "+xml"), strings.HasSuffix(kind, "json"),
		kind == "application/xml", kind == "image/svg+xml", kind == "text/calendar":
		return true
	}
	return false
}

// bodies returns the encodings a body is stored in. A text is stored compressed
// only: the rare client that takes neither gzip nor Brotli has it unpacked (see
// web). Aliases and blanks stay as they are. A feed, where pages are packed in
// parts, is stored in gzip alone: Brotli at the level of a large site takes 5 %
// off what its reader fetches, and of 10,000 articles 3.6 MB of the program.
func (c *Packer) bodies(k Kind, a Answer) (out [encodings][]byte, cuts []uint32) {
	if k == KindAnswer && c.compressor != nil {
		if len(a.Parts) > 0 || a.Class == Feed {
			out[Gzip], cuts = c.compressor.InParts(a.Body, a.Parts)
		}
		if len(a.Parts) == 0 && len(out[Gzip]) >= len(a.Body) {
			out[Gzip] = nil // a file of a few lines
		}
		if out[Gzip] == nil && compressible(a.Type) {
			out[Gzip], out[Brotli] = c.compressor.Whole(a.Body)
		}
	}
	if out[Gzip] == nil {
		out[Identity] = a.Body
	}
	return out, cuts
}
