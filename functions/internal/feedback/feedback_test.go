package feedback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/feedback"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/subscriber"
)

const issueID = "12-abc"

func sentAt() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// post is a handler over a real store with confirmed people, each with a claimed
// delivery.
type post struct {
	*testing.T
	store   *sqlite.Store
	keys    *subscriber.Keys
	handler *feedback.Handler
	log     bytes.Buffer
}

func newPost(t *testing.T) *post {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), subscriber.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p := &post{T: t, store: s, keys: subscriber.NewKeys(sentAt())}
	p.handler = &feedback.Handler{People: s, Ledger: s, Keys: p.keys, Now: func() time.Time { return sentAt().Add(time.Hour) }, Log: slog.New(slog.NewJSONHandler(io.MultiWriter(&p.log, t.Output()), nil))}
	if ok, err := s.Save(t.Context(), issue.Issue{ID: issueID, Stage: issue.Sending}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	return p
}

func (p *post) person(email string) subscriber.ID {
	p.Helper()
	a, err := subscriber.ParseAddress(email)
	if err != nil {
		p.Fatal(err)
	}
	id := p.keys.ID(a)
	if _, err := p.store.Record(p.Context(), subscriber.Event{Kind: subscriber.Import, ID: id, Op: "import" + email, At: sentAt().Add(-time.Hour), Email: email}); err != nil {
		p.Fatal(err)
	}
	for _, step := range []issue.Step{issue.Plan, issue.Claim} {
		if _, _, err := p.store.Move(p.Context(), issue.Change{Step: step, Issue: issueID, ID: id, At: sentAt(), Owner: "o", Lease: sentAt()}); err != nil {
			p.Fatal(err)
		}
	}
	return id
}

func (p *post) take(events ...string) {
	p.Helper()
	for _, e := range events {
		if err := p.handler.Handle(p.Context(), []byte(e)); err != nil {
			p.Fatalf("%v\n%s", err, e)
		}
	}
}

func (p *post) want(id subscriber.ID, status subscriber.Status, state issue.State) {
	p.Helper()
	s, _, err := p.store.Get(p.Context(), id)
	if err != nil {
		p.Fatal(err)
	}
	if s.Status != status {
		p.Errorf("the person is %s, want %s", s.Status, status)
	}
	for d, err := range p.store.Deliveries(p.Context(), issueID, int(id[0]>>4)) {
		if err != nil {
			p.Fatal(err)
		}
		if d.ID == id && d.State != state {
			p.Errorf("the delivery is %s, want %s", d.State, state)
		}
	}
}

// published is an event as event publishing gives it, through EventBridge.
func published(kind string, id subscriber.ID, rest string) string {
	detail := fmt.Sprintf(`{"eventType":%q,"mail":{"timestamp":"2026-11-20T12:00:00.000Z","source":"news@example.org","messageId":"0102-%s","destination":["jane@example.org"],"tags":{"i":[%q],"s":[%q],"a":["1"],"ses:configuration-set":["set"]}}%s}`,
		kind, id.Short(), issueID, id, rest)
	return fmt.Sprintf(`{"version":"0","id":"e1","detail-type":"Email %s","source":"aws.ses","account":"123456789012","time":"2026-11-20T12:00:01Z","region":"eu-west-1","resources":[],"detail":%s}`, kind, detail)
}

// notified is an event as the notification of an identity gives it, through SNS:
// without tags.
func notified(kind string, rest string, to ...string) string {
	destination, _ := json.Marshal(to)
	inner := fmt.Sprintf(`{"notificationType":%q,"mail":{"timestamp":"2026-11-20T12:00:00.000Z","messageId":"0102-n","destination":%s}%s}`, kind, destination, rest)
	text, _ := json.Marshal(inner)
	return fmt.Sprintf(`{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:123456789012:t","Message":%s,"Timestamp":"2026-11-20T12:00:02Z"}`, text)
}

