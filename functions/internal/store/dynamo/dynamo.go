// Package dynamo keeps subscribers in one DynamoDB table.
//
// The table has the string keys pk and sk and a time-to-live attribute ttl. An
// item that stands alone has the sk "-": a person is S#<id>, a counter of a limit
// stands under its own key. Confirmed
// people have the attribute confirmed, "C#" and the first digit of their id; the
// sparse index "confirmed" (hash key confirmed, range key pk) lists them for the
// sender. Only people who left and whose address is kept for a while have it as
// well, "U#", for Due. The index is eventually consistent, so it only proposes.
//
// The ledger of consent has a partition a day, E#<day>, with the sk
// <chain>#<number>#<hash>, and the partition E#roots with the day as sk.
//
// An event is two calls: one strongly consistent read of the person and of the
// counters the event takes from, then, after subscriber.Limits.Apply, one write
// on the condition that the version is still the one that was read. If somebody
// was faster it begins again. A write whose answer was lost is recognised by its
// Op, so that the SDK's own repetition, or the caller's, gives the first result
// again.
//
// With a counter of posts in the event the calls are the same, whatever is known
// of the person: BatchGetItem and TransactWriteItems. How long an answer takes
// must not tell either.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/subscriber"
)

// Store is a table. It is safe for concurrent use.
type Store struct {
	client  *dynamodb.Client
	table   *string
	journal *string // nil: none is kept
	limits  subscriber.Limits
}

// Index is the name of the sparse index of confirmed people.
const Index = "confirmed"

// New returns the store in a table that exists. A call that meets a transaction is
// refused and has done nothing; the SDK, which repeats only what is throttled or
// lost, is told to repeat it, too.
func New(client *dynamodb.Client, table string, limits subscriber.Limits) *Store {
	client = dynamodb.New(client.Options(), func(o *dynamodb.Options) {
		o.Retryer = retry.AddWithErrorCodes(o.Retryer, (*types.TransactionConflictException)(nil).ErrorCode())
	})
	return &Store{client: client, table: &table, limits: limits}
}

// WithJournal returns the store with a second table for leave events, which a
// restore of the first does not touch. It has the keys pk, the person, and sk,
// the time and rank of leaving. An empty name is no journal.
func (s *Store) WithJournal(table string) *Store {
	with := *s
	if with.journal = nil; table != "" {
		with.journal = &table
	}
	return &with
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
	return s.indexed(ctx, fmt.Sprintf("C#%x", digit))
}

// indexed gives the ids that the sparse index has under a key.
func (s *Store) indexed(ctx context.Context, under string) iter.Seq2[subscriber.ID, error] {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{TableName: s.table, IndexName: aws.String(Index),
		KeyConditionExpression:    aws.String("confirmed = :digit"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":digit": &types.AttributeValueMemberS{Value: under}},
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

// Due gives the records of which something is kept for a while only: addresses of
// people who left and asked again. Requests that nobody confirmed are deleted by
// DynamoDB itself, by their time to live.
func (s *Store) Due(ctx context.Context) iter.Seq2[subscriber.Subscriber, error] {
	return func(yield func(subscriber.Subscriber, error) bool) {
		for id, err := range s.indexed(ctx, due) {
			var p subscriber.Subscriber
			found := false
			if err == nil {
				p, found, err = s.Get(ctx, id)
			}
			if (found || err != nil) && !yield(p, err) || err != nil {
				return
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
