package press

import (
	"errors"
	"time"

	"broadsheet/functions/internal/edition"
)

// AsOf is the site on the desk as visitors see it at an instant: without drafts,
// and with nothing that is not there yet or no more. It is declared when it is
// first asked for and kept until the site is edited or another instant is asked
// for. Before the first Update that went well there is none.
func (d *Desk) AsOf(at time.Time) (*edition.Edition, error) {
	d.updating.Lock()
	defer d.updating.Unlock()
	at = at.Truncate(time.Second) // the resolution of an edition
	d.mu.Lock()
	current, past := d.state, d.past
	d.mu.Unlock()
	if current == nil {
		return nil, errors.New("press: there is no site on the desk yet")
	}
	if past != nil && past.run.options.AsOf.Equal(at) {
		return d.edition(past), nil
	}
	o := d.options.complete(current.site)
	o.AsOf, o.Drafts = at, false
	r, err := newRun(current.fsys, current.site, o)
	if err != nil {
		return nil, err
	}
	past = &state{run: r, past: true, wanted: make(chan struct{}), declared: make(chan struct{})}
	sheets, err := r.declareAll(&clock{at: at})
	if err != nil {
		return nil, err
	}
	// What is wrong at another instant, a link to what was not there yet, hinders
	// nobody from looking.
	past.have(sheets)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == current {
		d.past = past
	}
	return d.edition(past), nil
}

// have takes the sheets of a state, which is then declared.
func (s *state) have(sheets []sheet) {
	s.sheets = make(map[place]sheet, len(sheets))
	for _, sheet := range sheets {
		s.sheets[place{sheet.kind, sheet.name}] = sheet
	}
	close(s.declared)
}
