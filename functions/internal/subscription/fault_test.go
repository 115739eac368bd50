package subscription_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
)

// cloud is the handler as it is deployed: on DynamoDB's protocol, which can fail
// at any call.
type cloud struct {
	*desk
	server *dynamotest.Server
	store  *dynamo.Store

	mu   sync.Mutex
	dead bool // the process has ended: it mails and answers nothing
}

func (c *cloud) Send(ctx context.Context, m mail.Message) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return "", context.Canceled
	}
	return c.desk.Send(ctx, m)
}

func newCloud(t *testing.T) *cloud { return newCloudOf(t, siteEdition(t)) }

func newCloudOf(t *testing.T, e *edition.Edition) *cloud {
	t.Helper()
	c := &cloud{desk: newDeskOf(t, e), server: dynamotest.Start(t)}
	c.start(t)
	return c
}

// start starts the program, as after a crash: with new clients, on the same
// table.
func (c *cloud) start(t *testing.T) {
	client := dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(c.server.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		// As many attempts as the SDK makes by itself, without its pauses.
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond }),
	})
	c.store = dynamo.New(client, "people", subscriber.DefaultLimits()).WithJournal("journal")
	c.serve(t, c.store, c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = false
}

// record is the one person's record without what two attempts may differ in.
func (c *cloud) record(t *testing.T, email string) subscriber.Subscriber {
	t.Helper()
	a, err := subscriber.ParseAddress(email)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := c.store.Get(t.Context(), c.keys.ID(a))
	if err != nil {
		t.Fatal(err)
	}
	p.Op = ""
	return p
}

// operation is one thing a person does: how to get ready for it, and the request.
type operation struct {
	name    string
	prepare func(t *testing.T, c *cloud) string // returns the link, if there is one
	request func(c *cloud, link string) *httptest.ResponseRecorder
	mails   bool
}

const faulty = "jane@example.org"

func operations() []operation {
	confirmed := func(t *testing.T, c *cloud) { c.subscribe(t, faulty) }
	chosen := func(t *testing.T, c *cloud) string {
		confirmed(t, c)
		c.post(faulty, "preferences")
		return c.link(t, prefs)
	}
	form := func(action string) func(*cloud, string) *httptest.ResponseRecorder {
		return func(c *cloud, _ string) *httptest.ResponseRecorder {
			return c.send(faulty, action, true, "203.0.113.1:1")
		}
	}
	link := func(body string) func(*cloud, string) *httptest.ResponseRecorder {
		return func(c *cloud, link string) *httptest.ResponseRecorder {
			return c.do("POST", link, urlencoded, body, "203.0.113.1:1")
		}
	}
	mailed := func(path string) func(*testing.T, *cloud) string {
		return func(t *testing.T, c *cloud) string {
			c.post(faulty, "subscribe")
			return c.link(t, path)
		}
	}
	return []operation{
		{"subscribe", func(*testing.T, *cloud) string { return "" }, form("subscribe"), true},
		{"ask to leave", func(t *testing.T, c *cloud) string { confirmed(t, c); return "" }, form("unsubscribe"), true},
		{"ask for choices", func(t *testing.T, c *cloud) string { confirmed(t, c); return "" }, form("preferences"), true},
		{"confirm", mailed("/subscription/confirm"), link(""), false},
		{"unsubscribe", func(t *testing.T, c *cloud) string {
			confirmed(t, c)
			c.post(faulty, "unsubscribe")
			return c.link(t, "/subscription/unsubscribe")
		}, link("List-Unsubscribe=One-Click"), false},
		{"block", mailed("/subscription/block"), link(""), false},
		{"save", chosen, link("action=save&frequency=monthly"), false},
		{"erase", chosen, link("action=erase&sure=yes"), false},
	}
}

