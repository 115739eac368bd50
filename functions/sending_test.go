package functions_test

import (
	"crypto/md5" // as SQS does, for what was torn on the way
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"broadsheet/functions/internal/lambdatest"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/subscriber"
)

// fakeSQS takes messages over the protocol of SQS (AWS JSON 1.0).
type fakeSQS struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
}

func startSQS(t *testing.T) *fakeSQS {
	q := &fakeSQS{}
	q.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Entries []struct{ Id, MessageBody string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != "AmazonSQS.SendMessageBatch" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		type taken struct {
			Id, MessageId, MD5OfMessageBody string
		}
		var out struct{ Successful []taken }
		for _, e := range in.Entries {
			q.bodies = append(q.bodies, e.MessageBody)
			out.Successful = append(out.Successful, taken{e.Id, fmt.Sprint("m", len(q.bodies)), fmt.Sprintf("%x", md5.Sum([]byte(e.MessageBody)))})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(q.Close)
	return q
}

// event is what Lambda makes of the messages of a queue.
func queueEvent(t *testing.T, bodies ...string) []byte {
	var e events.SQSEvent
	for n, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{MessageId: fmt.Sprint("m", n), Body: body, EventSource: "aws:sqs"})
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSendingPrograms walks an issue through both Lambda programs: a command
// plans it, the queue delivers it, twice, and SES reports a bounce.
func TestSendingPrograms(t *testing.T) {
	printEdition(t)
	data := t.TempDir()
	keys := subscriber.NewKeys(time.Now())
	b, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "keys.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	table, queue := dynamotest.Start(t), startSQS(t)
	store := dynamo.New(dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &table.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}),
		"people", subscriber.DefaultLimits())
	var ids []subscriber.ID
	for n := range 3 {
		a, err := subscriber.ParseAddress(fmt.Sprintf("reader%d@example.org", n))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, keys.ID(a))
		if _, err := store.Record(t.Context(), subscriber.Event{Kind: subscriber.Import, ID: ids[n], Op: fmt.Sprint(n), At: time.Now().Add(-time.Hour), Email: a.String()}); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"SITE_URL=https://news.example.org", "STORE=dynamodb", "TABLE=people", "MAILER=outbox", "DATA_DIR=" + data, "KEYS=" + filepath.Join(data, "keys.json"),
		"QUEUE_URL=" + queue.URL + "/123456789012/deliveries", "AWS_ENDPOINT_URL_SQS=" + queue.URL, "AWS_ENDPOINT_URL_DYNAMODB=" + table.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	newsletter := lambdatest.Start(t, lambdatest.Build(t, "..", "./functions/newsletter"), env...)
	answer, err := newsletter.Invoke([]byte(`{"issue":"2"}`))
	var planned struct {
		ID      string
		Planned int
	}
	if json.Unmarshal(answer, &planned); err != nil || planned.Planned != 3 || len(queue.bodies) != 1 {
		t.Fatalf("the command: %s, %v, %d messages", answer, err, len(queue.bodies))
	}
	if _, err := newsletter.Invoke([]byte(`{"issue":"77"}`)); err == nil || !strings.Contains(err.Error(), "there is no issue") {
		t.Errorf("an issue that is not there: %v", err)
	}
	for range 2 { // the queue delivers everything twice
		answer, err := newsletter.Invoke(queueEvent(t, queue.bodies[0], "no page"))
		if err != nil || string(answer) != `{"batchItemFailures":[{"itemIdentifier":"m1"}]}` {
			t.Fatalf("the queue: %s, %v", answer, err)
		}
	}
	mails := kept(t, filepath.Join(data, "outbox"))()
	if len(mails) != 3 || !strings.Contains(mails[0].Text, "https://news.example.org/subscription/unsubscribe?t=") {
		t.Errorf("%d mails, want 3", len(mails))
	}
	if _, err := newsletter.Invoke([]byte(`{"source":"aws.scheduler","detail-type":"Scheduled Event","detail":{}}`)); err != nil {
		t.Errorf("the schedule: %v", err)
	}
	report := fmt.Sprintf(`{"source":"aws.ses","detail-type":"Email Bounced","detail":{"eventType":"Bounce","mail":{"timestamp":%q,"messageId":"0102","tags":{"i":[%q],"s":[%q],"a":["1"]}},"bounce":{"bounceType":"Permanent","feedbackId":"f","bouncedRecipients":[{"emailAddress":"reader0@example.org"}],"timestamp":%q}}}`,
		time.Now().Format(time.RFC3339), planned.ID, ids[0], time.Now().Format(time.RFC3339))
	feedback := lambdatest.Start(t, lambdatest.Build(t, "..", "./functions/feedback"), env...)
	if answer, err := feedback.Invoke(queueEvent(t, report, report, "{}")); err != nil || string(answer) != `{"batchItemFailures":[{"itemIdentifier":"m2"}]}` {
		t.Errorf("feedback: %s, %v", answer, err)
	}
	if p, _, err := store.Get(t.Context(), ids[0]); err != nil || p.Status != subscriber.Bounced {
		t.Errorf("the person is %s, %v; want bounced", p.Status, err)
	}
	if i, err := store.Issue(t.Context(), planned.ID); err != nil || i.Stage != "closed" || i.Counts.Sent != 3 || i.Counts.Bounced != 1 {
		t.Errorf("the issue is %s with %+v, %v", i.Stage, i.Counts, err)
	}
	if text := newsletter.Output() + feedback.Output(); strings.Contains(text, "reader") || strings.Contains(text, "?t=") {
		t.Error("the log holds an address or a token")
	}
}
