package press

import (
	"fmt"
	"time"

	"broadsheet/functions/internal/edition"
)

// place names what a sheet is printed at.
type place struct {
	kind edition.Kind
	name string
}

// printed is what stands at a place since the last instant at which it changed.
type printed struct {
	key    key
	packed *edition.Packed // nil: nothing any more
	seen   int             // the last instant at which it was declared, counted
}

// timeline prints the site for the first instant and for each later one at
// which it changes. A place gets a version only where its bytes are others than
// before.
func (r *run) timeline(w *edition.Writer) error {
	all := map[place]*printed{}
	from := time.Time{}
	for at, n := r.options.AsOf, 1; ; n++ {
		c := &clock{at: at}
		sheets, err := r.declareAll(c)
		if err != nil {
			return err
		}
		if err := r.problems.Err(); err != nil {
			return err
		}
		finished, err := r.finish(sheets)
		if err != nil {
			return err
		}
		if err := r.versions(w, all, finished, from, n); err != nil {
			return err
		}
		if c.next.IsZero() {
			r.checkRedirects(all)
			return r.problems.Err()
		}
		at, from = c.next, c.next
	}
}

// versions adds what has changed since the instant before.
func (r *run) versions(w *edition.Writer, all map[place]*printed, sheets []keyed, from time.Time, n int) error {
	for _, s := range sheets {
		at := place{s.kind, s.name}
		was := all[at]
		if was == nil {
			was = &printed{}
			all[at] = was
		}
		if was.seen == n {
			return fmt.Errorf("press: %s is printed twice: two files of the content have the same address", s.name)
		}
		was.seen = n
		if was.packed != nil && was.key == s.key {
			continue
		}
		packed := r.bodies[r.bodyKey(s.key)]
		if was.packed == nil || !was.packed.Same(packed) {
			w.AddPacked(s.kind, s.name, from, packed)
		}
		was.key, was.packed = s.key, packed
	}
	for at, was := range all {
		if was.seen != n && was.packed != nil {
			was.packed = nil
			w.AddPacked(at.kind, at.name, from, nil)
		}
	}
	return nil
}
