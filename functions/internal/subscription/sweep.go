package subscription

import (
	"context"
	"fmt"
	"iter"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Sweepable is a store that can be gone through.
type Sweepable interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
	All(context.Context) iter.Seq2[subscriber.Subscriber, error]
}

// SweepAll deletes what was kept for a while only and whose time is over: requests
// that nobody confirmed, and the addresses of people who left, asked again and
// did not confirm. Readers do not count such things any more; once a day is
// often enough to delete them. It returns how many records were swept.
func SweepAll(ctx context.Context, s Sweepable, now time.Time) (int, error) {
	swept := 0
	for p, err := range s.All(ctx) {
		if err != nil {
			return swept, fmt.Errorf("sweep: %w", err)
		}
		e := subscriber.Event{Kind: subscriber.Sweep, ID: p.ID, Op: newOp(), At: now}
		if (subscriber.Limits{}).Apply(p, e).Outcome != subscriber.Applied {
			continue // most records: no call for them
		}
		r, err := s.Record(ctx, e)
		if err != nil {
			return swept, fmt.Errorf("sweep %s: %w", p.ID.Short(), err)
		}
		if r.Outcome == subscriber.Applied {
			swept++
		}
	}
	return swept, nil
}
