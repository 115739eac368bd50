package issue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/issue/issuetest"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// desk is an issue to n people with everything around it, inside a bubble of
// testing/synctest.
type desk struct {
	*testing.T
	ledger  *issuetest.Ledger
	service *issuetest.Service
	rate    *issue.Rate
	issue   issue.Issue
	queued  []issue.Page
}

func (d *desk) Enqueue(_ context.Context, pages ...issue.Page) error {
	d.queued = append(d.queued, pages...)
	return nil
}

func newDesk(t *testing.T, people int, perSecond float64) *desk {
	d := &desk{T: t, ledger: &issuetest.Ledger{}, service: &issuetest.Service{}, rate: issue.NewRate(perSecond, time.Now)}
	for n := range people {
		d.ledger.Put(subscriber.Subscriber{ID: id(n), Status: subscriber.Confirmed, Email: "jane@example.org"})
	}
	d.issue = issue.Issue{ID: "12-abc", Kind: issue.Newsletter, Number: 12, Subject: "Number 12"}
	return d
}

func id(n int) subscriber.ID {
	return subscriber.ID{byte(n << 4), byte(n >> 16), byte(n >> 8), byte(n)}
}

func (d *desk) planner() *issue.Planner {
	return &issue.Planner{Ledger: d.ledger, Letters: issuetest.Letters{}, Queue: d, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

func (d *desk) plan() {
	d.Helper()
	if _, err := d.planner().Plan(d.Context(), d.issue); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) worker() *issue.Deliverer {
	return &issue.Deliverer{Ledger: d.ledger, Composer: issuetest.Letters{}, Sender: d.service, Rate: d.rate, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// deliver delivers what is queued once and returns the last page's report.
func (d *desk) deliver() issue.Report {
	d.Helper()
	var last issue.Report
	pages := d.queued
	d.queued = nil
	for _, page := range pages {
		report, err := d.worker().Page(d.Context(), page)
		if err != nil {
			d.Fatal(err)
		}
		if len(report.Left) > 0 && report.Stopped == "" {
			d.queued = append(d.queued, issue.Page{Issue: page.Issue, IDs: report.Left})
		}
		last = report
	}
	return last
}

func (d *desk) sweep() (issue.Issue, issue.Totals) {
	d.Helper()
	i, totals, err := (&issue.Closer{Ledger: d.ledger, Now: time.Now}).Sweep(d.Context(), d.issue.ID)
	if err != nil {
		d.Fatal(err)
	}
	return i, totals
}

// TestPlain: everybody gets one mail, with the tags that feedback needs.
func TestPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 120, 0)
		d.plan()
		d.deliver()
		i, totals := d.sweep()
		if i.Stage != issue.Closed || totals != (issue.Totals{Planned: 120, Sent: 120}) || i.Counts.Sent != 120 || i.Planned != 120 {
			t.Errorf("%+v, %+v", i, totals)
		}
		if a := d.service.Accepted()[0]; a.Issue != "12-abc" || len(a.Person) != 32 || a.Attempt != "1" {
			t.Errorf("tags are %+v", a)
		}
		if _, err := d.planner().Plan(t.Context(), d.issue); err == nil {
			t.Error("an issue that was sent can be sent again")
		}
	})
}

// TestRedelivered: the queue delivers everything three times in parallel.
func TestRedelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 100, 0)
		d.service.Call = func(context.Context, mail.Message) { time.Sleep(80 * time.Millisecond) }
		d.plan()
		var group sync.WaitGroup
		for range 3 {
			for _, page := range d.queued {
				group.Go(func() {
					if _, err := d.worker().Page(t.Context(), page); err != nil {
						t.Error(err)
					}
				})
			}
		}
		group.Wait()
		if n := len(d.service.Accepted()); n != 100 {
			t.Errorf("%d mails to 100 people", n)
		}
		if _, totals := d.sweep(); totals.Sent != 100 {
			t.Errorf("%+v", totals)
		}
	})
}

