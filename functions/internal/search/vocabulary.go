package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Vocabulary numbers terms. One that is kept makes the next index of nearly the
// same documents cheap: no term of a document it knows is looked at again. What
// it knew before does not show in an index. It is not safe for concurrent use.
type Vocabulary struct {
	numbers map[string]uint32
	terms   []string
	sorted  []uint32 // numbers in the order of their terms
}

// NewVocabulary returns a Vocabulary without terms.
func NewVocabulary() *Vocabulary { return &Vocabulary{numbers: map[string]uint32{}} }

// Build puts documents together into an index with a vocabulary of its own.
func Build(docs []*Prepared) ([]byte, error) { return NewVocabulary().Build(docs) }

// Build puts documents together into an index. Those that come first stand
// first among equals; the same documents give the same bytes.
func (v *Vocabulary) Build(docs []*Prepared) ([]byte, error) {
	for _, p := range docs {
		v.number(p)
	}
	v.sort()
	b := &builder{Vocabulary: v, docs: docs}
	b.collect()
	return b.layOut()
}

// number numbers the terms of a document.
func (v *Vocabulary) number(p *Prepared) {
	if p.of == v {
		return
	}
	if p.of != nil { // what Kept gave has nothing but numbers
		p.spell()
	}
	p.of, p.termIDs, p.tokenTerms = v, make([]uint32, len(p.terms)), make([]uint32, len(p.tokens))
	for i, t := range p.terms {
		p.termIDs[i] = v.numberOf(t)
	}
	for i, t := range p.tokens {
		p.tokenTerms[i] = v.numberOf(t.word)
	}
}

// spell writes the terms of a document out again.
func (p *Prepared) spell() {
	p.terms = make([]string, len(p.termIDs))
	for i, id := range p.termIDs {
		p.terms[i] = p.of.terms[id]
	}
	for i, id := range p.tokenTerms {
		p.tokens[i].word = p.of.terms[id]
	}
}

func (v *Vocabulary) numberOf(term string) uint32 {
	id, ok := v.numbers[term]
	if !ok {
		id = uint32(len(v.terms))
		v.numbers[term] = id
		v.terms = append(v.terms, term)
	}
	return id
}

