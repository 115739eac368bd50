// Command feedback is the Lambda program that takes what SES reports: sends,
// deliveries, bounces, complaints and rejects, through EventBridge (or SNS) and
// an SQS queue.
//
// # Deployment
//
// Environment: STORE=dynamodb, TABLE, JOURNAL, KEYS. Timeout 30 s, the queue's
// visibility 180 s or more, ReportBatchItemFailures, three receives before the
// dead-letter queue. The rule passes events with the source aws.ses.
//
// Role: its log group; dynamodb:GetItem, Query, PutItem, UpdateItem on the table
// and dynamodb:PutItem on the journal; sqs:ReceiveMessage, DeleteMessage,
// GetQueueAttributes on the queue; ssm:GetParameter on KEYS.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"broadsheet/functions/internal/cloud"
	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/feedback"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	c, err := config.Load(os.Getenv)
	if err != nil {
		log.Error("start", "cause", err.Error())
		os.Exit(1)
	}
	s, err := cloud.Open(context.Background(), c, os.Getenv)
	if err != nil {
		log.Error("start", "cause", err.Error())
		os.Exit(1)
	}
	h := &feedback.Handler{People: s.Store, Ledger: s.Store, Keys: s.Keys, Now: time.Now, Log: log}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		var out events.SQSEventResponse
		for _, m := range e.Records {
			if err := h.Handle(ctx, []byte(m.Body)); err != nil {
				log.ErrorContext(ctx, "feedback", "message", m.MessageId, "cause", err.Error())
				out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
			}
		}
		return out, nil
	})
}