// TestEveryFault: for every operation and every n, the n-th call to DynamoDB
// fails before it is done, fails after, for once or for good, or the process
// dies there. The person repeats the request: what is kept is what one success
// keeps, no mail goes out twice, and success is never claimed before it is so.
func TestEveryFault(t *testing.T) {
	e := siteEdition(t)
	for _, o := range operations() {
		t.Run(o.name, func(t *testing.T) {
			c := newCloudOf(t, e)
			link := o.prepare(t, c)
			before := len(c.mails)
			c.server.On(nil)
			if w := o.request(c, link); w.Code != 200 {
				t.Fatalf("without a fault: %d", w.Code)
			}
			calls := len(c.server.Calls())
			want, mails := c.record(t, faulty), len(c.mails)-before
			if calls > 2 || (mails == 1) != o.mails {
				t.Errorf("%d calls, %d mails", calls, mails)
			}
			for n := 1; n <= calls; n++ {
				for _, f := range faults() {
					t.Run(fmt.Sprintf("call %d %s", n, f.name), func(t *testing.T) { o.failing(t, newCloudOf(t, e), n, f, want) })
				}
			}
		})
	}
}

// failure is what befalls the n-th call, and the ones after it.
type failure struct {
	name  string
	first dynamotest.Fault
	later dynamotest.Fault
	dies  bool
}

func faults() []failure {
	return []failure{
		{"fails before", dynamotest.Before, dynamotest.Fine, false},
		{"fails after", dynamotest.After, dynamotest.Fine, false},
		{"fails before, and all later ones", dynamotest.Before, dynamotest.Before, false},
		{"fails after, and all later ones before", dynamotest.After, dynamotest.Before, false},
		{"is not made, the process dies", dynamotest.Refuse, dynamotest.Refuse, true},
		{"is made, the process dies", dynamotest.After, dynamotest.Refuse, true},
	}
}

func (o operation) failing(t *testing.T, c *cloud, n int, f failure, want subscriber.Subscriber) {
	link := o.prepare(t, c)
	before := len(c.mails)
	c.server.On(func(call int, _ string) dynamotest.Fault {
		switch {
		case call < n:
			return dynamotest.Fine
		case call == n:
			if f.dies {
				c.mu.Lock()
				c.dead = true
				c.mu.Unlock()
			}
			return f.first
		}
		return f.later
	})
	first := o.request(c, link)
	c.server.On(nil)
	if !f.dies && first.Code == 200 && c.record(t, faulty).Status != want.Status {
		t.Errorf("success was claimed of %s", c.record(t, faulty).Status)
	}
	if first.Code != 200 && (first.Code != 503 || first.Header().Get("Retry-After") == "") {
		t.Errorf("the request with the fault: %d", first.Code)
	}
	c.start(t)
	if w := o.request(c, link); w.Code != 200 {
		t.Errorf("repeated: %d", w.Code)
	}
	normal := func(s subscriber.Subscriber) subscriber.Subscriber {
		// Keys differ from run to run, and with them ids and hashes. The number of
		// entries in the ledger must be that of one success.
		s.ID, s.Op, s.Consent.Source, s.Chain.Key, s.Chain.Hash = subscriber.ID{}, "", "", "", ""
		return s
	}
	if d := cmp.Diff(normal(want), normal(c.record(t, faulty))); d != "" {
		t.Errorf("after the repetition (-one success +this):\n%s", d)
	}
	if got := len(c.mails) - before; got > 1 || o.mails && got == 0 && first.Code == 200 && !f.dies {
		t.Errorf("%d mails", got)
	}
}

// TestSameCallsOnTheWire: what DynamoDB is asked is the same for everybody.
func TestSameCallsOnTheWire(t *testing.T) {
	for _, action := range []string{"subscribe", "unsubscribe", "preferences"} {
		c := newCloud(t)
		want := ""
		for _, email := range c.kinds(t) {
			c.server.On(nil)
			c.post(email, action)
			got := strings.Join(c.server.Calls(), " ")
			if want == "" {
				want = got
			}
			if got != want || len(c.server.Calls()) != 2 {
				t.Errorf("%s %s: %s, want %s", action, email, got, want)
			}
		}
	}
}

