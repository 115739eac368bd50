package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"broadsheet/functions/internal/cloud"
	"broadsheet/functions/internal/config"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/mail/ses"
	"broadsheet/functions/internal/subscription"
)

// sender returns where mail goes: SES, or the folder of a test.
func sender(c config.Config, s *cloud.Services) (subscription.Sender, error) {
	if c.Mailer == "ses" {
		return ses.New(sesv2.Options{Region: s.Region, Credentials: s.Credentials, BaseEndpoint: s.Endpoint("SESV2")}, os.Getenv("CONFIGURATION_SET")), nil
	}
	return outbox.Open(c.DataDir + "/outbox")
}
