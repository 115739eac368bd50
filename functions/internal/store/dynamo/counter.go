package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/subscriber"
)

// count is a counter as the table has it.
type count struct {
	PK    string `dynamodbav:"pk"`
	Taken int    `dynamodbav:"taken"`
	Until int64  `dynamodbav:"until"` // of one that renews, Unix milliseconds
}

// full tells whether a counter has none left.
func (have count) full(c subscriber.Counter, now time.Time) bool {
	return have.Taken >= c.Max && !(c.Renews && have.over(now))
}

// over tells whether a counter that renews begins anew.
func (have count) over(now time.Time) bool { return have.Until <= millis(now) }

// take is the write that takes one, on the condition that one is left. over
// says that a counter that renews is to begin anew; that is a condition too.
func (s *Store) take(c subscriber.Counter, over bool, now time.Time) *types.Update {
	u := &types.Update{
		TableName:                s.table,
		Key:                      key(c.Key),
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl"}, // a reserved word
	}
	if c.Renews {
		u.ExpressionAttributeNames["#until"] = "until"
		u.ExpressionAttributeValues = map[string]types.AttributeValue{
			":one": number(1), ":until": number(millis(c.Expires)), ":expires": number(c.Expires.Unix() + 1), ":now": number(millis(now)),
		}
		if over {
			u.UpdateExpression = aws.String("SET taken = :one, #until = :until, #ttl = :expires")
			u.ConditionExpression = aws.String("attribute_not_exists(#until) OR #until <= :now")
			return u
		}
		u.UpdateExpression = aws.String("ADD taken :one SET #until = :until, #ttl = :expires")
		u.ConditionExpression = aws.String("#until > :now AND (attribute_not_exists(taken) OR taken < :max)")
		u.ExpressionAttributeValues[":max"] = number(int64(c.Max))
		return u
	}
	u.UpdateExpression = aws.String("ADD taken :one SET #ttl = :expires")
	u.ConditionExpression = aws.String("attribute_not_exists(taken) OR taken < :max")
	u.ExpressionAttributeValues = map[string]types.AttributeValue{
		":one": number(1), ":max": number(int64(c.Max)), ":expires": number(c.Expires.Unix()),
	}
	return u
}

// Take counts one use of a limit and tells whether it was still free. A use
// whose answer was lost may count twice: the limit then holds sooner.
func (s *Store) Take(ctx context.Context, c subscriber.Counter, now time.Time) (bool, error) {
	if c.Max <= 0 {
		return false, nil
	}
	if !c.Renews {
		return s.takeOne(ctx, s.take(c, false, now))
	}
	// Whether it is to begin anew only the table knows. Of several that find it
	// so one begins it; the others take from what it began.
	for _, over := range []bool{false, true, false} {
		if free, err := s.takeOne(ctx, s.take(c, over, now)); free || err != nil {
			return free, err
		}
	}
	return false, nil
}

// takeOne does one write of take and tells whether its condition held.
func (s *Store) takeOne(ctx context.Context, u *types.Update) (bool, error) {
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression,
		ConditionExpression: u.ConditionExpression, ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues})
	var full *types.ConditionalCheckFailedException
	if errors.As(err, &full) {
		return false, nil
	}
	return err == nil, wrap("count", err)
}
