package consent_test

import (
	"encoding/json"
	"strings"
	"testing"

	"broadsheet/functions/internal/subscriber"
)

// TestErased: after an erasure the chain is closed, verifies, and nothing leads
// from the person to it or from it to the person: no address, no id, no key.
func TestErased(t *testing.T) {
	for _, kind := range []subscriber.Kind{subscriber.Erase, subscriber.Forget} {
		onBoth(t, func(t *testing.T, s insider) {
			does(t, s, 1, subscriber.Import, 0)
			does(t, s, 1, subscriber.Unsubscribe, 1)
			key := record(t, s, 1).Chain.Key
			does(t, s, 1, kind, 2)
			does(t, s, 2, subscriber.Import, 2)
			closed(t, s, 5)
			r, findings := verified(t, s, nil)
			if r.Findings != 0 || r.Closed != 1 || r.People != 1 || r.Entries != 4 || r.Without != 0 {
				t.Errorf("after %s: %+v %v", kind, r, findings)
			}
			if p := record(t, s, 1); p.Chain != (subscriber.Chain{}) {
				t.Errorf("after %s the record leads to %+v", kind, p.Chain)
			}
			b, err := json.Marshal(entries(t, s))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"example.org", person(1).String(), person(2).String(), key, "import", "unsubscribe", "paper", "network", "12:00"} {
				if strings.Contains(string(b), name) {
					t.Errorf("after %s the ledger shows %q: %s", kind, name, b)
				}
			}
			for _, e := range entries(t, s) {
				if len(e.Sealed) != len(entries(t, s)[0].Sealed) {
					t.Errorf("after %s an entry has %d sealed letters, another %d: the length tells what it is", kind, len(e.Sealed), len(entries(t, s)[0].Sealed))
				}
			}
			// Who comes back begins a new chain.
			does(t, s, 1, subscriber.Request, 3)
			does(t, s, 1, subscriber.Confirm, 3, func(e *subscriber.Event) { e.Generation = record(t, s, 1).Generation })
			if p := record(t, s, 1); p.Status != subscriber.Confirmed || p.Chain.Number != 1 || p.Chain.Key == key {
				t.Errorf("who came back is %s with entry %d", p.Status, p.Chain.Number)
			}
			s.unroot(t, "2026-11-26")
			s.unroot(t, "2026-11-27")
			closed(t, s, 5)
			found(t, "who came back", s, nil)
		})
	}
}

// TestUnconfirmed: a request alone leaves nothing in the ledger, however its
// record goes.
func TestUnconfirmed(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		does(t, s, 1, subscriber.Request, 0)
		does(t, s, 2, subscriber.Request, 0)
		does(t, s, 1, subscriber.Sweep, 40)
		does(t, s, 2, subscriber.Erase, 0)
		if all := entries(t, s); len(all) != 0 {
			t.Errorf("the ledger has %v", all)
		}
	})
}

// TestOldRecords: records from before there was a ledger are counted, and begin
// their chain with their next change.
func TestOldRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		for n := range 3 {
			does(t, s, n, subscriber.Import, 0)
			s.unlink(t, person(n))
		}
		for _, e := range entries(t, s) {
			s.remove(t, e)
		}
		if r, findings := verified(t, s, nil); r.Without != 3 || r.People != 0 || r.Findings != 0 {
			t.Errorf("%+v %v", r, findings)
		}
		does(t, s, 0, subscriber.Unsubscribe, 1)
		does(t, s, 1, subscriber.Erase, 1)
		if r, findings := verified(t, s, nil); r.Without != 1 || r.People != 1 || r.Entries != 1 || r.Findings != 0 {
			t.Errorf("after they left: %+v %v", r, findings)
		}
	})
}
