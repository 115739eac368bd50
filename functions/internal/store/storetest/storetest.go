// Package storetest is the contract of the stores as one suite of tests: what
// passes Run keeps subscribers as subscriber.Limits.Apply says.
//
// A store under test is opened empty, with subscriber.DefaultLimits. Instants
// are compared to the millisecond. The suite never looks inside a store.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"broadsheet/functions/internal/subscriber"
)

// Store is what the contract is about.
type Store interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
	Get(context.Context, subscriber.ID) (subscriber.Subscriber, bool, error)
	Take(context.Context, subscriber.Counter, time.Time) (bool, error)
	Lister
}

// Lister is the part of a store that goes through many records.
type Lister interface {
	Confirmed(ctx context.Context, digit int) iter.Seq2[subscriber.ID, error]
	All(context.Context) iter.Seq2[subscriber.Subscriber, error]
}

// Run checks the contract. open returns a new, empty store; it closes what it
// opened with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, Store)
	}{
		{"table", table},
		{"same op", sameOp},
		{"expiry", expiry},
		{"parallel requests", parallelRequests},
		{"counter", counter},
		{"limit in the event", limitInEvent},
		{"cancelled", cancelled},
		{"erase", erase},
		{"lists", lists},
		{"histories", histories},
		{"linearizable", linearizable},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, open(t)) })
	}
}

// start is the time at which the histories of the suite begin.
func start() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 123e6, time.UTC) }

// person returns the n-th id of the suite; its first digit is n mod 16.
func person(n int) subscriber.ID {
	return subscriber.ID{byte(n<<4) | 1, byte(n >> 8), byte(n), 7}
}

// event returns a complete event of a kind.
func event(kind subscriber.Kind, id subscriber.ID, op string, at time.Time) subscriber.Event {
	return subscriber.Event{
		Kind: kind, ID: id, Op: op, At: at, MailTime: at, FeedbackID: "issue-" + op, Reason: "a reason",
		Email:       "jane@example.org",
		Preferences: subscriber.Preferences{Topics: []string{"origin", "valuation"}, Frequency: "weekly", Language: "fr"},
		Consent:     subscriber.Consent{RequestedAt: at, Source: "source", Shown: "commit/hash", Method: "form", Evidence: "paper"},
	}
}

func record(t *testing.T, s Store, e subscriber.Event) subscriber.Result {
	t.Helper()
	r, err := s.Record(t.Context(), e)
	if err != nil {
		t.Fatalf("Record %s: %v", e.Kind, err)
	}
	return r
}

// same fails unless two values are equal; no list and an empty one are.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// reach returns the events that lead a new person to a status.
func reach(status subscriber.Status, id subscriber.ID) []subscriber.Event {
	request := event(subscriber.Request, id, "reach-1", start())
	confirm := event(subscriber.Confirm, id, "reach-2", start().Add(time.Minute))
	last := func(k subscriber.Kind) []subscriber.Event {
		return []subscriber.Event{request, confirm, event(k, id, "reach-3", start().Add(time.Hour))}
	}
	switch status {
	case subscriber.Pending:
		return []subscriber.Event{request}
	case subscriber.Confirmed:
		return []subscriber.Event{request, confirm}
	case subscriber.Unsubscribed:
		return last(subscriber.Unsubscribe)
	case subscriber.Bounced:
		return last(subscriber.HardBounce)
	case subscriber.Complained:
		return last(subscriber.Complaint)
	case subscriber.Erased:
		return last(subscriber.Erase)
	default:
		return nil
	}
}

// table checks every event in every status against Apply, answer and record.
func table(t *testing.T, s Store) {
	n := 0
	for status := subscriber.None; status <= subscriber.Erased; status++ {
		for kind := subscriber.Request; kind <= subscriber.SetPreferences; kind++ {
			n++
			id := person(n)
			var before subscriber.Subscriber
			for _, e := range reach(status, id) {
				before = record(t, s, e).Subscriber
			}
			if before.Status != status {
				t.Fatalf("the way to %s ends at %s", status, before.Status)
			}
			e := event(kind, id, "op", start().Add(40*24*time.Hour))
			e.Generation, e.Seen, e.SeenOp = before.Generation, status, before.Op
			if status == subscriber.Pending {
				e.At = start().Add(2 * time.Hour)
			}
			want := subscriber.DefaultLimits().Apply(before, e)
			got := record(t, s, e)
			same(t, fmt.Sprintf("%s in %s", kind, status), got, want)
			kept, found, err := s.Get(t.Context(), id)
			if err != nil || found != (want.Subscriber.Status != subscriber.None) {
				t.Fatalf("%s in %s: Get: found %v, %v", kind, status, found, err)
			}
			if found {
				same(t, fmt.Sprintf("Get after %s in %s", kind, status), kept, want.Subscriber)
			}
		}
	}
}

// sameOp checks that repeating an event reports its first success.
func sameOp(t *testing.T, s Store) {
	e := event(subscriber.Request, person(1), "op", start())
	e.Limit = subscriber.Counter{Key: "L#one", Max: 1, Expires: start().Add(time.Hour)}
	first := record(t, s, e)
	if first.Outcome != subscriber.Applied || first.Mail != subscriber.MailConfirm {
		t.Fatalf("first: %+v", first)
	}
	same(t, "repeated with its op", record(t, s, e), first)
	e.Op = "another"
	if r := record(t, s, e); r.Outcome != subscriber.Refused || r.Mail != subscriber.NoMail {
		t.Errorf("another op in the cool-down: %v, mail %v", r.Outcome, r.Mail)
	}
}