// TestHangingStore: 503 with Retry-After within three seconds, and nothing goes
// on behind it.
func TestHangingStore(t *testing.T) {
	c := newCloud(t)
	c.post(faulty, "subscribe")
	confirm := c.link(t, "/subscription/confirm")
	c.server.On(func(int, string) dynamotest.Fault { return dynamotest.Hang })
	before := runtime.NumGoroutine()
	started := time.Now()
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			from := fmt.Sprintf("198.51.100.%d:1", i)
			post := func() *httptest.ResponseRecorder { return c.send(faulty, "subscribe", i%2 == 0, from) }
			if i == 9 {
				post = func() *httptest.ResponseRecorder { return c.do("POST", confirm, urlencoded, "", from) }
			}
			w := post()
			if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "nothing was changed") {
				t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
		})
	}
	group.Wait()
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	// Connections that were given up end on their own; the server of this test
	// has goroutines in this process, too.
	left := 0
	for range 50 {
		if left = runtime.NumGoroutine() - before; left <= 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	all := make([]byte, 1<<20)
	t.Errorf("%d goroutines are left:\n%s", left, all[:runtime.Stack(all, true)])
}

// TestFiftyAtOnce: the limits hold under 50 posts at once, for one address and
// for one source.
func TestFiftyAtOnce(t *testing.T) {
	for name, post := range map[string]func(c *cloud, i int) *httptest.ResponseRecorder{
		"one address, many sources": func(c *cloud, i int) *httptest.ResponseRecorder {
			return c.send(faulty, "subscribe", true, fmt.Sprintf("198.51.100.%d:1", i))
		},
		"one mailbox, many spellings": func(c *cloud, i int) *httptest.ResponseRecorder {
			return c.send(fmt.Sprintf("jane+%d@gmail.com", i), "subscribe", true, fmt.Sprintf("198.51.100.%d:1", i))
		},
		"one source, many addresses": func(c *cloud, i int) *httptest.ResponseRecorder {
			return c.send(fmt.Sprintf("jane%d@example.org", i), "subscribe", true, "198.51.100.1:1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			codes := map[int]int{}
			var mu sync.Mutex
			var group sync.WaitGroup
			for i := range 50 {
				group.Go(func() {
					w := post(c, i)
					mu.Lock()
					defer mu.Unlock()
					codes[w.Code]++
				})
			}
			group.Wait()
			wantMails, wantCodes := 1, map[int]int{200: 50}
			if name == "one source, many addresses" {
				wantMails, wantCodes = 10, map[int]int{200: 10, 429: 40}
			}
			if len(c.mails) != wantMails || !cmp.Equal(codes, wantCodes) {
				t.Errorf("%d mails, answers %v; want %d, %v", len(c.mails), codes, wantMails, wantCodes)
			}
		})
	}
}

// TestBreaker: past the limit of the whole site nobody is mailed, the answer
// stays the same, and the log has the metric that an alarm watches.
func TestBreaker(t *testing.T) {
	c := newCloud(t)
	limits := subscriber.DefaultLimits()
	limits.Site = 1
	c.limits = &limits
	c.start(t)
	answers := map[string]bool{}
	for i := range 40 {
		w := c.send(fmt.Sprintf("jane%d@example.org", i), "subscribe", true, fmt.Sprintf("198.51.100.%d:1", i))
		answers[fmt.Sprint(w.Code, w.Body.String())] = true
	}
	// One mail an hour, split over eight counters, is one for each of them.
	if len(answers) != 1 || len(c.mails) > 8 || len(c.mails) == 0 {
		t.Errorf("%d answers, %d mails", len(answers), len(c.mails))
	}
	lines := strings.Count(c.log.String(), `"_aws":{"Timestamp":1795435200000,"CloudWatchMetrics":[{"Namespace":"Broadsheet","Dimensions":[[]],"Metrics":[{"Name":"MailsWithheld","Unit":"Count"}]}]},"MailsWithheld":1`)
	if lines != 40-len(c.mails) {
		t.Errorf("%d lines of the metric, want %d:\n%s", lines, 40-len(c.mails), c.log.String())
	}
}

var _ subscription.Sender = (*cloud)(nil)