func bounced(kind string, addresses ...string) string {
	var list []string
	for _, a := range addresses {
		list = append(list, fmt.Sprintf(`{"emailAddress":%q,"action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}`, a))
	}
	return fmt.Sprintf(`,"bounce":{"bounceType":%q,"bounceSubType":"General","bouncedRecipients":[%s],"timestamp":"2026-11-20T12:00:05.000Z","feedbackId":"f-%s"}`, kind, strings.Join(list, ","), kind)
}

const complained = `,"complaint":{"complainedRecipients":[{"emailAddress":"jane@example.org"}],"timestamp":"2026-11-20T13:00:00.000Z","feedbackId":"f-c","complaintFeedbackType":"abuse"}`

func TestEvents(t *testing.T) {
	for name, test := range map[string]struct {
		events func(id subscriber.ID) []string
		status subscriber.Status
		state  issue.State
	}{
		"send": {func(id subscriber.ID) []string { return []string{published("Send", id, `,"send":{}`)} }, subscriber.Confirmed, issue.Sent},
		"delivery": {func(id subscriber.ID) []string {
			return []string{published("Delivery", id, `,"delivery":{"recipients":["jane@example.org"]}`)}
		}, subscriber.Confirmed, issue.Sent},
		"hard bounce": {func(id subscriber.ID) []string {
			return []string{published("Bounce", id, bounced("Permanent", "jane@example.org"))}
		}, subscriber.Bounced, issue.Sent},
		"soft bounce": {func(id subscriber.ID) []string {
			return []string{published("Bounce", id, bounced("Transient", "jane@example.org"))}
		}, subscriber.Confirmed, issue.Sent},
		"complaint": {func(id subscriber.ID) []string { return []string{published("Complaint", id, complained)} }, subscriber.Complained, issue.Sent},
		"not spam": {func(id subscriber.ID) []string {
			return []string{published("Complaint", id, strings.Replace(complained, "abuse", "not-spam", 1))}
		}, subscriber.Confirmed, issue.Claimed},
		"reject": {func(id subscriber.ID) []string {
			return []string{published("Reject", id, `,"reject":{"reason":"Bad content"}`)}
		}, subscriber.Confirmed, issue.Failed},
		"delay": {func(id subscriber.ID) []string {
			return []string{published("DeliveryDelay", id, `,"deliveryDelay":{}`)}
		}, subscriber.Confirmed, issue.Claimed},
		"open":        {func(id subscriber.ID) []string { return []string{published("Open", id, `,"open":{}`)} }, subscriber.Confirmed, issue.Claimed},
		"of tomorrow": {func(id subscriber.ID) []string { return []string{published("Teleported", id, "")} }, subscriber.Confirmed, issue.Claimed},
		"identity bounce": {func(subscriber.ID) []string {
			return []string{notified("Bounce", bounced("Permanent", "Jane@Example.org"), "jane@example.org")}
		}, subscriber.Bounced, issue.Claimed},
		"identity, named": {func(subscriber.ID) []string { return []string{notified("Complaint", "", "Jane <jane@example.org>")} }, subscriber.Complained, issue.Claimed},
		"topic confirming": {func(subscriber.ID) []string {
			return []string{`{"Type":"SubscriptionConfirmation","Message":"You have chosen to subscribe","Token":"x"}`}
		}, subscriber.Confirmed, issue.Claimed},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			id := p.person("jane@example.org")
			events := test.events(id)
			p.take(append(events, events...)...) // everything comes twice
			p.want(id, test.status, test.state)
			if strings.Contains(strings.ToLower(p.log.String()), "jane@") {
				t.Error("the log names an address")
			}
		})
	}
}

