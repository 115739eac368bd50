package search

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// naive is the search as it is meant, in memory and without an index: every
// document is looked at for every word.
type naive struct {
	docs []Document
	now  time.Time
}

// mass is what a term counts in a document, before it becomes a byte.
func (n naive) mass(d Document, term string) (sum float64) {
	for text, w := range map[string]fieldWeight{"t" + d.Title: weightTitle(), "s" + d.Summary: weightSummary(), "b" + d.Body: weightBody(), "g" + strings.Join(d.Tags, "\n"): weightTags()} {
		all := slices.Collect(eachWord(text[1:]))
		count := 0
		for _, word := range all {
			if word == term {
				count++
			}
		}
		sum += w.weight * float64(count) / (1 - w.slope + w.slope*float64(len(all))/w.usual)
	}
	return sum
}

func (n naive) valid(d Document) bool {
	return !n.now.Before(d.From) && (d.Until.IsZero() || n.now.Before(d.Until))
}

// stands returns how well each term of any document stands for a word.
func (n naive) stands(word string, last bool) map[string]float64 {
	terms := map[string]float64{}
	vocabulary := map[string]bool{}
	for _, d := range n.docs {
		for term := range eachWord(d.Title + "\n" + d.Summary + "\n" + d.Body + "\n" + strings.Join(d.Tags, "\n")) {
			vocabulary[term] = true
		}
	}
	for term := range vocabulary {
		switch {
		case term == word:
			terms[term] = weightExact
		case len(word) >= nearLetters-1 && (term == word+"s" || term+"s" == word):
			terms[term] = weightPlural
		case last && len(word) > 1 && strings.HasPrefix(term, word):
			terms[term] = weightBegins
		}
	}
	if len(terms) == 0 && len(word) >= nearLetters && strings.Trim(word, "0123456789") != "" {
		for term := range vocabulary {
			if oneAway(word, term) {
				terms[term] = weightNear
			}
		}
	}
	return terms
}

// oneAway tells whether a equals b with one letter added, left out, changed or
// swapped with its neighbour.
func oneAway(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	switch len(b) - len(a) {
	case 0:
		var diff []int
		for i := range a {
			if a[i] != b[i] {
				diff = append(diff, i)
			}
		}
		return len(diff) == 1 || len(diff) == 2 && diff[1] == diff[0]+1 && a[diff[0]] == b[diff[1]] && a[diff[1]] == b[diff[0]]
	case 1:
		for i := range b {
			if b[:i]+b[i+1:] == a {
				return true
			}
		}
	}
	return false
}

// scores returns the score of every document that is found.
func (n naive) scores(text string) map[int]float64 {
	var asked []string
	for word := range eachWord(text) {
		asked = append(slices.DeleteFunc(asked, func(w string) bool { return w == word }), word)
	}
	total := 0
	for _, d := range n.docs {
		if n.valid(d) {
			total++
		}
	}
	scores, some := map[int]float64{}, map[int]bool{}
	var needed, all []map[int]float64
	for i, word := range asked {
		terms, having := n.stands(word, i == len(asked)-1), map[int]float64{}
		for doc, d := range n.docs {
			for term, weight := range terms {
				if m := n.mass(d, term); m > 0 && n.valid(d) {
					having[doc] = max(having[doc], weight*float64(impact(m)))
				}
			}
		}
		rarity := math.Log(1 + (float64(total-len(having))+.5)/(float64(len(having))+.5))
		for doc, w := range having {
			scores[doc] += rarity * w / (255 * weightExact)
			some[doc] = true
		}
		all = append(all, having)
		if 2*len(having) <= total {
			needed = append(needed, having)
		}
	}
	if len(needed) == 0 {
		needed = all
	}
	every := maps.Clone(scores)
	maps.DeleteFunc(every, func(doc int, _ float64) bool {
		return slices.ContainsFunc(needed, func(h map[int]float64) bool { return h[doc] == 0 })
	})
	if len(every) > 0 {
		return every
	}
	return scores
}

// vocabulary is small and its words are alike, so that beginnings and typos
// happen.
func vocabulary() []string {
	return []string{"customs", "custom", "costums", "drug", "drugs", "drags", "seminar", "seminars", "semina", "origin", "original", "valuation", "a", "an", "the", "of", "kyoto", "2022", "2023"}
}

func textOf(t *rapid.T, most int, name string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary()), 0, most).Draw(t, name), " ")
}

