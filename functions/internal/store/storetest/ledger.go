package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// Ledger is what the contract of sending is about.
type Ledger interface {
	issue.Issues
	issue.Roster
	issue.Rows
}

// LedgerOf is a ledger under test with the people it mails to.
type LedgerOf struct {
	Ledger
	Confirm func(t *testing.T, id subscriber.ID) // makes somebody a confirmed subscriber
	Leave   func(t *testing.T, id subscriber.ID) // signs them off
}

// OfStore returns the ledger of a store that keeps people too.
func OfStore(s interface {
	Store
	Ledger
}) LedgerOf {
	do := func(kind subscriber.Kind) func(*testing.T, subscriber.ID) {
		return func(t *testing.T, id subscriber.ID) {
			record(t, s, event(kind, id, fmt.Sprint(kind, id), start()))
		}
	}
	return LedgerOf{s, do(subscriber.Import), do(subscriber.Unsubscribe)}
}

// RunLedger checks that a ledger does what issue.Apply says, in one atomic step
// each.
func RunLedger(t *testing.T, open func(t *testing.T) LedgerOf) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, LedgerOf)
	}{
		{"steps", steps},
		{"claims", claims},
		{"leaving and claiming", leavingAndClaiming},
		{"records of issues", issueRecords},
		{"rows", rows},
		{"counted once", countedOnce},
		{"cancelled move", cancelledMove},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, open(t)) })
	}
}

func move(t *testing.T, l Ledger, c issue.Change) (issue.Delivery, issue.Outcome) {
	t.Helper()
	d, outcome, err := l.Move(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", c.Step, err)
	}
	return d, outcome
}

// wayTo returns the steps that lead a new row to a state.
func wayTo(state issue.State) []issue.Step {
	return map[issue.State][]issue.Step{
		issue.Unplanned: nil,
		issue.Queued:    {issue.Plan},
		issue.Claimed:   {issue.Plan, issue.Claim},
		issue.Sent:      {issue.Plan, issue.Claim, issue.Accept},
		issue.Skipped:   {issue.Plan, issue.Skip},
		issue.Failed:    {issue.Plan, issue.Claim, issue.Refuse},
		issue.Unknown:   {issue.Plan, issue.Claim, issue.Lose},
	}[state]
}

// change returns a complete change.
func change(step issue.Step, id subscriber.ID, at time.Time) issue.Change {
	return issue.Change{Step: step, Issue: "12-abc", ID: id, At: at, Attempt: 1, Owner: "owner", Lease: at.Add(time.Minute), MessageID: "0102-" + step.String(), Reason: "because"}
}

// steps checks every step in every state against Apply: answer and row.
func steps(t *testing.T, l LedgerOf) {
	n := 0
	for _, state := range []issue.State{issue.Unplanned, issue.Queued, issue.Claimed, issue.Sent, issue.Skipped, issue.Failed, issue.Unknown} {
		for step := issue.Plan; step <= issue.Complain; step++ {
			for variant, spoil := range map[string]func(*issue.Change){
				"": func(*issue.Change) {}, " of another attempt": func(c *issue.Change) { c.Attempt = 2 },
				" of another owner": func(c *issue.Change) { c.Owner = "other" }, " at once": func(c *issue.Change) { c.At = start().Add(time.Second) },
			} {
				n++
				id := person(n)
				l.Confirm(t, id)
				before := issue.Delivery{Issue: "12-abc", ID: id}
				for _, s := range wayTo(state) {
					before, _ = move(t, l, change(s, id, start()))
				}
				if before.State != state {
					t.Fatalf("the way to %q ends at %q", state, before.State)
				}
				c := change(step, id, start().Add(2*time.Hour))
				spoil(&c)
				want, wanted := issue.Apply(before, c)
				got, outcome := move(t, l, c)
				what := fmt.Sprintf("%s%s in %q", step, variant, state)
				if outcome != wanted {
					t.Errorf("%s: outcome %d, want %d", what, outcome, wanted)
				}
				if wanted == issue.Applied {
					same(t, what, got, want)
				} else {
					want = before
				}
				same(t, "the row after "+what, row(t, l, id), want)
			}
		}
	}
}

