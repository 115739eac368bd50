package consent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// TestAnyChangeIsFound: whatever one entry of a random ledger is made to be,
// with its hash made right or not, on a day with a root or, as long as a record
// knows the chain, without one.
func TestAnyChangeIsFound(t *testing.T) {
	onBothFresh(t, func(t *testing.T, open func(testing.TB) insider) {
		rapid.Check(t, func(rt *rapid.T) {
			s := open(t)
			history(t, rt, s)
			days := rapid.IntRange(0, 7).Draw(rt, "days closed")
			closed(t, s, days)
			if r, findings := verified(t, s, nil); r.Findings != 0 {
				rt.Fatalf("nothing was done yet: %v", findings)
			}
			all := entries(t, s)
			e := all[rapid.IntRange(0, len(all)-1).Draw(rt, "entry")]
			if e.Day >= monday().AddDate(0, 0, days).Format(time.DateOnly) && !linked(t, s, e.Chain) {
				return // of somebody who was erased since the last root: the limit that the package names
			}
			what := rapid.SampledFrom(tamperings()).Draw(rt, "what")
			if !what.do(rt, t, s, e, all) {
				return
			}
			if r, findings := verified(t, s, nil); r.Findings == 0 {
				rt.Fatalf("%s of %+v was not found", what, e)
			} else if text := fmt.Sprint(findings); strings.Contains(text, "example.org") {
				rt.Fatalf("an address in %s", text)
			}
		})
	})
}

func linked(t *testing.T, s store, chain string) bool {
	t.Helper()
	for p, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Chain.ID() == chain {
			return true
		}
	}
	return false
}

// history lets four people do random things in five days; each has an entry.
func history(t *testing.T, rt *rapid.T, s store) {
	for n := range 4 {
		does(t, s, n, subscriber.Import, 0)
	}
	kinds := []subscriber.Kind{subscriber.SetPreferences, subscriber.Unsubscribe, subscriber.HardBounce, subscriber.Complaint, subscriber.Erase, subscriber.Request, subscriber.Confirm, subscriber.Forget, subscriber.Sweep}
	for i := range rapid.IntRange(2, 14).Draw(rt, "events") {
		n, kind := rapid.IntRange(0, 3).Draw(rt, "person"), rapid.SampledFrom(kinds).Draw(rt, "kind")
		does(t, s, n, kind, i/3, func(e *subscriber.Event) {
			e.Op += fmt.Sprint(i)
			e.Preferences.Frequency = fmt.Sprint(i)
			e.Generation = uint32(rapid.IntRange(0, 2).Draw(rt, "generation"))
		})
	}
}

// tampering is one thing that is done to a ledger; false if it cannot be done to
// that entry.
type tampering struct {
	name string
	do   func(*rapid.T, *testing.T, insider, consent.Entry, []consent.Entry) bool
}

func (w tampering) String() string { return w.name }

func tamperings() []tampering {
	// changed puts an entry in the place of another, with its hash made right or
	// the old one kept.
	changed := func(name string, change func(*consent.Entry)) tampering {
		return tampering{name, func(rt *rapid.T, t *testing.T, s insider, e consent.Entry, _ []consent.Entry) bool {
			s.remove(t, e)
			change(&e)
			if rapid.Bool().Draw(rt, "hash made right") {
				e.Hash = e.Sum()
			}
			return put(t, s, e)
		}}
	}
	return []tampering{
		{"removing", func(_ *rapid.T, t *testing.T, s insider, e consent.Entry, _ []consent.Entry) bool {
			s.remove(t, e)
			return true
		}},
		changed("changing the words", func(e *consent.Entry) { e.Sealed = "A" + e.Sealed[:len(e.Sealed)-1] }),
		changed("changing the number", func(e *consent.Entry) { e.Number++ }),
		changed("changing the day", func(e *consent.Entry) { e.Day = "2026-11-29" }),
		changed("changing the link", func(e *consent.Entry) { e.Previous = strings.Repeat("0", 64) }),
		changed("opening or closing", func(e *consent.Entry) { e.Closed = !e.Closed }),
		changed("renaming the chain", func(e *consent.Entry) { e.Chain = strings.Repeat("a", 32) }),
		{"changing the hash", func(_ *rapid.T, t *testing.T, s insider, e consent.Entry, _ []consent.Entry) bool {
			s.remove(t, e)
			e.Hash = strings.Repeat("1", 64)
			return put(t, s, e)
		}},
		{"adding", func(_ *rapid.T, t *testing.T, s insider, e consent.Entry, _ []consent.Entry) bool {
			e.Number, e.Previous = e.Number+1, e.Hash
			e.Hash = e.Sum()
			return put(t, s, e)
		}},
		{"swapping", func(rt *rapid.T, t *testing.T, s insider, e consent.Entry, all []consent.Entry) bool {
			other := all[rapid.IntRange(0, len(all)-1).Draw(rt, "other")]
			if other == e {
				return false
			}
			s.remove(t, e)
			s.remove(t, other)
			e.Number, other.Number = other.Number, e.Number
			e.Chain, other.Chain = other.Chain, e.Chain
			e.Day, other.Day = other.Day, e.Day
			e.Previous, other.Previous = other.Previous, e.Previous
			if rapid.Bool().Draw(rt, "hash made right") {
				e.Hash, other.Hash = e.Sum(), other.Sum()
			}
			return put(t, s, e) && put(t, s, other)
		}},
	}
}

