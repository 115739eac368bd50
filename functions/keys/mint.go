package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"broadsheet/functions/internal/subscriber"
)

// mint makes the parameter.
type mint struct {
	client *ssm.Client
	now    func() time.Time
}

// handle carries out one request of CloudFormation and returns the resource's
// physical id, the parameter's name. CloudFormation repeats a request whose
// answer was lost; a repetition finds the parameter and is content.
func (m mint) handle(ctx context.Context, e cfn.Event) (string, error) {
	if e.RequestType == cfn.RequestDelete {
		return cmp.Or(e.PhysicalResourceID, "none"), nil
	}
	name, _ := e.ResourceProperties["Name"].(string)
	if name == "" {
		return cmp.Or(e.PhysicalResourceID, "none"), errors.New("the resource has no property Name, the parameter's name as /broadsheet/keys")
	}
	return name, m.ensure(ctx, name)
}

// ensure makes the parameter if it is not there, and checks it if it is.
func (m mint) ensure(ctx context.Context, name string) error {
	found, err := m.check(ctx, name)
	if found || err != nil {
		return err
	}
	document, err := subscriber.NewKeys(m.now()).Marshal()
	if err != nil {
		return err
	}
	_, err = m.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &name, Type: types.ParameterTypeSecureString, Value: aws.String(string(document)), Overwrite: aws.Bool(false),
		Description: aws.String("Broadsheet's secret keys. Whoever reads them can sign a link for anybody; without them every mailed link is dead."),
	})
	var exists *types.ParameterAlreadyExists
	if errors.As(err, &exists) {
		// Somebody was faster, most likely this program a moment ago.
		_, err = m.check(ctx, name)
		return err
	}
	if err != nil {
		return fmt.Errorf("the parameter %s cannot be made: %w", name, err)
	}
	return nil
}

// check tells whether the parameter exists; one that does not hold keys is an
// error, for the programs would not start with it.
func (m mint) check(ctx context.Context, name string) (found bool, err error) {
	out, err := m.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	var missing *types.ParameterNotFound
	switch {
	case errors.As(err, &missing):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("the parameter %s cannot be read: %w", name, err)
	case out.Parameter.Type != types.ParameterTypeSecureString:
		return true, fmt.Errorf("the parameter %s exists and is no SecureString: move what it holds elsewhere, or name another in KeysParameter", name)
	}
	if _, err := subscriber.ParseKeys([]byte(aws.ToString(out.Parameter.Value))); err != nil {
		return true, fmt.Errorf("the parameter %s exists and holds something else: %w; name another in KeysParameter", name, err)
	}
	return true, nil
}
