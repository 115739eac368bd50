package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"broadsheet"
	"broadsheet/functions/internal/cloud"
	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/mail/ses"
	"broadsheet/functions/internal/queue"
)

// workers is the queue's maximum concurrency: that many share the account's
// rate.
const workers = 2

// open makes every client once; an instance serves many events with them.
func open(ctx context.Context, log *slog.Logger) (*handler, error) {
	c, err := config.Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	e, err := edition.OpenFS(broadsheet.Edition())
	if err != nil {
		return nil, err
	}
	if c.SiteURL == "" {
		c.SiteURL = e.BaseURL()
	}
	s, err := cloud.Open(ctx, c, os.Getenv)
	if err != nil {
		return nil, err
	}
	o := issue.Options{
		Ledger: s.Store, Share: workers, Now: time.Now, Log: log,
		Compositor: &issue.Compositor{Edition: func() *edition.Edition { return e }, Keys: s.Keys, SiteURL: c.SiteURL, MailFrom: c.MailFrom, Now: time.Now},
		Queue:      queue.New(sqs.Options{Region: s.Region, Credentials: s.Credentials, BaseEndpoint: s.Endpoint("SQS")}, c.QueueURL),
	}
	if c.Mailer == "ses" {
		mailer := ses.New(sesv2.Options{Region: s.Region, Credentials: s.Credentials, BaseEndpoint: s.Endpoint("SESV2")}, os.Getenv("CONFIGURATION_SET"))
		o.Sender, o.Account = mailer, mailer.Account
	} else if o.Sender, err = outbox.Open(c.DataDir + "/outbox"); err != nil {
		return nil, err
	}
	keep := func(ctx context.Context) error { return consent.Keep(ctx, s.Store, time.Now(), log) }
	return &handler{office: issue.NewOffice(o), keep: keep, log: log}, nil
}
