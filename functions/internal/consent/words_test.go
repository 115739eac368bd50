package consent_test

import (
	"fmt"
	"strings"
	"testing"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// TestWords: each thing that may be done to the middle of a chain, on days without
// a root and with hashes made right, is found as what it is.
func TestWords(t *testing.T) {
	again := func(t *testing.T, s insider, e consent.Entry) {
		e.Hash = e.Sum()
		put(t, s, e)
	}
	for what, c := range map[string]struct {
		do    func(*testing.T, insider, []consent.Entry)
		words []string
	}{
		"one removed":       {func(t *testing.T, s insider, all []consent.Entry) { s.remove(t, all[1]) }, []string{"entry 3: does not follow: entry 2 is gone"}},
		"two removed":       {func(t *testing.T, s insider, all []consent.Entry) { s.remove(t, all[1]); s.remove(t, all[2]) }, []string{"does not follow: entries 2 to 3 are gone"}},
		"the first removed": {func(t *testing.T, s insider, all []consent.Entry) { s.remove(t, all[0]) }, []string{"does not follow: entry 1 is gone"}},
		"the last removed":  {func(t *testing.T, s insider, all []consent.Entry) { s.remove(t, all[3]) }, []string{": entry 4 is gone"}},
		"words changed": {func(t *testing.T, s insider, all []consent.Entry) {
			s.remove(t, all[1])
			all[1].Sealed = "A" + all[1].Sealed
			again(t, s, all[1])
		}, []string{"entry 3: does not follow the entry before it"}},
		"words changed, hash kept": {func(t *testing.T, s insider, all []consent.Entry) {
			s.remove(t, all[1])
			all[1].Sealed = "A" + all[1].Sealed
			put(t, s, all[1])
		}, []string{"entry 2: was changed"}},
		"one behind later ones": {func(t *testing.T, s insider, all []consent.Entry) {
			all[1].Day = "2026-11-28"
			again(t, s, all[1])
		}, []string{"entry 2: is out of order"}},
		"closed in the middle": {func(t *testing.T, s insider, all []consent.Entry) {
			s.remove(t, all[2])
			all[2].Closed = true
			again(t, s, all[2])
		}, []string{"entry 4: was added behind the end of its chain", ": entry 4 is gone"}},
		"one added at the end": {func(t *testing.T, s insider, all []consent.Entry) {
			e := all[3]
			e.Number, e.Previous, e.Day = 5, e.Hash, "2026-11-28"
			again(t, s, e)
		}, []string{"the record knows 4 entries and the chain has 5"}},
	} {
		onBoth(t, func(t *testing.T, s insider) {
			does(t, s, 1, subscriber.Import, 0)
			for n, frequency := range []string{"monthly", "article", "weekly"} {
				does(t, s, 1, subscriber.SetPreferences, n+1, func(e *subscriber.Event) { e.Preferences.Frequency = frequency })
			}
			found(t, what, s, nil)
			c.do(t, s, entries(t, s))
			found(t, what, s, nil, c.words...)
		})
	}
}

// TestTwice: of two entries with one number, which one is the right one depends on
// their hashes, so that the next one may be found as well.
func TestTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		does(t, s, 1, subscriber.Import, 0)
		e := entries(t, s)[0]
		e.Previous = strings.Repeat("0", 64)
		e.Hash = e.Sum()
		put(t, s, e)
		if _, findings := verified(t, s, nil); !strings.Contains(fmt.Sprint(findings), "entry 1: is there twice") {
			t.Errorf("%v", findings)
		}
	})
}

// TestNobodyTwice: two records cannot share a chain.
func TestNobodyTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		does(t, s, 1, subscriber.Import, 0)
		does(t, s, 2, subscriber.Import, 0)
		p := record(t, s, 1)
		for column, text := range map[string]string{"chain_key": p.Chain.Key, "chain_day": p.Chain.Day, "chain_hash": p.Chain.Hash} {
			s.alter(t, person(2), column, text, 0)
		}
		_, findings := verified(t, s, nil)
		if len(findings) != 2 || !strings.Contains(findings[0].What+findings[1].What, "no record leads to this chain") {
			t.Errorf("%v", findings)
		}
	})
}
