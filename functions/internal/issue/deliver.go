package issue

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// Rows are the part of a ledger that delivers.
type Rows interface {
	// People returns the records of those people, in any order; a person without
	// a record is left out.
	People(context.Context, []subscriber.ID) ([]subscriber.Subscriber, error)
	// Move applies one change to one row in one atomic step, as Apply says. A
	// Claim is Left if the person is not confirmed at that moment. After an error
	// the change may or may not have been applied; it can be repeated.
	Move(context.Context, Change) (Delivery, Outcome, error)
}

// Sender makes one call to the mail service and never repeats it. Its error is a
// *mail.Refusal only if the mail was certainly not accepted.
type Sender interface {
	Send(context.Context, mail.Message) (messageID string, err error)
}

// Composer writes the mail of an issue to one person.
type Composer interface {
	Wants(Issue, subscriber.Subscriber) bool
	Compose(Issue, subscriber.Subscriber) (mail.Message, error)
}

const (
	// CallTimeout is how long one call to the mail service may take.
	CallTimeout = 10 * time.Second
	// lease is how long a claim lasts. No call is started in its last part, as
	// long as a call may take.
	lease = time.Minute
	// patience is how long is tried to mark what became of a call.
	patience = 20 * time.Second
	// transient is how many transient refusals in a row stop an issue.
	transient = 8
)

// Deliverer delivers pages. It is safe for concurrent use.
type Deliverer struct {
	Ledger interface {
		Issues
		Rows
	}
	Composer Composer
	Sender   Sender
	Rate     *Rate
	Now      func() time.Time
	Log      *slog.Logger
	Parallel int // calls at once; 0 is 4
}

// Report is what became of a page.
type Report struct {
	Counts
	Left []subscriber.ID // still queued: enqueue them again, unless Stopped
	// Stopped says why the issue does not go on; empty if it does.
	Stopped string
}

// Page delivers to the people of a page. Pages may come twice, late and at the
// same time to several: the ledger lets each person through once. After an
// error deliver the page again.
func (d *Deliverer) Page(ctx context.Context, page Page) (Report, error) {
	i, err := d.begin(ctx, page.Issue)
	if err != nil || i.Stage != Sending {
		return Report{Stopped: cmp.Or(i.Reason, string(i.Stage))}, err
	}
	people, err := d.Ledger.People(ctx, page.IDs)
	if err != nil {
		return Report{}, fmt.Errorf("deliver %s: %w", page.Issue, err)
	}
	known := map[subscriber.ID]subscriber.Subscriber{}
	for _, p := range people {
		known[p.ID] = p
	}
	run := &run{Deliverer: d, issue: i}
	var group sync.WaitGroup
	places := make(chan struct{}, cmp.Or(d.Parallel, 4))
	for _, id := range page.IDs {
		person := known[id]
		person.ID = id
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			run.deliver(ctx, person)
		})
	}
	group.Wait()
	return run.end(ctx)
}

// begin returns the issue and moves it from ready to sending.
func (d *Deliverer) begin(ctx context.Context, id string) (Issue, error) {
	return change(ctx, d.Ledger, id, func(i *Issue) (bool, error) {
		if i.Stage == Sending || i.Stage == Ready {
			if reason := i.Counts.unwelcome(); reason != "" {
				i.Stage, i.Reason = Paused, reason
				return true, nil
			}
		}
		if i.Stage != Ready {
			return false, nil
		}
		i.Stage = Sending
		return true, nil
	})
}

// run is one page on its way.
type run struct {
	*Deliverer
	issue Issue

	mu     sync.Mutex
	report Report
	errs   []error
}

func (r *run) note(f func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.report)
}

func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func (r *run) stop(reason string) {
	r.note(func(report *Report) { report.Stopped = cmp.Or(report.Stopped, reason) })
}

func (r *run) left(id subscriber.ID) {
	r.note(func(report *Report) { report.Left = append(report.Left, id) })
}

func (r *run) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.report.Stopped != ""
}

