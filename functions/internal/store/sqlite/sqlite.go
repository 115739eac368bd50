// Package sqlite keeps subscribers in one SQLite file: the embedded default of
// a laptop, with the meaning of subscriber.Limits.Apply, row for row.
//
// Several programs may open the file at once. Each Record is one transaction
// that takes the write lock before it reads (BEGIN IMMEDIATE), so that nothing
// can come between reading, deciding and writing. The file is in WAL mode, so
// readers never wait, with synchronous=FULL, so that an answered Record survives
// a power cut. Instants are kept in Unix milliseconds, 0 for none.
//
// A record is a row of plain columns, readable with the sqlite3 tool:
//
//	sqlite3 broadsheet.db "SELECT status, count(*) FROM people GROUP BY status"
//
// The file holds addresses: it is made with mode 0600, deleted content is
// overwritten, and an erasure also empties the write-ahead log.
//
// Beside it stands <file>.journal, one JSON line for each time somebody left:
// id, rank and instant, no address. A copy of the store that is put back does
// not touch it, so that nobody who left comes back.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

const (
	// busyWait is how long SQLite itself waits for a lock. It cannot be
	// interrupted while it does, so it is short and the waiting is done here.
	busyWait = 100 * time.Millisecond
	// lockPatience is how long a lock is waited for without a deadline.
	lockPatience = 5 * time.Second
)

// Store is an open file.
type Store struct {
	path   string
	limits subscriber.Limits
	write  *sql.DB // one connection: writers of this process queue here, not at the file
	read   *sql.DB
}

// Open opens the file at path and makes it if there is none; the folder must
// exist. The error says what is wrong with the file and how to mend it.
func Open(ctx context.Context, path string, limits subscriber.Limits) (*Store, error) {
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, limits: limits}
	var err error
	if s.write, err = sql.Open("sqlite", dsn(path, "immediate")); err == nil {
		s.read, err = sql.Open("sqlite", dsn(path, "deferred"))
	}
	if err != nil {
		return nil, s.wrap("open", err)
	}
	s.write.SetMaxOpenConns(1)
	s.read.SetMaxOpenConns(8)
	if err := s.setUp(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// dsn names the file with the settings of each connection.
func dsn(path, lock string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds()),
		"synchronous(FULL)",
		"secure_delete(ON)",
	}}
	file := url.URL{Path: path}
	return "file:" + file.EscapedPath() + "?" + q.Encode()
}

// Close closes the file.
func (s *Store) Close() error {
	var err error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// Record applies one event in one atomic step. After an error the event may or
// may not have been applied: call again with the same Op.
func (s *Store) Record(ctx context.Context, e subscriber.Event) (subscriber.Result, error) {
	var result subscriber.Result
	err := s.transact(ctx, func(tx *sql.Tx) error {
		before, _, err := get(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		result, err = s.decide(ctx, tx, before, e)
		if err != nil || result.Outcome != subscriber.Applied || e.Op != "" && e.Op == before.Op {
			return err
		}
		entry, err := consent.Append(before, &result.Subscriber, e)
		if err != nil {
			return err
		}
		if entry != nil {
			if err := putEntry(ctx, tx, *entry); err != nil {
				return err
			}
		}
		return s.keep(ctx, tx, before, result.Subscriber)
	})
	if err != nil {
		return subscriber.Result{}, s.wrap("record", err)
	}
	if gone := e.Kind == subscriber.Erase || e.Kind == subscriber.Sweep || e.Kind == subscriber.Forget; gone && result.Outcome == subscriber.Applied {
		// The log still holds the address. Another reader may be using it; then the
		// next checkpoint empties it.
		_, _ = s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return result, nil
}

// decide applies an event to a record and takes from the counters.
func (s *Store) decide(ctx context.Context, tx *sql.Tx, before subscriber.Subscriber, e subscriber.Event) (subscriber.Result, error) {
	before.ID = e.ID
	result := s.limits.Apply(before, e)
	if e.Op != "" && e.Op == before.Op {
		return result, nil
	}
	limited := func(c subscriber.Counter) subscriber.Result {
		return subscriber.Result{Outcome: subscriber.Limited, Subscriber: before, Full: c.Key}
	}
	if e.Post.Key != "" {
		if free, err := take(ctx, tx, e.Post, e.At); err != nil || !free {
			return limited(e.Post), err
		}
	}
	if result.Mail == subscriber.NoMail {
		return result, nil
	}
	for _, c := range e.Mails {
		if free, err := look(ctx, tx, c, e.At); err != nil || !free {
			return limited(c), err
		}
	}
	for _, c := range e.Mails {
		if _, err := take(ctx, tx, c, e.At); err != nil {
			return result, err
		}
	}
	return result, nil
}

// keep writes the record, or deletes it if nothing is left of it, and appends to
// the journal if the person left.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, before, after subscriber.Subscriber) error {
	if after.Status == subscriber.None {
		if err := s.forgetJournal(after.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM people WHERE id = ?", after.ID.String())
		return err
	}
	if leave, ok := subscriber.Left(before, after); ok {
		if err := s.appendJournal(leave); err != nil {
			return err
		}
	}
	return put(ctx, tx, after)
}

// Get returns what the last answered Record of any program wrote. It gives the
// record as it is kept: ask Subscriber.Current how it counts now.
func (s *Store) Get(ctx context.Context, id subscriber.ID) (subscriber.Subscriber, bool, error) {
	p, found, err := get(ctx, s.read, id)
	return p, found, s.wrap("get", err)
}

// Take counts one use of a limit and tells whether it was still free.
func (s *Store) Take(ctx context.Context, c subscriber.Counter, at time.Time) (bool, error) {
	free := false
	err := s.transact(ctx, func(tx *sql.Tx) (err error) {
		free, err = take(ctx, tx, c, at)
		return err
	})
	return free && err == nil, s.wrap("count", err)
}

// transact runs f in a transaction that holds the write lock from the start.
func (s *Store) transact(ctx context.Context, f func(*sql.Tx) error) error {
	var tx *sql.Tx
	err := untilFree(ctx, func() (err error) {
		tx, err = s.write.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// untilFree repeats f while another program holds the lock. f must have done
// nothing when it finds the file busy.
func untilFree(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, errLocked)
	defer cancel()
	for {
		err := f()
		if !isCode(err, sqlite3.SQLITE_BUSY) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// isCode tells whether err is SQLite's with that primary code.
func isCode(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == code
}
