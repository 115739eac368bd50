package edition

import (
	"bytes"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// compressor holds the working memory of one worker.
type compressor struct {
	buf    bytes.Buffer
	gzip   *gzip.Writer
	brotli *brotli.Writer
}

func newCompressor(p Print) *compressor {
	c := &compressor{}
	if p.Gzip > 0 {
		// The level was checked by Print.check.
		c.gzip, _ = gzip.NewWriterLevel(io.Discard, p.Gzip)
	}
	if p.Brotli > 0 {
		c.brotli = brotli.NewWriterLevel(io.Discard, p.Brotli)
	}
	return c
}

// bodies returns the encodings an item is stored in. A text body is stored
// compressed only: the rare client that takes neither gzip nor Brotli has it
// unpacked (see web). Aliases and blanks stay as they are.
func (c *compressor) bodies(it item) (out [encodings][]byte) {
	body := it.answer.Body
	if it.key[0] != keyAnswer || !compressible(it.answer.Type) || c.gzip == nil {
		out[Identity] = body
		return out
	}
	out[Gzip] = c.pack(c.gzip, body)
	if len(out[Gzip]) >= len(body) {
		out[Gzip], out[Identity] = nil, body
		return out
	}
	if c.brotli != nil {
		out[Brotli] = c.pack(c.brotli, body)
	}
	return out
}

// packer is what gzip and Brotli writers have in common.
type packer interface {
	io.WriteCloser
	Reset(io.Writer)
}

func (c *compressor) pack(p packer, body []byte) []byte {
	c.buf.Reset()
	p.Reset(&c.buf)
	p.Write(body) // a bytes.Buffer takes everything
	p.Close()
	return bytes.Clone(c.buf.Bytes())
}