// TestLeaseEnds: while a call is out the lease ends, the reaper comes, and
// another worker gets the page. There is one mail, and its late answer counts.
func TestLeaseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 1, 0)
		// A frozen program: the call is out far beyond its own time limit.
		d.service.Call = func(context.Context, mail.Message) { time.Sleep(10 * time.Minute) }
		d.plan()
		page := d.queued[0]
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := d.worker().Page(t.Context(), page); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(2 * time.Minute)
		if _, totals := d.sweep(); totals.Unknown != 1 {
			t.Errorf("after the lease: %+v, want one unknown", totals)
		}
		if report, err := d.worker().Page(t.Context(), page); err != nil || report.Counts != (issue.Counts{}) {
			t.Errorf("another worker: %+v, %v; want nothing done", report, err)
		}
		group.Wait()
		_, totals := d.sweep()
		if n := len(d.service.Accepted()); n != 1 || totals.Sent != 1 {
			t.Errorf("%d mails, %+v; want one, and its late answer counts", n, totals)
		}
	})
}

// TestReaperMeetsWorker: the reaper and the mark come at the same time, in both
// orders.
func TestReaperMeetsWorker(t *testing.T) {
	now := time.Now()
	claimed, _ := issue.Apply(issue.Delivery{State: issue.Queued}, issue.Change{Step: issue.Claim, Owner: "o", At: now, Lease: now})
	reap, accept := issue.Change{Step: issue.Reap, At: now}, issue.Change{Step: issue.Accept, At: now, Attempt: 1, MessageID: "01"}
	for name, order := range map[string][]issue.Change{"reaper first": {reap, accept}, "worker first": {accept, reap}} {
		d := claimed
		for _, c := range order {
			if next, outcome := issue.Apply(d, c); outcome == issue.Applied {
				d = next
			}
		}
		if d.State != issue.Sent {
			t.Errorf("%s: the delivery is %s", name, d.State)
		}
	}
}

// TestWindow: however the calls and claims lag, no window of one second has more
// starts than the quota, and throttling slows down.
func TestWindow(t *testing.T) {
	for _, quota := range []float64{0.5, 1, 14, 50} {
		t.Run(fmt.Sprint(quota), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				people := int(quota*20) + 5
				d := newDesk(t, people, quota)
				var mu sync.Mutex
				var starts []time.Time
				d.service.Call = func(context.Context, mail.Message) {
					mu.Lock()
					starts = append(starts, time.Now())
					n := len(starts)
					mu.Unlock()
					time.Sleep(time.Duration(n*37%900) * time.Millisecond)
				}
				d.plan()
				began := time.Now()
				var group sync.WaitGroup
				for _, page := range d.queued {
					group.Go(func() { _, _ = d.worker().Page(t.Context(), page) })
				}
				group.Wait()
				most := max(1, int(quota))
				window := max(time.Second, time.Duration(float64(time.Second)/quota))
				for i := range starts {
					if j := i + most; j < len(starts) && starts[j].Sub(starts[i]) < window {
						t.Fatalf("%d calls within %v at %v", most+1, starts[j].Sub(starts[i]), starts[i].Sub(began))
					}
				}
				ideal := time.Duration(float64(people) / quota * float64(time.Second))
				if took := time.Since(began); len(starts) != people || took > ideal*3/2+2*time.Second {
					t.Errorf("%d mails took %v, at the quota it is %v", len(starts), took, ideal)
				}
			})
		})
	}
}

// TestThrottled: refusals for the rate are tried again, slower; too many stop
// the issue, resumable.
func TestThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 40, 20)
		d.service.Answer = func(_ mail.Message, n int) error {
			if n > 10 && n <= 13 {
				return &mail.Refusal{Code: "TooManyRequestsException", Global: true, Transient: true}
			}
			return nil
		}
		d.plan()
		d.deliver()
		if pace := d.rate.PerSecond(); pace >= 20 {
			t.Errorf("the pace after throttling is %v a second", pace)
		}
		d.deliver() // what was left
		if _, totals := d.sweep(); totals.Sent != 40 || len(d.service.Accepted()) != 40 {
			t.Errorf("%+v, %d accepted", totals, len(d.service.Accepted()))
		}
	})
}

