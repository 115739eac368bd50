package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Document is what can be found: plain words by field, what it is sorted under,
// and the card that stands for it in a list of results.
type Document struct {
	Title, Summary, Body string
	Tags                 []string // labels, names, places
	Facets               []Value
	From, Until          time.Time // the seconds from and until which it is found; zero: no bound
	Card                 []byte    // HTML; the words of its text are marked when they match
}

// Value is one value of a facet, as topic "drugs".
type Value struct {
	Facet, Slug, Label string
}

// fieldWeights say what a word in a field counts and which length is usual for
// it, in words; in a longer one a word counts less, by the share slope.
type fieldWeight struct{ weight, usual, slope float64 }

func weightTitle() fieldWeight   { return fieldWeight{4, 8, .4} }
func weightTags() fieldWeight    { return fieldWeight{3, 12, .3} }
func weightSummary() fieldWeight { return fieldWeight{2, 20, .5} }
func weightBody() fieldWeight    { return fieldWeight{1, 220, .75} }

// saturation is k1 of BM25: how fast another mention of a word stops counting.
const saturation = 1.2

// Prepared is a document taken apart. Preparing is most of the work of an
// index, can go on side by side, and can be kept for documents that have not
// changed.
type Prepared struct {
	doc    Document
	terms  []string // sorted
	impact []byte   // of each term
	tokens []token  // of the card
}

// Prepare takes a document apart.
func Prepare(d Document) Prepared {
	mass := map[string]float64{}
	var tags bytes.Buffer
	for _, t := range d.Tags {
		tags.WriteString(t)
		tags.WriteByte('\n')
	}
	weigh(mass, d.Title, weightTitle())
	weigh(mass, tags.String(), weightTags())
	weigh(mass, d.Summary, weightSummary())
	weigh(mass, d.Body, weightBody())
	p := Prepared{doc: d, terms: slices.Sorted(maps.Keys(mass)), tokens: cardTokens(d.Card)}
	p.doc.Title, p.doc.Summary, p.doc.Body, p.doc.Tags = "", "", "", nil
	p.impact = make([]byte, len(p.terms))
	for i, t := range p.terms {
		p.impact[i] = impact(mass[t])
	}
	return p
}

// weigh adds what the words of a field count.
func weigh(mass map[string]float64, text string, w fieldWeight) {
	counts, length := map[string]int{}, 0
	for word := range eachWord(text) {
		counts[word]++
		length++
	}
	norm := 1 - w.slope + w.slope*float64(length)/w.usual
	for word, n := range counts {
		mass[word] += w.weight * float64(n) / norm
	}
}

// impact squeezes what a term counts in a document into a byte, 1 to 255.
func impact(mass float64) byte {
	return byte(max(1, math.Round(255*mass/(saturation+mass))))
}

// eachWord yields the words alone.
func eachWord(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		words(text, func(word string, _, _ int) bool { return yield(word) })
	}
}

// Build puts documents together into an index. Those that come first stand
// first among equals; the same documents give the same bytes.
func Build(docs []Prepared) ([]byte, error) {
	b := &builder{docs: docs, ids: map[string]int{}}
	b.collect()
	return b.layOut()
}

type builder struct {
	docs     []Prepared
	ids      map[string]int // of terms, in order of first use until they are sorted
	terms    []string
	postings [][]byte
	last     []int // the last document of each term
	counts   []int
	heap     bytes.Buffer
	base     int
}

// collect gathers the postings of every term, then numbers the terms in order.
func (b *builder) collect() {
	for doc, p := range b.docs {
		for i, t := range p.terms {
			id, ok := b.ids[t]
			if !ok {
				id = len(b.terms)
				b.ids[t] = id
				b.terms, b.postings = append(b.terms, t), append(b.postings, nil)
				b.last, b.counts = append(b.last, -1), append(b.counts, 0)
			}
			b.postings[id] = append(binary.AppendUvarint(b.postings[id], uint64(doc-b.last[id])), p.impact[i])
			b.last[id] = doc
			b.counts[id]++
		}
	}
}

// layOut writes header, sections and bytes.
func (b *builder) layOut() ([]byte, error) {
	order := slices.Clone(b.terms)
	slices.Sort(order)
	values := b.values()
	timed := 0
	for _, p := range b.docs {
		if !p.doc.From.IsZero() || !p.doc.Until.IsZero() {
			timed++
		}
	}
	b.base = headerSize + len(b.docs)*docSize + timed*timedSize + len(order)*termSize + len(values)*valueSize
	var terms, docs, timedDocs, sets bytes.Buffer
	number := make(map[string]int, len(order))
	for i, t := range order {
		number[t] = i
		id := b.ids[t]
		terms.Write(le32(b.put([]byte(t))))
		terms.Write(le32(uint32(len(t))))
		terms.Write(le32(b.put(b.postings[id])))
		terms.Write(le32(uint32(len(b.postings[id]))))
		terms.Write(le32(uint32(b.counts[id])))
	}
	for i, p := range b.docs {
		marks := appendMarks(nil, p.tokens, number)
		docs.Write(binary.LittleEndian.AppendUint64(nil, second(p.doc.From, always)))
		docs.Write(binary.LittleEndian.AppendUint64(nil, second(p.doc.Until, never)))
		for _, piece := range [][]byte{p.doc.Card, marks} {
			docs.Write(le32(b.put(piece)))
			docs.Write(le32(uint32(len(piece))))
		}
		if !p.doc.From.IsZero() || !p.doc.Until.IsZero() {
			timedDocs.Write(le32(uint32(i)))
		}
	}
	for _, v := range values {
		for _, s := range []string{v.Facet, v.Slug, v.Label} {
			sets.Write(le32(b.put([]byte(s))))
			sets.Write(le32(uint32(len(s))))
		}
		sets.Write(le32(b.put(v.docs)))
	}
	size := b.base + b.heap.Len()
	if size > math.MaxUint32 {
		return nil, fmt.Errorf("search: the index has %d bytes, its format holds 4 GiB", size)
	}
	head := binary.LittleEndian.AppendUint64([]byte(magic), uint64(size))
	for _, n := range []int{len(b.docs), timed, len(order), len(values)} {
		head = append(head, le32(uint32(n))...)
	}
	return slices.Concat(head, docs.Bytes(), timedDocs.Bytes(), terms.Bytes(), sets.Bytes(), b.heap.Bytes()), nil
}

func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func (b *builder) put(piece []byte) uint32 {
	at := uint32(b.base + b.heap.Len())
	b.heap.Write(piece)
	return at
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