// TestAgainstNaive: whatever the documents and the query, what the index finds
// is what the naive search finds, in an order that its scores allow.
func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := naive{now: noon()}
		for i := range rapid.IntRange(0, 12).Draw(t, "documents") {
			d := Document{Title: textOf(t, 4, "title"), Summary: textOf(t, 6, "summary"), Body: textOf(t, 30, "body"), Tags: []string{textOf(t, 3, "tags")}, Card: fmt.Appendf(nil, "%d", i)}
			if rapid.IntRange(0, 3).Draw(t, "timed") == 0 {
				d.From = noon().Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "from")) * time.Hour)
			}
			n.docs = append(n.docs, d)
		}
		text := textOf(t, 4, "query")
		if rapid.Bool().Draw(t, "typo") && len(text) > 3 {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text = text[:at] + rapid.SampledFrom([]string{"", "x", "o"}).Draw(t, "letter") + text[at+1:]
		}
		got := openAll(t, n.docs).Search(Query{Text: text, Now: noon(), Limit: MaxLimit})
		want := n.scores(text)
		if got.Total != len(want) || len(got.Cards) != len(want) {
			t.Fatalf("%q: %d found and %d shown, want %d", text, got.Total, len(got.Cards), len(want))
		}
		before := math.Inf(1)
		for _, c := range titles(got) {
			var doc int
			fmt.Sscan(c, &doc)
			score, ok := want[doc]
			if !ok {
				t.Fatalf("%q: document %d is not meant to be found", text, doc)
			}
			if score > before+1e-5 {
				t.Fatalf("%q: document %d scores %g and stands below one of %g", text, doc, score, before)
			}
			before = score
		}
	})
}

func openAll(t interface{ Fatal(...any) }, docs []Document) *Index {
	var all []*Prepared
	for _, d := range docs {
		all = append(all, Prepare(d))
	}
	data, err := Build(all)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestDeterminism(t *testing.T) {
	docs := generate(200)
	first := openAll(t, docs).data
	for range 3 {
		if !bytes.Equal(first, openAll(t, docs).data) {
			t.Fatal("the same documents gave other bytes")
		}
	}
}

// TestVocabulary: what a vocabulary knew before does not show in an index, and
// documents that it knows need not be prepared again.
func TestVocabulary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kept, pool := NewVocabulary(), map[string]*Prepared{}
		for range 4 {
			var reused, fresh []*Prepared
			for _, text := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return textOf(t, 5, "text") }), 0, 6).Draw(t, "documents") {
				d := Document{Title: text, Card: []byte("<b>" + text + " card</b>")}
				if pool[text] == nil {
					pool[text] = Prepare(d)
				}
				reused, fresh = append(reused, pool[text]), append(fresh, Prepare(d))
			}
			a, err := kept.Build(reused)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := Build(fresh); err != nil || !bytes.Equal(a, b) {
				t.Fatalf("the index of a kept vocabulary is another, %v", err)
			}
		}
	})
}

// FuzzQuery: no query panics, and every card is the card that was put in with
// mark elements in its text.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"operation siren", "opeartion", "東京", "\xff", "กรม", "a b c d e f g h i j k l m n", strings.Repeat("\u0301a", 300)} {
		f.Add(seed, 0, 10, "topic", "drugs")
	}
	x := small(f)
	plain := map[string]bool{}
	for doc := range x.Len() {
		plain[string(x.card(uint32(doc), nil))] = true
	}
	f.Fuzz(func(t *testing.T, text string, offset, limit int, facet, slug string) {
		r := x.Search(Query{Text: text, Now: noon(), Offset: offset, Limit: limit, Filters: []Value{{Facet: facet, Slug: slug}}})
		if len(r.Cards) > r.Total {
			t.Fatalf("%d cards of %d", len(r.Cards), r.Total)
		}
		for _, c := range x.Search(Query{Text: text, Now: noon(), Limit: 10}).Cards {
			if !plain[unmarked(c)] {
				t.Fatalf("the card became %q", c)
			}
		}
	})
}

// FuzzOpen: no bytes make Open or a query panic.
func FuzzOpen(f *testing.F) {
	whole := openAll(f, generate(20)).data
	f.Add(whole, uint32(40), byte(1))
	f.Add(small(f).data, uint32(100), byte(0xff))
	f.Fuzz(func(t *testing.T, data []byte, at uint32, flip byte) {
		data = bytes.Clone(data)
		if len(data) > 16 {
			data[int(at)%len(data)] ^= flip
		}
		x, err := Open(data)
		if err != nil {
			return
		}
		for _, text := range []string{"customs seminar", "operatio", "drugz", "東京"} {
			x.Search(Query{Text: text, Now: noon(), Limit: 10, Filters: []Value{{Facet: "year", Slug: "2020"}}})
		}
	})
}
