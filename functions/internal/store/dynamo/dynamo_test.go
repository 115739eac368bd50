package dynamo_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
