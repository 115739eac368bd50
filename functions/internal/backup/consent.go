package backup

import (
	"context"
	"slices"
	"time"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// people writes the ledger of consent, then the records. Whoever changes
// meanwhile may know an entry that was not there yet; it is written before them.
func (w *writer) people(ctx context.Context, s Source, now time.Time, t *Totals) error {
	roots, first, err := consent.Span(ctx, s, now)
	if err != nil {
		return err
	}
	for _, r := range roots {
		t.Roots++
		w.line(line{Root: &r})
	}
	today, written := now.UTC().Format(time.DateOnly), map[string]bool{} // hashes of today's entries
	write := func(e consent.Entry) {
		if written[e.Hash] {
			return
		}
		if e.Day >= today {
			written[e.Hash] = true
		}
		t.Entries++
		w.line(line{Entry: &e})
	}
	for e, err := range consent.Since(ctx, s, first, "", now) {
		if err != nil {
			return err
		}
		write(e)
	}
	for p, err := range s.All(ctx) {
		if err != nil {
			return err
		}
		if p.Chain.Day >= today && !written[p.Chain.Hash] {
			for e, err := range consent.Since(ctx, s, today, p.Chain.ID(), now) {
				if err != nil {
					return err
				}
				if e.Number <= p.Chain.Number {
					write(e)
				}
			}
		}
		t.People++
		w.line(line{Person: &p})
	}
	return nil
}

// ledger is what a restore does with the ledger of a backup.
type ledger uint8

const (
	undecided ledger = iota
	comes            // into a store that has none
	merges           // into the store whose ledger it is, or one that was begun to be restored
	stays            // the store has another one, which is not written anew
)

// decide compares the ledgers. One into which days of another were put would not
// verify any more, so people who come back into it begin a new chain.
func (r *restoring) decide(ctx context.Context) error {
	there, first, err := consent.Span(ctx, r, r.now)
	if err != nil {
		return err
	}
	empty := true
	for _, err := range consent.Since(ctx, r, first, "", r.now) {
		if err != nil {
			return err
		}
		empty = false
		break
	}
	foreign := slices.ContainsFunc(there, func(root consent.Root) bool { return !slices.Contains(r.roots, root) })
	switch {
	case foreign, !empty && len(there) < len(r.roots):
		r.ledger = stays
		return nil
	case empty:
		r.ledger = comes
	default:
		r.ledger = merges
	}
	for _, root := range r.roots {
		if _, err := r.SaveRoot(ctx, root); err != nil {
			return err
		}
		r.since = root.Day
	}
	return nil
}

// relink takes the link to the ledger from somebody who comes back, unless it
// still leads to the end of a chain in this store.
func (r *restoring) relink(ctx context.Context, p *subscriber.Subscriber, before subscriber.Subscriber) error {
	if p.Chain.Key == "" || before.Current(r.now).Status != subscriber.None {
		return nil
	}
	closed := r.ledger == stays
	if r.ledger == merges { // they may have been forgotten since
		var err error
		if closed, err = consent.Closed(ctx, r, p.Chain.ID(), max(p.Chain.Day, r.since), r.now); err != nil {
			return err
		}
	}
	if closed {
		p.Chain = subscriber.Chain{}
	}
	return nil
}