func put(t *testing.T, s insider, e consent.Entry) bool {
	t.Helper()
	if err := s.KeepEntry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return true
}

func onBothFresh(t *testing.T, f func(*testing.T, func(testing.TB) insider)) {
	for name, open := range insiders() {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

// found verifies and fails unless the findings are exactly those that contain the
// words, in any order.
func found(t *testing.T, what string, s store, noted map[string]string, words ...string) {
	t.Helper()
	r, findings := verified(t, s, noted)
	if len(noted) == 0 {
		same(t, s, r, findings)
	}
	lines := make([]string, len(findings))
	for i, f := range findings {
		lines[i] = f.String()
	}
	for _, w := range words {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, w) })
		if i < 0 {
			t.Errorf("%s: no finding says %q; there are %q", what, w, lines)
			return
		}
		lines = slices.Delete(lines, i, i+1)
	}
	if len(lines) > 0 {
		t.Errorf("%s: also found %q", what, lines)
	}
}

// TestRecordIsFound: a record that was changed by hand is not what the ledger
// says.
func TestRecordIsFound(t *testing.T) {
	for name, change := range map[string]func(*testing.T, insider){
		"says something else than the record: its status":   func(t *testing.T, s insider) { s.alter(t, person(1), "frequency", "article", 0) },
		"says something else than the record: its status, ": func(t *testing.T, s insider) { s.alter(t, person(1), "consent_evidence", "a better one", 0) },
		"says something else than":                          func(t *testing.T, s insider) { s.alter(t, person(1), "consent_shown", "commit=beef", 0) },
		"says something else":                               func(t *testing.T, s insider) { s.alter(t, person(1), "confirmed_at", "", 1) },
		"says something":                                    func(t *testing.T, s insider) { s.alter(t, person(2), "rank", "", 2) },
		"cannot be opened":                                  func(t *testing.T, s insider) { wrongKey(t, s) },
		"the record knows 1 entries and the chain has 2":    func(t *testing.T, s insider) { s.alter(t, person(2), "chain_number", "", 1) },
		"no record leads to this chain":                     func(t *testing.T, s insider) { s.delete(t, person(1)) },
		"entry 3 is gone":                                   func(t *testing.T, s insider) { s.alter(t, person(2), "chain_number", "", 3) },
		"is not the newest entry that the record knows":     func(t *testing.T, s insider) { s.alter(t, person(2), "chain_hash", "beef", 0) },
	} {
		onBoth(t, func(t *testing.T, s insider) {
			does(t, s, 1, subscriber.Import, 0)
			does(t, s, 2, subscriber.Import, 0)
			does(t, s, 2, subscriber.Unsubscribe, 1)
			closed(t, s, 5)
			found(t, "before", s, nil)
			change(t, s)
			found(t, name, s, nil, name)
		})
	}
}

// wrongKey gives a person another key for the same chain name; there is none, so
// the ledger's entry is renamed.
func wrongKey(t *testing.T, s insider) {
	t.Helper()
	key := strings.Repeat("ab", 16)
	chain := subscriber.Chain{Key: key}.ID()
	for _, e := range entries(t, s) {
		if p := record(t, s, 1); e.Chain == p.Chain.ID() {
			e.Chain = chain
			e.Hash = e.Sum()
			put(t, s, e)
			s.alter(t, person(1), "chain_key", key, 0)
			s.alter(t, person(1), "chain_hash", e.Hash, 0)
		}
	}
	for _, e := range entries(t, s) { // the old one, and the root that knew it
		if e.Chain != chain && e.Number == 1 && e.Chain != record(t, s, 2).Chain.ID() {
			s.remove(t, e)
		}
	}
	for n := range 5 {
		s.unroot(t, monday().AddDate(0, 0, n).Format(time.DateOnly))
	}
	closed(t, s, 5)
}

func record(t *testing.T, s store, n int) subscriber.Subscriber {
	t.Helper()
	for p, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.ID == person(n) {
			return p
		}
	}
	return subscriber.Subscriber{}
}

// TestRewriting: who writes all of a person's entries and the record anew is
// found by the root of the day; who makes the roots anew as well, by a root that
// was noted elsewhere.
func TestRewriting(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		does(t, s, 1, subscriber.Import, 0)
		before := record(t, s, 1)
		does(t, s, 1, subscriber.SetPreferences, 1, func(e *subscriber.Event) { e.Preferences.Frequency = "monthly" })
		noted := map[string]string{}
		for _, r := range closed(t, s, 5) {
			noted[r.Day] = r.Hash
		}
		found(t, "before", s, noted)

		// The choice of Tuesday never was.
		for _, e := range entries(t, s) {
			if e.Number == 2 {
				s.remove(t, e)
			}
		}
		s.alter(t, person(1), "frequency", "weekly", 0)
		s.alter(t, person(1), "chain_number", "", 1)
		s.alter(t, person(1), "chain_day", before.Chain.Day, 0)
		s.alter(t, person(1), "chain_hash", before.Chain.Hash, 0)
		found(t, "entries and record", s, nil, "day 2026-11-24: has 0 entries, and had 1 when its root was made")

		for day := range noted {
			s.unroot(t, day)
		}
		closed(t, s, 4)
		found(t, "the roots as well", s, nil)
		delete(noted, "2026-11-25")
		delete(noted, "2026-11-26")
		found(t, "against what was noted", s, noted, "day 2026-11-24: its root is not the one you noted", "day 2026-11-27: has no root")
	})
}
