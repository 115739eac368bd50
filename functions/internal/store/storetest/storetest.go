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

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// Store is what the contract is about.
type Store interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
	Get(context.Context, subscriber.ID) (subscriber.Subscriber, bool, error)
	Take(context.Context, subscriber.Counter, time.Time) (bool, error)
	Journal(context.Context) iter.Seq2[subscriber.Leave, error]
	Due(context.Context) iter.Seq2[subscriber.Subscriber, error]
	consent.Ledger
	KeepEntry(context.Context, consent.Entry) error
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
		{"posts in the event", postsInEvent},
		{"parallel posts", parallelPosts},
		{"counter that renews", renews},
		{"journal", journal},
		{"cancelled", cancelled},
		{"erase", erase},
		{"lists", lists},
		{"due", due},
		{"ledger of consent", ledger},
		{"entries of consent", entries},
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
		Record:      subscriber.Subscriber{Status: subscriber.Unsubscribed, Generation: 3, LeftAt: at, Reason: "restored"},
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

// same fails unless two values are equal; no list and an empty one are. A link to
// the ledger is random and has its own check.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(subscriber.Subscriber{}, "Chain")); d != "" {
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
		for _, kind := range subscriber.Kinds() {
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
	e.Mails = []subscriber.Counter{{Key: "M#one", Max: 1, Expires: start().Add(time.Hour)}}
	e.Post = subscriber.Counter{Key: "L#one", Max: 1, Expires: start().Add(time.Hour)}
	first := record(t, s, e)
	if first.Outcome != subscriber.Applied || first.Mail != subscriber.MailConfirm {
		t.Fatalf("first: %+v", first)
	}
	same(t, "repeated with its op", record(t, s, e), first)
	e.Op, e.Post.Key = "another", ""
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
	limits := []subscriber.Counter{
		{Key: "B#large", Max: 100, Expires: start().Add(time.Hour)},
		{Key: "B#1", Max: 1, Expires: start().Add(time.Hour)},
	}
	for i, want := range []subscriber.Outcome{subscriber.Applied, subscriber.Refused, subscriber.Limited} {
		n := []int{1, 1, 2}[i] // the second is in the cool-down of the first and must not count
		e := event(subscriber.Request, person(n), fmt.Sprint("op", i), start())
		e.Mails = limits
		r := record(t, s, e)
		if r.Outcome != want || (r.Mail != subscriber.NoMail) != (want == subscriber.Applied) {
			t.Errorf("request %d: %v, mail %v; want %v", i+1, r.Outcome, r.Mail, want)
		}
		if full := r.Full; full != map[bool]string{true: "B#1"}[want == subscriber.Limited] {
			t.Errorf("request %d: full is %q", i+1, full)
		}
	}
	if p, found, err := s.Get(t.Context(), person(2)); found || err != nil {
		t.Errorf("a limited request left %+v, %v", p, err)
	}
}

// postsInEvent checks that a post counts whatever becomes of the event, and that
// one too many does nothing.
func postsInEvent(t *testing.T, s Store) {
	post := subscriber.Counter{Key: "L#posts", Max: 3, Expires: start().Add(time.Hour)}
	none := []subscriber.Counter{{Key: "B#none", Max: 0, Expires: start().Add(time.Hour)}}
	for i, want := range []struct {
		person  int
		mails   []subscriber.Counter
		outcome subscriber.Outcome
		full    string
	}{
		{1, nil, subscriber.Applied, ""}, {1, nil, subscriber.Refused, ""}, {2, none, subscriber.Limited, "B#none"}, {3, nil, subscriber.Limited, "L#posts"},
	} {
		e := event(subscriber.Request, person(want.person), fmt.Sprint("op", i), start())
		e.Post, e.Mails = post, want.mails
		if r := record(t, s, e); r.Outcome != want.outcome || r.Full != want.full || r.Subscriber.ID != e.ID {
			t.Errorf("post %d: %v, full %q; want %v, %q", i+1, r.Outcome, r.Full, want.outcome, want.full)
		}
	}
	if _, found, err := s.Get(t.Context(), person(3)); found || err != nil {
		t.Errorf("one post too many left a record (%v)", err)
	}
}

