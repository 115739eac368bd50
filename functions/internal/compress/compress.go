// Package compress makes gzip and Brotli of the bodies of an edition, when it is
// printed: at build time, or on a laptop.
//
// It stands apart from the package edition because the programs that read an
// edition need none of it: the tables that gzip and Brotli fill when a program
// starts are a tenth of all that the pages program does until it asks for its
// first event.
package compress

import (
	"bytes"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// Levels say how bodies are compressed.
type Levels struct {
	Gzip   int    // compression level 1 to 9; 0 compresses nothing
	Brotli int    // compression level 1 to 11, beside gzip; 0 leaves Brotli out
	Parts  bool   // bodies that have parts are packed in parts, in gzip alone (see Part)
	Known  *Known // what several Compressors know of parts; nil: each for itself
}

// Check refuses levels that the compressors would quietly read as others.
func (l Levels) Check() error {
	if l.Gzip < 0 || l.Gzip > 9 || l.Brotli < 0 || l.Brotli > 11 || (l.Brotli > 0 || l.Parts) && l.Gzip == 0 {
		return fmt.Errorf("compression levels gzip %d, Brotli %d: gzip goes from 0 to 9, Brotli from 0 to 11; Brotli and parts only beside gzip", l.Gzip, l.Brotli)
	}
	return nil
}

// Compressor compresses bodies. It holds working memory, so that each worker
// needs its own.
type Compressor struct {
	buf    bytes.Buffer
	gzip   *gzip.Writer
	brotli *brotli.Writer
	parts  *cutter
}

// New returns a Compressor of levels that were checked.
func New(l Levels) *Compressor {
	c := &Compressor{}
	if l.Gzip > 0 {
		c.gzip, _ = gzip.NewWriterLevel(io.Discard, l.Gzip)
	}
	if l.Brotli > 0 {
		c.brotli = brotli.NewWriterLevel(io.Discard, l.Brotli)
	}
	if l.Parts {
		c.parts = newCutter(l.Known)
	}
	return c
}

// Whole returns a body in gzip and in Brotli, none in an encoding that the levels
// leave out, and none at all if gzip does not make it smaller.
func (c *Compressor) Whole(body []byte) (inGzip, inBrotli []byte) {
	if c.gzip == nil {
		return nil, nil
	}
	if inGzip = c.compress(c.gzip, body); len(inGzip) >= len(body) {
		return nil, nil
	}
	if c.brotli != nil {
		inBrotli = c.compress(c.brotli, body)
	}
	return inGzip, inBrotli
}

// InParts returns a body as a gzip file and where in it the pieces begin, the
// first left out, none if the levels do not ask for it. A body that has no parts is
// one piece.
func (c *Compressor) InParts(body []byte, parts []Part) (file []byte, cuts []uint32) {
	if c.parts == nil {
		return nil, nil
	}
	return c.parts.gzip(body, parts)
}

// compressing is what gzip and Brotli writers have in common.
type compressing interface {
	io.WriteCloser
	Reset(io.Writer)
}

func (c *Compressor) compress(w compressing, body []byte) []byte {
	c.buf.Reset()
	w.Reset(&c.buf)
	w.Write(body) // a bytes.Buffer takes everything
	w.Close()
	return bytes.Clone(c.buf.Bytes())
}
