// Package issuetest has what tests of sending need: a ledger in memory that is
// nothing but issue.Apply under a lock, a mail service that counts what it
// accepted, and a way to let any call fail.
package issuetest

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// Ledger is a ledger in memory. It passes the contract of storetest. The zero
// value is empty.
type Ledger struct {
	mu     sync.Mutex
	people [16]map[subscriber.ID]subscriber.Subscriber
	issues map[string]issue.Issue
	rows   map[string]*[16]map[subscriber.ID]issue.Delivery
	Writes int // of rows
}

// Put sets the record of a person.
func (l *Ledger) Put(p subscriber.Subscriber) {
	l.mu.Lock()
	defer l.mu.Unlock()
	part := &l.people[p.ID[0]>>4]
	if *part == nil {
		*part = map[subscriber.ID]subscriber.Subscriber{}
	}
	(*part)[p.ID] = p
}

// Issue implements issue.Issues.
func (l *Ledger) Issue(ctx context.Context, id string) (issue.Issue, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.issues[id]
	i.ID = id
	return i, ctx.Err()
}

// Issues implements issue.Issues.
func (l *Ledger) Issues(ctx context.Context) ([]issue.Issue, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Collect(maps.Values(l.issues))
	slices.SortFunc(all, func(a, b issue.Issue) int { return cmp.Or(b.PlanTime.Compare(a.PlanTime), cmp.Compare(a.ID, b.ID)) })
	return all, ctx.Err()
}

// Save implements issue.Issues.
func (l *Ledger) Save(ctx context.Context, i issue.Issue) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.issues[i.ID]
	if ctx.Err() != nil || old.Version != i.Version {
		return false, ctx.Err()
	}
	if l.issues == nil {
		l.issues = map[string]issue.Issue{}
	}
	i.Version++
	i.Counts = old.Counts
	l.issues[i.ID] = i
	return true, nil
}

// Add implements issue.Issues.
func (l *Ledger) Add(ctx context.Context, id string, c issue.Counts) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() == nil {
		l.add(id, c)
	}
	return ctx.Err()
}

func (l *Ledger) add(id string, c issue.Counts) {
	if i, ok := l.issues[id]; ok {
		i.Counts = i.Counts.Plus(c)
		l.issues[id] = i
	}
}

// Audience implements issue.Roster.
func (l *Ledger) Audience(ctx context.Context, digit int) iter.Seq2[subscriber.Subscriber, error] {
	return func(yield func(subscriber.Subscriber, error) bool) {
		l.mu.Lock()
		all := slices.Collect(maps.Values(l.people[digit]))
		l.mu.Unlock()
		for _, p := range all {
			if p.Status == subscriber.Confirmed && !yield(p, ctx.Err()) {
				return
			}
		}
	}
}

// Plan implements issue.Roster.
func (l *Ledger) Plan(ctx context.Context, id string, people []subscriber.ID, at time.Time) error {
	for _, p := range people {
		if _, _, err := l.Move(ctx, issue.Change{Step: issue.Plan, Issue: id, ID: p, At: at}); err != nil {
			return err
		}
	}
	return nil
}

// Deliveries implements issue.Lister.
func (l *Ledger) Deliveries(ctx context.Context, id string, digit int) iter.Seq2[issue.Delivery, error] {
	return func(yield func(issue.Delivery, error) bool) {
		l.mu.Lock()
		var all []issue.Delivery
		if parts := l.rows[id]; parts != nil {
			all = slices.Collect(maps.Values(parts[digit]))
		}
		l.mu.Unlock()
		for _, d := range all {
			if !yield(d, ctx.Err()) {
				return
			}
		}
	}
}

// People implements issue.Rows.
func (l *Ledger) People(ctx context.Context, ids []subscriber.ID) ([]subscriber.Subscriber, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []subscriber.Subscriber
	for _, id := range ids {
		if p, ok := l.people[id[0]>>4][id]; ok {
			all = append(all, p)
		}
	}
	return all, ctx.Err()
}

// Move implements issue.Rows.
func (l *Ledger) Move(ctx context.Context, c issue.Change) (issue.Delivery, issue.Outcome, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rows == nil {
		l.rows = map[string]*[16]map[subscriber.ID]issue.Delivery{}
	}
	parts := l.rows[c.Issue]
	if parts == nil {
		parts = new([16]map[subscriber.ID]issue.Delivery)
		l.rows[c.Issue] = parts
	}
	part := &parts[c.ID[0]>>4]
	before, ok := (*part)[c.ID]
	if !ok {
		before = issue.Delivery{Issue: c.Issue, ID: c.ID}
	}
	if err := ctx.Err(); err != nil {
		return before, issue.Dropped, err
	}
	d, outcome := issue.Apply(before, c)
	if outcome != issue.Applied {
		return before, outcome, nil
	}
	if c.Step == issue.Claim && l.people[c.ID[0]>>4][c.ID].Status != subscriber.Confirmed {
		return before, issue.Left, nil
	}
	if *part == nil {
		*part = map[subscriber.ID]issue.Delivery{}
	}
	(*part)[c.ID] = d
	l.Writes++
	l.add(c.Issue, c.Tally())
	return d, outcome, nil
}
