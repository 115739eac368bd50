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
