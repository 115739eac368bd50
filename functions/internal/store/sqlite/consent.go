package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"broadsheet/functions/internal/consent"
)

// consentSchema makes the ledger of consent. Rows are only ever added; the hash is
// part of the key, so that no entry can take another one's place.
const consentSchema = `
CREATE TABLE IF NOT EXISTS consent (
	day TEXT NOT NULL, chain TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL, previous TEXT NOT NULL, closed INTEGER NOT NULL, sealed TEXT NOT NULL,
	PRIMARY KEY (day, chain, number, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS roots (day TEXT PRIMARY KEY, entries INTEGER NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
`

func putEntry(ctx context.Context, tx *sql.Tx, e consent.Entry) error {
	_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO consent VALUES (?, ?, ?, ?, ?, ?, ?)", e.Day, e.Chain, e.Number, e.Hash, e.Previous, e.Closed, e.Sealed)
	return err
}

// KeepEntry keeps an entry of a backup.
func (s *Store) KeepEntry(ctx context.Context, e consent.Entry) error {
	return s.wrap("keep entry", s.transact(ctx, func(tx *sql.Tx) error { return putEntry(ctx, tx, e) }))
}

// Entries implements consent.Reader. Between pages it holds no connection.
func (s *Store) Entries(ctx context.Context, day, digits string) iter.Seq2[consent.Entry, error] {
	return func(yield func(consent.Entry, error) bool) {
		last := consent.Entry{Chain: digits}
		for {
			page, err := all(ctx, s.read, scanEntry, `SELECT day, chain, number, hash, previous, closed, sealed FROM consent
				WHERE day = ? AND (chain, number, hash) > (?, ?, ?) AND chain < ? ORDER BY chain, number, hash LIMIT ?`,
				day, last.Chain, last.Number, last.Hash, digits+"g", pageSize)
			if err != nil {
				yield(consent.Entry{}, s.wrap("entries", err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
			last = page[len(page)-1]
		}
	}
}

func scanEntry(row scanner) (consent.Entry, error) {
	var e consent.Entry
	err := row.Scan(&e.Day, &e.Chain, &e.Number, &e.Hash, &e.Previous, &e.Closed, &e.Sealed)
	return e, err
}

// Roots implements consent.Reader: a few thousand in ten years.
func (s *Store) Roots(ctx context.Context, from string) iter.Seq2[consent.Root, error] {
	return func(yield func(consent.Root, error) bool) {
		roots, err := all(ctx, s.read, scanRoot, "SELECT day, entries, previous, hash FROM roots WHERE day >= ? ORDER BY day", from)
		if err != nil {
			yield(consent.Root{}, s.wrap("roots", err))
			return
		}
		for _, r := range roots {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func scanRoot(row scanner) (consent.Root, error) {
	var r consent.Root
	err := row.Scan(&r.Day, &r.Entries, &r.Previous, &r.Hash)
	return r, err
}

// SaveRoot implements consent.Ledger.
func (s *Store) SaveRoot(ctx context.Context, r consent.Root) (saved bool, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO roots VALUES (?, ?, ?, ?)", r.Day, r.Entries, r.Previous, r.Hash)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		saved = n == 1
		return err
	})
	if err != nil {
		return false, s.wrap("root", fmt.Errorf("of %s: %w", r.Day, err))
	}
	return saved, nil
}
