// Package dynamo keeps subscribers in one DynamoDB table.
//
// The table has the string keys pk and sk and a time-to-live attribute ttl. An
// item that stands alone has the sk "-": a person is S#<id>, a counter of a limit
// stands under its own key. Confirmed
// people, and no others, have the attribute confirmed, "C#" and the first digit
// of their id; the sparse index "confirmed" (hash key confirmed, range key pk)
// lists them for the sender. The index is eventually consistent, so it only
// proposes.
//
// An event is one strongly consistent read, subscriber.Limits.Apply, and one
// conditional write on the version that was read. If somebody was faster it
// begins again. A write whose answer was lost is recognised by its Op, so that
// the SDK's own repetition, or the caller's, gives the first result again.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/subscriber"
)

// Store is a table. It is safe for concurrent use.
type Store struct {
	client *dynamodb.Client
	table  *string
	limits subscriber.Limits
}

// Index is the name of the sparse index of confirmed people.
const Index = "confirmed"

// New returns the store in a table that exists.
func New(client *dynamodb.Client, table string, limits subscriber.Limits) *Store {
	return &Store{client: client, table: &table, limits: limits}
}

// attempts is how often an event begins again when others write the same item.
// Of all that meet, one gets through each time.
const attempts = 60

// Record applies one event. After an error it may or may not have been applied:
// call again with the same Op.
func (s *Store) Record(ctx context.Context, e subscriber.Event) (subscriber.Result, error) {
	for n := range attempts {
		result, done, err := s.try(ctx, e)
		if done || err != nil {
			return result, wrap("record", err)
		}
		select {
		case <-time.After(time.Duration(rand.IntN(1+min(n, 20))) * time.Millisecond):
		case <-ctx.Done():
			return subscriber.Result{}, wrap("record", ctx.Err())
		}
	}
	return subscriber.Result{}, errors.New("dynamo: record: too many others write the same item")
}

// try reads, decides and writes once; done is false if somebody was faster.
func (s *Store) try(ctx context.Context, e subscriber.Event) (result subscriber.Result, done bool, err error) {
	before, err := s.item(ctx, e.ID)
	if err != nil {
		return result, false, err
	}
	person, err := before.subscriber()
	if err != nil {
		return result, false, err
	}
	result = s.limits.Apply(person, e)
	if repeated := e.Op != "" && e.Op == before.Op; result.Outcome != subscriber.Applied || repeated {
		return result, true, nil
	}
	after := itemOf(result.Subscriber)
	after.Version = before.Version + 1
	put, err := s.put(after, before.Version)
	if err != nil {
		return result, false, err
	}
	if result.Mail == subscriber.NoMail || e.Limit.Key == "" {
		_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: put.TableName, Item: put.Item,
			ConditionExpression: put.ConditionExpression, ExpressionAttributeValues: put.ExpressionAttributeValues})
		var faster *types.ConditionalCheckFailedException
		if errors.As(err, &faster) {
			return result, false, nil
		}
		return result, err == nil, err
	}
	if e.Limit.Max <= 0 {
		return subscriber.Result{Outcome: subscriber.Limited, Subscriber: person}, true, nil
	}
	_, err = s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{{Put: put}, {Update: s.take(e.Limit)}},
	})
	switch second := cancelled(err); {
	case second == "limit":
		return subscriber.Result{Outcome: subscriber.Limited, Subscriber: person}, true, nil
	case second == "faster":
		return result, false, nil
	}
	return result, err == nil, err
}

// cancelled tells why a transaction was cancelled: "limit" if only the counter
// refused, "faster" if somebody else wrote, empty for everything else.
func cancelled(err error) string {
	var c *types.TransactionCanceledException
	if !errors.As(err, &c) || len(c.CancellationReasons) != 2 {
		return ""
	}
	item, limit := aws.ToString(c.CancellationReasons[0].Code), aws.ToString(c.CancellationReasons[1].Code)
	switch {
	case item == "ConditionalCheckFailed", item == "TransactionConflict", limit == "TransactionConflict":
		return "faster"
	case limit == "ConditionalCheckFailed":
		return "limit"
	}
	return ""
}