// parallelPosts checks both limits of a form under 50 posts at once: one source,
// 50 people, room for 10 posts and 4 mails.
func parallelPosts(t *testing.T, s Store) {
	var mu sync.Mutex
	full := map[string]int{}
	mails := parallel(50, func(i int) bool {
		e := event(subscriber.Request, person(i), fmt.Sprint("op", i), start())
		e.Post = subscriber.Counter{Key: "L#source", Max: 10, Expires: start().Add(time.Hour)}
		e.Mails = []subscriber.Counter{{Key: "B#site", Max: 4, Expires: start().Add(time.Hour)}}
		r, err := s.Record(t.Context(), e)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		full[r.Full]++
		return r.Mail != subscriber.NoMail
	})
	if mails != 4 || full["L#source"] != 40 || full["B#site"] != 6 {
		t.Errorf("50 posts at once: %d mails, full %v; want 4 mails, 40 posts too many and 6 mails too many", mails, full)
	}
}

// renews checks a counter whose key names no window.
func renews(t *testing.T, s Store) {
	for i, want := range []bool{true, false, true, false} {
		at := start().Add([]time.Duration{0, time.Minute - time.Millisecond, time.Minute, 2*time.Minute - time.Millisecond}[i])
		c := subscriber.Counter{Key: "M#mailbox", Max: 1, Expires: at.Add(time.Minute), Renews: true}
		e := event(subscriber.Request, person(i), fmt.Sprint("op", i), at)
		e.Mails = []subscriber.Counter{c}
		if r := record(t, s, e); (r.Mail != subscriber.NoMail) != want {
			t.Errorf("at %v: %v, want a mail %v", at.Sub(start()), r.Outcome, want)
		}
	}
	// Each take puts the end off; what is refused does not.
	for i, step := range []struct {
		minute int
		want   bool
	}{{0, true}, {9, true}, {10, false}, {18, false}, {19, true}, {20, true}, {29, false}, {30, true}} {
		at := start().Add(time.Duration(step.minute) * time.Minute)
		c := subscriber.Counter{Max: 2, Expires: at.Add(10 * time.Minute), Renews: true}
		c.Key = "L#taken"
		if free, err := s.Take(t.Context(), c, at); err != nil || free != step.want {
			t.Errorf("minute %d: taken %v, %v, want %v", step.minute, free, err, step.want)
		}
		e := event(subscriber.Request, person(20+i), fmt.Sprint("renewed", i), at)
		c.Key = "L#posted"
		e.Post = c
		if r := record(t, s, e); (r.Full == "") != step.want {
			t.Errorf("minute %d: %v, full %q, want taken %v", step.minute, r.Outcome, r.Full, step.want)
		}
	}
	c := subscriber.Counter{Key: "M#other", Max: 1, Expires: start().Add(time.Minute), Renews: true}
	for i, want := range []bool{true, false} {
		if free, err := s.Take(t.Context(), c, start()); err != nil || free != want {
			t.Errorf("take %d: %v, %v, want %v", i+1, free, err, want)
		}
	}
}

// journal checks that every way of leaving is in the journal, nothing else is,
// and that only forgetting takes a person out.
func journal(t *testing.T, s Store) {
	want := map[subscriber.Leave]bool{}
	for n, status := range []subscriber.Status{subscriber.Pending, subscriber.Confirmed, subscriber.Unsubscribed, subscriber.Bounced, subscriber.Complained, subscriber.Erased} {
		var last subscriber.Subscriber
		for _, e := range reach(status, person(n)) {
			last = record(t, s, e).Subscriber
		}
		if status >= subscriber.Unsubscribed {
			want[subscriber.Leave{ID: person(n), Status: status, At: last.LeftAt.Truncate(time.Millisecond)}] = true
		}
		record(t, s, event(subscriber.Request, person(n), "later", start().Add(40*24*time.Hour)))
	}
	read := func() map[subscriber.Leave]bool {
		got := map[subscriber.Leave]bool{}
		for l, err := range s.Journal(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got[l] = true
		}
		return got
	}
	same(t, "the journal", read(), want)
	record(t, s, event(subscriber.Forget, person(3), "forget", start()))
	for l := range want {
		if l.ID == person(3) {
			delete(want, l)
		}
	}
	same(t, "the journal after forgetting", read(), want)
	if _, found, err := s.Get(t.Context(), person(3)); found || err != nil {
		t.Errorf("a record after forgetting (%v)", err)
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
	const people = 600
	want := map[subscriber.ID]bool{}
	for n := range people {
		kind := subscriber.Request
		if n%4 == n/16%4 {
			kind = subscriber.Import
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
	if len(confirmed) != people/4 {
		t.Errorf("Confirmed gave %d ids, want %d", len(confirmed), people/4)
	}
	for range s.All(t.Context()) {
		break
	}
}
