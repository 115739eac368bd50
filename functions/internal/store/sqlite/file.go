package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// magic is how every SQLite file begins (https://sqlite.org/fileformat.html).
	magic = "SQLite format 3\x00"
	// applicationID marks files as ours: "Brds".
	applicationID = 0x42726473
	// schemaVersion is the version of the tables that this program knows.
	schemaVersion = 2
)

var errLocked = errors.New("another program has locked it; end that program or its open transaction, then try again")

// prepareFile makes an empty file with mode 0600, or checks the one there is.
func prepareFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("store %s: its folder does not exist; make it: mkdir -p %s", path, filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("store %s: this user may not read and write it; change its owner or mode, or choose another folder (DATA_DIR)", path)
	case err != nil:
		return fmt.Errorf("store %s: cannot be opened: %w; choose a file in a folder you may write in", path, err)
	}
	defer f.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fmt.Errorf("store %s: cannot be read: %w; is it a file?", path, err)
	}
	if n > 0 && !bytes.Equal(head[:n], []byte(magic)) {
		return foreign(path)
	}
	// Somebody may have copied it with a wider mode: it holds addresses.
	if err := f.Chmod(0o600); err != nil {
		return fmt.Errorf("store %s: its mode cannot be set to 0600: %w; change its owner", path, err)
	}
	return nil
}

func foreign(path string) error {
	return fmt.Errorf("store %s: a foreign file, not a store of Broadsheet; move it away or choose another folder (DATA_DIR)", path)
}

// wrap adds which file it was, and what to do where SQLite's words do not say.
func (s *Store) wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case isCode(err, sqlite3.SQLITE_NOTADB), isCode(err, sqlite3.SQLITE_CORRUPT):
		return fmt.Errorf("%w; %w; restore it from a backup", foreign(s.path), err)
	case isCode(err, sqlite3.SQLITE_READONLY), isCode(err, sqlite3.SQLITE_CANTOPEN):
		return fmt.Errorf("store %s: %s: %w; make the file and its folder writable for this user", s.path, doing, err)
	case isCode(err, sqlite3.SQLITE_FULL):
		return fmt.Errorf("store %s: %s: %w; free some space on the disk", s.path, doing, err)
	default:
		return fmt.Errorf("store %s: %s: %w", s.path, doing, err)
	}
}

// setUp makes the tables of a new file and checks those of an old one.
func (s *Store) setUp(ctx context.Context) error {
	if err := s.checkOwner(ctx); err != nil {
		return err
	}
	// Changing the mode needs the file for itself, and SQLite does not wait for it.
	err := untilFree(ctx, func() error {
		_, err := s.write.ExecContext(ctx, "PRAGMA journal_mode=WAL")
		return err
	})
	if err != nil {
		return s.wrap("open", err)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, schema+ledgerSchema+consentSchema); err != nil {
			return err
		}
		return renew(ctx, tx)
	})
	return s.wrap("open", err)
}

// renew brings the tables of an older program up to date. The ledger of consent
// begins then: an older program would lose the link of a record that it writes.
func renew(ctx context.Context, tx *sql.Tx) error {
	version := 0
	if err := tx.QueryRowContext(ctx, "SELECT version FROM schema").Scan(&version); err != nil || version == schemaVersion {
		return err
	}
	_, err := tx.ExecContext(ctx, `ALTER TABLE people ADD COLUMN chain_key TEXT NOT NULL DEFAULT '';
		ALTER TABLE people ADD COLUMN chain_number INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE people ADD COLUMN chain_day TEXT NOT NULL DEFAULT '';
		ALTER TABLE people ADD COLUMN chain_hash TEXT NOT NULL DEFAULT '';
		UPDATE schema SET version = 2`)
	return err
}

// checkOwner refuses the database of another program, or of a newer one of
// ours, before anything is written to it.
func (s *Store) checkOwner(ctx context.Context) error {
	var owner, tables int
	err := untilFree(ctx, func() error {
		return s.read.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)").Scan(&owner, &tables)
	})
	if err != nil {
		return s.wrap("open", err)
	}
	if owner != applicationID && (owner != 0 || tables > 0) {
		return foreign(s.path)
	}
	if owner != applicationID {
		return nil
	}
	version := 0
	if err := s.read.QueryRowContext(ctx, "SELECT version FROM schema").Scan(&version); err != nil {
		return s.wrap("open", err)
	}
	if version > schemaVersion {
		return fmt.Errorf("store %s: its tables have version %d, this program knows up to %d; use the newer program that wrote it, or a backup from before", s.path, version, schemaVersion)
	}
	return nil
}
