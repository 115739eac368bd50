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
	adapter, err := open(log)
	if err != nil {
		log.Error("start", "cause", err.Error())
		os.Exit(1)
	}
	lambda.Start(adapter)
}

// open opens the edition in the program's own bytes.
func open(log *slog.Logger) (*lambdahttp.Adapter, error) {
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
	site := web.New(web.Options{Edition: func() *edition.Edition { return e }, BaseURL: c.SiteURL, Now: time.Now, Log: log})
	failure := func(status int) http.Handler { return site.Wrap(site.Status(status)) }
	return lambdahttp.New(site.Wrap(site.Pages()), failure, log), nil
}
