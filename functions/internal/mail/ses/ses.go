// Package ses sends mail through Amazon SES: raw MIME, one recipient a call.
//
// SendEmail has no idempotency token (SES API v2 reference), and the SDK repeats
// a call whose answer was lost, which was measured to give duplicates. So each
// Send makes one attempt, and its error tells apart what was certainly refused
// (*mail.Refusal) from what may have been accepted (every other error).
package ses

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"broadsheet/functions/internal/mail"
)

// CallTimeout is how long one call may take. No lease on a delivery may end
// sooner.
const CallTimeout = 10 * time.Second

// Mailer sends mail. It is safe for concurrent use.
type Mailer struct {
	client           *sesv2.Client
	configurationSet *string
}

// New returns a Mailer. Options are those of the SDK's client; its retryer is
// replaced. configurationSet may be empty.
func New(o sesv2.Options, configurationSet string) *Mailer {
	o.Retryer = aws.NopRetryer{}
	m := &Mailer{client: sesv2.New(o)}
	if configurationSet != "" {
		m.configurationSet = &configurationSet
	}
	return m
}

// Send makes one call and returns the message id that SES gave.
func (m *Mailer) Send(ctx context.Context, msg mail.Message) (string, error) {
	raw, err := msg.Bytes()
	if err != nil {
		return "", &mail.Refusal{Code: "Message", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	out, err := m.client.SendEmail(ctx, &sesv2.SendEmailInput{
		ConfigurationSetName: m.configurationSet,
		Content:              &types.EmailContent{Raw: &types.RawMessage{Data: raw}},
		Destination:          &types.Destination{ToAddresses: []string{msg.To}},
		EmailTags:            tags(msg.Tags),
	})
	if err != nil {
		return "", classify(err)
	}
	if aws.ToString(out.MessageId) == "" {
		return "", errors.New("ses: an answer without a message id; whether the mail was accepted is unknown")
	}
	return *out.MessageId, nil
}

func tags(all map[string]string) []types.MessageTag {
	var out []types.MessageTag
	for name, value := range all {
		out = append(out, types.MessageTag{Name: &name, Value: &value})
	}
	return out
}

// classify turns an error that is certainly a refusal into one. Its list is that
// of the errors SendEmail documents; everything else stays unknown.
func classify(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch code := api.ErrorCode(); code {
		case "TooManyRequestsException":
			// The same code is for too many in a second and for too many in a day.
			if strings.Contains(strings.ToLower(api.ErrorMessage()), "daily") {
				return &mail.Refusal{Code: "daily quota", Global: true, Err: err}
			}
			return &mail.Refusal{Code: code, Global: true, Transient: true, Err: err}
		case "LimitExceededException", "SendingPausedException", "AccountSuspendedException",
			"MailFromDomainNotVerifiedException", "NotFoundException":
			return &mail.Refusal{Code: code, Global: true, Err: err}
		case "BadRequestException", "MessageRejected":
			return &mail.Refusal{Code: code, Err: err}
		default:
			return fmt.Errorf("ses: %s; whether the mail was accepted is unknown", code)
		}
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return &mail.Refusal{Code: "dial", Global: true, Transient: true, Err: err}
	}
	return err
}

func isNotFound(err error) bool {
	var missing *types.NotFoundException
	return errors.As(err, &missing)
}
