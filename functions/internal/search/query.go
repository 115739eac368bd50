package search

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds on a query, so that a hostile one costs no more than a long one.
const (
	maxText     = 400 // bytes; the rest is not read
	maxWords    = 8   // different ones; the rest is not asked for
	maxBegin    = 32  // terms that begin with the last word
	maxNear     = 8   // terms one letter away from a word
	nearLetters = 4   // a word shorter than this has too many neighbours
	maxBranches = 200 // different letters that are tried at one place of a word
	MaxLimit    = 100 // hits on one page
)

// Query is what somebody looks for.
type Query struct {
	Text    string
	Filters []Value // the documents must have all of these; labels do not matter
	Now     time.Time
	Offset  int
	Limit   int
}

// Result is what was found.
type Result struct {
	Total int
	Cards [][]byte // of the documents asked for, best first, hit words marked
	// Facets are the values that the documents found have, by facet and slug.
	// Those of a facet are counted as if no filter of that facet were set.
	Facets []Count
	// Partial says that no document has all the words and these have some.
	Partial bool
	// Corrected is the text with words replaced that no document has by the
	// most common one that is spelt almost so; empty if there is none.
	Corrected string
	// Empty says that there was no word in the text.
	Empty bool
}

// Count is a value of a facet and how many of the documents found have it.
type Count struct {
	Value
	Count int
}

// Search answers a query.
func (x *Index) Search(q Query) Result {
	text := cut(q.Text, maxText)
	asked := x.parse(text)
	if len(asked) == 0 {
		return Result{Empty: true}
	}
	valid, total := x.validAt(q.Now)
	r := &ranking{index: x, valid: valid, total: total, score: make([]float32, x.Len()), have: make([]uint8, x.Len()), weight: make([]uint16, x.Len())}
	for _, w := range asked {
		r.add(w)
	}
	found, partial := r.found()
	out := Result{Partial: partial, Corrected: correct(text, asked)}
	filters := x.filters(q.Filters)
	out.Facets = x.count(found, filters)
	for _, f := range filters {
		found.keep(f.docs)
	}
	out.Total = found.size()
	terms := termsOf(asked)
	for _, doc := range r.best(found, max(q.Offset, 0), min(max(q.Limit, 0), MaxLimit)) {
		out.Cards = append(out.Cards, x.card(doc, terms))
	}
	return out
}

// asked is a word of the query and the terms that stand for it.
type asked struct {
	word       string
	start, end int // where it stands in the text
	terms      []candidate
	corrected  string // the term to say instead, if none of its own was there
}

// candidate is a term that stands for a word; weight says how well, in
// sixteenths.
type candidate struct {
	id     int
	weight uint16
}

const (
	weightExact  = 16
	weightPlural = 13
	weightBegins = 10
	weightNear   = 8
)

// parse finds the words of a query and the terms that stand for them.
func (x *Index) parse(text string) []asked {
	var all []asked
	words(text, func(word string, start, end int) bool {
		if i := slices.IndexFunc(all, func(a asked) bool { return a.word == word }); i >= 0 {
			// What is typed last is looked for as a beginning, also when it is
			// there twice.
			again := all[i]
			all = append(slices.Delete(all, i, i+1), again)
		} else if len(all) < maxWords {
			all = append(all, asked{word: word, start: start, end: end})
		}
		return true
	})
	for i := range all {
		x.expand(&all[i], i == len(all)-1)
	}
	return all
}