// expiry checks that a request nobody confirmed counts as none when its time is
// over, though the store still has it.
func expiry(t *testing.T, s Store) {
	id := person(1)
	before := record(t, s, event(subscriber.Request, id, "1", start())).Subscriber
	confirm := event(subscriber.Confirm, id, "2", before.Expires)
	if r := record(t, s, confirm); r.Outcome != subscriber.Refused {
		t.Errorf("confirm at the end: %v", r.Outcome)
	}
	if r := record(t, s, event(subscriber.Import, id, "3", before.Expires)); r.Outcome != subscriber.Applied {
		t.Errorf("import over an expired request: %v", r.Outcome)
	}
}

// parallel runs f n times at once and returns how often it said true.
func parallel(n int, f func(i int) bool) int {
	var group sync.WaitGroup
	said := make([]bool, n)
	for i := range n {
		group.Go(func() { said[i] = f(i) })
	}
	group.Wait()
	total := 0
	for _, yes := range said {
		if yes {
			total++
		}
	}
	return total
}

// parallelRequests checks that 50 requests at once make one mail due.
func parallelRequests(t *testing.T, s Store) {
	mails := parallel(50, func(i int) bool {
		r, err := s.Record(t.Context(), event(subscriber.Request, person(1), fmt.Sprint("op", i), start()))
		if err != nil {
			t.Error(err)
		}
		return r.Mail == subscriber.MailConfirm
	})
	if mails != 1 {
		t.Errorf("50 requests at once made %d mails due, want 1", mails)
	}
}

func counter(t *testing.T, s Store) {
	c := subscriber.Counter{Key: "L#many", Max: 10, Expires: start().Add(time.Hour)}
	taken := parallel(50, func(int) bool {
		free, err := s.Take(t.Context(), c, start())
		if err != nil {
			t.Error(err)
		}
		return free
	})
	if taken != c.Max {
		t.Errorf("%d of 50 takes at once were granted, want %d", taken, c.Max)
	}
	next := subscriber.Counter{Key: "L#next", Max: 1, Expires: start().Add(3 * time.Hour)}
	for i, want := range []bool{true, false} {
		if free, err := s.Take(t.Context(), next, start().Add(2*time.Hour)); err != nil || free != want {
			t.Errorf("take %d of another key: %v, %v, want %v", i+1, free, err, want)
		}
	}
}

// limitInEvent checks that a limit without room leaves no trace, and that only
// mails are counted.
func limitInEvent(t *testing.T, s Store) {
	limit := subscriber.Counter{Key: "B#1", Max: 1, Expires: start().Add(time.Hour)}
	for i, want := range []subscriber.Outcome{subscriber.Applied, subscriber.Refused, subscriber.Limited} {
		n := []int{1, 1, 2}[i] // the second is in the cool-down of the first and must not count
		e := event(subscriber.Request, person(n), fmt.Sprint("op", i), start())
		e.Limit = limit
		if r := record(t, s, e); r.Outcome != want || (r.Mail != subscriber.NoMail) != (want == subscriber.Applied) {
			t.Errorf("request %d: %v, mail %v; want %v", i+1, r.Outcome, r.Mail, want)
		}
	}
	if p, found, err := s.Get(t.Context(), person(2)); found || err != nil {
		t.Errorf("a limited request left %+v, %v", p, err)
	}
}

func cancelled(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Record(ctx, event(subscriber.Request, person(1), "op", start()))
	_, _, getErr := s.Get(ctx, person(1))
	_, takeErr := s.Take(ctx, subscriber.Counter{Key: "k", Max: 1, Expires: start()}, start())
	var allErr error
	for _, e := range s.All(ctx) {
		allErr = errors.Join(allErr, e)
	}
	for what, err := range map[string]error{"Record": err, "Get": getErr, "Take": takeErr, "All": allErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v", what, err)
		}
	}
	if _, found, err := s.Get(t.Context(), person(1)); found || err != nil {
		t.Errorf("a cancelled Record left a record (%v)", err)
	}
}

// erase checks that only id, rank, generation, dates and op stay.
func erase(t *testing.T, s Store) {
	var last subscriber.Subscriber
	for _, e := range reach(subscriber.Erased, person(1)) {
		last = record(t, s, e).Subscriber
	}
	got, _, err := s.Get(t.Context(), person(1))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "what an erasure leaves", got, subscriber.Subscriber{
		ID: person(1), Status: subscriber.Erased, Generation: last.Generation, ConfirmedAt: last.ConfirmedAt, LeftAt: last.LeftAt, Op: last.Op,
	})
}

// lists checks both iterators over more rows than a page of any store, and that
// the loop may record and stop early.
func lists(t *testing.T, s Store) {
	const people = 1200
	want := map[subscriber.ID]bool{}
	for n := range people {
		kind := subscriber.Import
		if n%4 == 3 {
			kind = subscriber.Unsubscribe
		}
		id := person(n)
		want[id] = kind == subscriber.Import
		record(t, s, event(kind, id, fmt.Sprint(n), start()))
	}
	seen := map[subscriber.ID]bool{}
	for p, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) == 0 {
			record(t, s, event(subscriber.RequestLeave, p.ID, "in the loop", start().Add(time.Hour)))
		}
		seen[p.ID] = p.Status == subscriber.Confirmed
	}
	same(t, "All", seen, want)
	confirmed := map[subscriber.ID]bool{}
	for digit := range 16 {
		for id, err := range s.Confirmed(t.Context(), digit) {
			if err != nil {
				t.Fatal(err)
			}
			if int(id[0]>>4) != digit || !want[id] || confirmed[id] {
				t.Fatalf("Confirmed(%d) gave %s", digit, id)
			}
			confirmed[id] = true
		}
	}
	if len(confirmed) != people*3/4 {
		t.Errorf("Confirmed gave %d ids, want %d", len(confirmed), people*3/4)
	}
	for range s.All(t.Context()) {
		break
	}
}
