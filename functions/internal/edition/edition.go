// Package edition is the file format of finished answers: the whole rendered
// site at one commit, as one file.
//
// The press writes an edition once, at build time, with a Writer. A program
// opens it with Open, which checks the header and the bounds of the sections
// and nothing else, so that opening costs the same with ten articles and with
// ten thousand. Find then looks a path up by binary search in the bytes
// themselves.
//
// An edition holds three kinds of things:
//
//   - answers: for each path one or more versions, each valid from an instant
//     on, with its content type, header class, strong ETag and body in several
//     encodings;
//   - aliases: old paths that redirect to a permalink;
//   - search indexes, each under the path of its page;
//   - blanks: preprinted pages and mails with fields left empty (see Blank),
//     for what is known only when a request comes: an error's id, the address
//     that was typed, the link in a confirmation mail.
//
// # Layout
//
// All integers are little endian. Offsets count from the start of the file.
//
//	header    magic, format, as-of time, counts, sizes, SHA-256 of everything but itself
//	meta      commit, base URL
//	entries   fixed-size records, sorted by key: where the key stands, kind, first version, number of versions
//	versions  fixed-size records: valid from, class, type, hash, and where each encoding of the body stands
//	bytes     keys, types, targets, bodies and pieces of bodies
//
// A body that was packed in parts (see Part) is kept in pieces: what stands in
// its place is their number and where each stands.
//
// A key is one byte for the kind of thing followed by its path or name, so
// that a blank can never be fetched by a URL.
package edition

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"time"
)

// Class is the class of an answer in the header policy of the site: which
// Content-Security-Policy, Referrer-Policy, Cache-Control and so on it gets.
type Class uint8

// The classes of answers.
const (
	Page     Class = iota // a page of the site
	Private               // form answers and pages reached by a token: never stored
	Feed                  // feeds, calendars and other files for machines
	Asset                 // a fingerprinted style sheet, script or font
	Drawing               // a fingerprinted SVG
	Picture               // a fingerprinted raster picture; mail programs load it from other origins
	Download              // a document to save
	Missing               // the page for what is not there
	Failure               // every other error page
)

// Encoding is a content coding of a body.
type Encoding uint8

// The encodings a body can be stored in.
const (
	Identity Encoding = iota
	Gzip
	Brotli
	encodings // their number
)

// String returns the name of the coding as in the Content-Encoding field
// (RFC 9110, section 8.4.1), empty for Identity.
func (e Encoding) String() string {
	switch e {
	case Gzip:
		return "gzip"
	case Brotli:
		return "br"
	}
	return ""
}

// ErrFormat is wrapped by every error of Open.
var ErrFormat = errors.New("not a usable edition")

const (
	magic       = "BROADSHT"
	format      = 2
	hashAt      = 40 // where the hash stands in the header
	headerSize  = hashAt + sha256.Size
	entrySize   = 16
	versionSize = 52
)

// Kind is the kind of thing a key names; it stands in front of the key.
type Kind byte

// The kinds of things in an edition.
const (
	KindAnswer Kind = '/'
	KindAlias  Kind = '>'
	KindBlank  Kind = '#'
	KindIndex  Kind = '?' // a search index (see package search), named by the path of its page
)

// Edition is an open edition. It is immutable and safe for concurrent use; it
// keeps the bytes it was opened with.
type Edition struct {
	source            func(Kind, string) *Packed // of an edition that is made on demand
	data              []byte
	entries, versions []byte
	asOf              time.Time
	hash              [sha256.Size]byte
	commit, baseURL   string
}

// Open checks the header of data and returns the edition in it. It does not
// read the entries: a torn body shows when it is asked for, as "not found".
// Use Verify to check every byte.
func Open(data []byte) (*Edition, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrFormat, magic)
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != format {
		return nil, fmt.Errorf("%w: format %d, this program reads format %d", ErrFormat, v, format)
	}
	e := &Edition{data: data, asOf: time.Unix(int64(binary.LittleEndian.Uint64(data[16:])), 0).UTC()}
	count := uint64(binary.LittleEndian.Uint32(data[12:]))
	versions := uint64(binary.LittleEndian.Uint32(data[24:]))
	size := binary.LittleEndian.Uint64(data[32:])
	meta := uint64(binary.LittleEndian.Uint32(data[28:]))
	if size != uint64(len(data)) || headerSize+meta+count*entrySize+versions*versionSize > size {
		return nil, fmt.Errorf("%w: the file is torn: %d bytes, its header says %d", ErrFormat, len(data), size)
	}
	copy(e.hash[:], data[hashAt:])
	e.commit, e.baseURL = splitMeta(data[headerSize : headerSize+meta])
	at := headerSize + meta
	e.entries = data[at : at+count*entrySize]
	at += count * entrySize
	e.versions = data[at : at+versions*versionSize]
	return e, nil
}

// OnDemand returns an edition that asks source for each thing at the moment it
// is asked for, nil for what there is not: how a laptop shows a site that is
// being edited. It has no file, so that Paths and Keys list nothing.
func OnDemand(p Print, source func(Kind, string) *Packed) *Edition {
	return &Edition{source: source, asOf: p.AsOf, commit: p.Commit, baseURL: p.BaseURL}
}

