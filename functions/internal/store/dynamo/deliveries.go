package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// rowItem is a delivery.
type rowItem struct {
	PK         string `dynamodbav:"pk"`
	SK         string `dynamodbav:"sk"`
	Version    int    `dynamodbav:"version"`
	State      string `dynamodbav:"state"`
	Attempt    int    `dynamodbav:"attempt,omitempty"`
	Owner      string `dynamodbav:"owner,omitempty"`
	Lease      int64  `dynamodbav:"lease,omitempty"`
	At         int64  `dynamodbav:"at"`
	MessageID  string `dynamodbav:"message_id,omitempty"`
	Reason     string `dynamodbav:"reason,omitempty"`
	Bounced    bool   `dynamodbav:"bounced,omitempty"`
	Complained bool   `dynamodbav:"complained,omitempty"`
}

func rowKey(id string, digit byte) string { return fmt.Sprintf("R#%s#%x", id, digit) }

func rowItemOf(d issue.Delivery) rowItem {
	return rowItem{PK: rowKey(d.Issue, d.ID[0]>>4), SK: d.ID.String(), State: string(d.State), Attempt: d.Attempt, Owner: d.Owner, Lease: millis(d.Lease),
		At: millis(d.At), MessageID: d.MessageID, Reason: d.Reason, Bounced: d.Bounced, Complained: d.Complained}
}

func (r rowItem) delivery(id string) (issue.Delivery, error) {
	person, err := subscriber.ParseID(r.SK)
	return issue.Delivery{Issue: id, ID: person, State: issue.State(r.State), Attempt: r.Attempt, Owner: r.Owner, Lease: instant(r.Lease),
		At: instant(r.At), MessageID: r.MessageID, Reason: r.Reason, Bounced: r.Bounced, Complained: r.Complained}, err
}

// planners is how many rows are written at once when an issue is planned.
const planners = 8

// Plan implements issue.Roster. DynamoDB has no conditional batch, so each row
// is a write of its own.
func (s *Store) Plan(ctx context.Context, id string, people []subscriber.ID, at time.Time) error {
	var group sync.WaitGroup
	errs := make([]error, planners)
	for n := range planners {
		group.Go(func() {
			for i := n; i < len(people) && errs[n] == nil; i += planners {
				d, _ := issue.Apply(issue.Delivery{}, issue.Change{Step: issue.Plan, Issue: id, ID: people[i], At: at})
				row := rowItemOf(d)
				row.Version = 1
				put, err := s.putVersion(row, 0)
				if err == nil {
					_, err = s.putOne(ctx, put)
				}
				errs[n] = err
			}
		})
	}
	group.Wait()
	return wrap("plan", errors.Join(errs...))
}

// Move implements issue.Rows.
func (s *Store) Move(ctx context.Context, c issue.Change) (issue.Delivery, issue.Outcome, error) {
	for n := range attempts {
		d, outcome, done, err := s.step(ctx, c)
		if done || err != nil {
			return d, outcome, wrap(c.Step.String(), err)
		}
		select {
		case <-time.After(time.Duration(rand.IntN(1+min(n, 20))) * time.Millisecond):
		case <-ctx.Done():
			return d, issue.Dropped, wrap(c.Step.String(), ctx.Err())
		}
	}
	return issue.Delivery{}, issue.Dropped, fmt.Errorf("dynamo: %s: too many others write the same row", c.Step)
}

// step reads, decides and writes once; done is false if somebody was faster.
func (s *Store) step(ctx context.Context, c issue.Change) (d issue.Delivery, outcome issue.Outcome, done bool, err error) {
	seen, before, err := s.row(ctx, c.Issue, c.ID)
	if err != nil {
		return before, issue.Dropped, false, err
	}
	d, outcome = issue.Apply(before, c)
	if outcome != issue.Applied {
		return before, outcome, true, nil
	}
	after := rowItemOf(d)
	after.Version = seen + 1
	put, err := s.putVersion(after, seen)
	if err != nil {
		return before, issue.Dropped, false, err
	}
	items := []types.TransactWriteItem{{Put: put}}
	switch {
	case c.Step == issue.Claim:
		items = append(items, types.TransactWriteItem{ConditionCheck: s.confirmed(c.ID)})
	case c.Tally() != (issue.Counts{}):
		items = append(items, types.TransactWriteItem{Update: s.counts(c.Issue, c.Tally())})
	default:
		done, err = s.putOne(ctx, put)
		return d, outcome, done, err
	}
	_, err = s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	switch first, second := reasons(err); {
	case first == conditionFailed, first == conflict, second == conflict:
		return before, issue.Dropped, false, nil
	case second == conditionFailed:
		return before, issue.Left, true, nil // of a claim only: counts have no condition
	}
	return d, outcome, err == nil, err
}

