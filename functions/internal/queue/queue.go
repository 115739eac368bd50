// Package queue carries the pages of issues through SQS: one message a page, as
// JSON. Losing a message is harmless, and so is getting it twice: the ledger
// knows.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"broadsheet/functions/internal/issue"
)

// Queue is one SQS queue.
type Queue struct {
	client *sqs.Client
	url    *string
}

// New returns the queue at a URL (QUEUE_URL).
func New(o sqs.Options, url string) *Queue { return &Queue{sqs.New(o), &url} }

// most is how many messages one call takes (SQS, SendMessageBatch).
const most = 10

// Enqueue implements issue.Queue.
func (q *Queue) Enqueue(ctx context.Context, pages ...issue.Page) error {
	if *q.url == "" {
		return errors.New("QUEUE_URL is empty: there is no queue to put the pages of an issue into")
	}
	for some := range slices.Chunk(pages, most) {
		var entries []types.SendMessageBatchRequestEntry
		for n, page := range some {
			b, err := json.Marshal(page)
			if err != nil {
				return err
			}
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(n)), MessageBody: aws.String(string(b))})
		}
		out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: q.url, Entries: entries})
		if err != nil {
			return fmt.Errorf("queue: %w", err)
		}
		if len(out.Failed) > 0 {
			return fmt.Errorf("queue: %d of %d pages were not taken: %s", len(out.Failed), len(some), aws.ToString(out.Failed[0].Code))
		}
	}
	return nil
}

// Parse reads a message.
func Parse(body string) (issue.Page, error) {
	var page issue.Page
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		return page, fmt.Errorf("a message that is no page of an issue: %w", err)
	}
	if page.Issue == "" || len(page.IDs) == 0 || len(page.IDs) > issue.PageSize {
		return page, fmt.Errorf("a message that is no page of an issue: it names %d people", len(page.IDs))
	}
	return page, nil
}
