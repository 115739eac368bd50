// Command keys is the Lambda program behind the template's resource Keys: it
// makes the SSM SecureString parameter with the secret keys when a stack is
// made, since CloudFormation cannot make one and no human should have to.
//
// It makes the parameter once. One that exists is read, to be sure that it holds
// keys, and left as it is; an update makes another only under another name; and
// nothing ever deletes one, because every mailed link dies with its keys.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"broadsheet/functions/internal/config"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	client := ssm.New(ssm.Options{
		Region:       os.Getenv("AWS_REGION"),
		Credentials:  credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
		BaseEndpoint: config.Endpoint(os.Getenv, "SSM"),
	})
	m := mint{client: client, now: time.Now}
	lambda.Start(cfn.LambdaWrap(func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		id, err := m.handle(ctx, e)
		if err != nil {
			log.ErrorContext(ctx, "keys", "request", string(e.RequestType), "cause", err.Error())
		}
		return id, map[string]any{"Name": id}, err
	}))
}
