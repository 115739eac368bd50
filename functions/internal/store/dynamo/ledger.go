package dynamo

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/issue"
)

// The ledger of issues stands in the same table. Records of issues share the
// partition "I", with the issue's id as sk, each beside its counts. A delivery
// is pk "R#<issue>#<first digit of the person>", sk the person: 16 partitions an
// issue, so that one partition's limit of writes is not the limit of sending.
//
// A step is one consistent read, issue.Apply and one write on the version that
// was read. A claim is a transaction: the write, and the check that the person
// is confirmed and that no newer program wrote their record.
const (
	issuesKey    = "I"
	countsSuffix = "#counts"
)

// issueItem is the record of an issue; instants are Unix milliseconds.
type issueItem struct {
	PK       string   `dynamodbav:"pk"`
	SK       string   `dynamodbav:"sk"`
	Version  int      `dynamodbav:"version"`
	Kind     string   `dynamodbav:"kind"`
	Number   int      `dynamodbav:"number,omitempty"`
	Subject  string   `dynamodbav:"subject,omitempty"`
	Date     int64    `dynamodbav:"date,omitempty"`
	NotAfter int64    `dynamodbav:"not_after,omitempty"`
	Topics   []string `dynamodbav:"topics,omitempty"`
	Items    []string `dynamodbav:"items,omitempty"`
	Until    int64    `dynamodbav:"until,omitempty"`
	Stage    string   `dynamodbav:"stage"`
	Reason   string   `dynamodbav:"reason,omitempty"`
	Planned  int      `dynamodbav:"planned,omitempty"`
	PlanTime int64    `dynamodbav:"plan_time,omitempty"`
	Ended    int64    `dynamodbav:"ended,omitempty"`

	// Of the counts beside it.
	Sent       int `dynamodbav:"sent,omitempty"`
	Skipped    int `dynamodbav:"skipped,omitempty"`
	Failed     int `dynamodbav:"failed,omitempty"`
	Unknown    int `dynamodbav:"unknown,omitempty"`
	Bounced    int `dynamodbav:"bounced,omitempty"`
	Complained int `dynamodbav:"complained,omitempty"`
}

func issueItemOf(i issue.Issue) issueItem {
	return issueItem{PK: issuesKey, SK: i.ID, Version: i.Version + 1, Kind: string(i.Kind), Number: i.Number, Subject: i.Subject, Date: millis(i.Date),
		NotAfter: millis(i.NotAfter), Topics: i.Topics, Items: i.Items, Until: millis(i.Until), Stage: string(i.Stage), Reason: i.Reason,
		Planned: i.Planned, PlanTime: millis(i.PlanTime), Ended: millis(i.Ended)}
}

func (i issueItem) issue() issue.Issue {
	return issue.Issue{ID: i.SK, Version: i.Version, Kind: issue.Kind(i.Kind), Number: i.Number, Subject: i.Subject, Date: instant(i.Date),
		NotAfter: instant(i.NotAfter), Topics: i.Topics, Items: i.Items, Until: instant(i.Until), Stage: issue.Stage(i.Stage), Reason: i.Reason,
		Planned: i.Planned, PlanTime: instant(i.PlanTime), Ended: instant(i.Ended)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Issue implements issue.Issues.
func (s *Store) Issue(ctx context.Context, id string) (issue.Issue, error) {
	all, err := s.issues(ctx, &dynamodb.QueryInput{TableName: s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :id)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": text(issuesKey), ":id": text(id)},
	})
	for _, i := range all {
		if i.ID == id {
			return i, nil
		}
	}
	return issue.Issue{ID: id}, wrap("issue", err)
}

// Issues implements issue.Issues.
func (s *Store) Issues(ctx context.Context) ([]issue.Issue, error) {
	all, err := s.issues(ctx, &dynamodb.QueryInput{TableName: s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": text(issuesKey)},
	})
	slices.SortFunc(all, func(a, b issue.Issue) int {
		if c := b.PlanTime.Compare(a.PlanTime); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, wrap("issues", err)
}

// issues joins the records of a query with their counts, which sort behind them.
func (s *Store) issues(ctx context.Context, in *dynamodb.QueryInput) ([]issue.Issue, error) {
	var all []issue.Issue
	for pages := dynamodb.NewQueryPaginator(s.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, values := range page.Items {
			var i issueItem
			if err := attributevalue.UnmarshalMap(values, &i); err != nil {
				return nil, err
			}
			id, isCounts := strings.CutSuffix(i.SK, countsSuffix)
			if !isCounts {
				all = append(all, i.issue())
				continue
			}
			if at := slices.IndexFunc(all, func(i issue.Issue) bool { return i.ID == id }); at >= 0 {
				all[at].Counts = issue.Counts{Sent: i.Sent, Skipped: i.Skipped, Failed: i.Failed, Unknown: i.Unknown, Bounced: i.Bounced, Complained: i.Complained}
			}
		}
	}
	return all, nil
}

// Save implements issue.Issues.
func (s *Store) Save(ctx context.Context, i issue.Issue) (bool, error) {
	put, err := s.putVersion(issueItemOf(i), i.Version)
	if err != nil {
		return false, wrap("save issue", err)
	}
	saved, err := s.putOne(ctx, put)
	return saved, wrap("save issue", err)
}

// putVersion is a Put on the version that was read; 0 is none yet.
func (s *Store) putVersion(v any, seen int) (*types.Put, error) {
	values, err := attributevalue.MarshalMap(v)
	if err != nil {
		return nil, err
	}
	put := &types.Put{TableName: s.table, Item: values}
	put.ConditionExpression, put.ExpressionAttributeValues = unmoved(seen)
	return put, nil
}

// putOne writes alone; false is that somebody was faster.
func (s *Store) putOne(ctx context.Context, put *types.Put) (bool, error) {
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: put.TableName, Item: put.Item,
		ConditionExpression: put.ConditionExpression, ExpressionAttributeValues: put.ExpressionAttributeValues})
	var faster *types.ConditionalCheckFailedException
	var meets *types.TransactionConflictException
	if errors.As(err, &faster) || errors.As(err, &meets) {
		return false, nil
	}
	return err == nil, err
}

// Add implements issue.Issues.
func (s *Store) Add(ctx context.Context, id string, c issue.Counts) error {
	u := s.counts(id, c)
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues})
	return wrap("count", err)
}

func (s *Store) counts(id string, c issue.Counts) *types.Update {
	values := map[string]int{"sent": c.Sent, "skipped": c.Skipped, "failed": c.Failed, "unknown": c.Unknown, "bounced": c.Bounced, "complained": c.Complained}
	u := &types.Update{TableName: s.table, Key: map[string]types.AttributeValue{"pk": text(issuesKey), "sk": text(id + countsSuffix)},
		UpdateExpression:         aws.String("ADD #sent :sent, #skipped :skipped, #failed :failed, #unknown :unknown, #bounced :bounced, #complained :complained"),
		ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: map[string]types.AttributeValue{}}
	for name, n := range values {
		u.ExpressionAttributeNames["#"+name] = name
		u.ExpressionAttributeValues[":"+name] = number(int64(n))
	}
	return u
}
