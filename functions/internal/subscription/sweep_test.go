package subscription_test

import (
	"testing"
	"time"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// TestSweep: what was kept for a while is deleted when its time is over, and not
// before; who is subscribed stays.
func TestSweep(t *testing.T) {
	c := newCloud(t)
	c.kinds(t) // one person of each kind
	c.post("unsubscribed@example.org", "subscribe")
	count := func() (records, addresses int) {
		for p, err := range c.store.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			records++
			if p.Email != "" {
				addresses++
			}
		}
		return records, addresses
	}
	sweep := func(after time.Duration, wantSwept, wantRecords, wantAddresses int) {
		t.Helper()
		swept, err := consent.Sweep(t.Context(), c.store.All(t.Context()), c.store, c.now.Add(after))
		records, addresses := count()
		if err != nil || swept != wantSwept || records != wantRecords || addresses != wantAddresses {
			t.Errorf("after %v: swept %d, left %d records with %d addresses (%v); want %d, %d, %d", after, swept, records, addresses, err, wantSwept, wantRecords, wantAddresses)
		}
	}
	sweep(0, 0, 4, 4)
	sweep(9*24*time.Hour, 1, 4, 3)  // the address of who left and asked again
	sweep(31*24*time.Hour, 1, 3, 2) // the request that nobody confirmed
	sweep(99*24*time.Hour, 0, 3, 2)
	if p := c.record(t, "unsubscribed@example.org"); p.Status != subscriber.Unsubscribed || p.Email != "" {
		t.Errorf("who left is %s", p.Status)
	}
}
