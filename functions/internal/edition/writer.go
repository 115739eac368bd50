package edition

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// Answer is what the press hands to a Writer: one answer from an instant on.
type Answer struct {
	Path  string    // absolute path of the URL, decoded, without a query
	From  time.Time // the second from which it is valid; the zero time: always was
	Gone  bool      // from then on there is nothing at the path
	Type  string    // content type with its parameters
	Class Class
	Body  []byte
	Parts []Part // ranges of the body, in order, that other bodies have, too
}

// MaxBody is the largest body an answer may have, in bytes. AWS Lambda carries
// 6 MB an answer, and binary bodies travel as base64, a third longer.
const MaxBody = 5_500_000 * 3 / 4

// Writer collects answers, aliases and blanks and prints them as an edition.
// The bytes depend on what was added, not on the order of adding.
type Writer struct {
	items []item
}

type item struct {
	key    string
	from   int64 // the second from which it is valid
	gone   bool
	answer Answer // what is still to pack, if packed is nil
	packed *Packed
}

// Add adds one answer.
func (w *Writer) Add(a Answer) {
	w.items = append(w.items, item{key: string(KindAnswer) + a.Path, from: second(a.From), gone: a.Gone, answer: a})
}

// AddAlias lets the old path, with "?" and a query where it had one, redirect
// to the permalink.
func (w *Writer) AddAlias(from, permalink string) {
	w.items = append(w.items, item{key: string(KindAlias) + from, from: always, answer: Answer{Body: []byte(permalink)}})
}

// AddBlank adds a preprinted page or mail made from text with marks in it (see
// Slot and When).
func (w *Writer) AddBlank(name string, a Answer) error {
	pieces, err := parseMarks(a.Body)
	if err != nil {
		return fmt.Errorf("blank %q: %w", name, err)
	}
	a.Body = pieces
	w.items = append(w.items, item{key: string(KindBlank) + name, from: second(a.From), gone: a.Gone, answer: a})
	return nil
}

// AddIndex adds the search index of the page at path.
func (w *Writer) AddIndex(path string, index []byte) {
	w.items = append(w.items, item{key: string(KindIndex) + path, from: always, answer: Answer{Body: index}})
}

// AddPacked adds what was packed before, valid from an instant on (the zero
// time: always was). Without a body there is nothing of that name from then on.
func (w *Writer) AddPacked(k Kind, name string, from time.Time, p *Packed) {
	it := item{key: string(k) + name, from: second(from), packed: p}
	if p == nil {
		it.gone, it.packed = true, &Packed{}
	}
	w.items = append(w.items, it)
}

// always is the instant before every other.
const always = math.MinInt64

func second(t time.Time) int64 {
	if t.IsZero() {
		return always
	}
	return t.Unix()
}

// Print is how an edition is made of what was added.
type Print struct {
	AsOf    time.Time // the instant the site was rendered for
	Commit  string
	BaseURL string // the site's URL without a trailing slash
	// Compressor makes a Compressor for each worker; nil stores every body as it is.
	Compressor func() Compressor
}

// packer returns a Packer of its own for a worker.
func (p Print) packer() *Packer {
	if p.Compressor == nil {
		return NewPacker(nil)
	}
	return NewPacker(p.Compressor())
}

// Bytes compresses the bodies and returns the finished edition. Two answers at
// one path and second are an error, so is a body over MaxBody.
func (w *Writer) Bytes(p Print) ([]byte, error) {
	slices.SortStableFunc(w.items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.from, b.from))
	})
	if err := w.check(); err != nil {
		return nil, err
	}
	w.pack(p)
	return w.layOut(p)
}

func (w *Writer) check() error {
	for i, it := range w.items {
		if len(it.answer.Body) > MaxBody && it.key[0] != byte(KindIndex) {
			return &TooLargeError{Name: it.key[1:], Size: len(it.answer.Body)}
		}
		if len(it.key) > math.MaxUint16 || len(it.answer.Type) > math.MaxUint16 {
			return fmt.Errorf("%.60s… is too long for a path, or its content type is", it.key[1:])
		}
		if it.key[0] == byte(KindAnswer) && !strings.HasPrefix(it.key[1:], "/") {
			return fmt.Errorf("%q is no path: a path begins with /", it.key[1:])
		}
		if i > 0 && w.items[i-1].key == it.key && w.items[i-1].from == it.from {
			return fmt.Errorf("%s is printed twice: two files of the content have the same address", it.key[1:])
		}
	}
	for _, e := range w.entries() {
		if e.count > math.MaxUint16 {
			return fmt.Errorf("%s changes %d times, the format holds %d", w.items[e.first].key[1:], e.count, math.MaxUint16)
		}
	}
	return nil
}

