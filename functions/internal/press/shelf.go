package press

import (
	"bytes"
	"maps"
	"slices"
	"sync"

	"broadsheet/functions/internal/kept"
	"broadsheet/functions/internal/search"
)

// shelf keeps what was taken apart for the index from one build to the next, so
// that one edited article costs one.
type shelf struct {
	file    string // where it is kept between runs; empty: nowhere
	program [32]byte

	mu         sync.Mutex
	opened     bool // the file is read
	stored     int  // how many finds it has
	made       bool // one that it does not have is on the shelf
	vocabulary *search.Vocabulary
	prepared   map[key]*search.Prepared
}

// The file of a shelf is a sealed one: the number of finds, their keys and what
// search.Vocabulary.Keep writes of them.
const shelfMagic = "BROADSHEET WORDS 2\n"

func newShelf() *shelf {
	return &shelf{vocabulary: search.NewVocabulary(), prepared: map[key]*search.Prepared{}}
}

// index makes the index of finds. The shelf begins anew once most of what is on
// it can be of no more use.
func (s *shelf) index(f *frame, finds []find) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open()
	all := make([]*search.Prepared, len(finds))
	for i, found := range finds {
		one, ok := s.prepared[found.key]
		if !ok {
			card, err := f.page("result", found.card)
			if err != nil {
				return nil, err
			}
			d := found.words()
			d.Card, _ = unmark(card)
			one = search.Prepare(d)
			s.prepared[found.key], s.made = one, true
		}
		all[i] = one
	}
	index, err := s.vocabulary.Build(all)
	if len(s.prepared) > 8*len(finds)+100 { // several languages have one shelf
		s.vocabulary, s.prepared = search.NewVocabulary(), map[key]*search.Prepared{}
	}
	return index, err
}

// open reads the file, when first something is looked for: where no index is to
// be made it is not read. What cannot be read is prepared again.
func (s *shelf) open() {
	if s.opened || s.file == "" {
		return
	}
	s.opened = true
	pieces, err := readSealed(s.file, shelfMagic, s.program)
	if err != nil || len(pieces) != 1 {
		return
	}
	r := kept.NewReader(pieces[0])
	keys := make([]key, r.Count())
	for i := range keys {
		copy(keys[i][:], r.Bytes())
	}
	vocabulary, docs, err := search.Kept(r.Rest())
	if err != nil || r.Torn() || len(docs) != len(keys) {
		return
	}
	s.vocabulary, s.stored = vocabulary, len(docs)
	for i, k := range keys {
		s.prepared[k] = docs[i]
	}
}

// save writes what is on the shelf of the finds of a build, if the file has not
// just that.
func (s *shelf) save(found map[key]bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opened {
		return nil // nothing was looked for
	}
	maps.DeleteFunc(s.prepared, func(k key, _ *search.Prepared) bool { return !found[k] })
	if !s.made && len(s.prepared) == s.stored {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(s.prepared), func(a, b key) int { return bytes.Compare(a[:], b[:]) })
	docs := make([]*search.Prepared, len(keys))
	for i, k := range keys {
		docs[i] = s.prepared[k]
	}
	var w kept.Writer
	w.Number(len(keys))
	for _, k := range keys {
		w.Bytes(k[:])
	}
	err := writeSealed(s.file, shelfMagic, s.program, append(w.Data, s.vocabulary.Keep(docs)...))
	if err == nil {
		s.made, s.stored = false, len(keys)
	}
	return err
}
