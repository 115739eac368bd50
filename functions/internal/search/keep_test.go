package search

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// some draws documents that share words, values and instants.
func some(t *rapid.T) []*Prepared {
	word := rapid.SampledFrom([]string{"customs", "border", "Zürich", "seminar", "関税", "7", "naïve", "risk"})
	line := rapid.Custom(func(t *rapid.T) string {
		text := ""
		for _, w := range rapid.SliceOfN(word, 0, 6).Draw(t, "words") {
			text += w + " "
		}
		return text
	})
	value := rapid.Custom(func(t *rapid.T) Value {
		return Value{rapid.SampledFrom([]string{"year", "topic"}).Draw(t, "facet"), word.Draw(t, "slug"), word.Draw(t, "label")}
	})
	at := rapid.SampledFrom([]time.Time{{}, time.Unix(1_790_000_000, 0), time.Unix(-5, 0)})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *Prepared {
		d := Document{Title: line.Draw(t, "title"), Body: line.Draw(t, "body"), From: at.Draw(t, "from"), Until: at.Draw(t, "until")}
		d.Facets = rapid.SliceOfN(value, 0, 3).Draw(t, "facets")
		d.Card = []byte("<p>" + d.Title + "</p> " + line.Draw(t, "card"))
		return Prepare(d)
	}), 0, 6).Draw(t, "documents")
}

// TestKeep: an index of kept documents and fresh ones, in any order and with
// their vocabulary or another one, is the index of all of them made at once.
func TestKeep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs, fresh := some(t), some(t)
		before := NewVocabulary()
		if _, err := before.Build(append(some(t), docs...)); err != nil { // knows more than is kept
			t.Fatal(err)
		}
		want, err := Build(slices.Concat(fresh, docs))
		if err != nil {
			t.Fatal(err)
		}
		vocabulary, kept, err := Kept(before.Keep(docs))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []*Vocabulary{vocabulary, NewVocabulary()} {
			got, err := v.Build(slices.Concat(fresh, kept))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Fatal("the index differs")
			}
		}
	})
}

// TestKeptTorn: what was kept and is torn is refused, or makes an index all the
// same; nothing panics.
func TestKeptTorn(t *testing.T) {
	var docs []*Prepared
	for _, title := range []string{"Customs seminar", "Border risk seminar"} {
		docs = append(docs, Prepare(Document{Title: title, Body: "Risk at the border", Card: []byte("<p>" + title + "</p>"), Facets: []Value{{"year", "2026", "2026"}}}))
	}
	good := NewVocabulary().Keep(docs)
	for at := range good {
		for _, torn := range [][]byte{good[:at], slices.Concat(good[:at], []byte{good[at] ^ 0x55}, good[at+1:])} {
			if v, kept, err := Kept(torn); err == nil {
				if _, err := v.Build(kept); err != nil {
					t.Error(err)
				}
			}
		}
		if _, _, err := Kept(good[:at]); err == nil {
			t.Errorf("what ends after %d of %d bytes is taken", at, len(good))
		}
	}
}
