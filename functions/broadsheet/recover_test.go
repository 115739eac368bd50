package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/subscriber"
)

// TestRecover: a store is put back to an earlier day, as a restored table is. Who
// left since then leaves again; who came back stays.
func TestRecover(t *testing.T) {
	var out bytes.Buffer
	p := &program{stdout: &out, stderr: io.Discard, config: config.Config{Store: "sqlite", DataDir: t.TempDir(), MailCooldown: time.Minute}}
	ctx := context.Background()
	begin := time.Now().Add(-100 * time.Hour).UTC().Truncate(time.Second)
	store, err := p.openStore(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id := func(n byte) subscriber.ID { return subscriber.ID{n} }
	record := func(n byte, kind subscriber.Kind, hours int) {
		t.Helper()
		person, _, err := store.Get(ctx, id(n))
		if err != nil {
			t.Fatal(err)
		}
		at := begin.Add(time.Duration(hours) * time.Hour)
		_, err = store.Record(ctx, subscriber.Event{Kind: kind, ID: id(n), Op: strings.Repeat("x", int(n)) + kind.String() + at.String(), At: at, MailTime: at,
			Email: "jane@example.org", Generation: person.Generation})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := byte(1); n <= 4; n++ {
		record(n, subscriber.Request, 0)
		record(n, subscriber.Confirm, 1)
	}
	record(1, subscriber.Unsubscribe, 10)
	record(2, subscriber.Complaint, 10)
	record(3, subscriber.Unsubscribe, 10)
	record(3, subscriber.Request, 20)
	record(3, subscriber.Confirm, 21)
	for n, leave := range map[byte]subscriber.Leave{
		1: {ID: id(1), Status: subscriber.Unsubscribed, At: begin.Add(10 * time.Hour)},
		2: {ID: id(2), Status: subscriber.Complained, At: begin.Add(10 * time.Hour)},
		3: {ID: id(3), Status: subscriber.Unsubscribed, At: begin.Add(10 * time.Hour)},
	} {
		now, _, err := store.Get(ctx, id(n))
		if err != nil {
			t.Fatal(err)
		}
		if _, needed := lostLeave(now, leave); needed {
			t.Errorf("person %d, whose record is whole, would leave again", n)
		}
		// The record of the day before the leave.
		earlier := subscriber.Subscriber{ID: id(n), Status: subscriber.Confirmed, ConfirmedAt: begin.Add(time.Hour)}
		e, needed := lostLeave(earlier, leave)
		if !needed || e.At != leave.At {
			t.Errorf("person %d of the restored table would stay", n)
		}
		limits := p.limits()
		if after := limits.Apply(earlier, e).Subscriber; after.Status != leave.Status {
			t.Errorf("person %d is %s after it, want %s", n, after.Status, leave.Status)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.recoverLeaves(ctx, false); err != nil || !strings.Contains(out.String(), "3 rows of the journal, 0 people") {
		t.Errorf("it says %q, %v", out.String(), err)
	}
}
