package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// schema makes what is not there yet. The column rank holds the status as a
// number; status repeats it in words, for people who read the file.
const schema = `
PRAGMA application_id = 0x42726473;
CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL);
INSERT INTO schema SELECT 2 WHERE NOT EXISTS (SELECT 1 FROM schema);
CREATE TABLE IF NOT EXISTS people (
	id TEXT PRIMARY KEY, rank INTEGER NOT NULL, generation INTEGER NOT NULL, email TEXT NOT NULL,
	email_until INTEGER NOT NULL, confirmed_at INTEGER NOT NULL, left_at INTEGER NOT NULL, reason TEXT NOT NULL, expires INTEGER NOT NULL,
	mailed_at INTEGER NOT NULL, mail_day TEXT NOT NULL, mail_count INTEGER NOT NULL, asked_since INTEGER NOT NULL, asked_count INTEGER NOT NULL,
	soft_bounces TEXT NOT NULL, topics TEXT NOT NULL, frequency TEXT NOT NULL, language TEXT NOT NULL,
	consent_requested_at INTEGER NOT NULL, consent_confirmed_at INTEGER NOT NULL, consent_source TEXT NOT NULL,
	consent_shown TEXT NOT NULL, consent_method TEXT NOT NULL, consent_evidence TEXT NOT NULL, op TEXT NOT NULL,
	chain_key TEXT NOT NULL DEFAULT '', chain_number INTEGER NOT NULL DEFAULT 0, chain_day TEXT NOT NULL DEFAULT '', chain_hash TEXT NOT NULL DEFAULT '',
	status TEXT GENERATED ALWAYS AS (CASE rank WHEN 1 THEN 'pending' WHEN 2 THEN 'confirmed' WHEN 3 THEN 'unsubscribed'
		WHEN 4 THEN 'bounced' WHEN 5 THEN 'complained' WHEN 6 THEN 'erased' ELSE 'none' END) VIRTUAL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS people_confirmed ON people (id) WHERE rank = 2;
CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, taken INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counters_expires ON counters (expires);
`

// columns are those of people in the order of fields.
const columns = `id, rank, generation, email, email_until, confirmed_at, left_at, reason, expires,
	mailed_at, mail_day, mail_count, asked_since, asked_count, soft_bounces, topics, frequency, language,
	consent_requested_at, consent_confirmed_at, consent_source, consent_shown, consent_method, consent_evidence, op, chain_key, chain_number, chain_day, chain_hash`

// pageSize is how many rows an iterator reads at once. Between pages it holds
// no connection, so that the loop may record events.
const pageSize = 500

// querier is what Get and Record read through.
type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func get(ctx context.Context, q querier, id subscriber.ID) (subscriber.Subscriber, bool, error) {
	s, err := scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM people WHERE id = ?", id.String()))
	if errors.Is(err, sql.ErrNoRows) {
		return subscriber.Subscriber{ID: id}, false, nil
	}
	return s, err == nil, err
}

func put(ctx context.Context, tx *sql.Tx, s subscriber.Subscriber) error {
	marks := strings.Repeat("?, ", strings.Count(columns, ",")) + "?"
	c := s.Consent
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO people ("+columns+") VALUES ("+marks+")",
		s.ID.String(), s.Status, s.Generation, s.Email, millis(s.EmailUntil), millis(s.ConfirmedAt), millis(s.LeftAt), s.Reason, millis(s.Expires),
		millis(s.MailedAt), s.MailDay, s.MailCount, millis(s.AskedSince), s.AskedCount,
		list(s.SoftBounces), list(s.Preferences.Topics), s.Preferences.Frequency, s.Preferences.Language,
		millis(c.RequestedAt), millis(c.ConfirmedAt), c.Source, c.Shown, c.Method, c.Evidence, s.Op,
		s.Chain.Key, s.Chain.Number, s.Chain.Day, s.Chain.Hash)
	return err
}

// scan reads the columns of one row.
func scan(row scanner) (subscriber.Subscriber, error) {
	var s subscriber.Subscriber
	var id, soft, topics string
	c := &s.Consent
	err := row.Scan(&id, &s.Status, &s.Generation, &s.Email, (*instant)(&s.EmailUntil), (*instant)(&s.ConfirmedAt), (*instant)(&s.LeftAt), &s.Reason, (*instant)(&s.Expires),
		(*instant)(&s.MailedAt), &s.MailDay, &s.MailCount, (*instant)(&s.AskedSince), &s.AskedCount,
		&soft, &topics, &s.Preferences.Frequency, &s.Preferences.Language,
		(*instant)(&c.RequestedAt), (*instant)(&c.ConfirmedAt), &c.Source, &c.Shown, &c.Method, &c.Evidence, &s.Op,
		&s.Chain.Key, &s.Chain.Number, &s.Chain.Day, &s.Chain.Hash)
	if err != nil {
		return s, err
	}
	s.ID, err = subscriber.ParseID(id)
	err = errors.Join(err, json.Unmarshal([]byte(soft), &s.SoftBounces), json.Unmarshal([]byte(topics), &s.Preferences.Topics))
	if err != nil {
		return s, fmt.Errorf("row %.8s of people: %w", id, err)
	}
	return s, nil
}