func (s *Store) put(i item, seen int) (*types.Put, error) {
	values, err := attributevalue.MarshalMap(i)
	if err != nil {
		return nil, err
	}
	put := &types.Put{TableName: s.table, Item: values, ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if seen > 0 {
		put.ConditionExpression = aws.String("version = :seen")
		put.ExpressionAttributeValues = map[string]types.AttributeValue{":seen": number(int64(seen))}
	}
	return put, nil
}

func (s *Store) take(c subscriber.Counter) *types.Update {
	return &types.Update{
		TableName:           s.table,
		Key:                 key(c.Key),
		UpdateExpression:    aws.String("ADD taken :one SET #ttl = :expires"),
		ConditionExpression: aws.String("attribute_not_exists(taken) OR taken < :max"),
		ExpressionAttributeNames: map[string]string{
			"#ttl": "ttl", // a reserved word
		},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":one": number(1), ":max": number(int64(c.Max)), ":expires": number(c.Expires.Unix()),
		},
	}
}

// Take counts one use of a limit and tells whether it was still free. A use
// whose answer was lost may count twice: the limit then holds sooner.
func (s *Store) Take(ctx context.Context, c subscriber.Counter, _ time.Time) (bool, error) {
	if c.Max <= 0 {
		return false, nil
	}
	u := s.take(c)
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression,
		ConditionExpression: u.ConditionExpression, ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues})
	var full *types.ConditionalCheckFailedException
	if errors.As(err, &full) {
		return false, nil
	}
	return err == nil, wrap("count", err)
}

// Get returns the record as it is kept: ask Subscriber.Current how it counts
// now.
func (s *Store) Get(ctx context.Context, id subscriber.ID) (subscriber.Subscriber, bool, error) {
	i, err := s.item(ctx, id)
	if err != nil || i.PK == "" {
		return subscriber.Subscriber{}, false, wrap("get", err)
	}
	p, err := i.subscriber()
	return p, err == nil, wrap("get", err)
}

func (s *Store) item(ctx context.Context, id subscriber.ID) (item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: s.table, Key: key(prefix + id.String()), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return item{}, err
	}
	var i item
	return i, attributevalue.UnmarshalMap(out.Item, &i)
}

// Confirmed gives the ids of confirmed people whose id begins with a hexadecimal
// digit, 0 to 15. It only proposes: look at the record again before mailing.
func (s *Store) Confirmed(ctx context.Context, digit int) iter.Seq2[subscriber.ID, error] {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{TableName: s.table, IndexName: aws.String(Index),
		KeyConditionExpression:    aws.String("confirmed = :digit"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":digit": &types.AttributeValueMemberS{Value: fmt.Sprintf("C#%x", digit)}},
	})
	return func(yield func(subscriber.ID, error) bool) {
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(subscriber.ID{}, wrap("list", err))
				return
			}
			for p, err := range people(page.Items) {
				if !yield(p.ID, err) {
					return
				}
			}
		}
	}
}

// All gives every record as it is kept, in no order.
func (s *Store) All(ctx context.Context) iter.Seq2[subscriber.Subscriber, error] {
	pages := dynamodb.NewScanPaginator(s.client, &dynamodb.ScanInput{TableName: s.table, ConsistentRead: aws.Bool(true),
		FilterExpression:          aws.String("begins_with(pk, :person)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":person": &types.AttributeValueMemberS{Value: prefix}},
	})
	return func(yield func(subscriber.Subscriber, error) bool) {
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(subscriber.Subscriber{}, wrap("list", err))
				return
			}
			for p, err := range people(page.Items) {
				if !yield(p, err) {
					return
				}
			}
		}
	}
}

func people(items []map[string]types.AttributeValue) iter.Seq2[subscriber.Subscriber, error] {
	return func(yield func(subscriber.Subscriber, error) bool) {
		for _, values := range items {
			var i item
			err := attributevalue.UnmarshalMap(values, &i)
			p, idErr := i.subscriber()
			if !yield(p, wrap("list", errors.Join(err, idErr))) {
				return
			}
		}
	}
}

// alone is the sort key of items that have their partition to themselves.
const alone = "-"

func key(pk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: alone}}
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("dynamo: %s: %w", doing, err)
}
