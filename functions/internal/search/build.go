package search

import (
	"bytes"
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
// changed. It must not be given to two vocabularies at a time.
type Prepared struct {
	doc    Document
	terms  []string // sorted
	impact []byte   // of each term
	tokens []token  // of the card

	of         *Vocabulary // whose numbers these are:
	termIDs    []uint32    // of terms
	tokenTerms []uint32    // of the words of tokens
}

// Prepare takes a document apart.
func Prepare(d Document) *Prepared {
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
	p := &Prepared{doc: d, terms: slices.Sorted(maps.Keys(mass)), tokens: cardTokens(d.Card)}
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
