package dynamo_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/store/storetest"
	"broadsheet/functions/internal/subscriber"
)

func client(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
}

// TestContract runs the suite on DynamoDB's protocol in this process.
func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return dynamo.New(client(dynamotest.Start(t).URL), "people", subscriber.DefaultLimits()).WithJournal("journal")
	})
}

// TestForgetInterrupted: whatever of forgetting fails or loses its answer, a
// repetition leaves nothing of the person.
func TestForgetInterrupted(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault dynamotest.Fault
		once  bool // the SDK does not repeat the call
	}{{"failed", dynamotest.Before, true}, {"answer lost", dynamotest.After, true}, {"answer lost, repeated by the SDK", dynamotest.After, false}} {
		for n, reached := 1, true; reached; n++ {
			server := dynamotest.Start(t)
			s := dynamo.New(dynamodb.New(client(server.URL).Options(), func(o *dynamodb.Options) {
				if c.once {
					o.Retryer = aws.NopRetryer{}
				}
			}), "people", subscriber.DefaultLimits()).WithJournal("journal")
			at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
			record := func(k subscriber.Kind, op string) error {
				_, err := s.Record(t.Context(), subscriber.Event{Kind: k, ID: subscriber.ID{1}, Op: op, At: at, MailTime: at})
				return err
			}
			if err := errors.Join(record(subscriber.Unsubscribe, "1"), record(subscriber.Erase, "2")); err != nil {
				t.Fatal(err)
			}
			server.On(func(call int, _ string) dynamotest.Fault {
				if call == n {
					return c.fault
				}
				return dynamotest.Fine
			})
			err := record(subscriber.Forget, "3")
			if reached = len(server.Calls()) >= n; c.once && reached && err == nil {
				t.Errorf("%s: call %d failed and nobody was told", c.name, n)
			}
			server.On(nil)
			if err := record(subscriber.Forget, "4"); err != nil {
				t.Fatal(err)
			}
			if _, found, err := s.Get(t.Context(), subscriber.ID{1}); found || err != nil {
				t.Errorf("%s, call %d: a record is left (%v)", c.name, n, err)
			}
			for l, err := range s.Journal(t.Context()) {
				t.Errorf("%s, call %d: the journal has %v (%v)", c.name, n, l, err)
			}
		}
	}
}

// TestConflict: a write that meets a transaction is done when that is over.
func TestConflict(t *testing.T) {
	server := dynamotest.Start(t)
	s := dynamo.New(client(server.URL), "people", subscriber.DefaultLimits())
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, write := range map[string]func() error{
		"counter": func() error {
			free, err := s.Take(t.Context(), subscriber.Counter{Key: "n", Max: 1, Expires: at.Add(time.Hour)}, at)
			if !free && err == nil {
				err = errors.New("it is full")
			}
			return err
		},
		"issue's counts": func() error { return s.Add(t.Context(), "1-a", issue.Counts{Sent: 1}) },
		"record": func() error {
			_, err := s.Record(t.Context(), subscriber.Event{Kind: subscriber.Unsubscribe, ID: subscriber.ID{1}, Op: "1", At: at})
			return err
		},
	} {
		met := false
		server.On(func(_ int, operation string) dynamotest.Fault {
			if met || operation != "PutItem" && operation != "UpdateItem" && operation != "TransactWriteItems" {
				return dynamotest.Fine
			}
			met = true
			return dynamotest.Conflict
		})
		if err := write(); err != nil || !met {
			t.Errorf("%s: %v, met a transaction: %v", name, err, met)
		}
	}
}

// TestContractOnEndpoint runs the suite on the DynamoDB that DYNAMODB_ENDPOINT
// names: an emulator that `make verify` starts, or any other.
func TestContractOnEndpoint(t *testing.T) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set; `make verify` sets it")
	}
	c := client(endpoint)
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return dynamo.New(c, table(t, c), subscriber.DefaultLimits()).WithJournal(table(t, c))
	})
}

// table makes a table as template.yaml does.
func table(t *testing.T, client *dynamodb.Client) string {
	var random [8]byte
	_, _ = rand.Read(random[:])
	name := "broadsheet-" + hex.EncodeToString(random[:])
	attribute := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}
	}
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("pk"), attribute("sk"), attribute("confirmed")},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String(dynamo.Index),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("confirmed"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("pk"), KeyType: types.KeyTypeRange}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}},
	})
	// The SDK asks again when a slow emulator does not answer; the name is new.
	var made *types.ResourceInUseException
	if err != nil && !errors.As(err, &made) {
		t.Fatal(err)
	}
	return name
}
