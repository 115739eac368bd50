package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/issue/issuetest"
	"broadsheet/functions/internal/subscriber"
)

// recipients are the people of a run of faults.
const recipients = 6

// RunFaults sends an issue to six people by two workers, again and again, and
// lets the n-th call to the ledger or the mail service fail, each time another:
// before it is done, after, or with the process. What failed is resumed. Nobody
// may get two mails, and everybody must be accounted for. Every step-th n is
// tried.
func RunFaults(t *testing.T, open func(t *testing.T) LedgerOf, step int) {
	for name, how := range map[string]issuetest.Fault{
		"before": issuetest.Before, "after": issuetest.After, "crash before": issuetest.CrashBefore, "crash after": issuetest.CrashAfter,
	} {
		t.Run(name, func(t *testing.T) {
			n, unknown := 1, 0
			for ; ; n += step {
				f := &issuetest.Faults{At: n, How: how}
				r := newFaultRun(t, open(t), f)
				r.attempt()
				unknown += r.finish()
				if t.Failed() || f.Calls() < n {
					break
				}
			}
			if n < 40 {
				t.Errorf("only %d calls were tried: the loop does not reach the sending", n)
			}
			t.Logf("%d faults, %d deliveries unknown", n/step, unknown)
		})
	}
}

// faultRun is one issue under one fault.
type faultRun struct {
	*testing.T
	ledger  LedgerOf
	service *issuetest.Service
	faults  *issuetest.Faults
	what    string

	mu    sync.Mutex
	later time.Duration // how far the clock was moved
}

func newFaultRun(t *testing.T, l LedgerOf, f *issuetest.Faults) *faultRun {
	for n := range recipients {
		l.Confirm(t, person(n))
	}
	return &faultRun{T: t, ledger: l, service: &issuetest.Service{}, faults: f, what: fmt.Sprintf("call %d", f.At)}
}

func (r *faultRun) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.later)
}

// pages is a queue that gives each page to two workers, as SQS may.
type pages struct{ list chan issue.Page }

func (p pages) Enqueue(_ context.Context, all ...issue.Page) error {
	for _, one := range all {
		p.list <- one
		p.list <- one
	}
	return nil
}

// attempt plans and delivers with two workers, until they are done or dead. Each
// is a process of its own, and the planner shares the first one's.
func (r *faultRun) attempt() {
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	queue := pages{make(chan issue.Page, 200)}
	first := issuetest.NewProcess(r.ledger, r.service, r.faults)
	planner := &issue.Planner{Ledger: first, Letters: issuetest.Letters{}, Queue: queue, Now: r.now, Log: slog.New(slog.DiscardHandler), PageSize: 2}
	i := issue.Issue{ID: "12-abc", Kind: issue.Newsletter, Number: 12, Subject: "Number 12"}
	for range 2 { // an operator who gets an error tries once more
		if _, err := planner.Plan(ctx, i); err == nil || errors.Is(err, issue.ErrGone) {
			break
		}
	}
	close(queue.list)
	var group sync.WaitGroup
	for _, p := range []*issuetest.Process{first, issuetest.NewProcess(r.ledger, r.service, r.faults)} {
		worker := &issue.Deliverer{Ledger: p, Composer: issuetest.Letters{}, Sender: p, Rate: issue.NewRate(0, r.now), Now: r.now, Log: slog.New(slog.DiscardHandler), Parallel: 2}
		group.Go(func() {
			for page := range queue.list {
				_, _ = worker.Page(ctx, page) // a failed page is not delivered again here: resuming must do
			}
		})
	}
	group.Wait()
}

// finish lets time pass and resumes without faults until the issue is closed,
// then checks the sum and returns how many deliveries stayed unknown.
func (r *faultRun) finish() int {
	r.Helper()
	sound := &issuetest.Faults{}
	r.faults, sound = sound, r.faults
	defer func() { r.faults = sound }()
	var totals issue.Totals
	for range 4 {
		r.mu.Lock()
		r.later += 2 * time.Minute
		r.mu.Unlock()
		r.attempt()
		var i issue.Issue
		var err error
		closer := &issue.Closer{Ledger: r.ledger, Now: r.now}
		if i, totals, err = closer.Sweep(r.Context(), "12-abc"); err != nil {
			r.Fatalf("%s: %v", r.what, err)
		}
		if i.Stage == issue.Closed {
			break
		}
	}
	r.check(totals)
	r.reconcile()
	return totals.Unknown
}

// check compares the ledger with what the service accepted.
func (r *faultRun) check(t issue.Totals) {
	r.Helper()
	if t.Planned != recipients || t.Planned != t.Sent+t.Skipped+t.Failed+t.Unknown || t.Unknown > 4 || t.Skipped+t.Failed > 0 {
		r.Errorf("%s: the sum is wrong: %+v", r.what, t)
	}
	got := map[string]int{}
	for _, a := range r.service.Accepted() {
		got[a.Person]++
	}
	for digit := range 16 {
		for d, err := range r.ledger.Deliveries(r.Context(), "12-abc", digit) {
			switch n := got[d.ID.String()]; {
			case err != nil:
				r.Fatal(err)
			case n > 1:
				r.Errorf("%s: %s got %d mails", r.what, d.ID.Short(), n)
			case n == 1 && d.State != issue.Sent && d.State != issue.Unknown, n == 0 && d.State == issue.Sent:
				r.Errorf("%s: %s got %d mails, the ledger says %s", r.what, d.ID.Short(), n, d.State)
			}
		}
	}
}

// reconcile brings the service's reports of what it accepted, twice: then every
// unknown delivery is one that was never accepted.
func (r *faultRun) reconcile() {
	for range 2 {
		for _, a := range r.service.Accepted() {
			id, _ := subscriber.ParseID(a.Person)
			attempt, _ := strconv.Atoi(a.Attempt)
			move(r.T, r.ledger, issue.Change{Step: issue.Reconcile, Issue: a.Issue, ID: id, Attempt: attempt, At: r.now(), MessageID: "0102"})
		}
	}
	t, err := issue.Count(r.Context(), r.ledger, "12-abc", nil)
	if err != nil || t.Sent != len(r.service.Accepted()) || t.Sent+t.Unknown != recipients {
		r.Errorf("%s: after the reports: %+v, %v; %d were accepted", r.what, t, err, len(r.service.Accepted()))
	}
}