// OpenFS opens the file "edition" of a folder, usually the one that is embedded.
func OpenFS(fsys fs.FS) (*Edition, error) {
	data, err := contents(fsys, "edition")
	if err != nil {
		return nil, fmt.Errorf("this program was built without an edition; run `make edition` and build again: %w", err)
	}
	e, err := Open(data)
	if err != nil {
		return nil, fmt.Errorf("the edition in this program cannot be used: %w; run `make edition` and build again", err)
	}
	return e, nil
}

// Verify reads the whole edition and compares it with the hash in its header.
func (e *Edition) Verify() error {
	if sum(e.data) != e.hash {
		return fmt.Errorf("%w: its bytes do not have the hash in its header", ErrFormat)
	}
	return nil
}

// sum returns the SHA-256 of an edition without the place of the hash itself.
func sum(data []byte) (hash [sha256.Size]byte) {
	h := sha256.New()
	h.Write(data[:hashAt])
	h.Write(data[headerSize:])
	h.Sum(hash[:0])
	return hash
}

// AsOf is the instant the edition was printed for.
func (e *Edition) AsOf() time.Time { return e.asOf }

// Commit is the version of the repository the edition was printed from.
func (e *Edition) Commit() string { return e.commit }

// BaseURL is the site's URL without a trailing slash, as absolute links have it.
func (e *Edition) BaseURL() string { return e.baseURL }

// Hash is the SHA-256 of the edition in hexadecimal.
func (e *Edition) Hash() string { return hex.EncodeToString(e.hash[:]) }

// Answer returns the version of the answer at path that is valid at now.
func (e *Edition) Answer(path string, now time.Time) (Version, bool) {
	if len(path) == 0 || path[0] != '/' {
		return Version{}, false
	}
	return e.At(KindAnswer, path, now)
}

// Alias returns the permalink that the old path (with "?" and its query, if it
// had one) redirects to at now.
func (e *Edition) Alias(path string, now time.Time) (target string, ok bool) {
	v, ok := e.At(KindAlias, path, now)
	if !ok {
		return "", false
	}
	return string(v.Body(Identity)), true
}

// Blank returns the preprinted page or mail of that name as it is at now.
func (e *Edition) Blank(name string, now time.Time) (Blank, bool) {
	v, ok := e.At(KindBlank, name, now)
	if !ok {
		return Blank{}, false
	}
	return Blank{Type: v.Type(), Class: v.Class(), pieces: v.Body(Identity)}, true
}

// Index returns the bytes of the search index whose page is at path.
func (e *Edition) Index(path string, now time.Time) ([]byte, bool) {
	v, ok := e.At(KindIndex, path, now)
	if !ok {
		return nil, false
	}
	return v.Body(Identity), true
}

// At returns the version of anything in the edition that is valid at now.
func (e *Edition) At(k Kind, name string, now time.Time) (Version, bool) {
	if e.source != nil {
		p := e.source(k, name)
		return Version{packed: p}, p != nil
	}
	first, count, ok := e.find(k, name)
	if !ok {
		return Version{}, false
	}
	unix := now.Unix()
	i := sort.Search(int(count), func(i int) bool { return e.version(first+uint32(i)).from() > unix })
	if i == 0 {
		return Version{}, false
	}
	v := e.version(first + uint32(i-1))
	return v, !v.gone()
}

// Paths calls yield with the path of every answer, in order of bytes, until it
// returns false.
func (e *Edition) Paths(yield func(string) bool) {
	for k, name := range e.Keys {
		if k == KindAnswer && !yield(name) {
			return
		}
	}
}

// Keys calls yield with the kind and name of everything in the edition, until it
// returns false.
func (e *Edition) Keys(yield func(Kind, string) bool) {
	for at := 0; at < len(e.entries); at += entrySize {
		key := e.key(at)
		if len(key) > 0 && !yield(Kind(key[0]), string(key[1:])) {
			return
		}
	}
}

// find returns the range of versions of one key.
func (e *Edition) find(kind Kind, name string) (first, count uint32, ok bool) {
	var short [256]byte // keeps the key of a usual path off the heap
	want := append(append(short[:0], byte(kind)), name...)
	n := len(e.entries) / entrySize
	i := sort.Search(n, func(i int) bool { return bytes.Compare(e.key(i*entrySize), want) >= 0 })
	if i == n || !bytes.Equal(e.key(i*entrySize), want) {
		return 0, 0, false
	}
	record := e.entries[i*entrySize:]
	first = binary.LittleEndian.Uint32(record[8:])
	count = uint32(binary.LittleEndian.Uint16(record[6:]))
	if uint64(first)+uint64(count) > uint64(len(e.versions)/versionSize) {
		return 0, 0, false
	}
	return first, count, true
}

func (e *Edition) key(at int) []byte {
	record := e.entries[at:]
	return e.slice(uint64(binary.LittleEndian.Uint32(record)), uint64(binary.LittleEndian.Uint16(record[4:])))
}

func (e *Edition) version(i uint32) Version {
	at := int(i) * versionSize
	return Version{edition: e, record: e.versions[at : at+versionSize]}
}

// slice returns the bytes at an offset, none when they are outside the file.
func (e *Edition) slice(offset, length uint64) []byte {
	if offset > uint64(len(e.data)) || length > uint64(len(e.data))-offset {
		return nil
	}
	return e.data[offset : offset+length : offset+length]
}
