package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/mail/ses"
)

func message() mail.Message {
	return mail.Message{From: netmail.Address{Address: "news@example.org"}, To: "jane@example.org", Subject: "Hello",
		Date: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Text: "Words.\n", HTML: "<p>Words.</p>\n", Tags: map[string]string{"i": "issue-1"}}
}

func mailer(url string) *ses.Mailer {
	return ses.New(sesv2.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}, "set")
}

// send sends one mail to an endpoint that answers as told, and returns how many
// calls it got.
func send(t *testing.T, ctx context.Context, answer http.HandlerFunc) (id string, calls int, err error) {
	t.Helper()
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		answer(w, r)
	}))
	defer s.Close()
	id, err = mailer(s.URL).Send(ctx, message())
	return id, int(n.Load()), err
}

func TestSend(t *testing.T) {
	var got struct {
		Content              struct{ Raw struct{ Data []byte } }
		Destination          struct{ ToAddresses []string }
		EmailTags            []struct{ Name, Value string }
		ConfigurationSetName string
	}
	id, calls, err := send(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(b, &got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"MessageId":"0102"}`)
	})
	if id != "0102" || calls != 1 || err != nil {
		t.Fatalf("%q, %d calls, %v", id, calls, err)
	}
	if raw, _ := message().Bytes(); string(got.Content.Raw.Data) != string(raw) {
		t.Error("SES got other bytes than the outbox keeps")
	}
	if len(got.Destination.ToAddresses) != 1 || got.ConfigurationSetName != "set" || len(got.EmailTags) != 1 || got.EmailTags[0].Value != "issue-1" {
		t.Errorf("SES got %+v", got)
	}
}

// TestOutcomes: one call each, whatever happens; and only what was certainly not
// accepted counts as refused.
func TestOutcomes(t *testing.T) {
	refuse := func(code string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Errortype", code)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"message":"jane@example.org is not liked"}`)
		}
	}
	reset := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}
	for name, test := range map[string]struct {
		answer          http.HandlerFunc
		refused, global bool
	}{
		"rejected":        {refuse("MessageRejected", 400), true, false},
		"bad request":     {refuse("BadRequestException", 400), true, false},
		"throttled":       {refuse("TooManyRequestsException", 429), true, true},
		"quota":           {refuse("LimitExceededException", 400), true, true},
		"paused":          {refuse("SendingPausedException", 400), true, true},
		"suspended":       {refuse("AccountSuspendedException", 400), true, true},
		"from unverified": {refuse("MailFromDomainNotVerifiedException", 400), true, true},
		"server error":    {refuse("InternalServiceErrorException", 500), false, false},
		"gateway error":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, false, false},
		"reset":           {reset, false, false},
		"empty answer":    {func(http.ResponseWriter, *http.Request) {}, false, false},
		"torn answer":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"Messa`) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, calls, err := send(t, t.Context(), test.answer)
			var refusal *mail.Refusal
			if err == nil || errors.As(err, &refusal) != test.refused || test.refused && refusal.Global != test.global {
				t.Errorf("%v (%T)", err, err)
			}
			if calls != 1 {
				t.Errorf("%d calls, want 1: a second one could be a second mail", calls)
			}
			if err != nil && strings.Contains(err.Error(), "jane@") {
				t.Errorf("the error names the address: %v", err)
			}
		})
	}
}

func TestNothingIsThere(t *testing.T) {
	_, err := mailer("http://127.0.0.1:1").Send(t.Context(), message())
	var refusal *mail.Refusal
	if !errors.As(err, &refusal) || refusal.Code != "dial" {
		t.Errorf("%v; a connection that was never made has sent nothing", err)
	}
}

func TestTimeout(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	over := make(chan struct{})
	_, calls, err := send(t, ctx, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
		case <-over:
		}
	})
	close(over)
	var refusal *mail.Refusal
	if err == nil || errors.As(err, &refusal) || calls != 1 {
		t.Errorf("%v after %d calls; an unanswered call is neither sent nor refused", err, calls)
	}
}
