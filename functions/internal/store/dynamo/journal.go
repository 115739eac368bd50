package dynamo

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/subscriber"
)

// journalRow is the write that appends to the journal. Its sort key is the
// instant in Unix milliseconds and the rank, so that the same event twice is one
// row.
func (s *Store) journalRow(l subscriber.Leave) *types.Put {
	return &types.Put{TableName: s.journal, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: prefix + l.ID.String()},
		"sk": &types.AttributeValueMemberS{Value: fmt.Sprintf("%015d#%d", millis(l.At), l.Status)},
	}}
}

// Journal gives every leave event that was recorded, in no order; none without a
// journal.
func (s *Store) Journal(ctx context.Context) iter.Seq2[subscriber.Leave, error] {
	return func(yield func(subscriber.Leave, error) bool) {
		if s.journal == nil {
			return
		}
		pages := dynamodb.NewScanPaginator(s.client, &dynamodb.ScanInput{TableName: s.journal, ConsistentRead: aws.Bool(true)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(subscriber.Leave{}, wrap("journal", err))
				return
			}
			for _, row := range page.Items {
				l, err := leaveOf(row)
				if !yield(l, wrap("journal", err)) {
					return
				}
			}
		}
	}
}

func leaveOf(row map[string]types.AttributeValue) (subscriber.Leave, error) {
	pk, _ := row["pk"].(*types.AttributeValueMemberS)
	sk, _ := row["sk"].(*types.AttributeValueMemberS)
	if pk == nil || sk == nil {
		return subscriber.Leave{}, fmt.Errorf("a row lacks pk or sk")
	}
	id, err := subscriber.ParseID(strings.TrimPrefix(pk.Value, prefix))
	if err != nil {
		return subscriber.Leave{}, err
	}
	at, rank, _ := strings.Cut(sk.Value, "#")
	ms, err := strconv.ParseInt(at, 10, 64)
	n, rankErr := strconv.ParseUint(rank, 10, 8)
	if err != nil || rankErr != nil {
		return subscriber.Leave{}, fmt.Errorf("the row of %s at %q is damaged", id.Short(), sk.Value)
	}
	return subscriber.Leave{ID: id, Status: subscriber.Status(n), At: instant(ms)}, nil
}

// forgetJournal deletes what the journal has of one person.
func (s *Store) forgetJournal(ctx context.Context, id subscriber.ID) error {
	if s.journal == nil {
		return nil
	}
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{TableName: s.journal, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :person"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":person": &types.AttributeValueMemberS{Value: prefix + id.String()}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, row := range page.Items {
			if _, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: s.journal, Key: map[string]types.AttributeValue{"pk": row["pk"], "sk": row["sk"]}}); err != nil {
				return err
			}
		}
	}
	return nil
}
