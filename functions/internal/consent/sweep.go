package consent

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Recorder is a store that takes events.
type Recorder interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
}

// Sweep deletes what was kept for a while only and whose time is over: requests
// that nobody confirmed, and the addresses of people who left, asked again and
// did not confirm. Readers do not count such things any more; once a day is
// often enough to delete them. It looks at the given people, a store's Due or
// all, and returns how many records were swept.
func Sweep(ctx context.Context, people iter.Seq2[subscriber.Subscriber, error], s Recorder, now time.Time) (int, error) {
	swept := 0
	for p, err := range people {
		if err != nil {
			return swept, fmt.Errorf("sweep: %w", err)
		}
		e := subscriber.Event{Kind: subscriber.Sweep, ID: p.ID, Op: rand.Text(), At: now}
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
