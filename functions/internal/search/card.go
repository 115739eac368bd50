package search

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// token is a word in the text of a card: where it stands and which term it is.
type token struct {
	start, end int
	word       string
}

// cardTokens finds the words in the text of an HTML fragment, outside of its
// tags and character references. html/template writes < and & in no other way.
func cardTokens(card []byte) []token {
	var all []token
	for at := 0; at < len(card); {
		switch card[at] {
		case '<':
			at += lengthTo(card[at:], '>')
			continue
		case '&':
			at += lengthTo(card[at:], ';')
			continue
		}
		run := len(card) - at
		if n := bytes.IndexAny(card[at:], "<&"); n >= 0 {
			run = n
		}
		words(string(card[at:at+run]), func(word string, start, end int) bool {
			all = append(all, token{at + start, at + end, word})
			return true
		})
		at += run
	}
	return all
}

func lengthTo(b []byte, end byte) int {
	if n := bytes.IndexByte(b, end); n >= 0 {
		return n + 1
	}
	return len(b)
}

// card returns the card of a document with every word that is one of the terms,
// sorted, inside a mark element. Pairs of characters that overlap or touch are
// marked as one.
func (x *Index) card(doc uint32, terms []int) []byte {
	r := x.docs[int(doc)*docSize:]
	card, marks := x.field(r, 16), x.field(r, 24)
	out := make([]byte, 0, len(card)+128)
	done, open := 0, -1 // the card is written up to done; a mark began at open
	start := 0
	for len(marks) > 0 {
		var n [3]int
		for i := range n {
			v, size := binary.Uvarint(marks)
			if size <= 0 || v > uint64(len(x.data)) {
				return append(out, card[done:]...)
			}
			n[i], marks = int(v), marks[size:]
		}
		start += n[0]
		end := start + n[1]
		if end > len(card) {
			break
		}
		if _, hit := slices.BinarySearch(terms, n[2]); !hit {
			continue
		}
		if open >= 0 && start > done {
			out, open = append(out, "</mark>"...), -1
		}
		if open < 0 && start >= done {
			out = append(append(out, card[done:start]...), "<mark>"...)
			open, done = start, start
		}
		if open >= 0 && end > done {
			out = append(out, card[done:end]...)
			done = end
		}
	}
	if open >= 0 {
		out = append(out, "</mark>"...)
	}
	return append(out, card[done:]...)
}
