package doctor_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"broadsheet/functions/internal/doctor"
)

// account answers the calls of an examination in the protocols of their
// services. What a test does not set is in order.
type account struct {
	answers map[string]string // operation to body
	status  map[string]int
}

func healthy() *account {
	return &account{status: map[string]int{}, answers: map[string]string{
		"GetCallerIdentity": `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
		"DescribeStacks": `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>broadsheet</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>` +
			pair("Table", "people") + pair("Journal", "left") + pair("Keys", "/k") + pair("MailEvents", "set") + pair("Release", "abc") + `</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
		"DescribeTable":             `{"Table":{"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},"DeletionProtectionEnabled":true}}`,
		"DescribeContinuousBackups": `{"ContinuousBackupsDescription":{"PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}`,
		"DescribeTimeToLive":        `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"ttl"}}`,
		"Query":                     rootOf(time.Now().Add(-36 * time.Hour).UTC().Format(time.DateOnly)),
		"GetParameter":              `{"Parameter":{"Name":"/k","Type":"SecureString"}}`,
		"/v2/email/account":         `{"ProductionAccessEnabled":true,"SendingEnabled":true,"EnforcementStatus":"HEALTHY","SendQuota":{"Max24HourSend":50000,"MaxSendRate":14,"SentLast24Hours":7}}`,
		"/v2/email/identities/example.org": `{"VerifiedForSendingStatus":true,"DkimAttributes":{"SigningEnabled":true,"Status":"SUCCESS","Tokens":["t1","t2","t3"]},
			"MailFromAttributes":{"MailFromDomain":"bounce.example.org","MailFromDomainStatus":"SUCCESS"}}`,
		"/v2/email/configuration-sets/set/event-destinations": `{"EventDestinations":[{"Name":"a","Enabled":true,"MatchingEventTypes":["SEND","DELIVERY","BOUNCE","COMPLAINT","REJECT"]}]}`,
	}}
}

// rootOf is a table whose newest root is of a day.
func rootOf(day string) string {
	return `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"roots"},"sk":{"S":"` + day + `"},"entries":{"N":"1"},"hash":{"S":"beef"}}]}`
}

func pair(key, value string) string {
	return fmt.Sprintf("<member><OutputKey>%s</OutputKey><OutputValue>%s</OutputValue></member>", key, value)
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := r.URL.Path
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		name = operation
	} else if _, rest, ok := strings.Cut(string(body), "Action="); ok {
		name, _, _ = strings.Cut(rest, "&")
	}
	if code := a.status[name]; code != 0 {
		if code == http.StatusNotFound {
			w.Header().Set("X-Amzn-ErrorType", "NotFoundException")
		}
		w.WriteHeader(code)
	}
	_, _ = io.WriteString(w, a.answers[name])
}

