package edition

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// Packed is a body as an edition stores it, with what an answer says of it. Two
// that are equal make equal versions, so that a press can keep them from one
// edition to the next.
type Packed struct {
	Type   string
	Class  Class
	Hash   [hashSize]byte // of the body and its encodings: what entity tags are made of
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

// Packer packs bodies. It holds working memory, so that each worker needs its
// own.
type Packer struct {
	buf    bytes.Buffer
	gzip   *gzip.Writer
	brotli *brotli.Writer
	parts  *cutter
}

// NewPacker returns a Packer of the compression levels in p.
func NewPacker(p Print) (*Packer, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return newPacker(p), nil
}

func newPacker(p Print) *Packer {
	c := &Packer{}
	if p.Gzip > 0 {
		// The level was checked by Print.check.
		c.gzip, _ = gzip.NewWriterLevel(io.Discard, p.Gzip)
	}
	if p.Brotli > 0 {
		c.brotli = brotli.NewWriterLevel(io.Discard, p.Brotli)
	}
	if p.Parts {
		c.parts = newCutter()
	}
	return c
}

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

// pack hashes the stored encodings, too: a strong entity tag must change with
// any byte sent, also when only the compressor or its level changed (RFC 9110,
// section 8.8.1).
func (c *Packer) pack(k Kind, a Answer) *Packed {
	p := &Packed{Type: a.Type, Class: a.Class}
	if k == KindAnswer && c.parts != nil && len(a.Parts) > 0 {
		p.Bodies[Gzip], p.Cuts = c.parts.gzip(a.Body, a.Parts)
	} else {
		p.Bodies = c.bodies(k, a)
	}
	hash := sha256.New()
	hash.Write(a.Body)
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
// web). Aliases and blanks stay as they are.
func (c *Packer) bodies(k Kind, a Answer) (out [encodings][]byte) {
	if k != KindAnswer || !compressible(a.Type) || c.gzip == nil {
		out[Identity] = a.Body
		return out
	}
	out[Gzip] = c.compress(c.gzip, a.Body)
	if len(out[Gzip]) >= len(a.Body) {
		out[Gzip], out[Identity] = nil, a.Body
		return out
	}
	if c.brotli != nil {
		out[Brotli] = c.compress(c.brotli, a.Body)
	}
	return out
}

// compressing is what gzip and Brotli writers have in common.
type compressing interface {
	io.WriteCloser
	Reset(io.Writer)
}

func (c *Packer) compress(w compressing, body []byte) []byte {
	c.buf.Reset()
	w.Reset(&c.buf)
	w.Write(body) // a bytes.Buffer takes everything
	w.Close()
	return bytes.Clone(c.buf.Bytes())
}
