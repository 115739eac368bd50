// Command pages is the Lambda program that answers every page, feed and file
// from the edition it carries. It needs no permission and calls nobody.
package main

import (
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"broadsheet"
	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/lambdahttp"
	"broadsheet/functions/internal/web"
)

func main() {
	// The alarms of a canary count the new version's lines only.
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("version", os.Getenv("AWS_LAMBDA_FUNCTION_VERSION"))
	site, err := open(log)
	if err != nil {
		log.Error("start", "cause", err.Error())
		os.Exit(1)
	}
	handler := site.Wrap(site.Pages())
	failure := func(status int) http.Handler { return site.Wrap(site.Status(status)) }
	lambda.Start(lambdahttp.New(handler, failure, log).Invoke)
}

// open opens the edition in the program's own bytes.
func open(log *slog.Logger) (*web.Site, error) {
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
	return web.New(web.Options{Edition: func() *edition.Edition { return e }, BaseURL: c.SiteURL, Now: time.Now, Log: log}), nil
}
