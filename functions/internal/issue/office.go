package issue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"broadsheet/functions/internal/mail"
)

// Office is everything that sends, put together: the same on a laptop and in
// the Lambda program, which differ in what they put into Options.
type Office struct {
	Options
	Planner   *Planner
	Deliverer *Deliverer
	Closer    *Closer

	mu    sync.Mutex
	asked time.Time // when the account was last asked
}

// Options are what an Office works with.
type Options struct {
	Ledger interface {
		Issues
		Roster
		Rows
	}
	Compositor *Compositor
	Sender     Sender
	Queue      Queue
	// Account asks what the mail service lets the account send; nil: no limit.
	Account func(context.Context) (mail.Account, error)
	Share   int // how many processes share the account's rate; 0 is 1
	Now     func() time.Time
	Log     *slog.Logger
}

// NewOffice returns an Office.
func NewOffice(o Options) *Office {
	return &Office{
		Options:   o,
		Planner:   &Planner{Ledger: o.Ledger, Letters: o.Compositor, Queue: o.Queue, Now: o.Now, Log: o.Log},
		Deliverer: &Deliverer{Ledger: o.Ledger, Composer: o.Compositor, Sender: o.Sender, Rate: NewRate(0, o.Now), Now: o.Now, Log: o.Log},
		Closer:    &Closer{Ledger: o.Ledger, Now: o.Now},
	}
}

// accountAge is how long what the account may send is believed.
const accountAge = 5 * time.Minute

// keepRate follows the account's rate.
func (o *Office) keepRate(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.Account == nil || !o.asked.IsZero() && o.Now().Sub(o.asked) < accountAge {
		return nil
	}
	a, err := o.Account(ctx)
	if err != nil && !o.asked.IsZero() {
		o.Log.WarnContext(ctx, "account", "cause", err.Error())
		return nil // the rate known so far holds
	}
	if err != nil {
		return err // a rate that was never known could be passed
	}
	o.asked = o.Now()
	rate := a.PerSecond / float64(cmp.Or(o.Share, 1))
	o.Deliverer.Rate.Set(rate)
	// A page should be done well within the time a program has.
	o.Planner.PageSize = PageSize
	if rate > 0 {
		o.Planner.PageSize = max(1, min(PageSize, int(rate*pageTime.Seconds())))
	}
	return nil
}

// pageTime is how long a page should take at most.
const pageTime = 40 * time.Second

// Send plans a newsletter of the edition, by its id or number, and queues it.
func (o *Office) Send(ctx context.Context, name string) (Issue, error) {
	index, err := o.Compositor.Index()
	if err != nil {
		return Issue{}, err
	}
	letter, ok := index.Letter(name)
	if !ok {
		return Issue{}, Refusal(fmt.Sprintf("there is no issue %q in this edition", name))
	}
	if err := o.keepRate(ctx); err != nil {
		return Issue{}, err
	}
	return o.Planner.Plan(ctx, letter.Issue())
}

// Deliver delivers a page and queues again what was left of it.
func (o *Office) Deliver(ctx context.Context, page Page) (Report, error) {
	if err := o.keepRate(ctx); err != nil {
		return Report{}, err
	}
	report, err := o.Deliverer.Page(ctx, page)
	if err != nil {
		return report, err
	}
	if len(report.Left) > 0 && report.Stopped == "" {
		return report, o.Queue.Enqueue(ctx, Page{Issue: page.Issue, IDs: report.Left})
	}
	i, err := o.Ledger.Issue(ctx, page.Issue)
	if err == nil && i.Stage == Sending && i.Counts.Done() >= i.Planned {
		_, _, err = o.Closer.Sweep(ctx, page.Issue)
	}
	if err != nil {
		o.Log.WarnContext(ctx, "close", "issue", page.Issue, "cause", err.Error()) // the next sweep does it
	}
	return report, nil
}

// Tick does what the schedule is for: it goes on with issues whose planning
// broke off, reaps and closes, and sends the digests that are due. An issue that
// cannot go on does not hold up the others.
func (o *Office) Tick(ctx context.Context) error {
	all, err := o.Ledger.Issues(ctx)
	if err != nil {
		return err
	}
	if err := o.keepRate(ctx); err != nil {
		return err
	}
	var errs []error
	for _, i := range all {
		if err := o.tend(ctx, i); err != nil {
			errs = append(errs, fmt.Errorf("issue %s: %w", i.ID, err))
		}
	}
	index, err := o.Compositor.Index()
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, i := range index.Due(o.Now(), all) {
		planned, err := o.Planner.Plan(ctx, i)
		var refused Refusal
		if errors.As(err, &refused) {
			o.Log.InfoContext(ctx, "digest", "issue", i.ID, "planned", 0, "reason", err.Error())
			continue
		}
		o.Log.InfoContext(ctx, "digest", "issue", i.ID, "planned", planned.Planned)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// stalled is after how long an issue in planning has broken off.
const stalled = 20 * time.Minute

func (o *Office) tend(ctx context.Context, i Issue) error {
	switch i.Stage {
	case Planning:
		if o.Now().Sub(i.PlanTime) < stalled {
			return nil
		}
		_, err := o.Planner.Plan(ctx, i)
		return err
	case Ready, Sending, Paused:
		now, totals, err := o.Closer.Sweep(ctx, i.ID)
		if err == nil && now.Stage != Closed && totals.Queued > 0 {
			o.Log.WarnContext(ctx, "open", "issue", i.ID, "stage", string(now.Stage), "queued", totals.Queued, "reason", now.Reason)
		}
		return err
	}
	return nil
}
