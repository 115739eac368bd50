package issue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// PageSize is how many deliveries one message of the queue names at most.
const PageSize = 50

// Page is one message of the queue: people of one issue to deliver to. Losing
// it is harmless, the rows stay queued.
type Page struct {
	Issue string          `json:"issue"`
	IDs   []subscriber.ID `json:"ids"`
}

// Queue carries pages to whoever delivers them, perhaps more than once.
type Queue interface {
	Enqueue(context.Context, ...Page) error
}

// Roster is the part of a ledger that plans: who could be mailed, and the rows.
type Roster interface {
	// Audience gives the confirmed people whose id begins with a hexadecimal
	// digit, 0 to 15.
	Audience(ctx context.Context, digit int) iter.Seq2[subscriber.Subscriber, error]
	// Plan applies the step Plan to each of those people.
	Plan(ctx context.Context, issue string, ids []subscriber.ID, at time.Time) error
	Lister
}

// Letters know the content of issues.
type Letters interface {
	// Wants tells whether a person is in the audience of an issue.
	Wants(Issue, subscriber.Subscriber) bool
	// Known says by an error why the content of an issue cannot be had.
	Known(Issue) error
}

// Planner freezes the audience of issues and queues them.
type Planner struct {
	Ledger interface {
		Issues
		Roster
	}
	Letters  Letters
	Queue    Queue
	Now      func() time.Time
	Log      *slog.Logger
	PageSize int // at most PageSize; 0 is PageSize
}

// Refusal is why an issue may not be sent. Nothing was queued.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Check returns the Refusal of an issue that may not be planned, nil if it may:
// it was sent already, its text was changed since, it is too late, its content
// is not in this edition, or nobody would get it.
func (p *Planner) Check(ctx context.Context, i Issue) error {
	all, err := p.Ledger.Issues(ctx)
	if err != nil {
		return err
	}
	for _, old := range all {
		switch {
		case old.ID == i.ID && old.Stage == Closed:
			return Refusal(fmt.Sprintf("issue %s was already sent, on %s", i.ID, old.Ended.UTC().Format(time.DateOnly)))
		case old.ID == i.ID:
			return nil // begun: its audience is frozen, going on is always right
		case i.Kind == Newsletter && old.Kind == Newsletter && old.Number == i.Number:
			return Refusal(fmt.Sprintf("number %d went out as %s and was changed since; give the new text a number of its own", i.Number, old.ID))
		}
	}
	if !i.NotAfter.IsZero() && !p.Now().Before(i.NotAfter) {
		return Refusal(fmt.Sprintf("issue %s is too late: it may not be sent after %s (not_after)", i.ID, i.NotAfter.UTC().Format("2006-01-02 15:04 MST")))
	}
	if err := p.Letters.Known(i); err != nil {
		return Refusal(err.Error())
	}
	for digit := range 16 {
		for person, err := range p.Ledger.Audience(ctx, digit) {
			if err != nil {
				return err
			}
			if p.Letters.Wants(i, person) {
				return nil
			}
		}
	}
	return Refusal(fmt.Sprintf("issue %s has no audience: no confirmed subscriber has chosen it", i.ID))
}

// Plan writes a row for everybody in the audience and queues them. An issue that
// was planned before, or half, goes on where it stopped: nobody is planned
// twice. Its error is a Refusal where Check gives one.
func (p *Planner) Plan(ctx context.Context, i Issue) (Issue, error) {
	if err := p.Check(ctx, i); err != nil {
		return i, err
	}
	kept, err := p.Ledger.Issue(ctx, i.ID)
	if err != nil {
		return i, err
	}
	if kept.Version == 0 {
		i.Stage, i.PlanTime, i.Version = Planning, p.Now(), 0
		saved, err := p.Ledger.Save(ctx, i)
		if err != nil {
			return i, err
		}
		p.Log.InfoContext(ctx, "plan", "issue", i.ID, "new", saved)
		if kept, err = p.Ledger.Issue(ctx, i.ID); err != nil {
			return i, err
		}
	}
	if kept.Stage == Planning {
		if kept, err = p.rows(ctx, kept); err != nil {
			return kept, err
		}
	}
	if kept.Stage != Ready && kept.Stage != Sending {
		return kept, nil
	}
	return kept, p.Enqueue(ctx, kept.ID)
}

// planners is how many of the 16 partitions are planned at once.
const planners = 4

// rows writes the rows and freezes the audience.
func (p *Planner) rows(ctx context.Context, i Issue) (Issue, error) {
	var group sync.WaitGroup
	errs := make([]error, 16)
	places := make(chan struct{}, planners)
	for digit := range 16 {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			errs[digit] = p.partition(ctx, i, digit)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return i, fmt.Errorf("plan %s: %w", i.ID, err)
	}
	planned := 0
	for d, err := range deliveries(ctx, p.Ledger, i.ID) {
		if err != nil {
			return i, err
		}
		if d.State != Unplanned {
			planned++
		}
	}
	return change(ctx, p.Ledger, i.ID, func(i *Issue) (bool, error) {
		if i.Stage != Planning {
			return false, nil
		}
		i.Stage, i.Planned = Ready, planned
		return true, nil
	})
}

func (p *Planner) partition(ctx context.Context, i Issue, digit int) error {
	var ids []subscriber.ID
	write := func() error {
		err := p.Ledger.Plan(ctx, i.ID, ids, p.Now())
		ids = ids[:0]
		return err
	}
	for person, err := range p.Ledger.Audience(ctx, digit) {
		if err != nil {
			return err
		}
		if !p.Letters.Wants(i, person) {
			continue
		}
		if ids = append(ids, person.ID); len(ids) == 200 {
			if err := write(); err != nil {
				return err
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return write()
}

// Enqueue puts every queued row of an issue into the queue, in pages.
func (p *Planner) Enqueue(ctx context.Context, id string) error {
	size := p.PageSize
	if size <= 0 || size > PageSize {
		size = PageSize
	}
	page := Page{Issue: id}
	send := func() error {
		if len(page.IDs) == 0 {
			return nil
		}
		err := p.Queue.Enqueue(ctx, page)
		page.IDs = nil
		return err
	}
	for d, err := range deliveries(ctx, p.Ledger, id) {
		if err != nil {
			return err
		}
		if d.State != Queued {
			continue
		}
		if page.IDs = append(page.IDs, d.ID); len(page.IDs) == size {
			if err := send(); err != nil {
				return fmt.Errorf("enqueue %s: %w", id, err)
			}
		}
	}
	return send()
}

// deliveries gives all rows of an issue, partition by partition.
func deliveries(ctx context.Context, l Lister, issue string) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		for digit := range 16 {
			for d, err := range l.Deliveries(ctx, issue, digit) {
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}
