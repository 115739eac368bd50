package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/ses"
	"broadsheet/functions/internal/queue"
)

// awsCarriers opens SES and SQS.
func (p *program) awsCarriers(ctx context.Context, o *issue.Options) error {
	c, err := cloud(ctx)
	if err != nil {
		return err
	}
	if p.config.Mailer == "ses" {
		mailer := ses.New(sesv2.Options{Region: c.Region, Credentials: c.Credentials, BaseEndpoint: config.Endpoint(p.getenv, "SESV2")}, p.getenv("CONFIGURATION_SET"))
		o.Sender, o.Account = mailer, mailer.Account
	}
	if p.config.QueueURL != "" {
		o.Queue = queue.New(sqs.Options{Region: c.Region, Credentials: c.Credentials, BaseEndpoint: config.Endpoint(p.getenv, "SQS")}, p.config.QueueURL)
	}
	return nil
}