// TestAnyOrder: all events of one mail, in many orders and repeated, end the
// same.
func TestAnyOrder(t *testing.T) {
	for round := range 12 {
		p := newPost(t)
		id := p.person("jane@example.org")
		events := []string{
			published("Send", id, ""), published("Delivery", id, ""), published("Bounce", id, bounced("Permanent", "jane@example.org")),
			published("Bounce", id, bounced("Transient", "jane@example.org")), published("Complaint", id, complained), published("Complaint", id, complained),
		}
		r := rand.New(rand.NewPCG(uint64(round), 1))
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		p.take(events...)
		p.want(id, subscriber.Complained, issue.Sent)
		if i, err := p.store.Issue(t.Context(), issueID); err != nil || i.Counts != (issue.Counts{Bounced: 1, Complained: 1}) {
			t.Errorf("counts are %+v, %v; want one bounce and one complaint", i.Counts, err)
		}
	}
}

// TestSeveral: a notification without tags may be about several people, also
// about some who are not ours.
func TestSeveral(t *testing.T) {
	p := newPost(t)
	one, two, other := p.person("one@example.org"), p.person("two@example.org"), p.person("other@example.org")
	p.take(notified("Bounce", bounced("Permanent", "one@example.org", `"quoted"@example.org`, "two@example.org"), "one@example.org", "two@example.org", "other@example.org"))
	p.want(one, subscriber.Bounced, issue.Claimed)
	p.want(two, subscriber.Bounced, issue.Claimed)
	p.want(other, subscriber.Confirmed, issue.Claimed)
}

// TestStale: a bounce of a mail from before the last confirmation says nothing.
func TestStale(t *testing.T) {
	p := newPost(t)
	id := p.person("jane@example.org")
	p.take(strings.Replace(published("Bounce", id, bounced("Permanent", "jane@example.org")), `"timestamp":"2026-11-20T12:00:00.000Z","source"`, `"timestamp":"2026-11-01T12:00:00.000Z","source"`, 1))
	p.want(id, subscriber.Confirmed, issue.Sent)
}

// TestPauses: complaints stop the issue.
func TestPauses(t *testing.T) {
	p := newPost(t)
	if err := p.store.Add(t.Context(), issueID, issue.Counts{Sent: 900}); err != nil {
		t.Fatal(err)
	}
	id := p.person("jane@example.org")
	p.take(published("Complaint", id, complained))
	if i, err := p.store.Issue(t.Context(), issueID); err != nil || i.Stage != issue.Paused || !strings.Contains(i.Reason, "0.1 %") {
		t.Errorf("%s (%s), %v; want a pause", i.Stage, i.Reason, err)
	}
}

// TestMalformed: what cannot be read is an error that names nobody.
func TestMalformed(t *testing.T) {
	p := newPost(t)
	id := p.person("jane@example.org")
	for _, e := range []string{
		``, `jane@example.org`, `[]`, `{}`, `{"Type":"Notification","Message":"jane@example.org"}`, `{"detail":{"eventType":7}}`,
		`{"Message":"{\"Message\":\"{\\\"Message\\\":\\\"{}\\\"}\"}"}`, `{"detail":{"eventType":"Bounce","mail":{"timestamp":"yesterday"}}}`,
		strings.Replace(published("Send", id, ""), id.String(), "not-an-id", 1),
	} {
		if err := p.handler.Handle(t.Context(), []byte(e)); err == nil || strings.Contains(err.Error(), "jane") {
			t.Errorf("%s: %v", e, err)
		}
	}
}

func FuzzHandle(f *testing.F) {
	f.Add([]byte(published("Bounce", subscriber.ID{1}, bounced("Permanent", "a@example.org"))))
	f.Add([]byte(notified("Complaint", complained, "a@example.org")))
	h := &feedback.Handler{Keys: subscriber.NewKeys(sentAt()), Now: sentAt, Log: slog.New(slog.DiscardHandler), People: nowhere{}, Ledger: nil}
	f.Fuzz(func(t *testing.T, body []byte) {
		if strings.Contains(string(body), `"i"`) {
			return // would need a ledger
		}
		_ = h.Handle(t.Context(), body)
	})
}

// nowhere keeps nobody.
type nowhere struct{}

func (nowhere) Record(context.Context, subscriber.Event) (subscriber.Result, error) {
	return subscriber.Result{}, nil
}