// pack packs what is not packed yet, on all processors.
func (w *Writer) pack(p Print) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			c := p.packer()
			for i := range next {
				it := &w.items[i]
				it.packed = c.pack(Kind(it.key[0]), it.answer)
			}
		})
	}
	for i := range w.items {
		if w.items[i].packed == nil {
			next <- i
		}
	}
	close(next)
	workers.Wait()
}

// layOut writes header, meta, entries, versions and bytes, into memory that is
// asked for once: a large edition has some hundred megabytes.
func (w *Writer) layOut(p Print) ([]byte, error) {
	meta := joinMeta(p.Commit, p.BaseURL)
	entries := w.entries()
	base := headerSize + len(meta) + len(entries)*entrySize + len(w.items)*versionSize
	size := base
	for _, it := range w.items {
		size += len(it.key) + len(it.packed.Type)
		size += it.packed.tableSize()
		for _, body := range it.packed.Bodies {
			size += len(body)
		}
	}
	data := make([]byte, base, size)
	out := &heap{data: data, seen: map[string]uint32{}}
	at := headerSize + copy(data[headerSize:], meta)
	for _, e := range entries {
		at += copy(data[at:], e.record(out.put([]byte(w.items[e.first].key)), w.items[e.first].key))
	}
	for _, it := range w.items {
		at += copy(data[at:], it.record(out))
	}
	data = out.data
	if len(data) > math.MaxUint32 {
		return nil, fmt.Errorf("the edition has %d bytes, its format holds 4 GiB", len(data))
	}
	copy(data, magic)
	binary.LittleEndian.PutUint32(data[8:], format)
	binary.LittleEndian.PutUint32(data[12:], uint32(len(entries)))
	binary.LittleEndian.PutUint64(data[16:], uint64(p.AsOf.Unix()))
	binary.LittleEndian.PutUint32(data[24:], uint32(len(w.items)))
	binary.LittleEndian.PutUint32(data[28:], uint32(len(meta)))
	binary.LittleEndian.PutUint64(data[32:], uint64(len(data)))
	hash := sum(data)
	copy(data[hashAt:], hash[:])
	return data, nil
}

// entry is one key and its run of versions among the sorted items.
type entry struct{ first, count int }

func (w *Writer) entries() []entry {
	var all []entry
	for i, it := range w.items {
		if i > 0 && w.items[i-1].key == it.key {
			all[len(all)-1].count++
			continue
		}
		all = append(all, entry{first: i, count: 1})
	}
	return all
}

func (e entry) record(offset uint32, key string) []byte {
	r := make([]byte, entrySize)
	binary.LittleEndian.PutUint32(r, offset)
	binary.LittleEndian.PutUint16(r[4:], uint16(len(key)))
	binary.LittleEndian.PutUint16(r[6:], uint16(e.count))
	binary.LittleEndian.PutUint32(r[8:], uint32(e.first))
	return r
}

// record returns the version of an item.
func (it item) record(out *heap) []byte {
	r := make([]byte, versionSize)
	binary.LittleEndian.PutUint64(r, uint64(it.from))
	r[atClass] = byte(it.packed.Class)
	if it.gone {
		r[atFlags] = flagGone
	}
	binary.LittleEndian.PutUint16(r[atTypeSize:], uint16(len(it.packed.Type)))
	binary.LittleEndian.PutUint32(r[atType:], out.put([]byte(it.packed.Type)))
	for e, body := range it.packed.Bodies {
		at := uint32(0)
		if Encoding(e) == Gzip && len(it.packed.Cuts) > 0 {
			r[atFlags] |= flagPieces
			at = out.pieces(body, it.packed.Cuts)
		} else {
			at = out.put(body)
		}
		binary.LittleEndian.PutUint32(r[atBodies+8*e:], at)
		binary.LittleEndian.PutUint32(r[atBodies+8*e+4:], uint32(len(body)))
	}
	copy(r[atHash:], it.packed.Hash[:])
	return r
}

// heap holds keys, types and bodies behind what stands before them; equal bytes
// are kept once. It has room for all of them, so that data does not move.
type heap struct {
	data []byte
	seen map[string]uint32
}

func (h *heap) put(b []byte) uint32 {
	if len(b) == 0 {
		return 0
	}
	// Nobody changes the bytes while an edition is written, so they need no copy.
	known := unsafe.String(&b[0], len(b))
	if at, ok := h.seen[known]; ok {
		return at
	}
	at := uint32(len(h.data))
	h.data = append(h.data, b...)
	h.seen[known] = at
	return at
}

func joinMeta(parts ...string) []byte { return []byte(strings.Join(parts, "\n")) }

func splitMeta(b []byte) (commit, baseURL string) {
	commit, baseURL, _ = strings.Cut(string(b), "\n")
	return commit, baseURL
}