// take counts one use. A key that names its window is never reset; what is over
// is deleted when the next window begins.
func take(ctx context.Context, tx *sql.Tx, c subscriber.Counter, at time.Time) (bool, error) {
	if c.Max <= 0 {
		return false, nil
	}
	if c.Renews {
		row, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES (?1, 1, ?2)
			ON CONFLICT (key) DO UPDATE SET taken = CASE WHEN expires <= ?3 THEN 1 ELSE taken + 1 END, expires = ?2
			WHERE expires <= ?3 OR taken < ?4`, c.Key, millis(c.Expires), millis(at), c.Max)
		if err != nil {
			return false, err
		}
		n, err := row.RowsAffected()
		return n == 1, err
	}
	var taken int
	err := tx.QueryRowContext(ctx, `INSERT INTO counters VALUES (?, 1, ?)
		ON CONFLICT (key) DO UPDATE SET taken = taken + 1 WHERE taken < ? RETURNING taken`, c.Key, millis(c.Expires), c.Max).Scan(&taken)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	case taken == 1:
		_, err = tx.ExecContext(ctx, "DELETE FROM counters WHERE expires <= ? AND key <> ?", millis(at), c.Key)
	}
	return err == nil, err
}

// look tells whether one use of a counter is left, and takes none.
func look(ctx context.Context, tx *sql.Tx, c subscriber.Counter, at time.Time) (free bool, err error) {
	var taken int
	var expires int64
	err = tx.QueryRowContext(ctx, "SELECT taken, expires FROM counters WHERE key = ?", c.Key).Scan(&taken, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return c.Max > 0, nil
	}
	return taken < c.Max || c.Renews && expires <= millis(at), err
}

// Confirmed gives the ids of confirmed people whose id begins with a
// hexadecimal digit, 0 to 15. It only proposes: look at the record again before
// mailing.
func (s *Store) Confirmed(ctx context.Context, digit int) iter.Seq2[subscriber.ID, error] {
	first := fmt.Sprintf("%x", digit)
	people := s.pages(ctx, "SELECT "+columns+" FROM people WHERE rank = 2 AND id > ? AND substr(id, 1, 1) = '"+first+"' ORDER BY id LIMIT ?", first)
	return func(yield func(subscriber.ID, error) bool) {
		for p, err := range people {
			if !yield(p.ID, err) {
				return
			}
		}
	}
}

// All gives every record as it is kept, by id.
func (s *Store) All(ctx context.Context) iter.Seq2[subscriber.Subscriber, error] {
	return s.pages(ctx, "SELECT "+columns+" FROM people WHERE id > ? ORDER BY id LIMIT ?", "")
}

// Due gives the records of which something is kept for a while only: requests
// that were not confirmed, and addresses of people who left and asked again.
func (s *Store) Due(ctx context.Context) iter.Seq2[subscriber.Subscriber, error] {
	return s.pages(ctx, "SELECT "+columns+" FROM people WHERE (rank = 1 OR email_until > 0) AND id > ? ORDER BY id LIMIT ?", "")
}

// pages reads the people of a query page by page.
func (s *Store) pages(ctx context.Context, query, after string) iter.Seq2[subscriber.Subscriber, error] {
	return paged(s, "list", after, func(p subscriber.Subscriber) subscriber.ID { return p.ID }, func(last string) ([]subscriber.Subscriber, error) {
		return all(ctx, s.read, scan, query, last, pageSize)
	})
}

// paged reads rows page by page, each from the last id on, and stops at the first
// error.
func paged[T any](s *Store, doing, after string, id func(T) subscriber.ID, read func(after string) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for last := after; ; {
			page, err := read(last)
			if err != nil {
				var none T
				yield(none, s.wrap(doing, err))
				return
			}
			for _, row := range page {
				if !yield(row, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
			last = id(page[len(page)-1]).String()
		}
	}
}

// scanner is a row whose columns are read.
type scanner interface{ Scan(...any) error }

// all reads every row of a query.
func all[T any](ctx context.Context, db *sql.DB, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// instant reads Unix milliseconds.
type instant time.Time

// Scan implements sql.Scanner.
func (i *instant) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("an instant is a number, not %T", v)
	}
	*i = instant{}
	if ms != 0 {
		*i = instant(time.UnixMilli(ms).UTC())
	}
	return nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// list writes a list as JSON, which the sqlite3 tool can take apart.
func list(texts []string) string {
	if len(texts) == 0 {
		return "null"
	}
	b, _ := json.Marshal(texts) // cannot fail: texts only
	return string(b)
}
