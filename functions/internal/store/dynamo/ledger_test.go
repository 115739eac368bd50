package dynamo_test

import (
	"os"
	"testing"

	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/store/storetest"
	"broadsheet/functions/internal/subscriber"
)

// TestLedger runs the contract of sending on the protocol in this process.
func TestLedger(t *testing.T) {
	storetest.RunLedger(t, func(t *testing.T) storetest.LedgerOf {
		return storetest.OfStore(dynamo.New(client(dynamotest.Start(t).URL), "people", subscriber.DefaultLimits()))
	})
}

// TestLedgerOnEndpoint runs it on the DynamoDB that DYNAMODB_ENDPOINT names.
func TestLedgerOnEndpoint(t *testing.T) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set; `make verify` sets it")
	}
	c := client(endpoint)
	storetest.RunLedger(t, func(t *testing.T) storetest.LedgerOf {
		return storetest.OfStore(dynamo.New(c, table(t, c), subscriber.DefaultLimits()))
	})
}

// TestLedgerFaults lets every seventh call of a sending fail.
func TestLedgerFaults(t *testing.T) {
	storetest.RunFaults(t, func(t *testing.T) storetest.LedgerOf {
		return storetest.OfStore(dynamo.New(client(dynamotest.Start(t).URL), "people", subscriber.DefaultLimits()))
	}, 7)
}
