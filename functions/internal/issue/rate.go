package issue

import (
	"context"
	"math"
	"sync"
	"time"
)

// Rate keeps calls to the mail service below what the account may send. In any
// window of one second no more calls start than the quota has; Throttled makes
// it slower for a while. A Rate without a quota does not wait.
//
// The first second belongs to nobody: another process may have just ended.
type Rate struct {
	now func() time.Time

	mu      sync.Mutex
	quota   float64     // calls a second
	pace    float64     // calls a second for now, at most quota
	next    time.Time   // when the next call is due by the pace
	starts  []time.Time // a ring of the last calls, one for each the quota has
	oldest  int
	refused int // transient refusals in a row
}

// NewRate returns a Rate with a quota of calls a second; 0 is no limit.
func NewRate(perSecond float64, now func() time.Time) *Rate {
	r := &Rate{now: now}
	r.Set(perSecond)
	return r
}

// Set changes the quota. The same one again changes nothing.
func (r *Rate) Set(perSecond float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if perSecond == r.quota {
		return
	}
	r.quota, r.pace = perSecond, perSecond
	if perSecond <= 0 {
		r.starts = nil
		return
	}
	r.starts = make([]time.Time, max(1, int(perSecond)))
	r.oldest = 0
	for i := range r.starts {
		r.starts[i] = r.now()
	}
}

// PerSecond is the pace of the moment.
func (r *Rate) PerSecond() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pace
}

// Pace waits for the next place in an even row of calls. It comes before the
// claim, so that a claim is not held while waiting.
func (r *Rate) Pace(ctx context.Context) error {
	r.mu.Lock()
	if r.pace <= 0 {
		r.mu.Unlock()
		return ctx.Err()
	}
	now := r.now()
	if r.next.Before(now) {
		r.next = now
	}
	due := r.next
	r.next = due.Add(time.Duration(math.Ceil(float64(time.Second) / r.pace)))
	r.mu.Unlock()
	return sleep(ctx, due.Sub(now))
}

// Start waits until one more call keeps every window of a second within the
// quota, and counts it. It comes right before the call.
func (r *Rate) Start(ctx context.Context) error {
	for {
		r.mu.Lock()
		if r.quota <= 0 {
			r.mu.Unlock()
			return ctx.Err()
		}
		window := time.Second
		if r.quota < 1 {
			window = time.Duration(math.Ceil(float64(time.Second) / r.quota))
		}
		now := r.now()
		wait := r.starts[r.oldest].Add(window).Sub(now)
		if wait <= 0 {
			r.starts[r.oldest] = now
			r.oldest = (r.oldest + 1) % len(r.starts)
			r.mu.Unlock()
			return ctx.Err()
		}
		r.mu.Unlock()
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// slowest is the pace below which throttling does not slow down any more.
const slowest = 0.2

// Throttled halves the pace and returns how many refusals came in a row.
func (r *Rate) Throttled() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
	if r.quota > 0 {
		r.pace = max(r.pace/2, min(slowest, r.quota))
		r.next = r.now().Add(time.Duration(float64(time.Second) / r.pace))
	}
	return r.refused
}

// Accepted lets the pace grow again by a hundredth of the quota.
func (r *Rate) Accepted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = 0
	r.pace = min(r.quota, r.pace+r.quota/100)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
