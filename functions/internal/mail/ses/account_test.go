package ses_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"broadsheet/functions/internal/mail"
)

// asked answers GET requests by the end of their path.
func asked(t *testing.T, answers map[string]string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for end, body := range answers {
			if strings.HasSuffix(r.URL.Path, end) {
				_, _ = io.WriteString(w, body)
				return
			}
		}
		w.Header().Set("X-Amzn-Errortype", "NotFoundException")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"no"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestAccount(t *testing.T) {
	for body, want := range map[string]mail.Account{
		`{"ProductionAccessEnabled":true,"SendingEnabled":true,"EnforcementStatus":"HEALTHY","SendQuota":{"Max24HourSend":50000,"MaxSendRate":14,"SentLast24Hours":7}}`: {PerSecond: 14, PerDay: 50000, SentToday: 7},
		`{"ProductionAccessEnabled":false,"SendingEnabled":true,"SendQuota":{"Max24HourSend":200,"MaxSendRate":1}}`:                                                     {PerSecond: 1, PerDay: 200, Sandbox: true},
		`{"ProductionAccessEnabled":true,"SendingEnabled":false}`:                                                                                                       {Stopped: "sending is paused for the account"},
		`{"ProductionAccessEnabled":true,"SendingEnabled":false,"EnforcementStatus":"SHUTDOWN"}`:                                                                        {Stopped: "the account is suspended (SHUTDOWN)"},
	} {
		if got, err := mailer(asked(t, map[string]string{"/email/account": body})).Account(t.Context()); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", body, got, err, want)
		}
	}
}

// TestIdentity: the address itself counts before its domain, and each fault has
// its cure.
func TestIdentity(t *testing.T) {
	const good = `{"VerifiedForSendingStatus":true,"DkimAttributes":{"Status":"SUCCESS"}}`
	for want, answers := range map[string]map[string]string{
		"":                              {"/news@example.org": good},
		" ":                             {"/identities/example.org": good},
		"SES has not verified":          {"/identities/example.org": `{"VerifiedForSendingStatus":false}`},
		"DKIM of example.org":           {"/identities/example.org": `{"VerifiedForSendingStatus":true,"DkimAttributes":{"Status":"PENDING"}}`},
		"SES knows neither news@exampl": {},
	} {
		got, err := mailer(asked(t, answers)).Identity(t.Context(), "news@example.org")
		if err != nil || !strings.HasPrefix(got, strings.TrimSpace(want)) || strings.TrimSpace(want) == "" && got != "" {
			t.Errorf("%v: %q, %v; want %q", answers, got, err, want)
		}
	}
}

// TestDailyQuota: the code of too many in a second is also that of too many in a
// day, which is not over soon.
func TestDailyQuota(t *testing.T) {
	for message, transient := range map[string]bool{"Maximum sending rate exceeded.": true, "Daily message quota exceeded.": false} {
		_, _, err := send(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Errortype", "TooManyRequestsException")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"message":"`+message+`"}`)
		})
		refusal, ok := err.(*mail.Refusal)
		if !ok || !refusal.Global || refusal.Transient != transient {
			t.Errorf("%s: %v (%+v), want transient %v", message, err, refusal, transient)
		}
	}
}
