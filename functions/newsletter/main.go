// Command newsletter is the Lambda program that sends: it plans issues and
// delivers them.
//
// Three kinds of events reach it:
//
//   - {"issue": "12"}: plan newsletter 12 of the edition and queue its pages;
//     the answer is the issue as the ledger has it;
//   - messages of the queue QUEUE_URL, pages of at most 50 people: deliver them;
//     the answer names the messages that failed (ReportBatchItemFailures);
//   - anything else, such as the schedule's: go on with what broke off, reap and
//     close, plan the digests that are due; delete what was kept for a while only,
//     and make the roots of the ledger of consent. Hourly is right.
//
// # Deployment
//
// Environment: SITE_URL, STORE=dynamodb, TABLE, JOURNAL, QUEUE_URL, MAILER=ses,
// MAIL_FROM, KEYS, CONFIGURATION_SET. Timeout 120 s, the queue's visibility 720 s
// or more, batch size 1, maximum concurrency 2 (the program takes half of the
// account's rate), three receives before the dead-letter queue.
//
// Role: its log group; dynamodb:GetItem, BatchGetItem, Query, PutItem,
// UpdateItem, ConditionCheckItem on the table, dynamodb:Query on its index;
// sqs:SendMessage, ReceiveMessage, DeleteMessage, GetQueueAttributes on the
// queue; ssm:GetParameter on KEYS; ses:SendEmail as the subscription program;
// ses:GetAccount on *, which has no resource.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	h, err := open(context.Background(), log)
	if err != nil {
		log.Error("start", "cause", err.Error())
		os.Exit(1)
	}
	lambda.Start(h.handle)
}
