package consent

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Store is what is verified: records and ledger.
type Store interface {
	Reader
	All(context.Context) iter.Seq2[subscriber.Subscriber, error]
}

// Finding is something that is not as it was written.
type Finding struct {
	Day    string `json:"day,omitempty"`
	Chain  string `json:"chain,omitempty"`  // its first digits
	Number int    `json:"number,omitempty"` // of the entry
	Person string `json:"person,omitempty"` // first digits of the id, where a record leads to the chain
	What   string `json:"what"`
}

// String returns a finding as one line.
func (f Finding) String() string {
	var b strings.Builder
	for _, part := range []struct{ name, value string }{{"day ", f.Day}, {"chain ", f.Chain}, {"entry ", number(f.Number)}, {"person ", f.Person}} {
		if part.value != "" {
			fmt.Fprintf(&b, "%s%s ", part.name, part.value)
		}
	}
	return strings.TrimSpace(b.String()) + ": " + f.What
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// Report is what was verified.
type Report struct {
	People   int  `json:"people"`         // with entries in the ledger
	Without  int  `json:"without_ledger"` // whose last change was before there was a ledger
	Closed   int  `json:"closed"`         // chains of people who were erased
	Entries  int  `json:"entries"`
	Days     int  `json:"days"` // with a root
	Newest   Root `json:"newest_root,omitzero"`
	Findings int  `json:"findings"`
}

// atOnce is how many entries may be read in one go. Of a larger ledger a
// sixteenth of the chains is held at a time, for another reading of the records
// each, so that memory does not grow with it.
const atOnce = 100_000

// VerifyAll reads the whole ledger and all records and calls found for everything
// that is not as it was written. noted are roots by day that were kept outside of
// the store. What changes while it runs is no finding.
func VerifyAll(ctx context.Context, s Store, now time.Time, noted map[string]string, found func(Finding)) (Report, error) {
	return verifyInParts(ctx, s, now, noted, found, atOnce)
}

// verifyInParts reads a ledger of more entries than may be held at once in parts.
func verifyInParts(ctx context.Context, s Store, now time.Time, noted map[string]string, found func(Finding), atOnce int) (Report, error) {
	v := &verifier{store: s, now: now, found: found, tallies: map[string]*tally{}}
	roots, first, err := Span(ctx, s, now)
	if err != nil {
		return v.Report, err
	}
	digits, entries := []string{""}, 0
	for _, r := range roots {
		entries += r.Entries
	}
	if entries > atOnce {
		digits = strings.Split("0123456789abcdef", "")
	}
	for _, d := range digits {
		if err := v.readChains(ctx, first, d); err != nil {
			return v.Report, err
		}
		if err := v.readRecords(ctx, d); err != nil {
			return v.Report, err
		}
		if err := v.checkOrphans(ctx); err != nil {
			return v.Report, err
		}
	}
	v.checkRoots(roots, noted)
	return v.Report, nil
}

// verifier is one run of VerifyAll.
type verifier struct {
	Report
	store   Store
	now     time.Time
	found   func(Finding)
	tallies map[string]*tally // by day
	ends    map[string]Entry  // the newest of each chain
}

func (v *verifier) report(f Finding) {
	v.Findings++
	f.Chain = fmt.Sprintf("%.8s", f.Chain)
	v.found(f)
}

// readChains reads the entries and checks that each follows the one before.
func (v *verifier) readChains(ctx context.Context, first, digits string) error {
	v.ends = map[string]Entry{}
	for e, err := range Since(ctx, v.store, first, digits, v.now) {
		if err != nil {
			return err
		}
		if v.tallies[e.Day] == nil {
			v.tallies[e.Day] = &tally{}
		}
		v.Entries++
		v.tallies[e.Day].add(e)
		v.checkEntry(e)
	}
	return nil
}

func (v *verifier) checkEntry(e Entry) {
	last, follows := v.ends[e.Chain], true
	what := ""
	switch {
	case last.Closed:
		what, follows = "was added behind the end of its chain", false
	case e.Number == last.Number:
		what, follows = "is there twice", false
	case e.Number < last.Number:
		what, follows = "is out of order", false
	case e.sum() != e.Hash:
		what = "was changed: what it says does not have its hash"
	case e.Number > last.Number+1:
		what = "does not follow: " + gone(last.Number+1, e.Number-1)
	case e.Previous != last.Hash:
		what = "does not follow the entry before it: one of the two is not the one that was written"
	}
	if what != "" {
		v.report(Finding{Day: e.Day, Chain: e.Chain, Number: e.Number, What: what})
	}
	if !follows {
		return
	}
	if v.ends[e.Chain] = e; e.Closed {
		v.Closed++
	}
}

// gone says which entries are missing.
func gone(from, to int) string {
	if from == to {
		return fmt.Sprintf("entry %d is gone", from)
	}
	return fmt.Sprintf("entries %d to %d are gone", from, to)
}

// readRecords checks that each record knows the end of its chain, and says of
// consent what that says. They are read after the entries, so they may know later
// ones.
func (v *verifier) readRecords(ctx context.Context, digits string) error {
	for p, err := range v.store.All(ctx) {
		if err != nil {
			return err
		}
		if p.Chain.Key == "" {
			if statement(p) != "" && strings.HasPrefix(p.ID.String(), digits) {
				v.Without++
			}
			continue
		}
		if !strings.HasPrefix(p.Chain.ID(), digits) {
			continue
		}
		v.People++
		if err := v.checkRecord(ctx, p); err != nil {
			return err
		}
		delete(v.ends, p.Chain.ID())
	}
	return nil
}

func (v *verifier) checkRecord(ctx context.Context, p subscriber.Subscriber) error {
	chain := p.Chain.ID()
	last := v.ends[chain]
	if last.Number < p.Chain.Number {
		for e, err := range v.store.Entries(ctx, p.Chain.Day, chain) {
			if err != nil || e.Hash == p.Chain.Hash && e.sum() == e.Hash && p.Chain.Day >= dayOf(v.now) {
				return err // it was written meanwhile
			}
		}
	}
	what := ""
	switch {
	case last.Number < p.Chain.Number:
		what = gone(last.Number+1, p.Chain.Number)
	case last.Number > p.Chain.Number:
		what = fmt.Sprintf("the record knows %d entries and the chain has %d: the record was put back to an earlier state, or entries were added", p.Chain.Number, last.Number)
	case last.Hash != p.Chain.Hash:
		what = "is not the newest entry that the record knows: one of the two was changed"
	default:
		d, err := last.Open(p.Chain.Key)
		if err != nil {
			what = "cannot be opened with the key in the record: one of the two was changed"
		} else if d.Statement != statement(p) {
			what = "says something else than the record: its status, times, consent or choices were changed by hand"
		}
	}
	if what != "" {
		v.report(Finding{Day: p.Chain.Day, Chain: chain, Number: p.Chain.Number, Person: p.ID.Short(), What: what})
	}
	return nil
}

// checkOrphans reports chains that no record leads to and that were not closed,
// not even meanwhile.
func (v *verifier) checkOrphans(ctx context.Context) error {
	for _, chain := range slices.Sorted(maps.Keys(v.ends)) {
		last := v.ends[chain]
		closed := last.Closed
		if !closed {
			var err error
			if closed, err = Closed(ctx, v.store, chain, dayOf(v.now), v.now); err != nil {
				return err
			}
		}
		if !closed {
			v.report(Finding{Day: last.Day, Chain: chain, Number: last.Number, What: "no record leads to this chain, and nobody was erased: the record was deleted by hand, or an older release wrote it"})
		}
	}
	return nil
}

// checkRoots checks that each root is that of its day, and is one that was noted.
func (v *verifier) checkRoots(roots []Root, noted map[string]string) {
	kept := map[string]string{}
	for i, r := range roots {
		v.Days++
		v.Newest, kept[r.Day] = r, r.Hash
		if i == 0 && r.Previous != "" {
			v.report(Finding{Day: dayAfter(r.Day, -1), What: "has no root, and the day after has one that follows it: it was removed, with all before"})
		} else if i > 0 {
			before := roots[i-1]
			if expected := dayAfter(before.Day, 1); r.Day != expected {
				v.report(Finding{Day: expected, What: "has no root, and later days have one: it was removed"})
			} else if r.Previous != before.Hash {
				v.report(Finding{Day: r.Day, What: "its root does not follow that of the day before: one of the two was changed"})
			}
		}
		t := v.tallies[r.Day]
		if t == nil {
			t = &tally{}
		}
		switch made := t.root(r.Day, r.Previous); {
		case made.Entries != r.Entries:
			v.report(Finding{Day: r.Day, What: fmt.Sprintf("has %d entries, and had %d when its root was made", made.Entries, r.Entries)})
		case made.Hash != r.Hash:
			v.report(Finding{Day: r.Day, What: "has other entries than when its root was made"})
		}
	}
	for _, day := range slices.Sorted(maps.Keys(noted)) {
		switch {
		case kept[day] == "":
			v.report(Finding{Day: day, What: "has no root, and you noted one: it was removed, or the store was put back to an earlier day"})
		case kept[day] != noted[day]:
			v.report(Finding{Day: day, What: "its root is not the one you noted: the ledger was written anew up to this day or later"})
		}
	}
}
