package press

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// Desk is the press of a laptop. It prints a thing when it is asked for, from the
// same sheets as Build, and keeps it as long as its key stays the same; so a page
// that was edited is there at once, however large the site. It is safe for
// concurrent use.
type Desk struct {
	options  Options
	updating sync.Mutex // one Update at a time
	mu       sync.Mutex // of what follows
	bodies   map[bodyKey]*edition.Packed
	good     map[place]*edition.Packed // the last that was printed without an error
	state    *state
	past     *state // the one of AsOf
	report   func(err error, another bool)
}

// state is the site between two edits.
type state struct {
	run      *run
	fsys     fs.FS
	site     *content.Site
	wanted   chan struct{} // closed when somebody waits for sheets
	want     sync.Once
	declared chan struct{} // closed when sheets are known, or will never be
	stale    bool          // the latter: there is another state already
	past     bool          // it is of AsOf
	sheets   map[place]sheet
	mu       sync.Mutex
	articles map[place]sheet // declared apart, before all others
}

// NewDesk returns a desk without a site. It calls report when it has looked at
// the whole site after an Update, with what is wrong, nil for nothing; and when
// the site is another because an instant has come.
func NewDesk(o Options, report func(err error, another bool)) *Desk {
	if o.Cache == nil {
		o.Cache = NewCache()
	}
	return &Desk{options: o, bodies: map[bodyKey]*edition.Packed{}, good: map[place]*edition.Packed{}, report: report}
}

// Update takes the site as it is now. It returns what is wrong with its Markdown
// and templates; what shows only between pages is told to changed later. After an
// error the desk keeps the site it had.
func (d *Desk) Update(fsys fs.FS, site *content.Site, now time.Time) error {
	d.updating.Lock()
	defer d.updating.Unlock()
	o := d.options.complete(site)
	o.AsOf = now
	r, err := newRun(fsys, site, o)
	if err != nil {
		return err
	}
	if err := r.problems.Err(); err != nil {
		return err
	}
	o.Cache.keep(r)
	o.Cache.digest = nil // the state before may still be hashing with it
	s := &state{run: r, fsys: fsys, site: site, wanted: make(chan struct{}), declared: make(chan struct{})}
	r.stale = func() bool { return !d.isCurrent(s) }
	d.mu.Lock()
	d.state, d.past = s, nil
	d.mu.Unlock()
	go d.declare(s)
	return nil
}

// head start of the page that was edited over all others.
const headStart = 50 * time.Millisecond

// declare declares the whole site and prints what is not printed yet, so that
// every mistake is told. It does so again at the next instant at which the site
// changes. It stops when the site is edited again.
func (d *Desk) declare(s *state) {
	select {
	case <-s.wanted:
	case <-time.After(headStart):
	}
	c := &clock{at: s.run.options.AsOf}
	sheets, err := s.run.declareAll(c)
	if errors.Is(err, errStale) {
		s.stale = true
		close(s.declared)
		return
	}
	if err == nil {
		err = s.run.problems.Err()
	}
	s.have(sheets)
	if !c.next.IsZero() {
		time.AfterFunc(time.Until(c.next), func() {
			if d.isCurrent(s) {
				d.report(d.Update(s.fsys, s.site, c.next), true)
			}
		})
	}
	for i := 0; i < len(sheets) && err == nil && d.isCurrent(s); i++ {
		_, err = d.finish(s, sheets[i])
	}
	if d.isCurrent(s) {
		d.report(err, false)
	}
}

func (d *Desk) isCurrent(s *state) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state == s
}

// Edition is the site on the desk, nil before the first Update that went well.
func (d *Desk) Edition() *edition.Edition {
	d.mu.Lock()
	s := d.state
	d.mu.Unlock()
	if s == nil {
		return nil
	}
	return d.edition(s)
}

func (d *Desk) edition(s *state) *edition.Edition {
	return edition.OnDemand(s.run.print(), func(k edition.Kind, name string) *edition.Packed { return d.find(s, place{k, name}) })
}

// find prints what stands at a place, nil for nothing. What cannot be printed is
// shown as it was, and the error is told.
func (d *Desk) find(s *state, at place) *edition.Packed {
	sheet, ok := s.sheet(at)
	for s.isStale() {
		d.mu.Lock()
		s = d.state
		d.mu.Unlock()
		sheet, ok = s.sheet(at)
	}
	if !ok {
		return nil
	}
	p, err := d.finish(s, sheet)
	if err == nil {
		return p
	}
	d.report(err, false)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.good[at]
}

// finish prints a sheet, if nothing of its key is printed.
func (d *Desk) finish(s *state, sheet sheet) (*edition.Packed, error) {
	k := s.run.bodyKey(sheet.sum())
	d.mu.Lock()
	p := d.bodies[k]
	d.mu.Unlock()
	if p == nil {
		var err error
		if p, err = sheet.finish(edition.NewPacker(s.run.compressor())); err != nil {
			return nil, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bodies[k] = p
	if !s.past {
		d.good[place{sheet.kind, sheet.name}] = p
	}
	return p, nil
}

// sheet returns what is declared at a place. An article does not wait until all
// the others are declared.
func (s *state) sheet(at place) (sheet, bool) {
	select {
	case <-s.declared:
	default:
		if sheet, ok := s.article(at); ok {
			return sheet, true
		}
		s.want.Do(func() { close(s.wanted) })
		<-s.declared
	}
	sheet, ok := s.sheets[at]
	return sheet, ok
}

// isStale tells whether a state was given up before its sheets were known.
func (s *state) isStale() bool {
	select {
	case <-s.declared:
		return s.stale
	default:
		return false
	}
}

// article declares one article by itself.
func (s *state) article(at place) (sheet, bool) {
	if at.kind != edition.KindAnswer {
		return sheet{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.articles[at]; ok {
		return known, true
	}
	for _, v := range s.run.views {
		permalink, ok := strings.CutPrefix(at.name, v.prefix())
		if doc := v.rendered[permalink]; !ok || doc == nil || !strings.HasPrefix(permalink, "/news/") {
			continue
		}
		p := s.run.newPrinter(v, &clock{at: s.run.options.AsOf}, map[string]bool{})
		related := newRelations(p.articles)
		i, ok := related.place[permalink]
		if !ok {
			return sheet{}, false
		}
		p.article(i, related)
		if s.articles == nil {
			s.articles = map[place]sheet{}
		}
		declared := p.sheets[len(p.sheets)-1]
		s.articles[at] = declared
		return declared, true
	}
	return sheet{}, false
}
