package dynamo

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/subscriber"
)

// attempts is how often an event begins again when others write the same item.
// Of all that meet, one gets through each time.
const attempts = 60

// errMoved is a write that found another version than was read: begin again.
var errMoved = errors.New("too many others write the same item")

// Record applies one event. After an error it may or may not have been applied:
// call again with the same Op.
func (s *Store) Record(ctx context.Context, e subscriber.Event) (subscriber.Result, error) {
	var err error
	for n := range attempts {
		var result subscriber.Result
		if result, err = s.try(ctx, e); !errors.Is(err, errMoved) {
			return result, wrap("record", err)
		}
		select {
		case <-time.After(time.Duration(rand.IntN(1+min(n, 20))) * time.Millisecond):
		case <-ctx.Done():
			return subscriber.Result{}, wrap("record", ctx.Err())
		}
	}
	return subscriber.Result{}, wrap("record", err)
}

// try reads, decides and writes once.
func (s *Store) try(ctx context.Context, e subscriber.Event) (subscriber.Result, error) {
	before, taken, err := s.read(ctx, e)
	if err != nil {
		return subscriber.Result{}, err
	}
	person, err := before.subscriber()
	if err != nil {
		return subscriber.Result{}, err
	}
	repeated := e.Op != "" && e.Op == before.Op
	if e.Post.Key != "" && !repeated && taken[e.Post.Key].full(e.Post, e.At) {
		person.ID = e.ID
		return subscriber.Result{Outcome: subscriber.Limited, Subscriber: person, Full: e.Post.Key}, nil
	}
	result := s.limits.Apply(person, e)
	if repeated {
		return result, nil
	}
	if result.Mail != subscriber.NoMail {
		for _, c := range e.Mails {
			if taken[c.Key].full(c, e.At) {
				person.ID = e.ID
				result = subscriber.Result{Outcome: subscriber.Limited, Subscriber: person, Full: c.Key}
				break
			}
		}
	}
	var entry *consent.Entry
	if result.Outcome == subscriber.Applied {
		if entry, err = consent.Append(person, &result.Subscriber, e); err != nil {
			return subscriber.Result{}, err
		}
	}
	writes, err := s.writes(e, before, taken, person, result)
	if err == nil && entry != nil {
		var put *types.Put
		put, err = s.entryPut(*entry)
		writes = append(writes, types.TransactWriteItem{Put: put})
	}
	if err != nil || len(writes) == 0 {
		return result, err
	}
	if e.Kind == subscriber.Forget {
		// The record goes last: while it is there, whoever repeats this comes here.
		if err := s.forgetJournal(ctx, e.ID); err != nil {
			return subscriber.Result{}, wrap("forget", err)
		}
	}
	if err := s.write(ctx, writes); err != nil {
		return subscriber.Result{}, err
	}
	return result, nil
}

// writes are what must happen in one step for a result to be true.
func (s *Store) writes(e subscriber.Event, before item, taken map[string]count, person subscriber.Subscriber, result subscriber.Result) ([]types.TransactWriteItem, error) {
	var all []types.TransactWriteItem
	if e.Post.Key != "" {
		all = append(all, types.TransactWriteItem{Update: s.take(e.Post, taken[e.Post.Key].over(e.At), e.At)})
	}
	if result.Outcome != subscriber.Applied {
		return all, nil
	}
	if result.Subscriber.Status == subscriber.None {
		condition, values := unmoved(before.Version)
		return append(all, types.TransactWriteItem{Delete: &types.Delete{TableName: s.table, Key: key(before.PK), ConditionExpression: condition, ExpressionAttributeValues: values}}), nil
	}
	after := itemOf(result.Subscriber)
	after.Version = before.Version + 1
	if before.Version == 0 {
		// A record that was forgotten and begins anew must not come to a version
		// that somebody has read before.
		after.Version = 1 + rand.IntN(1<<52)
	}
	put, err := s.put(after, before.Version)
	if err != nil {
		return nil, err
	}
	all = append(all, types.TransactWriteItem{Put: put})
	if result.Mail != subscriber.NoMail {
		for _, c := range e.Mails {
			all = append(all, types.TransactWriteItem{Update: s.take(c, taken[c.Key].over(e.At), e.At)})
		}
	}
	if leave, ok := subscriber.Left(person, result.Subscriber); ok && s.journal != nil {
		all = append(all, types.TransactWriteItem{Put: s.journalRow(leave)})
	}
	return all, nil
}

// write does all writes or none; errMoved if a condition did not hold.
func (s *Store) write(ctx context.Context, all []types.TransactWriteItem) (err error) {
	switch first := all[0]; {
	case len(all) == 1 && first.Put != nil:
		_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: first.Put.TableName, Item: first.Put.Item,
			ConditionExpression: first.Put.ConditionExpression, ExpressionAttributeValues: first.Put.ExpressionAttributeValues})
	case len(all) == 1 && first.Delete != nil:
		_, err = s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: first.Delete.TableName, Key: first.Delete.Key,
			ConditionExpression: first.Delete.ConditionExpression, ExpressionAttributeValues: first.Delete.ExpressionAttributeValues})
	default:
		_, err = s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: all})
	}
	if moved(err) {
		return errMoved
	}
	return err
}

// moved tells whether a write was refused because somebody else wrote first.
func moved(err error) bool {
	var failed *types.ConditionalCheckFailedException
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return errors.As(err, &failed)
	}
	found := false
	for _, r := range cancelled.CancellationReasons {
		switch aws.ToString(r.Code) {
		case "ConditionalCheckFailed", "TransactionConflict":
			found = true
		case "", "None":
		default:
			return false // throttled, too large: repeating at once does not help
		}
	}
	return found
}

func (s *Store) put(i item, seen int) (*types.Put, error) {
	values, err := attributevalue.MarshalMap(i)
	if err != nil {
		return nil, err
	}
	put := &types.Put{TableName: s.table, Item: values}
	put.ConditionExpression, put.ExpressionAttributeValues = unmoved(seen)
	return put, nil
}

// unmoved is the condition that an item has the version that was read, 0 if
// there was none.
func unmoved(seen int) (*string, map[string]types.AttributeValue) {
	if seen == 0 {
		return aws.String("attribute_not_exists(pk)"), nil
	}
	return aws.String("version = :seen"), map[string]types.AttributeValue{":seen": number(int64(seen))}
}

// read gives the person and the counters of an event as they are now.
func (s *Store) read(ctx context.Context, e subscriber.Event) (item, map[string]count, error) {
	keys := []map[string]types.AttributeValue{key(prefix + e.ID.String())}
	for _, c := range append([]subscriber.Counter{e.Post}, e.Mails...) {
		if c.Key != "" {
			keys = append(keys, key(c.Key))
		}
	}
	if len(keys) == 1 {
		i, err := s.item(ctx, e.ID)
		return i, nil, err
	}
	out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{*s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}},
	})
	if err != nil {
		return item{}, nil, err
	}
	if len(out.UnprocessedKeys) > 0 {
		return item{}, nil, errMoved
	}
	person, taken := item{}, map[string]count{}
	for _, values := range out.Responses[*s.table] {
		var c count
		if err := attributevalue.UnmarshalMap(values, &c); err != nil {
			return item{}, nil, err
		}
		taken[c.PK] = c
		if c.PK == prefix+e.ID.String() {
			if err := attributevalue.UnmarshalMap(values, &person); err != nil {
				return item{}, nil, err
			}
		}
	}
	return person, taken, nil
}