// row reads a row through the list; a row that is not there is Unplanned.
func row(t *testing.T, l Ledger, id subscriber.ID) issue.Delivery {
	t.Helper()
	for d, err := range l.Deliveries(t.Context(), "12-abc", int(id[0]>>4)) {
		if err != nil {
			t.Fatal(err)
		}
		if d.ID == id {
			return d
		}
	}
	return issue.Delivery{Issue: "12-abc", ID: id}
}

// claims checks that of many claims at once one gets the row, and that it knows
// its own claim again.
func claims(t *testing.T, l LedgerOf) {
	id := person(1)
	l.Confirm(t, id)
	move(t, l, change(issue.Plan, id, start()))
	var mu sync.Mutex
	winner := ""
	got := parallel(30, func(i int) bool {
		c := change(issue.Claim, id, start())
		c.Owner = fmt.Sprint("owner-", i)
		_, outcome, err := l.Move(t.Context(), c)
		if err != nil {
			t.Error(err)
		}
		if outcome == issue.Applied {
			mu.Lock()
			winner = c.Owner
			mu.Unlock()
		}
		return outcome == issue.Applied
	})
	if got != 1 {
		t.Fatalf("%d of 30 claims at once got the row, want 1", got)
	}
	c := change(issue.Claim, id, start())
	c.Owner = winner
	if d, outcome := move(t, l, c); outcome != issue.Repeated || d.Attempt != 1 {
		t.Errorf("the same owner again: outcome %d, attempt %d; want its own first claim", outcome, d.Attempt)
	}
}

// leavingAndClaiming checks promise 3: no claim that begins after an unsubscribe
// was answered gets the row.
func leavingAndClaiming(t *testing.T, l LedgerOf) {
	for n := range 40 {
		id := person(n)
		l.Confirm(t, id)
		move(t, l, change(issue.Plan, id, start()))
		var group sync.WaitGroup
		gone := make(chan struct{})
		group.Go(func() {
			l.Leave(t, id)
			close(gone)
		})
		for worker := range 3 {
			group.Go(func() {
				time.Sleep(time.Duration(worker*n%7) * 100 * time.Microsecond)
				after := false
				select {
				case <-gone:
					after = true
				default:
				}
				c := change(issue.Claim, id, start())
				c.Owner = fmt.Sprint(worker)
				_, outcome, err := l.Move(t.Context(), c)
				if err != nil {
					t.Error(err)
				}
				if after && outcome != issue.Left && outcome != issue.Dropped {
					t.Errorf("claimed (outcome %d) after the unsubscribe was answered", outcome)
				}
			})
		}
		group.Wait()
		c := change(issue.Claim, id, start())
		c.Owner = "late"
		want := issue.Left
		if row(t, l, id).State == issue.Claimed {
			want = issue.Dropped // a claim from before they left
		}
		if _, outcome := move(t, l, c); outcome != want {
			t.Errorf("a claim after leaving has the outcome %d, want %d", outcome, want)
		}
	}
	stranger := person(999)
	move(t, l, change(issue.Plan, stranger, start()))
	if _, outcome := move(t, l, change(issue.Claim, stranger, start())); outcome != issue.Left {
		t.Errorf("a claim for somebody unknown has the outcome %d, want %d", outcome, issue.Left)
	}
}

