// Command ready is the Lambda program that CodeDeploy calls before it moves
// traffic to new versions: it asks them the questions of its request scripts, as
// the gateway would, and tells CodeDeploy whether every answer was right. If one
// was not, no visitor ever meets the new versions.
//
// Both programs that visitors meet are asked at each call, since they belong
// together. The scripts change nothing: no question of theirs is a form that
// could be carried out. The environment names what is asked: PAGES and
// SUBSCRIPTION are the ARNs of the new versions, SITE_URL the site's address.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	lambdaservice "github.com/aws/aws-sdk-go-v2/service/lambda"

	"broadsheet/functions/internal/config"
)

func main() {
	region := os.Getenv("AWS_REGION")
	who := credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
	c := check{
		programs:  map[string]string{"pages": os.Getenv("PAGES"), "subscription": os.Getenv("SUBSCRIPTION")},
		siteURL:   os.Getenv("SITE_URL"),
		functions: lambdaservice.New(lambdaservice.Options{Region: region, Credentials: who, BaseEndpoint: config.Endpoint(os.Getenv, "LAMBDA")}),
		deploys:   codedeploy.New(codedeploy.Options{Region: region, Credentials: who, BaseEndpoint: config.Endpoint(os.Getenv, "CODEDEPLOY")}),
		log:       slog.New(slog.NewJSONHandler(os.Stdout, nil)),
	}
	lambda.Start(c.handle)
}
