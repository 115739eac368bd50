// Package doctor looks at a deployment and says what is wrong and how to mend
// it: the account and region, the stack, its tables, the ledger of consent, its
// keys, and SES with the exact DNS records.
//
// It changes nothing. What it cannot look at, for want of an account, a stack or
// a permission, is a finding of its own, so that silence is never taken for
// health. Examine gives the findings in the order in which they should be mended.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// State is what a finding says.
type State string

// The states of a finding.
const (
	OK        State = "ok"
	Wrong     State = "wrong"
	Advice    State = "advice" // nothing is broken, something is better done
	Unchecked State = "unchecked"
)

// Finding is one thing that was looked at.
type Finding struct {
	State State  `json:"state"`
	What  string `json:"what"`           // what was looked at: account, table, ses …
	Says  string `json:"says"`           // what is so
	Cure  string `json:"cure,omitempty"` // how to mend it
}

// Site is what is looked for.
type Site struct {
	Stack    string // name of the CloudFormation stack
	Region   string // region that samconfig.toml names
	MailFrom string // address that mail is sent from
	Commit   string // commit of this tree; empty: not known
}

// Examine looks at everything. Settings are those of the AWS SDK's config
// package, or the error with which it could not make them.
func Examine(ctx context.Context, settings aws.Config, site Site) []Finding {
	e := &examination{site: site, settings: settings}
	if !e.account(ctx) {
		for _, what := range []string{"stack", "tables", "ledger", "keys", "mail"} {
			e.add(Unchecked, what, "not looked at without an account", "")
		}
		return e.findings
	}
	outputs, ok := e.stack(ctx)
	if !ok {
		for _, what := range []string{"tables", "ledger", "keys"} {
			e.add(Unchecked, what, "not looked at without a stack", "")
		}
	} else {
		tables := dynamodb.NewFromConfig(settings)
		e.table(ctx, tables, outputs["Table"], true)
		e.table(ctx, tables, outputs["Journal"], false)
		e.ledger(ctx, tables, outputs["Table"])
		e.keys(ctx, outputs["Keys"])
	}
	e.mail(ctx, sesv2.NewFromConfig(settings), outputs["MailEvents"])
	return e.findings
}

type examination struct {
	site     Site
	settings aws.Config
	findings []Finding
}

func (e *examination) add(state State, what, says, cure string) {
	e.findings = append(e.findings, Finding{state, what, says, cure})
}

// failed notes a call that failed. A permission that is lacking says nothing
// about what was looked for.
func (e *examination) failed(what string, err error) {
	var api smithy.APIError
	if errors.As(err, &api) && strings.Contains(api.ErrorCode(), "AccessDenied") {
		e.add(Unchecked, what, "you may not look at it ("+api.ErrorCode()+")", "ask whoever runs the account, or use the role that deploys")
		return
	}
	e.add(Unchecked, what, "it cannot be looked at: "+short(err), "")
}

// short is the last and most telling part of an SDK's error.
func short(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 && len(text) > 200 {
		text = text[i+2:]
	}
	return text
}

func (e *examination) account(ctx context.Context) bool {
	if e.site.Region != "" && e.settings.Region != "" && e.settings.Region != e.site.Region {
		e.add(Wrong, "region", fmt.Sprintf("your environment says %s, samconfig.toml says %s", e.settings.Region, e.site.Region), "unset AWS_REGION and AWS_DEFAULT_REGION, or change samconfig.toml")
	}
	if e.site.Region != "" {
		e.settings.Region = e.site.Region
	}
	out, err := sts.NewFromConfig(e.settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		e.add(Unchecked, "account", "AWS does not know who you are: "+short(err), "run `aws configure` or `aws sso login`, or set AWS_PROFILE")
		return false
	}
	e.add(OK, "account", fmt.Sprintf("account %s in %s", aws.ToString(out.Account), e.settings.Region), "")
	return true
}

// stack gives the outputs of the stack.
func (e *examination) stack(ctx context.Context) (map[string]string, bool) {
	out, err := cloudformation.NewFromConfig(e.settings).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &e.site.Stack})
	if err != nil {
		var api smithy.APIError
		if errors.As(err, &api) && strings.Contains(api.ErrorMessage(), "does not exist") {
			e.add(Wrong, "stack", "there is no stack "+e.site.Stack+" in "+e.settings.Region, "make deploy; or name another with -stage")
			return nil, false
		}
		e.failed("stack", err)
		return nil, false
	}
	if len(out.Stacks) == 0 {
		e.add(Wrong, "stack", "there is no stack "+e.site.Stack, "make deploy")
		return nil, false
	}
	s := out.Stacks[0]
	if status := string(s.StackStatus); strings.Contains(status, "ROLLBACK") || strings.Contains(status, "FAILED") {
		e.add(Wrong, "stack", "the last deployment did not succeed: "+status, "infra/RUNBOOK.md, A deployment fails")
	} else {
		e.add(OK, "stack", e.site.Stack+" is "+status, "")
	}
	outputs := map[string]string{}
	for _, o := range s.Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	if at := outputs["Release"]; e.site.Commit != "" && at != e.site.Commit {
		e.add(Advice, "release", fmt.Sprintf("the stack runs %q, this tree is at %s", at, e.site.Commit), "make deploy, if this tree is to be public")
	}
	return outputs, true
}

func (e *examination) keys(ctx context.Context, name string) {
	if name == "" {
		e.add(Unchecked, "keys", "the stack does not name its keys", "make deploy")
		return
	}
	// Without decryption: the doctor has no business with the keys themselves.
	out, err := ssm.NewFromConfig(e.settings).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	switch {
	case err != nil:
		e.failed("keys", err)
	case out.Parameter.Type != "SecureString":
		e.add(Wrong, "keys", name+" is no SecureString: everybody who reads parameters reads the keys", "broadsheet keys new, and put them into a SecureString under another name in KeysParameter")
	default:
		e.add(OK, "keys", name+" is there", "")
	}
}
