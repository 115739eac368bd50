package compress

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"sync"

	"github.com/andybalholm/brotli/flate"
	"github.com/andybalholm/brotli/matchfinder"
)

// Part is a range of a body that stands in the bodies of many answers, byte for
// byte: the masthead, the foot, a card of a list.
//
// On a large site most of every page is such parts. Packed in parts, each is
// compressed once and kept once, and a page is what is its own and references.
// It works because a gzip file is a row of deflate blocks (RFC 1951), a block may
// end on a byte boundary, and nothing ties it to those before it but the
// distances to earlier bytes: a part's own blocks look at nothing outside it, so
// that they can stand in any row. A client gets one gzip file as from anybody.
//
// Brotli cannot be cut like that, since its dictionary is addressed by the place
// in the stream, and without it a page has no fewer bytes than in gzip. What is
// packed in parts is therefore stored in gzip alone.
//
// It is a name for a plain type, so that package edition can have the same.
type Part = struct{ From, To int }

// window is how far back a deflate block may look.
const window = 1 << 15

// worthwhile is how long a match must be.
const worthwhile = 4

// cutter compresses bodies in parts.
type cutter struct {
	finder  *matchfinder.M4
	coder   matchfinder.Encoder
	matches []matchfinder.Match
	fitted  []matchfinder.Match
	own     []stretch
	known   *Known
	apart   *cutter // of the parts themselves
	file    []byte  // the one in the making
}

// stretch is a range of a body that is its own.
type stretch struct {
	From, To int
	base     int // where it stands among all that is the body's own
}

// Known keeps the blocks of parts for several Compressors: what one of them has
// compressed the others take. It is safe for concurrent use.
type Known struct {
	mu     sync.RWMutex
	blocks map[string][]byte // by their text
}

// NewKnown returns an empty Known.
func NewKnown() *Known { return &Known{blocks: map[string][]byte{}} }

func newCutter(known *Known) *cutter {
	if known == nil {
		known = NewKnown()
	}
	finder := func(tableBits, chain int) *matchfinder.M4 {
		return &matchfinder.M4{MaxDistance: window, HashLen: 5, TableBits: tableBits, ChainLength: chain, DistanceBitCost: 66}
	}
	coder := flate.NewEncoder()
	return &cutter{finder: finder(13, 16), coder: coder, known: known, apart: &cutter{finder: finder(11, 32), coder: coder}}
}

// gzip returns a body as a gzip file, and where in it the pieces begin that it is
// kept in, the first left out.
func (c *cutter) gzip(body []byte, parts []Part) (file []byte, cuts []uint32) {
	c.finder.Reset()
	c.own = c.own[:0]
	file = append(c.file[:0], 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255) // RFC 1952: no name, no time, any system
	cut := func() {
		cuts = append(cuts, uint32(len(file)))
	}
	at, base := 0, 0
	own := func(to int) {
		if to > at {
			c.own = append(c.own, stretch{at, to, base})
			file = c.blocks(file, body[at:to])
			base += to - at
		}
	}
	for _, p := range parts {
		own(p.From)
		cut()
		file = append(file, c.part(body[p.From:p.To])...)
		cut()
		at = p.To
	}
	own(len(body))
	file = append(file, 3, 0) // an empty last block
	file = binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE(body))
	c.file = binary.LittleEndian.AppendUint32(file, uint32(len(body)))
	return bytes.Clone(c.file), distinct(cuts)
}

// distinct leaves out a cut that follows itself, where parts stand side by side.
func distinct(cuts []uint32) []uint32 {
	out := cuts[:0]
	for i, cut := range cuts {
		if i == 0 || cut != cuts[i-1] {
			out = append(out, cut)
		}
	}
	return out
}

// part returns the blocks of a part, which look at nothing outside it.
func (c *cutter) part(text []byte) []byte {
	c.known.mu.RLock()
	blocks, ok := c.known.blocks[string(text)]
	c.known.mu.RUnlock()
	if ok {
		return blocks
	}
	c.apart.finder.Reset()
	c.apart.own = append(c.apart.own[:0], stretch{0, len(text), 0})
	blocks = c.apart.blocks(nil, text)
	c.known.mu.Lock()
	c.known.blocks[string(text)] = blocks
	c.known.mu.Unlock()
	return blocks
}

// blocks appends the blocks of the last stretch, aligned to bytes.
func (c *cutter) blocks(dst, text []byte) []byte {
	c.matches = c.finder.FindMatches(c.matches[:0], text)
	c.fit()
	c.coder.Reset()
	dst = c.coder.Encode(dst, text, c.fitted, false)
	return align(c.coder.Encode(dst, nil, nil, true))
}

// fit turns matches among all that is the body's own into matches in the body,
// where parts stand between: a distance grows by what was left out, and nothing
// is copied across a gap or from beyond the window.
func (c *cutter) fit() {
	c.fitted = c.fitted[:0]
	last := c.own[len(c.own)-1]
	at, unmatched := last.base, 0
	for _, m := range c.matches {
		at += m.Unmatched
		unmatched += m.Unmatched
		if m.Length == 0 {
			continue
		}
		from, length, distance := c.stretch(at-m.Distance), m.Length, m.Distance
		if from != last {
			length = min(length, from.base+from.To-from.From-(at-m.Distance))
			distance += (last.From - last.base) - (from.From - from.base)
		}
		if length < worthwhile || distance > window {
			unmatched += m.Length
		} else {
			c.fitted = append(c.fitted, matchfinder.Match{Unmatched: unmatched, Length: length, Distance: distance})
			unmatched = m.Length - length
		}
		at += m.Length
	}
	if unmatched > 0 {
		c.fitted = append(c.fitted, matchfinder.Match{Unmatched: unmatched})
	}
}

// stretch returns the stretch that a place among all that is the body's own is in.
func (c *cutter) stretch(place int) stretch {
	i := len(c.own) - 1
	for c.own[i].base > place {
		i--
	}
	return c.own[i]
}

// align replaces the empty last block at the end, which is how the encoder ends
// on a byte boundary, with an empty stored one that is not the last: three bits
// of zero, zeros up to the boundary, and a length of 0 with its complement (RFC
// 1951, section 3.2.4). The highest bit that is set is the lower one of the last
// block's type; the one below says that it is the last.
func align(b []byte) []byte {
	i := len(b) - 1
	for b[i] == 0 {
		i--
	}
	bit := 8*i + bits.Len8(b[i]) - 1
	for _, clear := range [...]int{bit, bit - 1} {
		b[clear/8] &^= 1 << (clear % 8)
	}
	return append(b[:(bit+2+7)/8], 0, 0, 0xff, 0xff)
}
