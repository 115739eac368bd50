package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"broadsheet/functions/internal/issue"
)

// desk notes what it was asked for.
type desk struct {
	sent      []string
	delivered []string
	ticks     int
	away      error
}

func (d *desk) Send(_ context.Context, name string) (issue.Issue, error) {
	d.sent = append(d.sent, name)
	if name == "99" {
		return issue.Issue{}, issue.Refusal("there is no issue 99")
	}
	return issue.Issue{ID: "12-abc", Stage: issue.Ready, Planned: 3}, nil
}

func (d *desk) Deliver(_ context.Context, p issue.Page) (issue.Report, error) {
	d.delivered = append(d.delivered, p.Issue)
	if p.Issue == "broken" {
		return issue.Report{}, errors.New("the table is away")
	}
	return issue.Report{}, nil
}

func (d *desk) Tick(context.Context) error { d.ticks++; return nil }

func TestEvents(t *testing.T) {
	d := &desk{}
	kept := 0
	h := &handler{office: d, keep: func(context.Context) error { kept++; return d.away }, log: slog.New(slog.DiscardHandler)}
	ask := func(event string) (string, error) {
		out, err := h.handle(t.Context(), json.RawMessage(event))
		b, _ := json.Marshal(out)
		return string(b), err
	}
	if out, err := ask(`{"issue":"12"}`); err != nil || out != `{"id":"12-abc","stage":"ready","planned":3}` {
		t.Errorf("a command: %s, %v", out, err)
	}
	var refusal issue.Refusal
	if _, err := ask(`{"issue":"99"}`); !errors.As(err, &refusal) {
		t.Errorf("an issue that is not there: %v", err)
	}
	for _, event := range []string{`{"version":"0","source":"aws.scheduler","detail-type":"Scheduled Event"}`, `{}`} {
		if _, err := ask(event); err != nil {
			t.Errorf("%s: %v", event, err)
		}
	}
	if d.ticks != 2 || kept != 2 {
		t.Errorf("%d ticks and records looked after %d times, want 2 of each", d.ticks, kept)
	}
	d.away = errors.New("the table is away")
	if _, err := ask(`{}`); !errors.Is(err, d.away) || d.ticks != 3 {
		t.Errorf("a table that is away: %v after %d ticks", err, d.ticks)
	}
	if _, err := ask(`[]`); err == nil {
		t.Error("a list is taken for an event")
	}
}

// TestBatch: only the messages that failed come again.
func TestBatch(t *testing.T) {
	const person = `"ids":["00112233445566778899aabbccddeeff"]`
	d := &desk{}
	h := &handler{office: d, log: slog.New(slog.DiscardHandler)}
	out := h.deliver(t.Context(), []events.SQSMessage{
		{MessageId: "a", Body: `{"issue":"12-abc",` + person + `}`},
		{MessageId: "b", Body: `{"issue":"broken",` + person + `}`},
		{MessageId: "c", Body: `not a page`},
		{MessageId: "d", Body: `{"issue":"12-abc","ids":[]}`},
		{MessageId: "e", Body: `{"issue":"12-def",` + person + `}`},
	})
	var failed string
	for _, f := range out.BatchItemFailures {
		failed += f.ItemIdentifier
	}
	if failed != "bcd" || len(d.delivered) != 3 {
		t.Errorf("failed %q, delivered %v; want b, c and d to come again", failed, d.delivered)
	}
}
