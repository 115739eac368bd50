package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/consent"
)

const (
	dayPrefix = "E#"
	rootsKey  = "E#roots"
)

// entryItem is an entry of the ledger of consent. The hash is part of its key, so
// that no entry can take another one's place.
type entryItem struct {
	PK       string `dynamodbav:"pk"`
	SK       string `dynamodbav:"sk"`
	Previous string `dynamodbav:"previous,omitempty"`
	Closed   bool   `dynamodbav:"closed,omitempty"`
	Sealed   string `dynamodbav:"sealed"`
}

// rootItem is the root of a day.
type rootItem struct {
	PK       string `dynamodbav:"pk"`
	SK       string `dynamodbav:"sk"`
	Entries  int    `dynamodbav:"entries"`
	Previous string `dynamodbav:"previous,omitempty"`
	Hash     string `dynamodbav:"hash"`
}

func (s *Store) entryPut(e consent.Entry) (*types.Put, error) {
	i := entryItem{PK: dayPrefix + e.Day, SK: fmt.Sprintf("%s#%06d#%s", e.Chain, e.Number, e.Hash), Previous: e.Previous, Closed: e.Closed, Sealed: e.Sealed}
	values, err := attributevalue.MarshalMap(i)
	return &types.Put{TableName: s.table, Item: values}, err
}

func (i entryItem) entry() consent.Entry {
	chain, rest, _ := strings.Cut(i.SK, "#")
	digits, hash, _ := strings.Cut(rest, "#")
	n, err := strconv.Atoi(digits)
	if err != nil {
		n = -1 // damaged: no entry has that number
	}
	return consent.Entry{Day: strings.TrimPrefix(i.PK, dayPrefix), Chain: chain, Number: n, Previous: i.Previous, Closed: i.Closed, Sealed: i.Sealed, Hash: hash}
}

// KeepEntry keeps an entry of a backup.
func (s *Store) KeepEntry(ctx context.Context, e consent.Entry) error {
	put, err := s.entryPut(e)
	if err == nil {
		_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: s.table, Item: put.Item})
	}
	return wrap("keep entry", err)
}

// Entries implements consent.Reader.
func (s *Store) Entries(ctx context.Context, day, digits string) iter.Seq2[consent.Entry, error] {
	condition, values := "pk = :pk", map[string]types.AttributeValue{":pk": text(dayPrefix + day)}
	if digits != "" {
		condition += " AND begins_with(sk, :id)"
		values[":id"] = text(digits)
	}
	return func(yield func(consent.Entry, error) bool) {
		for i, err := range queried[entryItem](ctx, s, condition, values) {
			if !yield(i.entry(), wrap("entries", err)) || err != nil {
				return
			}
		}
	}
}

// Roots implements consent.Reader.
func (s *Store) Roots(ctx context.Context, from string) iter.Seq2[consent.Root, error] {
	values := map[string]types.AttributeValue{":pk": text(rootsKey), ":from": text(max(from, "0"))} // a key is never empty
	return func(yield func(consent.Root, error) bool) {
		for i, err := range queried[rootItem](ctx, s, "pk = :pk AND sk >= :from", values) {
			if !yield(consent.Root{Day: i.SK, Entries: i.Entries, Previous: i.Previous, Hash: i.Hash}, wrap("roots", err)) || err != nil {
				return
			}
		}
	}
}

// SaveRoot implements consent.Ledger.
func (s *Store) SaveRoot(ctx context.Context, r consent.Root) (bool, error) {
	values, err := attributevalue.MarshalMap(rootItem{PK: rootsKey, SK: r.Day, Entries: r.Entries, Previous: r.Previous, Hash: r.Hash})
	if err != nil {
		return false, wrap("root", err)
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: s.table, Item: values, ConditionExpression: aws.String("attribute_not_exists(pk)")})
	var there *types.ConditionalCheckFailedException
	if errors.As(err, &there) {
		return false, nil
	}
	return err == nil, wrap("root", err)
}

// queried gives the items of a partition that a condition on the keys holds for,
// by sort key.
func queried[T any](ctx context.Context, s *Store, condition string, values map[string]types.AttributeValue) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{TableName: s.table, ConsistentRead: aws.Bool(true),
			KeyConditionExpression: &condition, ExpressionAttributeValues: values})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				row := none
				err := attributevalue.UnmarshalMap(item, &row)
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}