// end writes what the page came to.
func (r *run) end(ctx context.Context) (Report, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if r.report.Counts != (Counts{}) {
		if err := r.Ledger.Add(ctx, r.issue.ID, r.report.Counts); err != nil {
			r.Log.WarnContext(ctx, "counts", "issue", r.issue.ID, "cause", err.Error())
		}
	}
	if r.report.Stopped != "" {
		r.Log.WarnContext(ctx, "paused", "issue", r.issue.ID, "reason", r.report.Stopped)
		if _, err := Pause(ctx, r.Ledger, r.issue.ID, r.report.Stopped); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	c := r.report.Counts
	r.Log.InfoContext(ctx, "page", "issue", r.issue.ID, "sent", c.Sent, "skipped", c.Skipped, "failed", c.Failed, "unknown", c.Unknown, "left", len(r.report.Left))
	return r.report, errors.Join(r.errs...)
}

// deliver takes one person through skip or claim, call and mark.
func (r *run) deliver(ctx context.Context, person subscriber.Subscriber) {
	now := r.Now()
	switch {
	case !r.issue.NotAfter.IsZero() && !now.Before(r.issue.NotAfter):
		r.skip(ctx, person.ID, "too late")
		return
	case person.Status != subscriber.Confirmed || person.Email == "":
		r.skip(ctx, person.ID, "left")
		return
	case !r.Composer.Wants(r.issue, person):
		r.skip(ctx, person.ID, "chose otherwise")
		return
	}
	message, err := r.Composer.Compose(r.issue, person)
	if err != nil {
		r.stop(err.Error())
	}
	if deadline, ok := ctx.Deadline(); r.stopped() || ok && time.Until(deadline) < CallTimeout+patience/2 {
		r.left(person.ID)
		return
	}
	if r.Rate.Pace(ctx) != nil || r.stopped() {
		r.left(person.ID)
		return
	}
	row, mine := r.claim(ctx, person.ID)
	if mine {
		r.call(ctx, row, message)
	}
}

func (r *run) skip(ctx context.Context, id subscriber.ID, reason string) {
	_, outcome, err := r.Ledger.Move(ctx, Change{Step: Skip, Issue: r.issue.ID, ID: id, At: r.Now(), Reason: reason})
	if err != nil {
		r.fail(err)
	}
	if outcome == Applied && err == nil {
		r.note(func(report *Report) { report.Skipped++ })
	}
}

// claim takes the row, and tells whether this call did. A claim whose answer was
// lost is recognised by its owner.
func (r *run) claim(ctx context.Context, id subscriber.ID) (Delivery, bool) {
	now := r.Now()
	c := Change{Step: Claim, Issue: r.issue.ID, ID: id, At: now, Owner: newOwner(), Lease: now.Add(lease)}
	row, outcome, err := r.Ledger.Move(ctx, c)
	if err != nil {
		row, outcome, err = r.Ledger.Move(ctx, c)
	}
	switch {
	case err != nil:
		// The row may be ours. Nobody calls for it; the reaper finds it.
		r.fail(fmt.Errorf("claim %s: %w", id.Short(), err))
	case outcome == Left:
		r.skip(ctx, id, "left")
	case outcome == Applied, outcome == Repeated:
		return row, true
	}
	return row, false
}

func newOwner() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// call calls the mail service once and marks what became of it.
func (r *run) call(ctx context.Context, row Delivery, m mail.Message) {
	mark := Change{Issue: row.Issue, ID: row.ID, Attempt: row.Attempt}
	if r.Rate.Start(ctx) != nil || row.Lease.Sub(r.Now()) < CallTimeout {
		mark.Step = Requeue // nothing was called, which is as certain as a refusal
		r.mark(ctx, mark)
		return
	}
	m.Tags = map[string]string{"i": row.Issue, "s": row.ID.String(), "a": strconv.Itoa(row.Attempt)}
	// What ends the page must not cut a call short: its answer would be lost.
	calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), CallTimeout)
	defer cancel()
	id, err := r.Sender.Send(calling, m)
	mark.Step, mark.MessageID, mark.Reason = r.judge(id, err)
	r.mark(ctx, mark)
}

// judge says what an answer of the mail service means for the row, and for the
// rest of the issue.
func (r *run) judge(messageID string, err error) (step Step, id, reason string) {
	var refusal *mail.Refusal
	switch {
	case err == nil:
		r.Rate.Accepted()
		return Accept, messageID, ""
	case !errors.As(err, &refusal):
		return Lose, "", "no answer"
	case !refusal.Global:
		return Refuse, "", refusal.Code
	case !refusal.Transient:
		r.stop("the mail service refused: " + refusal.Code)
	case r.Rate.Throttled() >= transient:
		r.stop("the mail service refused many times: " + refusal.Code)
	}
	return Requeue, "", ""
}

// mark writes the end of an attempt, again and again for a while: what is not
// marked becomes unknown.
func (r *run) mark(ctx context.Context, c Change) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		c.At = r.Now()
		_, outcome, err := r.Ledger.Move(ctx, c)
		if err == nil {
			r.count(c, outcome)
			return
		}
		if errors.Is(err, ErrGone) || sleep(ctx, wait) != nil {
			r.fail(fmt.Errorf("mark %s %s: %w", c.ID.Short(), c.Step, err))
			return
		}
	}
}

// ErrGone is the error of a ledger that will not answer this process again, so
// that trying is no use.
var ErrGone = errors.New("the ledger is gone")

func (r *run) count(c Change, outcome Outcome) {
	if outcome != Applied && outcome != Repeated {
		return
	}
	r.note(func(report *Report) {
		switch c.Step {
		case Accept:
			report.Sent++
		case Refuse:
			report.Failed++
		case Lose:
			report.Unknown++
		case Requeue:
			report.Left = append(report.Left, c.ID)
		}
	})
}
