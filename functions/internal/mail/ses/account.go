package ses

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"broadsheet/functions/internal/mail"
)

// Account asks what this account may send.
func (m *Mailer) Account(ctx context.Context) (mail.Account, error) {
	out, err := m.client.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return mail.Account{}, fmt.Errorf("ses: account: %w", err)
	}
	a := mail.Account{Sandbox: !out.ProductionAccessEnabled}
	if q := out.SendQuota; q != nil {
		a.PerSecond, a.PerDay, a.SentToday = q.MaxSendRate, q.Max24HourSend, q.SentLast24Hours
	}
	switch {
	case aws.ToString(out.EnforcementStatus) == "SHUTDOWN":
		a.Stopped = "the account is suspended (SHUTDOWN)"
	case !out.SendingEnabled:
		a.Stopped = "sending is paused for the account"
	}
	return a, nil
}

// Identity says what is wrong with sending from an address: no identity that
// covers it, not verified, or no DKIM. It is empty if all is well.
func (m *Mailer) Identity(ctx context.Context, address string) (string, error) {
	_, domain, _ := strings.Cut(address, "@")
	for _, name := range []string{address, domain} {
		out, err := m.client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &name})
		if isNotFound(err) {
			continue
		}
		switch {
		case err != nil:
			return "", fmt.Errorf("ses: identity: %w", err)
		case !out.VerifiedForSendingStatus:
			return fmt.Sprintf("SES has not verified %s; publish its DNS records or confirm its mail", name), nil
		case out.DkimAttributes == nil || out.DkimAttributes.Status != types.DkimStatusSuccess:
			return fmt.Sprintf("DKIM of %s is not set up; publish its three CNAME records", name), nil
		}
		return "", nil
	}
	return fmt.Sprintf("SES knows neither %s nor %s; create an identity and verify it", address, domain), nil
}
