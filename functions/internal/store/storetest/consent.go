package storetest

import (
	"fmt"
	"testing"
	"time"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// verifies fails unless the ledger of consent fits the records. The roots are
// made first, of the days that the suite has come to.
func verifies(t *testing.T, s Store) consent.Report {
	t.Helper()
	later := start().AddDate(0, 0, 50)
	if _, err := consent.CloseDays(t.Context(), s, later); err != nil {
		t.Fatal(err)
	}
	r, err := consent.VerifyAll(t.Context(), s, later, nil, func(f consent.Finding) { t.Error(f) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ledger checks that entries come by day, chain and number however many there
// are, that a part of them can be asked for, and that a day has one root.
func ledger(t *testing.T, s Store) {
	const people = 700 // more than a page of any store
	for n := range people {
		record(t, s, event(subscriber.Import, person(n), "1", start()))
	}
	for n := range people {
		e := event([]subscriber.Kind{subscriber.Unsubscribe, subscriber.Erase, subscriber.Forget}[n%3], person(n), "2", start().Add(time.Hour))
		if n%2 == 0 {
			e.At = start().AddDate(0, 0, 1)
		}
		record(t, s, e)
	}
	last, first := "", 0
	for e, err := range s.Entries(t.Context(), start().Format(time.DateOnly), "") {
		if err != nil {
			t.Fatal(err)
		}
		place := fmt.Sprintf("%s %06d", e.Chain, e.Number)
		if place <= last {
			t.Fatalf("%s comes behind %s", place, last)
		}
		if last = place; e.Chain[0] == 'a' {
			first++
		}
	}
	part := 0
	for e, err := range s.Entries(t.Context(), start().Format(time.DateOnly), "a") {
		if part++; err != nil || e.Chain[0] != 'a' {
			t.Fatalf("asked for a: %s, %v", e.Chain, err)
		}
	}
	if part != first || part == 0 {
		t.Errorf("asked for a: %d entries, of %d", part, first)
	}
	r := verifies(t, s)
	if r.Entries != 2*people || r.People != (people+2)/3 || r.Closed != people-(people+2)/3 || r.Without != 0 || r.Days != 50 {
		t.Errorf("verified: %+v", r)
	}
	root := r.Newest
	root.Hash = "another"
	if saved, err := s.SaveRoot(t.Context(), root); saved || err != nil {
		t.Errorf("another root for a day: saved %v, %v", saved, err)
	}
	for got, err := range s.Roots(t.Context(), root.Day) {
		if err != nil || got != r.Newest {
			t.Errorf("the root is %+v, %v", got, err)
		}
	}
}

// due checks that exactly the records of which something is kept for a while only
// are given, save requests, which a store may delete by itself.
func due(t *testing.T, s Store) {
	for n, status := range []subscriber.Status{subscriber.Confirmed, subscriber.Unsubscribed, subscriber.Bounced, subscriber.Erased} {
		for _, e := range reach(status, person(n)) {
			record(t, s, e)
		}
		again := start().AddDate(0, 0, 40)
		record(t, s, event(subscriber.Request, person(n), "again", again))
		record(t, s, event(subscriber.Unsubscribe, person(10+n), "never asked", again))
	}
	list := func() map[subscriber.ID]bool {
		found := map[subscriber.ID]bool{}
		for p, err := range s.Due(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Status != subscriber.Pending {
				found[p.ID] = p.Email != ""
			}
		}
		return found
	}
	same(t, "due", list(), map[subscriber.ID]bool{person(1): true, person(2): true, person(3): true})
	if n, err := consent.Sweep(t.Context(), s.Due(t.Context()), s, start().AddDate(0, 0, 49)); n != 3 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	same(t, "due after the sweep", list(), map[subscriber.ID]bool{})
	verifies(t, s)
}
