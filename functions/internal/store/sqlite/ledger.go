package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// ledgerSchema makes the ledger of issues. Counts stand beside the record, so
// that adding to them is no change of it.
const ledgerSchema = `
CREATE TABLE IF NOT EXISTS issues (
	id TEXT PRIMARY KEY, kind TEXT NOT NULL, number INTEGER NOT NULL, subject TEXT NOT NULL, date INTEGER NOT NULL, not_after INTEGER NOT NULL,
	topics TEXT NOT NULL, items TEXT NOT NULL, until INTEGER NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL, planned INTEGER NOT NULL,
	plan_time INTEGER NOT NULL, ended INTEGER NOT NULL, version INTEGER NOT NULL,
	sent INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0,
	bounced INTEGER NOT NULL DEFAULT 0, complained INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
	issue TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL, owner TEXT NOT NULL, lease INTEGER NOT NULL,
	at INTEGER NOT NULL, message_id TEXT NOT NULL, reason TEXT NOT NULL, bounced INTEGER NOT NULL, complained INTEGER NOT NULL,
	PRIMARY KEY (issue, id)
) STRICT, WITHOUT ROWID;
`

const (
	issueColumns    = `id, kind, number, subject, date, not_after, topics, items, until, stage, reason, planned, plan_time, ended, version`
	countColumns    = `sent, skipped, failed, unknown, bounced, complained`
	deliveryColumns = `issue, id, state, attempt, owner, lease, at, message_id, reason, bounced, complained`
)

// Issue implements issue.Issues.
func (s *Store) Issue(ctx context.Context, id string) (issue.Issue, error) {
	i, err := scanIssue(s.read.QueryRowContext(ctx, "SELECT "+issueColumns+", "+countColumns+" FROM issues WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return issue.Issue{ID: id}, nil
	}
	return i, s.wrap("issue", err)
}

// Issues implements issue.Issues.
func (s *Store) Issues(ctx context.Context) ([]issue.Issue, error) {
	found, err := all(ctx, s.read, scanIssue, "SELECT "+issueColumns+", "+countColumns+" FROM issues ORDER BY plan_time DESC, id")
	return found, s.wrap("issues", err)
}

// Save implements issue.Issues.
func (s *Store) Save(ctx context.Context, i issue.Issue) (saved bool, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		values := []any{i.ID, i.Kind, i.Number, i.Subject, millis(i.Date), millis(i.NotAfter), list(i.Topics), list(i.Items), millis(i.Until),
			i.Stage, i.Reason, i.Planned, millis(i.PlanTime), millis(i.Ended), i.Version + 1}
		var result sql.Result
		if i.Version == 0 {
			result, err = tx.ExecContext(ctx, "INSERT INTO issues ("+issueColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values...)
		} else {
			result, err = tx.ExecContext(ctx, "UPDATE issues SET ("+issueColumns+") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? AND version = ?", append(values, i.ID, i.Version)...)
		}
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		saved = n == 1
		return err
	})
	return saved && err == nil, s.wrap("save issue", err)
}

// Add implements issue.Issues.
func (s *Store) Add(ctx context.Context, id string, c issue.Counts) error {
	err := s.transact(ctx, func(tx *sql.Tx) error { return addCounts(ctx, tx, id, c) })
	return s.wrap("count", err)
}

func addCounts(ctx context.Context, tx *sql.Tx, id string, c issue.Counts) error {
	_, err := tx.ExecContext(ctx, `UPDATE issues SET sent = sent + ?, skipped = skipped + ?, failed = failed + ?, unknown = unknown + ?,
		bounced = bounced + ?, complained = complained + ? WHERE id = ?`, c.Sent, c.Skipped, c.Failed, c.Unknown, c.Bounced, c.Complained, id)
	return err
}

// Audience implements issue.Roster.
func (s *Store) Audience(ctx context.Context, digit int) iter.Seq2[subscriber.Subscriber, error] {
	first := fmt.Sprintf("%x", digit)
	return s.pages(ctx, "SELECT "+columns+" FROM people WHERE rank = 2 AND id > ? AND substr(id, 1, 1) = '"+first+"' ORDER BY id LIMIT ?", first)
}

