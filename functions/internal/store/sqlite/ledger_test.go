package sqlite_test

import (
	"path/filepath"
	"testing"

	"broadsheet/functions/internal/store/storetest"
)

func TestLedger(t *testing.T) {
	storetest.RunLedger(t, func(t *testing.T) storetest.LedgerOf {
		return storetest.OfStore(open(t, filepath.Join(t.TempDir(), "store.db")))
	})
}

// TestLedgerFaults lets every seventh call of a sending fail, on a real file.
func TestLedgerFaults(t *testing.T) {
	storetest.RunFaults(t, func(t *testing.T) storetest.LedgerOf {
		return storetest.OfStore(open(t, filepath.Join(t.TempDir(), "store.db")))
	}, 7)
}
