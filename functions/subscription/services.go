package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/mail/ses"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
)

// services makes the clients from what Lambda sets in the environment. The SDK's
// config package does the same with 12,000 allocations more.
func services(ctx context.Context, c config.Config) (*subscriber.Keys, subscription.Store, subscription.Sender, error) {
	if c.Store != "dynamodb" {
		return nil, nil, nil, errors.New("STORE must be dynamodb here: a Lambda program has no disk that lasts")
	}
	region := os.Getenv("AWS_REGION")
	who := credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
	keys, err := loadKeys(ctx, c.Keys, ssm.New(ssm.Options{Region: region, Credentials: who, BaseEndpoint: config.Endpoint(os.Getenv, "SSM")}))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("KEYS=%q: %w", c.Keys, err)
	}
	store := dynamo.New(dynamodb.New(dynamodb.Options{Region: region, Credentials: who, BaseEndpoint: config.Endpoint(os.Getenv, "DYNAMODB")}), c.Table, limitsOf(c)).WithJournal(c.Journal)
	if c.Mailer == "ses" {
		return keys, store, ses.New(sesv2.Options{Region: region, Credentials: who, BaseEndpoint: config.Endpoint(os.Getenv, "SESV2")}, os.Getenv("CONFIGURATION_SET")), nil
	}
	box, err := outbox.Open(c.DataDir + "/outbox")
	return keys, store, box, err
}

// limitsOf returns the limits with the settings in them.
func limitsOf(c config.Config) subscriber.Limits {
	limits := subscriber.DefaultLimits()
	limits.Cooldown = c.MailCooldown
	return limits
}

// loadKeys reads the secret keys from the SSM parameter of that name, or from a
// file if the name ends in .json.
func loadKeys(ctx context.Context, name string, client *ssm.Client) (*subscriber.Keys, error) {
	if strings.HasSuffix(name, ".json") {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return subscriber.ParseKeys(b)
	}
	out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return subscriber.ParseKeys([]byte(aws.ToString(out.Parameter.Value)))
}
