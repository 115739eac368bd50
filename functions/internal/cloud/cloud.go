// Package cloud opens what the Lambda programs that keep people have in common:
// the table and the secret keys, from what Lambda sets in the environment. The
// SDK's config package does the same with 12,000 allocations more at start.
//
// Settings: STORE must be dynamodb; TABLE, JOURNAL, KEYS and MAIL_COOLDOWN as
// the package config says; AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
// AWS_SESSION_TOKEN as Lambda sets them; AWS_ENDPOINT_URL… for emulators.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/subscriber"
)

// Services are the clients of one program. Region, Credentials and Endpoint are
// for further ones.
type Services struct {
	Store       *dynamo.Store
	Keys        *subscriber.Keys
	Limits      subscriber.Limits
	Region      string
	Credentials aws.CredentialsProvider
	Endpoint    func(service string) *string
}

// Open makes the clients and reads the keys.
func Open(ctx context.Context, c config.Config, getenv func(string) string) (*Services, error) {
	if c.Store != "dynamodb" {
		return nil, errors.New("STORE must be dynamodb here: a Lambda program has no disk that lasts")
	}
	s := &Services{
		Region:      getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		Endpoint:    func(service string) *string { return config.Endpoint(getenv, service) },
	}
	var err error
	if s.Keys, err = s.keys(ctx, c.Keys); err != nil {
		return nil, fmt.Errorf("KEYS=%q: %w", c.Keys, err)
	}
	s.Limits = subscriber.Limits{Cooldown: c.MailCooldown, PerDay: c.Limits.Day, Asked: c.Limits.Month, Source: c.Limits.Source, Site: c.Limits.Site}
	client := dynamodb.New(dynamodb.Options{Region: s.Region, Credentials: s.Credentials, BaseEndpoint: s.Endpoint("DYNAMODB")})
	s.Store = dynamo.New(client, c.Table, s.Limits).WithJournal(c.Journal)
	return s, nil
}

// keys reads the secret keys from the SSM parameter of that name, or from a file
// if the name ends in .json. Without good keys every mailed link would be dead,
// so the program does not start.
func (s *Services) keys(ctx context.Context, name string) (*subscriber.Keys, error) {
	text, where, err := "", "parameter", error(nil)
	if strings.HasSuffix(name, ".json") {
		where = "file"
		var b []byte
		b, err = os.ReadFile(name)
		text = string(b)
	} else {
		text, err = s.parameter(ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("the %s with the secret keys cannot be read: %w; README says how it is made", where, err)
	}
	keys, err := subscriber.ParseKeys([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w; put the %s back from a copy: without it every link that was mailed is dead", err, where)
	}
	return keys, nil
}