// expand finds the terms for a word: itself, itself with or without an s at the
// end, if it is the last those that begin with it, and if there is none those
// that are spelt almost so.
func (x *Index) expand(a *asked, last bool) {
	first, _ := utf8.DecodeRuneInString(a.word)
	key, n := []byte(a.word), x.termCount()
	if id, ok := x.find(0, n, key); ok {
		a.terms = append(a.terms, candidate{id, weightExact})
	}
	letters := utf8.RuneCountInString(a.word)
	if letters >= nearLetters-1 {
		if id, ok := x.find(0, n, plural(a.word)); ok {
			a.terms = append(a.terms, candidate{id, weightPlural})
		}
	}
	if last && (letters > 1 || dense(first)) {
		low, high := x.below(0, n, key)
		for _, id := range x.common(low, high, maxBegin) {
			if !slices.ContainsFunc(a.terms, func(c candidate) bool { return c.id == id }) {
				a.terms = append(a.terms, candidate{id, weightBegins})
			}
		}
	}
	if len(a.terms) == 0 && letters >= nearLetters && strings.ContainsFunc(a.word, unicode.IsLetter) {
		for i, id := range x.near(a.word) {
			if i == 0 {
				a.corrected = string(x.term(id))
			}
			a.terms = append(a.terms, candidate{id, weightNear})
		}
	}
}

// plural returns the plural of a singular and the singular of a plural, as
// English and French form most of them.
func plural(word string) []byte {
	if singular, ok := strings.CutSuffix(word, "s"); ok {
		return []byte(singular)
	}
	return []byte(word + "s")
}

// common returns at most n terms of a range, those that most documents have
// first.
func (x *Index) common(low, high, n int) []int {
	most := top{most: n}
	for id := low; id < high; id++ {
		most.add(x.frequency(id), uint32(id))
	}
	var ids []int
	for _, id := range most.numbers() {
		ids = append(ids, int(id))
	}
	return ids
}

// near returns the terms that differ from a word by one letter too many, too
// few, wrong or swapped with its neighbour, the most common first. It goes along
// the word and at each place tries the letters that terms really have there.
func (x *Index) near(word string) []int {
	var found []int
	low, high := 0, x.termCount()
	buf := make([]byte, 0, 2*maxWord)
	try := func(parts ...string) {
		buf = buf[:0]
		for _, p := range parts {
			buf = append(buf, p...)
		}
		if id, ok := x.find(low, high, buf); ok && string(buf) != word && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	for at := 0; low < high; {
		head, rest := word[:at], word[at:]
		_, size := utf8.DecodeRuneInString(rest)
		if size > 0 {
			_, second := utf8.DecodeRuneInString(rest[size:])
			try(head, rest[size:])
			try(head, rest[size:size+second], rest[:size], rest[size+second:])
		}
		for letter := range x.letters(low, high, head) {
			try(head, letter, rest)
			if size > 0 {
				try(head, letter, rest[size:])
			}
		}
		if size == 0 {
			break
		}
		at += size
		low, high = x.below(low, high, []byte(word[:at]))
	}
	slices.SortFunc(found, func(a, b int) int {
		return cmp.Or(cmp.Compare(x.frequency(b), x.frequency(a)), a-b)
	})
	return found[:min(maxNear, len(found))]
}

// letters yields the different letters that follow head in the terms of a range
// that all begin with it.
func (x *Index) letters(low, high int, head string) func(func(string) bool) {
	return func(yield func(string) bool) {
		key := []byte(head)
		for range maxBranches {
			if low >= high {
				return
			}
			term := x.term(low)
			if len(term) <= len(head) || !bytes.HasPrefix(term, key) {
				low++
				continue
			}
			_, size := utf8.DecodeRune(term[len(head):])
			letter := term[len(head) : len(head)+size]
			if !yield(string(letter)) {
				return
			}
			next := append(append(key[:len(head):len(head)], letter...), 0xff)
			low = max(low+1, x.from(low, high, next))
		}
	}
}

// correct returns the text with the words replaced that no document has.
func correct(text string, all []asked) string {
	var b strings.Builder
	done := 0
	all = slices.SortedFunc(slices.Values(all), func(a, b asked) int { return a.start - b.start })
	for _, a := range all {
		if a.corrected != "" && a.start >= done {
			b.WriteString(text[done:a.start])
			b.WriteString(a.corrected)
			done = a.end
		}
	}
	if done == 0 {
		return ""
	}
	return b.String() + text[done:]
}

func termsOf(all []asked) []int {
	var ids []int
	for _, a := range all {
		for _, c := range a.terms {
			ids = append(ids, c.id)
		}
	}
	slices.Sort(ids)
	return ids
}
