package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/queue"
)

// office is what the program does with events.
type office interface {
	Send(ctx context.Context, name string) (issue.Issue, error)
	Deliver(context.Context, issue.Page) (issue.Report, error)
	Tick(context.Context) error
}

type handler struct {
	office office
	keep   func(context.Context) error // looks after the records, at each tick of the schedule
	log    *slog.Logger
}

// request is a command or messages of the queue; every other event has neither.
type request struct {
	Issue   string              `json:"issue"`
	Records []events.SQSMessage `json:"Records"`
}

// answer is what a command gets.
type answer struct {
	ID      string `json:"id"`
	Stage   string `json:"stage"`
	Planned int    `json:"planned"`
}

func (h *handler) handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var r request
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("an event that cannot be read: %w", err)
	}
	switch {
	case len(r.Records) > 0:
		return h.deliver(ctx, r.Records), nil
	case r.Issue != "":
		i, err := h.office.Send(ctx, r.Issue)
		return answer{i.ID, string(i.Stage), i.Planned}, err
	}
	// What is wrong with an issue does not hold up the records, or the reverse.
	return nil, errors.Join(h.office.Tick(ctx), h.keep(ctx))
}

// deliver delivers each page and names those that the queue should give again.
func (h *handler) deliver(ctx context.Context, messages []events.SQSMessage) events.SQSEventResponse {
	var out events.SQSEventResponse
	for _, m := range messages {
		page, err := queue.Parse(m.Body)
		if err == nil {
			_, err = h.office.Deliver(ctx, page)
		}
		if err != nil {
			h.log.ErrorContext(ctx, "page", "message", m.MessageId, "cause", err.Error())
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out
}