// TestStops: what the service refuses for everybody pauses the issue; nothing is
// lost and it can be resumed.
func TestStops(t *testing.T) {
	for _, code := range []string{"daily quota", "SendingPausedException", "AccountSuspendedException"} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, 60, 0)
			down := true
			d.service.Answer = func(_ mail.Message, n int) error {
				if n > 20 && down {
					return &mail.Refusal{Code: code, Global: true}
				}
				return nil
			}
			d.plan()
			d.deliver()
			i, totals := d.sweep()
			if i.Stage != issue.Paused || i.Reason == "" || totals.Sent != 20 || totals.Queued != 40 {
				t.Errorf("%s: %s (%s), %+v", code, i.Stage, i.Reason, totals)
			}
			if calls := len(d.service.Accepted()); calls != 20 {
				t.Errorf("%s: %d accepted", code, calls)
			}
			down = false
			if _, err := issue.Resume(t.Context(), d.ledger, i.ID); err != nil {
				t.Fatal(err)
			}
			d.plan()
			d.deliver()
			if i, totals = d.sweep(); i.Stage != issue.Closed || totals.Sent != 60 {
				t.Errorf("%s: after resuming %s, %+v", code, i.Stage, totals)
			}
		})
	}
}

// TestRefusedPerson: a refusal of one person fails that delivery and no other.
func TestRefusedPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 9, 0)
		d.service.Answer = func(m mail.Message, n int) error {
			switch n {
			case 3:
				return &mail.Refusal{Code: "MessageRejected"}
			case 5:
				return errors.New("connection reset")
			}
			return nil
		}
		d.plan()
		d.deliver()
		if i, totals := d.sweep(); i.Stage != issue.Closed || totals != (issue.Totals{Planned: 9, Sent: 7, Failed: 1, Unknown: 1}) {
			t.Errorf("%s, %+v", i.Stage, totals)
		}
	})
}

// TestBounces: more than 1 % hard bounces of 200 sends pause the rest.
func TestBounces(t *testing.T) {
	for step, enough := range map[issue.Step]int{issue.Bounce: 3, issue.Complain: 1} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, 400, 0)
			d.plan()
			pages := d.queued
			d.queued = pages[:2] // 8 pages of 50 people
			d.deliver()
			note := func(n int) {
				if _, _, err := d.ledger.Move(t.Context(), issue.Change{Step: step, Issue: "12-abc", ID: pages[0].IDs[n], At: time.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			for n := range enough {
				note(n)
			}
			d.queued = pages[2:3] // 150 sent so far: too few to judge
			d.deliver()
			if i, _ := d.sweep(); i.Stage != issue.Sending {
				t.Fatalf("%s: %s below 200 sends: %s, %+v", step, i.Stage, i.Reason, i.Counts)
			}
			d.queued = pages[3:]
			d.deliver()
			i, totals := d.sweep()
			if i.Stage != issue.Paused || totals.Sent != 200 || totals.Queued != 200 {
				t.Errorf("%s: %s (%s), %+v; want a pause after 200", step, i.Stage, i.Reason, totals)
			}
		})
	}
}

// TestTooLate: after not_after nothing leaves, and everybody is accounted for.
func TestTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 30, 1)
		d.issue.NotAfter = time.Now().Add(10500 * time.Millisecond)
		d.plan()
		d.deliver()
		i, totals := d.sweep()
		if i.Stage != issue.Closed || totals.Sent+totals.Skipped != 30 || totals.Sent < 8 || totals.Sent > 14 {
			t.Errorf("%s, %+v", i.Stage, totals)
		}
	})
}

// TestLeavers: who left after planning is skipped, by the page or by the claim.
func TestLeavers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 10, 0)
		d.plan()
		d.ledger.Put(subscriber.Subscriber{ID: id(4), Status: subscriber.Unsubscribed})
		d.service.Call = func(context.Context, mail.Message) {
			d.ledger.Put(subscriber.Subscriber{ID: id(9), Status: subscriber.Complained}) // in the middle of everything
		}
		d.deliver()
		if _, totals := d.sweep(); totals.Skipped < 1 || totals.Skipped > 2 || totals.Sent+totals.Skipped != 10 {
			t.Errorf("%+v", totals)
		}
		for _, a := range d.service.Accepted() {
			if a.Person == id(4).String() {
				t.Error("a mail went to somebody who had left")
			}
		}
	})
}