const (
	conditionFailed = "ConditionalCheckFailed"
	conflict        = "TransactionConflict"
)

// reasons are why the two parts of a transaction were cancelled, empty if it was
// not.
func reasons(err error) (first, second string) {
	var c *types.TransactionCanceledException
	if !errors.As(err, &c) || len(c.CancellationReasons) != 2 {
		return "", ""
	}
	return aws.ToString(c.CancellationReasons[0].Code), aws.ToString(c.CancellationReasons[1].Code)
}

// confirmed checks that a person gets mail, and that no program with rules that
// this one does not know wrote the record.
func (s *Store) confirmed(id subscriber.ID) *types.ConditionCheck {
	return &types.ConditionCheck{TableName: s.table, Key: key(prefix + id.String()),
		ConditionExpression:       aws.String("#rank = :confirmed AND #schema <= :schema"),
		ExpressionAttributeNames:  map[string]string{"#rank": "rank", "#schema": "schema"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":confirmed": number(int64(subscriber.Confirmed)), ":schema": number(schema)},
	}
}

func (s *Store) row(ctx context.Context, id string, person subscriber.ID) (version int, d issue.Delivery, err error) {
	d = issue.Delivery{Issue: id, ID: person}
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: s.table, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"pk": text(rowKey(id, person[0]>>4)), "sk": text(person.String())}})
	if err != nil || len(out.Item) == 0 {
		return 0, d, err
	}
	var r rowItem
	if err := attributevalue.UnmarshalMap(out.Item, &r); err != nil {
		return 0, d, err
	}
	d, err = r.delivery(id)
	return r.Version, d, err
}

// Deliveries implements issue.Lister.
func (s *Store) Deliveries(ctx context.Context, id string, digit int) iter.Seq2[issue.Delivery, error] {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{TableName: s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": text(rowKey(id, byte(digit)))},
	})
	return func(yield func(issue.Delivery, error) bool) {
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(issue.Delivery{}, wrap("deliveries", err))
				return
			}
			for _, values := range page.Items {
				var r rowItem
				err := attributevalue.UnmarshalMap(values, &r)
				d, idErr := r.delivery(id)
				if !yield(d, wrap("deliveries", errors.Join(err, idErr))) {
					return
				}
			}
		}
	}
}

// batch is how many items BatchGetItem gives at most.
const batch = 100

// People implements issue.Rows.
func (s *Store) People(ctx context.Context, ids []subscriber.ID) ([]subscriber.Subscriber, error) {
	var all []subscriber.Subscriber
	for chunk := range slices.Chunk(ids, batch) {
		var keys []map[string]types.AttributeValue
		for _, id := range chunk {
			keys = append(keys, key(prefix+id.String()))
		}
		rest := map[string]types.KeysAndAttributes{*s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
		for n := 0; len(rest) > 0; n++ {
			out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: rest})
			if err != nil {
				return nil, wrap("people", err)
			}
			for p, err := range people(out.Responses[*s.table]) {
				if err != nil {
					return nil, err
				}
				all = append(all, p)
			}
			// What did not fit, or was throttled, comes with the next call.
			if rest = out.UnprocessedKeys; len(rest) > 0 && n > 0 {
				select {
				case <-time.After(min(time.Second, time.Duration(n)*20*time.Millisecond)):
				case <-ctx.Done():
					return nil, wrap("people", ctx.Err())
				}
			}
		}
	}
	return all, nil
}

// Audience implements issue.Roster. The index may lag behind: the claim looks
// again.
func (s *Store) Audience(ctx context.Context, digit int) iter.Seq2[subscriber.Subscriber, error] {
	return func(yield func(subscriber.Subscriber, error) bool) {
		var ids []subscriber.ID
		flush := func() bool {
			people, err := s.People(ctx, ids)
			ids = ids[:0]
			if err != nil {
				yield(subscriber.Subscriber{}, err)
				return false
			}
			for _, p := range people {
				if p.Status == subscriber.Confirmed && !yield(p, nil) {
					return false
				}
			}
			return true
		}
		for id, err := range s.Confirmed(ctx, digit) {
			if err != nil {
				yield(subscriber.Subscriber{}, err)
				return
			}
			if ids = append(ids, id); len(ids) == batch && !flush() {
				return
			}
		}
		if len(ids) > 0 {
			flush()
		}
	}
}
