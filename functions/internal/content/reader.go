package content

import (
	"io/fs"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"broadsheet/functions/internal/kept"
)

// Reader reads the content folder again and again, as a laptop does while it is
// edited, or begins with what an earlier run of the program has parsed. It is not
// safe for concurrent use; the sites it gives are.
type Reader struct {
	files map[string]parsed // by path, of the last load
	known int               // how many of them an earlier run had parsed
	anew  bool              // one was parsed that was not known
}

// parsed is a Markdown file that was read without a problem: what it says and
// where its fields stand.
type parsed struct {
	raw  []byte // none if an earlier run parsed it and this one has not read it yet
	kind string // the type of its front matter: a file that gets another role is read anew
	sum  [32]byte
	body []byte
	line int // of the body

	front  reflect.Value // invalid if an earlier run parsed it; then it is here:
	kept   keptFront
	places places
}

// keptFront is a front matter as an earlier run of the program wrote it down.
type keptFront struct {
	front  []byte
	places []byte // paths of fields, each with its place
}

// give puts what was parsed before into the front matter v points to, and lets
// source know the places of its fields. It returns false if that is of no use.
func (p parsed) give(source *source, v any) bool {
	into := reflect.ValueOf(v).Elem()
	if into.Type().String() != p.kind {
		return false
	}
	source.line, source.places, source.kept = 1, p.places, p.kept.places
	if p.front.IsValid() {
		into.Set(p.front)
		return true
	}
	r := kept.NewReader(p.kept.front)
	r.Value(v)
	if r.Torn() || len(r.Rest()) > 0 {
		into.SetZero()
		source.kept = nil
		return false
	}
	return true
}

// keep writes a front matter down.
func (p parsed) keep() keptFront {
	if !p.front.IsValid() {
		return p.kept
	}
	var front, places kept.Writer
	front.Value(p.front.Interface())
	for _, path := range slices.Sorted(maps.Keys(p.places)) {
		places.Text(path)
		places.Value(p.places[path])
	}
	return keptFront{front.Data, places.Data}
}

// find returns the place of a field among those that were kept.
func find(list []byte, path string) (at Place, ok bool) {
	for r := kept.NewReader(list); len(r.Rest()) > 0; {
		name := r.Text()
		at = Place{}
		r.Value(&at)
		if name == path && !r.Torn() {
			return at, true
		}
	}
	return Place{}, false
}

// Keep writes down what the last load parsed, for a later run of this program, and
// tells whether that is something new.
func (r *Reader) Keep() (data []byte, isNew bool) {
	w := &kept.Writer{}
	w.Number(len(r.files))
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		p := r.files[name].keep()
		w.Text(name)
		w.Text(r.files[name].kind)
		w.Value(r.files[name].sum)
		w.Bytes(p.front)
		w.Bytes(p.places)
	}
	return w.Data, r.anew || len(r.files) != r.known
}

// Kept returns a Reader that begins with what Keep wrote in an earlier run of this
// program. If that is torn it begins with nothing.
func Kept(data []byte) *Reader {
	from := kept.NewReader(data)
	n := from.Count()
	files := make(map[string]parsed, n)
	for range n {
		var p parsed
		name := from.Text()
		p.kind = from.Text()
		from.Value(&p.sum)
		p.kept = keptFront{from.Bytes(), from.Bytes()}
		files[name] = p
	}
	if from.Torn() || len(from.Rest()) > 0 || len(files) != n {
		return &Reader{}
	}
	return &Reader{files: files, known: n}
}

// early is a file that was read before its turn.
type early struct {
	raw []byte
	err error
}

// readEarly reads files on all processors; most of reading is waiting for the
// kernel.
func (l *loader) readEarly(names []string) {
	all := make([]early, len(names))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(names); i = next.Add(1) - 1 {
				all[i].raw, all[i].err = fs.ReadFile(l.fsys, names[i])
			}
		})
	}
	workers.Wait()
	for i, name := range names {
		l.early[name] = all[i]
	}
}
