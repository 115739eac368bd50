package search

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// errKept says that what was kept is torn.
var errKept = errors.New("search: what was kept cannot be read")

// Keep writes documents down as Kept reads them, with the vocabulary that they
// have in common. Numbers of terms are written as places among the sorted ones,
// so that those of a document rise and their distances are short.
func (v *Vocabulary) Keep(docs []*Prepared) []byte {
	for _, p := range docs {
		v.number(p)
	}
	v.sort()
	used := make([]bool, len(v.terms))
	for _, p := range docs {
		for _, id := range slices.Concat(p.termIDs, p.tokenTerms) {
			used[id] = true
		}
	}
	places := make([]uint32, len(v.terms))
	w := &writer{}
	count := uint32(0)
	for _, id := range v.sorted {
		if used[id] {
			places[id] = count
			count++
		}
	}
	w.number(uint64(count))
	for _, id := range v.sorted {
		if used[id] {
			w.text(v.terms[id])
		}
	}
	values := w.values(docs)
	w.number(uint64(len(docs)))
	for _, p := range docs {
		w.document(p, places, values)
	}
	return w.data
}

// Kept reads documents that Keep wrote. They point into data.
func Kept(data []byte) (*Vocabulary, []*Prepared, error) {
	r := &reader{data: data, text: string(data)}
	v := NewVocabulary()
	v.terms = make([]string, r.count())
	v.sorted = make([]uint32, len(v.terms))
	for i := range v.terms {
		v.terms[i] = r.string()
		v.numbers[v.terms[i]] = uint32(i)
		v.sorted[i] = uint32(i)
		if i > 0 && v.terms[i-1] >= v.terms[i] {
			r.torn = true
		}
	}
	values := make([]Value, r.count())
	for i := range values {
		values[i] = Value{r.string(), r.string(), r.string()}
	}
	docs := make([]*Prepared, r.count())
	for i := range docs {
		docs[i] = r.document(v, values)
	}
	if r.torn || r.at < len(r.data) {
		return nil, nil, errKept
	}
	return v, docs, nil
}

// writer writes numbers as varints, and pieces after their length.
type writer struct{ data []byte }

func (w *writer) number(n uint64) { w.data = binary.AppendUvarint(w.data, n) }

func (w *writer) text(s string) {
	w.number(uint64(len(s)))
	w.data = append(w.data, s...)
}

// values writes each value that documents have once, and returns their numbers.
func (w *writer) values(docs []*Prepared) map[Value]uint64 {
	numbers := map[Value]uint64{}
	var all []Value
	for _, p := range docs {
		for _, value := range p.doc.Facets {
			if _, ok := numbers[value]; !ok {
				numbers[value] = 0
				all = append(all, value)
			}
		}
	}
	slices.SortFunc(all, func(a, b Value) int {
		return cmp.Or(cmp.Compare(a.Facet, b.Facet), cmp.Compare(a.Slug, b.Slug), cmp.Compare(a.Label, b.Label))
	})
	w.number(uint64(len(all)))
	for i, value := range all {
		numbers[value] = uint64(i)
		for _, s := range []string{value.Facet, value.Slug, value.Label} {
			w.text(s)
		}
	}
	return numbers
}

func (w *writer) document(p *Prepared, places []uint32, values map[Value]uint64) {
	for _, t := range []time.Time{p.doc.From, p.doc.Until} {
		w.data = binary.AppendVarint(w.data, unixOrZero(t))
	}
	w.text(string(p.doc.Card))
	w.number(uint64(len(p.doc.Facets)))
	for _, value := range p.doc.Facets {
		w.number(values[value])
	}
	w.number(uint64(len(p.termIDs)))
	last := uint32(0)
	for _, id := range p.termIDs {
		w.number(uint64(places[id] - last))
		last = places[id]
	}
	w.data = append(w.data, p.impact...)
	w.number(uint64(len(p.tokens)))
	before := 0
	for i, t := range p.tokens {
		w.number(uint64(t.start - before))
		w.number(uint64(t.end - t.start))
		w.number(uint64(places[p.tokenTerms[i]]))
		before = t.start
	}
}

// unixOrZero is an instant, of which an index has the seconds; 0 for none. That
// second itself is no instant of any content.
func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// reader takes apart what a writer wrote. After the end it gives zeros.
type reader struct {
	data []byte
	text string // the same
	at   int
	torn bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	if size <= 0 {
		r.at, r.torn = len(r.data), true
		return 0
	}
	r.at += size
	return n
}

// count reads how many of something follow, each of a byte at least.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.data)-r.at) {
		r.at, r.torn = len(r.data), true
		return 0
	}
	return int(n)
}

func (r *reader) instant() time.Time {
	n, size := binary.Varint(r.data[r.at:])
	if size <= 0 {
		r.at, r.torn = len(r.data), true
		return time.Time{}
	}
	r.at += size
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func (r *reader) string() string {
	n := r.count()
	r.at += n
	return r.text[r.at-n : r.at]
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.data)-r.at {
		r.at, r.torn = len(r.data), true
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at : r.at]
}

// among reads a number below n.
func (r *reader) among(n int) int {
	i := r.number()
	if i >= uint64(n) {
		r.torn = true
		return 0
	}
	return int(i)
}

func (r *reader) document(v *Vocabulary, values []Value) *Prepared {
	p := &Prepared{of: v}
	p.doc.From, p.doc.Until = r.instant(), r.instant()
	p.doc.Card = r.bytes(r.count())
	p.doc.Facets = make([]Value, r.count())
	for i := range p.doc.Facets {
		if n := r.among(len(values)); !r.torn {
			p.doc.Facets[i] = values[n]
		}
	}
	p.termIDs = make([]uint32, r.count())
	last := uint64(0)
	for i := range p.termIDs {
		last += uint64(r.among(len(v.terms)))
		r.torn = r.torn || last >= uint64(len(v.terms))
		p.termIDs[i] = uint32(last)
	}
	p.impact = r.bytes(len(p.termIDs))
	p.tokens = make([]token, r.count())
	p.tokenTerms = make([]uint32, len(p.tokens))
	before := 0
	for i := range p.tokens {
		start := before + r.among(len(p.doc.Card)+1)
		end := start + r.among(len(p.doc.Card)+1)
		p.tokens[i] = token{start: start, end: end}
		p.tokenTerms[i] = uint32(r.among(len(v.terms)))
		before = start
	}
	if r.torn {
		return &Prepared{of: v}
	}
	return p
}