// sort puts the new terms in their places among the sorted.
func (v *Vocabulary) sort() {
	fresh := make([]uint32, 0, len(v.terms)-len(v.sorted))
	for id := len(v.sorted); id < len(v.terms); id++ {
		fresh = append(fresh, uint32(id))
	}
	compare := func(a, b uint32) int { return cmp.Compare(v.terms[a], v.terms[b]) }
	slices.SortFunc(fresh, compare)
	merged := make([]uint32, 0, len(v.terms))
	old := v.sorted
	for len(old) > 0 && len(fresh) > 0 {
		if compare(old[0], fresh[0]) < 0 {
			merged, old = append(merged, old[0]), old[1:]
		} else {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
	}
	v.sorted = append(append(merged, old...), fresh...)
}

// builder makes one index.
type builder struct {
	*Vocabulary
	docs   []*Prepared
	counts []uint32 // how many documents have a term, by number
	places []uint32 // of its number among the terms of this index
	lists  [][]byte // its postings
	heap   bytes.Buffer
	base   int
}

// collect gathers the postings of every term: it measures them first, so that
// all stand in one piece of memory.
func (b *builder) collect() {
	n := len(b.terms)
	b.counts, b.places, b.lists = make([]uint32, n), make([]uint32, n), make([][]byte, n)
	sizes, last := make([]int, n), make([]int32, n)
	for doc, p := range b.docs {
		for _, id := range p.termIDs {
			sizes[id] += uvarintSize(uint64(doc-int(last[id])+1)) + 1
			last[id] = int32(doc + 1)
			b.counts[id]++
		}
	}
	total := 0
	for _, size := range sizes {
		total += size
	}
	all := make([]byte, total)
	for id, size := range sizes {
		b.lists[id], all = all[:0:size], all[size:]
	}
	clear(last)
	for doc, p := range b.docs {
		for i, id := range p.termIDs {
			b.lists[id] = append(binary.AppendUvarint(b.lists[id], uint64(doc-int(last[id])+1)), p.impact[i])
			last[id] = int32(doc + 1)
		}
	}
}

func uvarintSize(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// layOut writes header, sections and bytes.
func (b *builder) layOut() ([]byte, error) {
	values := b.values()
	timed, count := 0, 0
	for _, p := range b.docs {
		if !p.doc.From.IsZero() || !p.doc.Until.IsZero() {
			timed++
		}
	}
	for _, n := range b.counts {
		if n > 0 {
			count++
		}
	}
	b.base = headerSize + len(b.docs)*docSize + timed*timedSize + count*termSize + len(values)*valueSize
	var docs, timedDocs, terms, sets []byte
	le := binary.LittleEndian
	place := uint32(0)
	for _, id := range b.sorted {
		if b.counts[id] == 0 {
			continue
		}
		b.places[id] = place
		place++
		terms = b.put(terms, []byte(b.terms[id]))
		terms = b.put(terms, b.lists[id])
		terms = le.AppendUint32(terms, b.counts[id])
	}
	for i, p := range b.docs {
		docs = le.AppendUint64(docs, second(p.doc.From, always))
		docs = le.AppendUint64(docs, second(p.doc.Until, never))
		docs = b.put(docs, p.doc.Card)
		docs = b.put(docs, b.marks(p))
		if !p.doc.From.IsZero() || !p.doc.Until.IsZero() {
			timedDocs = le.AppendUint32(timedDocs, uint32(i))
		}
	}
	for _, v := range values {
		for _, s := range []string{v.Facet, v.Slug, v.Label} {
			sets = b.put(sets, []byte(s))
		}
		at := b.put(nil, v.docs)
		sets = append(sets, at[:4]...)
	}
	size := b.base + b.heap.Len()
	if size > math.MaxUint32 {
		return nil, fmt.Errorf("search: the index has %d bytes, its format holds 4 GiB", size)
	}
	head := le.AppendUint64([]byte(magic), uint64(size))
	for _, n := range []int{len(b.docs), timed, count, len(values)} {
		head = le.AppendUint32(head, uint32(n))
	}
	return slices.Concat(head, docs, timedDocs, terms, sets, b.heap.Bytes()), nil
}

// put writes a piece to the bytes of the index, and its offset and length to a
// record.
func (b *builder) put(record, piece []byte) []byte {
	record = binary.LittleEndian.AppendUint32(record, uint32(b.base+b.heap.Len()))
	b.heap.Write(piece)
	return binary.LittleEndian.AppendUint32(record, uint32(len(piece)))
}

// marks writes the words of a card: distance to the start of the word before,
// length and number of its term, varints. A word that is no term of the index
// cannot match and is left out.
func (b *builder) marks(p *Prepared) []byte {
	var out []byte
	before := 0
	for i, t := range p.tokens {
		id := p.tokenTerms[i]
		if b.counts[id] == 0 {
			continue
		}
		for _, n := range []int{t.start - before, t.end - t.start, int(b.places[id])} {
			out = binary.AppendUvarint(out, uint64(n))
		}
		before = t.start
	}
	return out
}

// valueDocs is a value with the documents that have it.
type valueDocs struct {
	Value
	docs set
}

// values returns the values of all documents, sorted by facet and slug. If one
// slug comes with two labels, the first document's counts.
func (b *builder) values() []valueDocs {
	type key struct{ facet, slug string }
	found := map[key]*valueDocs{}
	for doc, p := range b.docs {
		for _, v := range p.doc.Facets {
			k := key{v.Facet, v.Slug}
			if found[k] == nil {
				found[k] = &valueDocs{Value: v, docs: newSet(len(b.docs))}
			}
			found[k].docs.add(uint32(doc))
		}
	}
	var all []valueDocs
	for _, v := range found {
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b valueDocs) int {
		return cmp.Or(cmp.Compare(a.Facet, b.Facet), cmp.Compare(a.Slug, b.Slug))
	})
	return all
}