// Plan implements issue.Roster, in one transaction.
func (s *Store) Plan(ctx context.Context, id string, people []subscriber.ID, at time.Time) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		for _, p := range people {
			if _, _, err := move(ctx, tx, issue.Change{Step: issue.Plan, Issue: id, ID: p, At: at}); err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("plan", err)
}

// People implements issue.Rows.
func (s *Store) People(ctx context.Context, ids []subscriber.ID) ([]subscriber.Subscriber, error) {
	var people []subscriber.Subscriber
	for _, id := range ids {
		p, found, err := s.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if found {
			people = append(people, p)
		}
	}
	return people, nil
}

// Move implements issue.Rows. The transaction holds the write lock, so that a
// person cannot leave between the check and the claim.
func (s *Store) Move(ctx context.Context, c issue.Change) (d issue.Delivery, outcome issue.Outcome, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		d, outcome, err = move(ctx, tx, c)
		return err
	})
	return d, outcome, s.wrap(c.Step.String(), err)
}

// move applies a change to a row.
func move(ctx context.Context, tx *sql.Tx, c issue.Change) (issue.Delivery, issue.Outcome, error) {
	before, err := delivery(ctx, tx, c.Issue, c.ID)
	if err != nil {
		return before, issue.Dropped, err
	}
	d, outcome := issue.Apply(before, c)
	if outcome != issue.Applied {
		return before, outcome, nil
	}
	if c.Step == issue.Claim {
		p, _, err := get(ctx, tx, c.ID)
		if err != nil || p.Status != subscriber.Confirmed {
			return before, issue.Left, err
		}
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO deliveries ("+deliveryColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.Issue, d.ID.String(), d.State, d.Attempt, d.Owner, millis(d.Lease), millis(d.At), d.MessageID, d.Reason, d.Bounced, d.Complained)
	if tally := c.Tally(); err == nil && tally != (issue.Counts{}) {
		err = addCounts(ctx, tx, c.Issue, tally)
	}
	return d, outcome, err
}

func delivery(ctx context.Context, q querier, id string, person subscriber.ID) (issue.Delivery, error) {
	d, err := scanDelivery(q.QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM deliveries WHERE issue = ? AND id = ?", id, person.String()))
	if errors.Is(err, sql.ErrNoRows) {
		return issue.Delivery{Issue: id, ID: person}, nil
	}
	return d, err
}

// Deliveries implements issue.Lister. Between pages it holds no connection.
func (s *Store) Deliveries(ctx context.Context, id string, digit int) iter.Seq2[issue.Delivery, error] {
	first := fmt.Sprintf("%x", digit)
	return paged(s, "deliveries", first, func(d issue.Delivery) subscriber.ID { return d.ID }, func(last string) ([]issue.Delivery, error) {
		return all(ctx, s.read, scanDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE issue = ? AND id > ? AND id < ? ORDER BY id LIMIT ?", id, last, first+"g", pageSize)
	})
}

func scanIssue(row scanner) (issue.Issue, error) {
	var i issue.Issue
	var topics, items string
	c := &i.Counts
	err := row.Scan(&i.ID, &i.Kind, &i.Number, &i.Subject, (*instant)(&i.Date), (*instant)(&i.NotAfter), &topics, &items, (*instant)(&i.Until),
		&i.Stage, &i.Reason, &i.Planned, (*instant)(&i.PlanTime), (*instant)(&i.Ended), &i.Version,
		&c.Sent, &c.Skipped, &c.Failed, &c.Unknown, &c.Bounced, &c.Complained)
	if err != nil {
		return i, err
	}
	return i, errors.Join(json.Unmarshal([]byte(topics), &i.Topics), json.Unmarshal([]byte(items), &i.Items))
}

func scanDelivery(row scanner) (issue.Delivery, error) {
	var d issue.Delivery
	var id string
	err := row.Scan(&d.Issue, &id, &d.State, &d.Attempt, &d.Owner, (*instant)(&d.Lease), (*instant)(&d.At), &d.MessageID, &d.Reason, &d.Bounced, &d.Complained)
	if err != nil {
		return d, err
	}
	d.ID, err = subscriber.ParseID(id)
	return d, err
}
