package search

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// ranking adds up what each document scores.
type ranking struct {
	index  *Index
	valid  set
	total  int // valid documents
	score  []float32
	have   []uint8    // how many of the words that are asked for a document has
	weight []uint16   // of the word at hand, 0 but while it is added
	words  [][]uint32 // for each word that was added the documents that have it
}

// add adds the score of a word. Terms that stand for the same word count as one
// word: a document has the best of them, and how rare the word is goes by the
// documents that have any.
func (r *ranking) add(a asked) {
	var docs []uint32
	if len(a.terms) > 0 {
		docs = make([]uint32, 0, min(r.index.frequency(a.terms[0].id), uint32(len(r.score))))
	}
	for _, c := range a.terms {
		docs = r.walk(docs, r.index.postings(c.id), c.weight)
	}
	n := len(docs)
	rarity := math.Log(1 + (float64(r.total-n)+.5)/(float64(n)+.5))
	factor := float32(rarity / (255 * weightExact))
	for _, d := range docs {
		r.score[d] += factor * float32(r.weight[d])
		r.weight[d] = 0
	}
	r.words = append(r.words, docs)
}

// walk goes through the postings of a term and returns docs with those it is
// the first to have.
func (r *ranking) walk(docs []uint32, postings []byte, weight uint16) []uint32 {
	all := uint32(len(r.weight))
	doc := uint32(math.MaxUint32) // one before 0
	for at := 0; at+1 < len(postings); {
		step := uint32(postings[at])
		size := 1
		if step >= 0x80 {
			v, n := binary.Uvarint(postings[at:])
			if n <= 0 || at+n >= len(postings) || v > uint64(all) {
				return docs
			}
			step, size = uint32(v), n
		}
		doc += step
		if step == 0 || doc >= all {
			return docs
		}
		w := uint16(postings[at+size]) * weight
		at += size + 1
		if !r.valid.has(doc) || w <= r.weight[doc] {
			continue
		}
		if r.weight[doc] == 0 {
			docs = append(docs, doc)
		}
		r.weight[doc] = w
	}
	return docs
}

// found returns the documents that have all the words that are asked for, or if
// there is none those that have any.
func (r *ranking) found() (found set, partial bool) {
	var wanted uint8
	for _, docs := range r.words {
		if 2*len(docs) <= r.total {
			wanted++
		}
	}
	all := wanted == 0 // every word is a common one
	if all {
		wanted = uint8(len(r.words))
	}
	found = newSet(len(r.have))
	n := 0
	for _, docs := range r.words {
		if !all && 2*len(docs) > r.total {
			continue
		}
		if wanted == 1 { // this is the word, there is nothing to count
			for _, d := range docs {
				found.add(d)
			}
			n = len(docs)
			continue
		}
		for _, d := range docs {
			if r.have[d]++; r.have[d] == wanted {
				found.add(d)
				n++
			}
		}
	}
	if n > 0 {
		return found, false
	}
	for _, docs := range r.words {
		for _, d := range docs {
			found.add(d)
			n++
		}
	}
	return found, n > 0
}

// best returns the documents from offset on, best first.
func (r *ranking) best(found set, offset, limit int) []uint32 {
	limit, offset = min(limit, len(r.score)), min(offset, len(r.score))
	best := top{most: offset + limit}
	for doc := range found.each {
		best.add(math.Float32bits(r.score[doc]), doc) // of positive numbers the bits sort as they do
	}
	docs := best.numbers()
	return docs[min(offset, len(docs)):]
}

// top keeps the numbers with the highest ranks. A key holds the rank above the
// number turned round, so that among equals the lowest number is best and keys
// sort as results do.
type top struct {
	most  int
	keys  []uint64
	floor uint64
}

func (t *top) add(rank, number uint32) {
	key := uint64(rank)<<32 | uint64(^number)
	if key < t.floor || t.most == 0 {
		return
	}
	if t.keys = append(t.keys, key); len(t.keys) >= 2*t.most+64 {
		t.shorten()
		t.floor = t.keys[t.most-1]
	}
}

func (t *top) shorten() {
	slices.Sort(t.keys)
	slices.Reverse(t.keys)
	t.keys = t.keys[:min(t.most, len(t.keys))]
}

// numbers returns what was kept, best first.
func (t *top) numbers() []uint32 {
	t.shorten()
	all := make([]uint32, len(t.keys))
	for i, key := range t.keys {
		all[i] = ^uint32(key)
	}
	return all
}

// size is the number of documents in a set.
func (s set) size() (n int) {
	for i := 0; i+8 <= len(s); i += 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(s[i:]))
	}
	return n
}

// common is the number of documents in both sets.
func (s set) common(o set) (n int) {
	o = o[:len(s)]
	for i := 0; i+8 <= len(s); i += 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(s[i:]) & binary.LittleEndian.Uint64(o[i:]))
	}
	return n
}

// keep takes out what is not in the other set.
func (s set) keep(o set) {
	for i := range s {
		s[i] &= o[i]
	}
}

// each yields the documents in order.
func (s set) each(yield func(uint32) bool) {
	for i := 0; i+8 <= len(s); i += 8 {
		for w := binary.LittleEndian.Uint64(s[i:]); w != 0; w &= w - 1 {
			if !yield(uint32(i*8 + bits.TrailingZeros64(w))) {
				return
			}
		}
	}
}
