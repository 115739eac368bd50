package main

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	lambdaservice "github.com/aws/aws-sdk-go-v2/service/lambda"

	"broadsheet/functions/internal/lambdacall"
	"broadsheet/functions/internal/webscript"
)

//go:embed *.script
var scripts embed.FS

// check asks new versions.
type check struct {
	programs  map[string]string // name of a script to the version it is for
	siteURL   string
	functions *lambdaservice.Client
	deploys   *codedeploy.Client
	log       *slog.Logger
}

// hook is what CodeDeploy sends. Without ids somebody asks by hand, and the
// answer is only in the log.
type hook struct {
	DeploymentID string `json:"DeploymentId"`
	ExecutionID  string `json:"LifecycleEventHookExecutionId"`
}

// handle runs the scripts and reports. The error is for a report that did not
// arrive: CodeDeploy then waits for an hour and gives up, without moving traffic.
func (c check) handle(ctx context.Context, h hook) (string, error) {
	failures := c.run(ctx)
	for _, f := range failures {
		c.log.ErrorContext(ctx, "ready", "failure", f)
	}
	status := types.LifecycleEventStatusSucceeded
	if len(failures) > 0 {
		status = types.LifecycleEventStatusFailed
	}
	c.log.InfoContext(ctx, "ready", "status", string(status), "failures", len(failures))
	if h.DeploymentID == "" {
		return string(status), nil
	}
	_, err := c.deploys.PutLifecycleEventHookExecutionStatus(ctx, &codedeploy.PutLifecycleEventHookExecutionStatusInput{
		DeploymentId: &h.DeploymentID, LifecycleEventHookExecutionId: &h.ExecutionID, Status: status,
	})
	if err != nil {
		return "", fmt.Errorf("CodeDeploy was not told %s: %w", status, err)
	}
	return string(status), nil
}

// run returns what was wrong, a line each.
func (c check) run(ctx context.Context) (failures []string) {
	files, err := scripts.ReadDir(".")
	if err != nil {
		return []string{err.Error()}
	}
	for _, f := range files {
		text, err := scripts.ReadFile(f.Name())
		if err != nil {
			return append(failures, err.Error())
		}
		script, err := webscript.Parse(f.Name(), string(text))
		if err != nil {
			return append(failures, err.Error())
		}
		name := f.Name()[:len(f.Name())-len(".script")]
		version := c.programs[name]
		if version == "" {
			failures = append(failures, fmt.Sprintf("%s: the environment names no version to ask", f.Name()))
			continue
		}
		failures = append(failures, script.Run(ctx, c.siteURL, c.ask(version), nil)...)
	}
	return slices.Clip(failures)
}

// ask returns how one version is asked.
func (c check) ask(version string) webscript.Do {
	return func(q *http.Request) (*http.Response, error) {
		event, err := lambdacall.Event(q, false)
		if err != nil {
			return nil, err
		}
		out, err := c.functions.Invoke(q.Context(), &lambdaservice.InvokeInput{FunctionName: aws.String(version), Payload: event})
		if err != nil {
			return nil, err
		}
		if out.FunctionError != nil {
			return nil, fmt.Errorf("the program failed (%s): %.300s", *out.FunctionError, out.Payload)
		}
		return lambdacall.Answer(q, out.Payload)
	}
}
