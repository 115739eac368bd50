// Command clients is the least that a Lambda program with a table and mail can
// be: the SDK's clients of DynamoDB and SES, made and never called.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

func main() {
	table := dynamodb.New(dynamodb.Options{Region: "eu-west-1"})
	mail := sesv2.New(sesv2.Options{Region: "eu-west-1"})
	lambda.Start(func(context.Context, json.RawMessage) (string, error) {
		return table.Options().Region + mail.Options().Region, nil
	})
}
