package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// TestOlderFile: the file of an older program, which had no ledger, is brought up
// to date with all that is in it; its people begin their chain with their next
// change.
func TestOlderFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "older.db")
	s := open(t, path)
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	imported := subscriber.Event{Kind: subscriber.Import, ID: subscriber.ID{1}, Op: "1", At: at, Email: "jane@example.org"}
	if _, err := s.Record(t.Context(), imported); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	withSQL(t, path, `DROP TABLE consent; DROP TABLE roots; UPDATE schema SET version = 1;
		ALTER TABLE people DROP COLUMN chain_key; ALTER TABLE people DROP COLUMN chain_number;
		ALTER TABLE people DROP COLUMN chain_day; ALTER TABLE people DROP COLUMN chain_hash`)

	for range 2 { // the second opens what is up to date
		s = open(t, path)
	}
	verified := func() consent.Report {
		r, err := consent.VerifyAll(t.Context(), s, at, nil, func(f consent.Finding) { t.Error(f) })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if p, found, err := s.Get(t.Context(), imported.ID); err != nil || !found || p.Email != "jane@example.org" {
		t.Errorf("the record is %+v, %v", p, err)
	}
	if r := verified(); r.Without != 1 || r.People != 0 {
		t.Errorf("verified %+v", r)
	}
	if _, err := s.Record(t.Context(), subscriber.Event{Kind: subscriber.Unsubscribe, ID: imported.ID, Op: "2", At: at}); err != nil {
		t.Fatal(err)
	}
	if r := verified(); r.Without != 0 || r.People != 1 || r.Entries != 1 {
		t.Errorf("verified after the next change: %+v", r)
	}
}
