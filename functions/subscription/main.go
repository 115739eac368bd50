// Command subscription is the Lambda program behind the form and the mailed
// links: it keeps subscribers in DynamoDB and sends confirmation mails by SES.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"broadsheet"
	"broadsheet/functions/internal/cloud"
	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/lambdahttp"
	"broadsheet/functions/internal/subscription"
	"broadsheet/functions/internal/web"
)

func main() {
	// The alarms of a canary count the new version's lines only.
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("version", os.Getenv("AWS_LAMBDA_FUNCTION_VERSION"))
	adapter, err := open(context.Background(), log)
	if err != nil {
		log.Error("start", "cause", err.Error())
		os.Exit(1)
	}
	lambda.Start(adapter)
}

// open makes every client once; an instance serves many requests with them.
func open(ctx context.Context, log *slog.Logger) (*lambdahttp.Adapter, error) {
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
	mailer, err := sender(c, s)
	if err != nil {
		return nil, err
	}
	current := func() *edition.Edition { return e }
	site := web.New(web.Options{Edition: current, BaseURL: c.SiteURL, Now: time.Now, Log: log})
	forms := subscription.New(subscription.Options{
		Site: site, Edition: current, Store: s.Store, Sender: mailer, Keys: s.Keys, Limits: s.Limits, Now: time.Now, Log: log, SiteURL: c.SiteURL, MailFrom: c.MailFrom,
	})
	failure := func(status int) http.Handler { return site.Wrap(site.Status(status)) }
	return lambdahttp.New(site.Wrap(forms), failure, log), nil
}
