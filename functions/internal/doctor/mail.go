package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// mail looks at the account's standing with SES, the sender's identity and the
// events.
func (e *examination) mail(ctx context.Context, client *sesv2.Client, set string) {
	e.standing(ctx, client)
	_, domain, _ := strings.Cut(e.site.MailFrom, "@")
	e.identity(ctx, client, domain)
	e.add(Advice, "dmarc", "a receiver's rules cannot be asked here", "have the record  _dmarc."+domain+".  TXT  \"v=DMARC1; p=quarantine; rua=mailto:dmarc@"+domain+"\"  and look at it with: dig +short TXT _dmarc."+domain)
	if set != "" {
		e.events(ctx, client, set)
	}
}

func (e *examination) standing(ctx context.Context, client *sesv2.Client) {
	out, err := client.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		e.failed("ses", err)
		return
	}
	switch status := aws.ToString(out.EnforcementStatus); {
	case status == "SHUTDOWN":
		e.add(Wrong, "ses", "SES has suspended the account: nothing is sent", "infra/RUNBOOK.md, SES paused")
	case status == "PROBATION":
		e.add(Wrong, "ses", "SES has the account under review: too many bounces or complaints", "infra/RUNBOOK.md, Bounce storm")
	case !out.SendingEnabled:
		e.add(Wrong, "ses", "sending is paused for the account", "find out why, then: aws sesv2 put-account-sending-attributes --sending-enabled; infra/RUNBOOK.md, SES paused")
	}
	if !out.ProductionAccessEnabled {
		e.add(Wrong, "ses", "the account is in SES's sandbox: mail reaches only addresses that were verified by hand, 200 a day",
			"a human asks AWS, which answers in a day: aws sesv2 put-account-details --production-access-enabled --mail-type MARKETING --website-url <site> --use-case-description \"A newsletter with double opt-in; bounces and complaints are suppressed at once\" --contact-language EN")
	}
	if q := out.SendQuota; q != nil {
		e.add(OK, "ses", fmt.Sprintf("%.0f mails a day, %.0f a second; %.0f sent in the last day", q.Max24HourSend, q.MaxSendRate, q.SentLast24Hours), "")
	}
}

func (e *examination) identity(ctx context.Context, client *sesv2.Client, domain string) {
	out, err := client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &domain})
	var missing *types.NotFoundException
	switch {
	case errors.As(err, &missing):
		e.add(Wrong, "identity", "SES does not know "+domain, "put MailDomain="+domain+" into samconfig.toml and make deploy; then this command prints the DNS records")
		return
	case err != nil:
		e.failed("identity", err)
		return
	}
	d := out.DkimAttributes
	switch {
	case d == nil || !d.SigningEnabled:
		e.add(Wrong, "dkim", "mail of "+domain+" is not signed", "aws sesv2 put-email-identity-dkim-attributes --email-identity "+domain+" --signing-enabled")
	case d.Status != types.DkimStatusSuccess:
		e.add(Wrong, "dkim", "SES has not found the keys of "+domain+" in DNS ("+string(d.Status)+")", "publish these records and wait up to 72 hours:\n"+dkimRecords(domain, d))
	case out.VerifiedForSendingStatus:
		e.add(OK, "identity", domain+" is verified and signed", "")
	}
	e.mailFrom(domain, out.MailFromAttributes)
}

func (e *examination) mailFrom(domain string, m *types.MailFromAttributes) {
	if m == nil || aws.ToString(m.MailFromDomain) == "" {
		e.add(Advice, "mail from", "bounces go to a domain of amazonses.com, so SPF is not aligned with "+domain, "put MailDomain="+domain+" into samconfig.toml and make deploy")
		return
	}
	name := aws.ToString(m.MailFromDomain)
	if m.MailFromDomainStatus != types.MailFromDomainStatusSuccess {
		e.add(Wrong, "mail from", "SES has not found the records of "+name+" ("+string(m.MailFromDomainStatus)+")", "publish these records and wait up to 72 hours:\n"+mailFromRecords(name, e.settings.Region))
		return
	}
	e.add(OK, "mail from", name+" takes the bounces", "")
}

// dkimRecords are the three records of Easy DKIM. SES names the host that they
// point to, which differs in newer regions.
func dkimRecords(domain string, d *types.DkimAttributes) string {
	host := aws.ToString(d.SigningHostedZone)
	if host == "" {
		host = "dkim.amazonses.com"
	}
	lines := make([]string, 0, len(d.Tokens))
	for _, token := range d.Tokens {
		lines = append(lines, fmt.Sprintf("  %s._domainkey.%s.  CNAME  %s.%s.", token, domain, token, host))
	}
	return strings.Join(lines, "\n")
}

// mailFromRecords are the records of a custom MAIL FROM domain.
func mailFromRecords(name, region string) string {
	return fmt.Sprintf("  %s.  MX   10 feedback-smtp.%s.amazonses.com.\n  %s.  TXT  \"v=spf1 include:amazonses.com ~all\"", name, region, name)
}

// events looks whether SES reports what became of each mail, and nothing about
// who read it.
func (e *examination) events(ctx context.Context, client *sesv2.Client, set string) {
	out, err := client.GetConfigurationSetEventDestinations(ctx, &sesv2.GetConfigurationSetEventDestinationsInput{ConfigurationSetName: &set})
	if err != nil {
		e.failed("events", err)
		return
	}
	found := map[types.EventType]bool{}
	for _, d := range out.EventDestinations {
		for _, kind := range d.MatchingEventTypes {
			found[kind] = found[kind] || d.Enabled
		}
	}
	if found[types.EventTypeOpen] || found[types.EventTypeClick] {
		e.add(Wrong, "events", "SES watches who opens or clicks", "take OPEN and CLICK out of the configuration set "+set+"; make deploy does")
	}
	for _, kind := range []types.EventType{types.EventTypeSend, types.EventTypeDelivery, types.EventTypeBounce, types.EventTypeComplaint, types.EventTypeReject} {
		if !found[kind] {
			e.add(Wrong, "events", "SES does not report "+string(kind), "somebody changed the configuration set "+set+" by hand; make deploy puts it right")
			return
		}
	}
	e.add(OK, "events", "SES reports what became of each mail", "")
}