func issueRecords(t *testing.T, l LedgerOf) {
	i := issue.Issue{ID: "weekly-1", Kind: issue.Weekly, Number: 3, Subject: "Réunion", Date: start(), NotAfter: start().Add(time.Hour), Topics: []string{"origin"},
		Items: []string{"/news/2022/a/"}, Until: start(), Stage: issue.Planning, Reason: "r", Planned: 7, PlanTime: start(), Ended: start()}
	if none, err := l.Issue(t.Context(), i.ID); err != nil || none.Version != 0 {
		t.Fatalf("an issue that is not there: %+v, %v", none, err)
	}
	saved := parallel(10, func(int) bool {
		ok, err := l.Save(t.Context(), i)
		if err != nil {
			t.Error(err)
		}
		return ok
	})
	if saved != 1 {
		t.Fatalf("%d of 10 first writers at once, want 1", saved)
	}
	parallel(10, func(int) bool {
		return l.Add(t.Context(), i.ID, issue.Counts{Sent: 2, Skipped: 1, Failed: 3, Unknown: 4}) == nil
	})
	i.Version, i.Counts = 1, issue.Counts{Sent: 20, Skipped: 10, Failed: 30, Unknown: 40}
	got, err := l.Issue(t.Context(), i.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the record", got, i)
	i.Stage = issue.Ready
	for n, want := range []bool{true, false} { // the second has a version that is over
		if ok, err := l.Save(t.Context(), i); ok != want || err != nil {
			t.Errorf("save %d: %v, %v; want %v", n+1, ok, err, want)
		}
	}
	later := issue.Issue{ID: "12-later", Kind: issue.Newsletter, Stage: issue.Planning, PlanTime: start().Add(time.Hour)}
	if ok, err := l.Save(t.Context(), later); !ok || err != nil {
		t.Fatal(ok, err)
	}
	all, err := l.Issues(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != later.ID || all[1].Stage != issue.Ready || all[1].Counts.Sent != 20 {
		t.Errorf("the list is %+v, %v", all, err)
	}
}

// rows checks planning and listing of more rows than a page of any store, and
// that planning again changes nothing.
func rows(t *testing.T, l LedgerOf) {
	var ids []subscriber.ID
	for n := range 700 {
		ids = append(ids, subscriber.ID{byte(n%2) << 4, byte(n >> 8), byte(n)})
	}
	l.Confirm(t, ids[0])
	for range 2 {
		if err := l.Plan(t.Context(), "12-abc", ids, start()); err != nil {
			t.Fatal(err)
		}
		c := change(issue.Claim, ids[0], start())
		move(t, l, c)
	}
	other := change(issue.Plan, ids[0], start())
	other.Issue = "13-abc"
	move(t, l, other)
	seen := map[subscriber.ID]issue.State{}
	for digit := range 16 {
		for d, err := range l.Deliveries(t.Context(), "12-abc", digit) {
			if err != nil {
				t.Fatal(err)
			}
			if _, twice := seen[d.ID]; twice || int(d.ID[0]>>4) != digit {
				t.Fatalf("partition %d gave %s", digit, d.ID)
			}
			seen[d.ID] = d.State
		}
	}
	if len(seen) != len(ids) || seen[ids[0]] != issue.Claimed || seen[ids[1]] != issue.Queued {
		t.Errorf("%d rows, the first is %s, the second %s", len(seen), seen[ids[0]], seen[ids[1]])
	}
	people, err := l.People(t.Context(), ids[:50])
	if err != nil || len(people) != 1 || people[0].ID != ids[0] || people[0].Status != subscriber.Confirmed || people[0].Email == "" {
		t.Errorf("People gave %+v, %v", people, err)
	}
	for p, err := range l.Audience(t.Context(), 0) {
		if err != nil || p.ID != ids[0] || p.Email == "" {
			t.Errorf("the audience has %+v, %v", p, err)
		}
	}
}

// countedOnce checks that a bounce reported often is one in the counts.
func countedOnce(t *testing.T, l LedgerOf) {
	if ok, err := l.Save(t.Context(), issue.Issue{ID: "12-abc", Stage: issue.Sending}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for n := range 3 {
		l.Confirm(t, person(n))
		for _, s := range wayTo(issue.Sent) {
			move(t, l, change(s, person(n), start()))
		}
	}
	parallel(24, func(i int) bool {
		step := issue.Bounce
		if i%2 == 0 {
			step = issue.Complain
		}
		_, _, err := l.Move(t.Context(), change(step, person(i%3), start()))
		if err != nil {
			t.Error(err)
		}
		return err == nil
	})
	i, err := l.Issue(t.Context(), "12-abc")
	if err != nil || i.Counts != (issue.Counts{Bounced: 3, Complained: 3}) {
		t.Errorf("counts are %+v, %v; want 3 and 3", i.Counts, err)
	}
}

func cancelledMove(t *testing.T, l LedgerOf) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := l.Move(ctx, change(issue.Plan, person(1), start())); !errors.Is(err, context.Canceled) {
		t.Errorf("Move with a cancelled context: %v", err)
	}
	if d := row(t, l, person(1)); d.State != issue.Unplanned {
		t.Errorf("a cancelled move left a row %s", d.State)
	}
}
