package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	lambdaservice "github.com/aws/aws-sdk-go-v2/service/lambda"
)

// cloud is Lambda and CodeDeploy as far as the check calls them. Its programs
// answer what answer says; the real ones are asked in functions/programs_test.go.
type cloud struct {
	answer  func(path string) (events.APIGatewayV2HTTPResponse, string) // and the function's error, if any
	asked   []string
	told    []string
	silence bool // CodeDeploy does not take the report
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(r.Header.Get("X-Amz-Target"), "PutLifecycleEventHookExecutionStatus") {
		if c.silence {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		c.told = append(c.told, string(body))
		_, _ = w.Write([]byte(`{}`))
		return
	}
	var e events.APIGatewayV2HTTPRequest
	_ = json.Unmarshal(body, &e)
	c.asked = append(c.asked, r.URL.Path)
	answer, failure := c.answer(e.RawPath)
	if failure != "" {
		w.Header().Set("X-Amz-Function-Error", failure)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (c *cloud) check(t *testing.T) check {
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	who := credentials.NewStaticCredentialsProvider("a", "b", "")
	return check{
		programs: map[string]string{"pages": "pages:7", "subscription": "subscription:7"}, siteURL: "https://news.example.org",
		functions: lambdaservice.New(lambdaservice.Options{Region: "eu-west-1", Credentials: who, BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}}),
		deploys:   codedeploy.New(codedeploy.Options{Region: "eu-west-1", Credentials: who, BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}}),
		log:       slog.New(slog.DiscardHandler),
	}
}

func status(code int) func(string) (events.APIGatewayV2HTTPResponse, string) {
	return func(string) (events.APIGatewayV2HTTPResponse, string) {
		return events.APIGatewayV2HTTPResponse{StatusCode: code}, ""
	}
}

// TestReportsFailure: versions that answer wrongly, crash or are not named are
// reported as failed, and both are asked all the same.
func TestReportsFailure(t *testing.T) {
	for name, answer := range map[string]func(string) (events.APIGatewayV2HTTPResponse, string){
		"wrong answers": status(http.StatusOK),
		"error pages":   status(http.StatusInternalServerError),
		"no answer":     status(0),
		"a crash": func(string) (events.APIGatewayV2HTTPResponse, string) {
			return events.APIGatewayV2HTTPResponse{}, "Unhandled"
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{answer: answer}
			got, err := c.check(t).handle(t.Context(), hook{"d-1", "e-1"})
			if got != "Failed" || err != nil {
				t.Errorf("it says %q, %v; want Failed", got, err)
			}
			if len(c.told) != 1 || !strings.Contains(c.told[0], `"status":"Failed"`) || !strings.Contains(c.told[0], `"deploymentId":"d-1"`) || !strings.Contains(c.told[0], `"e-1"`) {
				t.Errorf("CodeDeploy was told %q", c.told)
			}
			if all := strings.Join(c.asked, " "); !strings.Contains(all, "pages:7") || !strings.Contains(all, "subscription:7") {
				t.Errorf("it asked %q, want both programs", all)
			}
		})
	}
	c := &cloud{answer: status(http.StatusOK)}
	nameless := c.check(t)
	nameless.programs = nil
	if failures := nameless.run(t.Context()); len(failures) != 2 || !strings.Contains(failures[0], "names no version") {
		t.Errorf("without versions it says %q", failures)
	}
}

// TestSilence: a report that does not arrive is an error, so that CodeDeploy
// knows that nobody answered.
func TestSilence(t *testing.T) {
	c := &cloud{answer: status(http.StatusOK), silence: true}
	if _, err := c.check(t).handle(t.Context(), hook{"d-1", "e-1"}); err == nil || !strings.Contains(err.Error(), "was not told Failed") {
		t.Errorf("it says %v", err)
	}
	if got, err := c.check(t).handle(t.Context(), hook{}); got != "Failed" || err != nil {
		t.Errorf("by hand it says %q, %v", got, err)
	}
}