func examine(t *testing.T, a *account, site doctor.Site) string {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	settings := aws.Config{Region: "ap-southeast-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	var text strings.Builder
	for _, f := range doctor.Examine(t.Context(), settings, site) {
		fmt.Fprintf(&text, "%s %s: %s | %s\n", f.State, f.What, f.Says, f.Cure)
	}
	return text.String()
}

func site() doctor.Site {
	return doctor.Site{Stack: "broadsheet", Region: "ap-southeast-1", MailFrom: "news@example.org", Commit: "abc"}
}

func TestHealthy(t *testing.T) {
	got := examine(t, healthy(), site())
	if strings.Contains(got, "wrong ") || strings.Contains(got, "unchecked ") {
		t.Errorf("a healthy account gets\n%s", got)
	}
	for _, want := range []string{"ok account: account 123456789012 in ap-southeast-1", "ok table: people is protected", "ok journal: left", "ok ledger: every day", "ok keys", "ok identity", "ok mail from", "ok events", "50000 mails a day"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}

// TestFindings: one thing is wrong at a time, and it is said with its cure.
func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		operation, body string
		status          int
		want            []string
	}{
		"sandbox":      {"/v2/email/account", `{"ProductionAccessEnabled":false,"SendingEnabled":true}`, 0, []string{"wrong ses: the account is in SES's sandbox", "put-account-details --production-access-enabled"}},
		"paused":       {"/v2/email/account", `{"ProductionAccessEnabled":true,"SendingEnabled":false}`, 0, []string{"wrong ses: sending is paused", "put-account-sending-attributes"}},
		"suspended":    {"/v2/email/account", `{"ProductionAccessEnabled":true,"SendingEnabled":false,"EnforcementStatus":"SHUTDOWN"}`, 0, []string{"suspended"}},
		"unknown mail": {"/v2/email/identities/example.org", `{}`, http.StatusNotFound, []string{"wrong identity: SES does not know example.org", "MailDomain=example.org"}},
		"no DNS yet": {"/v2/email/identities/example.org", `{"DkimAttributes":{"SigningEnabled":true,"Status":"PENDING","Tokens":["t1","t2","t3"]},"MailFromAttributes":{"MailFromDomain":"bounce.example.org","MailFromDomainStatus":"PENDING"}}`, 0,
			[]string{"t2._domainkey.example.org.  CNAME  t2.dkim.amazonses.com.", "bounce.example.org.  MX   10 feedback-smtp.ap-southeast-1.amazonses.com.", `TXT  "v=spf1 include:amazonses.com ~all"`}},
		"watching":      {"/v2/email/configuration-sets/set/event-destinations", `{"EventDestinations":[{"Name":"a","Enabled":true,"MatchingEventTypes":["SEND","OPEN"]}]}`, 0, []string{"watches who opens", "does not report DELIVERY"}},
		"by the hour":   {"DescribeTable", `{"Table":{"DeletionProtectionEnabled":true}}`, 0, []string{"wrong table: it is not on demand", "--table-name people --billing-mode PAY_PER_REQUEST"}},
		"no protection": {"DescribeTable", `{"Table":{"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"}}}`, 0, []string{"wrong table: it can be deleted", "wrong journal: it can be deleted"}},
		"no recovery":   {"DescribeContinuousBackups", `{}`, 0, []string{"cannot be restored to an earlier moment"}},
		"no expiry":     {"DescribeTimeToLive", `{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`, 0, []string{"kept for ever"}},
		"no roots":      {"Query", rootOf("2026-01-31"), 0, []string{"wrong ledger: the days since 2026-02-01 have no root", "broadsheet subscribers sweep"}},
		"open keys":     {"GetParameter", `{"Parameter":{"Name":"/k","Type":"String"}}`, 0, []string{"wrong keys: /k is no SecureString"}},
		"no permission": {"DescribeTable", `{"__type":"AccessDeniedException","message":"no"}`, http.StatusBadRequest, []string{"unchecked table: you may not look at it"}},
		"no stack":      {"DescribeStacks", `<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id broadsheet does not exist</Message></Error></ErrorResponse>`, http.StatusBadRequest, []string{"wrong stack: there is no stack broadsheet", "unchecked tables", "ok identity"}},
		"no account":    {"GetCallerIdentity", `<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>`, http.StatusForbidden, []string{"unchecked account: AWS does not know who you are", "aws sso login", "unchecked mail"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := healthy()
			a.answers[c.operation], a.status[c.operation] = c.body, c.status
			got := examine(t, a, site())
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("it does not say %q:\n%s", want, got)
				}
			}
		})
	}
	elsewhere := site()
	elsewhere.Region, elsewhere.Commit = "eu-west-1", "def"
	if got := examine(t, healthy(), elsewhere); !strings.Contains(got, "wrong region: your environment says ap-southeast-1") || !strings.Contains(got, `advice release: the stack runs "abc", this tree is at def`) {
		t.Errorf("another region and commit:\n%s", got)
	}
}
