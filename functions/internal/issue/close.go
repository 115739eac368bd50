package issue

import (
	"context"
	"iter"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Totals are the exact figures of an issue, counted row by row. At the end
// Planned is Sent + Skipped + Failed + Unknown.
type Totals struct {
	Planned int `json:"planned"`
	Sent    int `json:"sent"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
	Queued  int `json:"queued"`
	Claimed int `json:"claimed"`

	Bounced    int `json:"bounced"`
	Complained int `json:"complained"`
}

func (t *Totals) add(d Delivery) {
	t.Planned++
	switch d.State {
	case Sent:
		t.Sent++
	case Skipped:
		t.Skipped++
	case Failed:
		t.Failed++
	case Unknown:
		t.Unknown++
	case Queued:
		t.Queued++
	case Claimed:
		t.Claimed++
	}
	if d.Bounced {
		t.Bounced++
	}
	if d.Complained {
		t.Complained++
	}
}

// Lister gives the rows of an issue whose id begins with a hexadecimal digit.
type Lister interface {
	Deliveries(ctx context.Context, issue string, digit int) iter.Seq2[Delivery, error]
}

// Count counts the rows of an issue. Each row is also shown to look, which may
// be nil.
func Count(ctx context.Context, l Lister, id string, look func(Delivery)) (Totals, error) {
	var t Totals
	for d, err := range deliveries(ctx, l, id) {
		if err != nil {
			return t, err
		}
		t.add(d)
		if look != nil {
			look(d)
		}
	}
	return t, nil
}

// Closer ends issues: it reaps what nobody works on any more and closes when
// nothing is open.
type Closer struct {
	Ledger interface {
		Issues
		Lister
		Move(context.Context, Change) (Delivery, Outcome, error)
	}
	Now func() time.Time
}

// Sweep reaps an issue, counts it, and closes it if no row is queued or claimed.
func (c *Closer) Sweep(ctx context.Context, id string) (Issue, Totals, error) {
	now := c.Now()
	var reaped []subscriber.ID
	totals, err := Count(ctx, c.Ledger, id, func(d Delivery) {
		if d.State == Claimed && !now.Before(d.Lease) {
			reaped = append(reaped, d.ID)
		}
	})
	if err != nil {
		return Issue{}, totals, err
	}
	for _, person := range reaped {
		_, outcome, err := c.Ledger.Move(ctx, Change{Step: Reap, Issue: id, ID: person, At: now})
		if err != nil {
			return Issue{}, totals, err
		}
		if outcome == Applied {
			totals.Claimed--
			totals.Unknown++
		}
	}
	i, err := change(ctx, c.Ledger, id, func(i *Issue) (bool, error) {
		open := i.Stage == Ready || i.Stage == Sending || i.Stage == Paused
		if !open || totals.Queued+totals.Claimed > 0 {
			return false, nil
		}
		i.Stage, i.Reason, i.Ended, i.Planned = Closed, "", now, totals.Planned
		return true, nil
	})
	return i, totals, err
}

// ResendUnknown queues the unknown deliveries of an issue again, those that are
// an hour old or more, and opens the issue. For them alone it gives up "at most
// once": whoever calls it has decided that a second mail is better than none.
func (c *Closer) ResendUnknown(ctx context.Context, id string) (n int, err error) {
	var unknown []subscriber.ID
	if _, err := Count(ctx, c.Ledger, id, func(d Delivery) {
		if d.State == Unknown {
			unknown = append(unknown, d.ID)
		}
	}); err != nil {
		return 0, err
	}
	for _, person := range unknown {
		_, outcome, err := c.Ledger.Move(ctx, Change{Step: Resend, Issue: id, ID: person, At: c.Now()})
		if err != nil {
			return n, err
		}
		if outcome == Applied {
			n++
		}
	}
	return n, c.Reopen(ctx, id)
}

// Reopen opens a closed issue again if rows of it are queued, as they are when
// ResendUnknown came no further: nothing that is queued may stay behind. Enqueue
// them then.
func (c *Closer) Reopen(ctx context.Context, id string) error {
	totals, err := Count(ctx, c.Ledger, id, nil)
	if err != nil || totals.Queued == 0 {
		return err
	}
	_, err = change(ctx, c.Ledger, id, func(i *Issue) (bool, error) {
		if i.Stage != Closed {
			return false, nil
		}
		i.Stage, i.Ended = Sending, time.Time{}
		return true, nil
	})
	return err
}