// twoUnknown is a desk that has sent to four people and got no answer for two.
func twoUnknown(t *testing.T) *desk {
	d := newDesk(t, 4, 0)
	d.service.Answer = func(_ mail.Message, n int) error {
		if n <= 2 {
			return errors.New("connection reset")
		}
		return nil
	}
	d.plan()
	d.deliver()
	return d
}

// TestResendUnknown: unknown deliveries of an hour ago go out again, younger ones
// do not.
func TestResendUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := twoUnknown(t)
		closer := &issue.Closer{Ledger: d.ledger, Now: time.Now}
		if _, totals := d.sweep(); totals.Unknown != 2 {
			t.Fatalf("%+v", totals)
		}
		if n, err := closer.ResendUnknown(t.Context(), "12-abc"); n != 0 || err != nil {
			t.Errorf("at once: %d, %v; want none", n, err)
		}
		time.Sleep(time.Hour)
		if n, err := closer.ResendUnknown(t.Context(), "12-abc"); n != 2 || err != nil {
			t.Errorf("after an hour: %d, %v; want 2", n, err)
		}
		if err := d.planner().Enqueue(t.Context(), "12-abc"); err != nil {
			t.Fatal(err)
		}
		d.deliver()
		if i, totals := d.sweep(); i.Stage != issue.Closed || totals.Sent != 4 {
			t.Errorf("%s, %+v", i.Stage, totals)
		}
	})
}

// unsaved is a ledger that moves deliveries and saves no issue.
type unsaved struct{ *issuetest.Ledger }

func (unsaved) Save(context.Context, issue.Issue) (bool, error) {
	return false, errors.New("the table is away")
}

// TestReopen: deliveries that were queued again in an issue that then could not be
// opened go out when it is reopened; one of which nothing is queued stays closed.
func TestReopen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := twoUnknown(t)
		d.sweep()
		time.Sleep(time.Hour)
		closer := &issue.Closer{Ledger: d.ledger, Now: time.Now}
		if err := closer.Reopen(t.Context(), "12-abc"); err != nil {
			t.Fatal(err)
		}
		if i, _ := d.sweep(); i.Stage != issue.Closed {
			t.Errorf("with nothing queued it is %s", i.Stage)
		}
		if n, err := (&issue.Closer{Ledger: unsaved{d.ledger}, Now: time.Now}).ResendUnknown(t.Context(), "12-abc"); n != 2 || err == nil {
			t.Errorf("without a table: %d, %v", n, err)
		}
		if err := closer.Reopen(t.Context(), "12-abc"); err != nil {
			t.Fatal(err)
		}
		if err := d.planner().Enqueue(t.Context(), "12-abc"); err != nil {
			t.Fatal(err)
		}
		d.deliver()
		if i, totals := d.sweep(); i.Stage != issue.Closed || totals.Sent != 4 {
			t.Errorf("%s, %+v", i.Stage, totals)
		}
	})
}

// TestRefusedIssues: what may not be sent queues nothing.
func TestRefusedIssues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for what, spoil := range map[string]func(*desk){
			"no audience":       func(d *desk) { d.ledger = &issuetest.Ledger{} },
			"too late":          func(d *desk) { d.issue.NotAfter = time.Now() },
			"was changed since": func(d *desk) { d.plan(); d.queued = nil; d.issue.ID = "12-def" },
			"already sent":      func(d *desk) { d.plan(); d.deliver(); d.sweep() },
		} {
			d := newDesk(t, 2, 0)
			spoil(d)
			_, err := d.planner().Plan(t.Context(), d.issue)
			var refusal issue.Refusal
			if !errors.As(err, &refusal) || len(d.queued) > 0 {
				t.Errorf("%s: %v, %d pages queued", what, err, len(d.queued))
			}
		}
	})
}
