// Package search is a full-text index in a form that is searched in place: it
// is built once, from plain words, and opened later without parsing, so that a
// program starts as fast with ten thousand documents as with ten.
//
// Prepare turns a Document into its terms, Build puts many together into the
// bytes of an index, Open opens those bytes and Index.Search answers queries:
//
//	data, err := search.Build([]*search.Prepared{search.Prepare(d1), search.Prepare(d2)})
//	x, err := search.Open(data)
//	result := x.Search(search.Query{Text: "operation siren", Now: time.Now(), Limit: 10})
//
// # What is found
//
// A word matches without regard to case, accents and width of letters; text in
// scripts that put no spaces between words is matched by pairs of characters.
// The last word of a query also matches words that begin with it. A word that
// no document has matches those one letter away: one too many, too few, wrong
// or swapped with its neighbour.
//
// A document is found if it has all words of the query; words that more than
// half of the documents have are not asked for. If no document has them all,
// those that have any are found, and the result says so.
//
// # How it is ranked
//
// By BM25F: title, tags, summary and body count with weights of their own, each
// measured against a length that is usual for it. The usual lengths are
// constants, not averages, and how common a word is is counted among the
// documents that are valid at the time of the query. So the order is the same
// as that of an index built of those documents alone. Among equals the order of
// Build decides.
//
// # Layout
//
// All integers are little endian, offsets count from the start of the index.
//
//	header    magic, size, counts, offsets of the sections
//	docs      fixed-size records: valid from, valid until, where the card and its words stand
//	timed     the numbers of the documents that are not always valid
//	terms     fixed-size records, sorted by term: where the term and its postings stand
//	values    fixed-size records: facet, slug, label and where the set of documents stands
//	bytes     terms, postings, cards, sets
//
// A posting is the distance to the document before (varint) and a byte: how
// much the term weighs in this document, field weights and lengths accounted
// for. A set has one bit a document.
package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"
)

// ErrFormat is wrapped by every error of Open.
var ErrFormat = errors.New("not a usable search index")

const (
	magic      = "BRDFIND1"
	headerSize = 32
	docSize    = 32
	timedSize  = 4
	termSize   = 20
	valueSize  = 28
)

// Index is an open index. It is immutable and safe for concurrent use; it keeps
// the bytes it was opened with.
type Index struct {
	data                       []byte
	docs, timed, terms, values []byte
}

// Open checks the header and the bounds of the sections and nothing else. An
// index that is torn further on finds less, it never panics.
func Open(data []byte) (*Index, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrFormat, magic)
	}
	if size := binary.LittleEndian.Uint64(data[8:]); size != uint64(len(data)) {
		return nil, fmt.Errorf("%w: it is torn: %d bytes, its header says %d", ErrFormat, len(data), size)
	}
	x := &Index{data: data}
	at := uint64(headerSize)
	for i, section := range []struct {
		bytes *[]byte
		size  uint64
	}{{&x.docs, docSize}, {&x.timed, timedSize}, {&x.terms, termSize}, {&x.values, valueSize}} {
		size := uint64(binary.LittleEndian.Uint32(data[16+4*i:])) * section.size
		if size > uint64(len(data))-at {
			return nil, fmt.Errorf("%w: its header says more than it has", ErrFormat)
		}
		*section.bytes = data[at : at+size]
		at += size
	}
	return x, nil
}

// Len returns the number of documents, valid or not.
func (x *Index) Len() int { return len(x.docs) / docSize }

func (x *Index) termCount() int { return len(x.terms) / termSize }

// slice returns the bytes at an offset, none when they are outside the index.
func (x *Index) slice(offset, length uint32) []byte {
	if uint64(offset)+uint64(length) > uint64(len(x.data)) {
		return nil
	}
	return x.data[offset : offset+length : offset+length]
}

// field returns the bytes whose offset and length stand in a record.
func (x *Index) field(record []byte, at int) []byte {
	return x.slice(binary.LittleEndian.Uint32(record[at:]), binary.LittleEndian.Uint32(record[at+4:]))
}

// term returns the term of a number. A record is offset and length of the term
// and of its postings and the number of documents that have it (4 bytes each).
func (x *Index) term(id int) []byte { return x.field(x.terms[id*termSize:], 0) }

func (x *Index) postings(id int) []byte { return x.field(x.terms[id*termSize:], 8) }

// frequency is the number of documents that have the term, valid or not.
func (x *Index) frequency(id int) uint32 { return binary.LittleEndian.Uint32(x.terms[id*termSize+16:]) }

// from returns the first term in [low, high) that is not below key.
func (x *Index) from(low, high int, key []byte) int {
	return low + sort.Search(high-low, func(i int) bool { return bytes.Compare(x.term(low+i), key) >= 0 })
}

// find returns the number of a term.
func (x *Index) find(low, high int, key []byte) (id int, ok bool) {
	id = x.from(low, high, key)
	return id, id < high && bytes.Equal(x.term(id), key)
}

// below returns the range of terms in [low, high) that begin with prefix. 0xff
// stands in no UTF-8 text, so that it ends every such range.
func (x *Index) below(low, high int, prefix []byte) (int, int) {
	first := x.from(low, high, prefix)
	return first, x.from(first, high, append(prefix[:len(prefix):len(prefix)], 0xff))
}

// set is a set of documents, one bit each.
type set []byte

func newSet(n int) set { return make(set, setSize(n)) }

// setSize is the number of bytes of a set: whole words of 64 bits.
func setSize(n int) int { return (n + 63) / 64 * 8 }

func (s set) has(doc uint32) bool { return s[doc>>3]>>(doc&7)&1 != 0 }
func (s set) add(doc uint32)      { s[doc>>3] |= 1 << (doc & 7) }
func (s set) remove(doc uint32)   { s[doc>>3] &^= 1 << (doc & 7) }

// validAt returns the documents that are valid at an instant, and their number.
// Only those that are not always valid are looked at one by one.
func (x *Index) validAt(now time.Time) (set, int) {
	n := x.Len()
	valid, count := newSet(n), n
	for i := range valid {
		valid[i] = 0xff
	}
	for doc := n; doc < len(valid)*8; doc++ {
		valid.remove(uint32(doc))
	}
	unix := now.Unix()
	for at := 0; at < len(x.timed); at += timedSize {
		doc := binary.LittleEndian.Uint32(x.timed[at:])
		if int64(doc) >= int64(n) || !valid.has(doc) {
			continue
		}
		r := x.docs[int(doc)*docSize:]
		from, until := int64(binary.LittleEndian.Uint64(r)), int64(binary.LittleEndian.Uint64(r[8:]))
		if unix < from || unix >= until {
			valid.remove(doc)
			count--
		}
	}
	return valid, count
}

// second returns an instant as it stands in a record; the zero time means that
// there is no such bound.
func second(t time.Time, none int64) uint64 {
	if t.IsZero() {
		return uint64(none)
	}
	return uint64(t.Unix())
}

const (
	always = math.MinInt64 // valid from
	never  = math.MaxInt64 // valid until
)
