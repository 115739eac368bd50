package consent_test

import (
	"context"
	"testing"
	"time"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// TestRoots: a day has one root, which follows that of the day before, an hour
// after its end; days without entries have one, too.
func TestRoots(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		if roots := closed(t, s, 0); len(roots) != 0 {
			t.Errorf("an empty ledger has the roots %v", roots)
		}
		overdue := func(want string, days, hours int) {
			t.Helper()
			if day, err := consent.Overdue(t.Context(), s, time.Date(2026, 11, 23+days, hours, 30, 0, 0, time.UTC)); day != want || err != nil {
				t.Errorf("after %d days and %d hours %q is overdue, not %q: %v", days, hours, day, want, err)
			}
		}
		overdue("", 100, 0)
		for n := range 40 {
			does(t, s, n, subscriber.Import, n%2*3)
		}
		if r, err := consent.CloseDays(t.Context(), s, time.Date(2026, 11, 24, 0, 59, 0, 0, time.UTC)); len(r) != 0 || err != nil {
			t.Errorf("within the hour: %v, %v", r, err)
		}
		overdue("", 2, 0)
		overdue("2026-11-23", 2, 1)
		first := closed(t, s, 2)
		overdue("", 3, 0)
		overdue("2026-11-25", 4, 1)
		if len(first) != 2 || first[0].Day != "2026-11-23" || first[0].Entries != 20 || first[1].Entries != 0 || first[1].Previous != first[0].Hash {
			t.Errorf("the first roots are %+v", first)
		}
		if again := closed(t, s, 2); len(again) != 0 {
			t.Errorf("made again: %v", again)
		}
		later := closed(t, s, 100) // after a long time
		if len(later) != 98 || later[0].Day != "2026-11-25" || later[0].Previous != first[1].Hash || later[1].Entries != 20 {
			t.Errorf("%d later roots", len(later))
		}
		if again := closed(t, s, 300); len(again) != 200 {
			t.Errorf("%d roots after the newest was older than is looked at first", len(again))
		}
		s.unroot(t, "2026-11-24")
		found(t, "a root was removed", s, nil, "day 2026-11-24: has no root, and later days have one")
		if saved, err := s.SaveRoot(t.Context(), consent.Root{Day: "2026-11-25", Hash: "beef"}); saved || err != nil {
			t.Errorf("a root took another one's place: %v", err)
		}
		if _, err := s.SaveRoot(context.Background(), consent.Root{Day: "2026-11-24", Previous: first[0].Hash, Hash: "beef"}); err != nil {
			t.Fatal(err)
		}
		found(t, "a root was forged", s, nil, "day 2026-11-24: has other entries than when its root was made", "day 2026-11-25: its root does not follow")
	})
}

// TestFirstDays: who removes the first days with their roots is found by the root
// that is then the first.
func TestFirstDays(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		does(t, s, 1, subscriber.Import, 0)
		does(t, s, 1, subscriber.Erase, 0)
		does(t, s, 2, subscriber.Import, 2)
		closed(t, s, 5)
		for _, e := range entries(t, s)[:2] {
			s.remove(t, e)
		}
		s.unroot(t, "2026-11-23")
		s.unroot(t, "2026-11-24")
		found(t, "the first two days", s, nil, "day 2026-11-24: has no root, and the day after has one that follows it")
	})
}
