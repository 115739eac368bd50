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

// ledger checks that the entries of many people verify, and that a day has one
// root.
func ledger(t *testing.T, s Store) {
	const people = 30
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
	r := verifies(t, s)
	if r.Entries != 2*people || r.People != people/3 || r.Closed != people*2/3 || r.Without != 0 || r.Days != 50 {
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

// entries checks that those of a day come by chain and number however many there
// are, and that a part of them can be asked for.
func entries(t *testing.T, s Store) {
	const day, chains = "2026-11-23", 600 // more than a page of any store
	for n := range chains {
		e := consent.Entry{Day: day, Chain: fmt.Sprintf("%08x", uint32(n)*2654435761), Number: 1 + n%2*9, Sealed: "words", Hash: fmt.Sprint("hash", n)}
		if err := s.KeepEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if e.Number, e.Day = 2, "2026-11-24"; n%100 == 0 { // another day
			if err := s.KeepEntry(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if e.Day = day; n%10 == 0 { // more of one chain, and one twice
			for range 2 {
				if err := s.KeepEntry(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	last, all, part := "", 0, 0
	for e, err := range s.Entries(t.Context(), day, "") {
		if err != nil {
			t.Fatal(err)
		}
		place := fmt.Sprintf("%s %06d", e.Chain, e.Number)
		if place <= last || e.Sealed != "words" || e.Day != day {
			t.Fatalf("%+v comes behind %s", e, last)
		}
		last = place
		if all++; e.Chain[0] == 'a' {
			part++
		}
	}
	for e, err := range s.Entries(t.Context(), day, "a") {
		if part--; err != nil || e.Chain[0] != 'a' {
			t.Fatalf("asked for a: %s, %v", e.Chain, err)
		}
	}
	if all != chains+chains/10 || part != 0 {
		t.Errorf("%d entries; asked for a, %d too few", all, part)
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
