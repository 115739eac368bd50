package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	settings "broadsheet/functions/internal/config"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/ses"
	"broadsheet/functions/internal/queue"
)

// awsCarriers opens SES and SQS with the account that AWS's own settings name:
// profile, region, AWS_ENDPOINT_URL… and the others.
func (p *program) awsCarriers(ctx context.Context, o *issue.Options) error {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("the AWS account: %w", err)
	}
	if c.Region == "" {
		return usageError("AWS_REGION is not set; write the region of your stack, as AWS_REGION=eu-west-1")
	}
	if p.config.Mailer == "ses" {
		mailer := ses.New(sesv2.Options{Region: c.Region, Credentials: c.Credentials, BaseEndpoint: settings.Endpoint(p.getenv, "SESV2")}, p.getenv("CONFIGURATION_SET"))
		o.Sender, o.Account = mailer, mailer.Account
	}
	if p.config.QueueURL != "" {
		o.Queue = queue.New(sqs.Options{Region: c.Region, Credentials: c.Credentials, BaseEndpoint: settings.Endpoint(p.getenv, "SQS")}, p.config.QueueURL)
	}
	return nil
}
