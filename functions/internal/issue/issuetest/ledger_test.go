package issuetest_test

import (
	"testing"

	"broadsheet/functions/internal/issue/issuetest"
	"broadsheet/functions/internal/store/storetest"
	"broadsheet/functions/internal/subscriber"
)

func ledger() storetest.LedgerOf {
	l := &issuetest.Ledger{}
	put := func(status subscriber.Status) func(*testing.T, subscriber.ID) {
		return func(_ *testing.T, id subscriber.ID) {
			l.Put(subscriber.Subscriber{ID: id, Status: status, Email: "jane@example.org"})
		}
	}
	return storetest.LedgerOf{Ledger: l, Confirm: put(subscriber.Confirmed), Leave: put(subscriber.Unsubscribed)}
}

func TestContract(t *testing.T) {
	storetest.RunLedger(t, func(*testing.T) storetest.LedgerOf { return ledger() })
}

func TestFaults(t *testing.T) {
	storetest.RunFaults(t, func(*testing.T) storetest.LedgerOf { return ledger() }, 1)
}
