package subscription_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
	"broadsheet/functions/internal/web"
)

// desk is the handler with everything it needs: a store in memory that obeys
// subscriber.Limits.Apply, a sender that keeps mails, a clock.
type desk struct {
	handler http.Handler
	edition *edition.Edition
	keys    *subscriber.Keys
	limits  *subscriber.Limits // nil: the default
	log     syncBuffer

	mu     sync.Mutex
	people map[subscriber.ID]subscriber.Subscriber
	taken  map[string]int
	until  map[string]time.Time
	calls  int
	broken error // what the store answers
	mails  []mail.Message
	unsent error // what the sender answers
	now    time.Time
}

func (d *desk) Record(_ context.Context, e subscriber.Event) (subscriber.Result, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.broken != nil {
		return subscriber.Result{}, d.broken
	}
	r := subscriber.DefaultLimits().Apply(d.people[e.ID], e)
	if e.Post.Key != "" && !d.take(e.Post) {
		return subscriber.Result{Outcome: subscriber.Limited, Full: e.Post.Key}, nil
	}
	if r.Mail != subscriber.NoMail {
		for _, c := range e.Mails {
			if !d.take(c) {
				return subscriber.Result{Outcome: subscriber.Limited, Full: c.Key}, nil
			}
		}
	}
	d.people[e.ID] = r.Subscriber
	return r, nil
}

func (d *desk) take(c subscriber.Counter) bool {
	if c.Renews && !d.now.Before(d.until[c.Key]) {
		d.taken[c.Key] = 0
	}
	if d.taken[c.Key] >= c.Max {
		return false
	}
	d.taken[c.Key]++
	d.until[c.Key] = c.Expires
	return true
}

func (d *desk) Take(_ context.Context, c subscriber.Counter, _ time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	return d.take(c), d.broken
}

func (d *desk) Get(_ context.Context, id subscriber.ID) (subscriber.Subscriber, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	p, ok := d.people[id]
	return p, ok, d.broken
}

func (d *desk) Send(_ context.Context, m mail.Message) (string, error) {
	if d.unsent != nil {
		return "", d.unsent
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := m.Bytes(); err != nil {
		return "", err
	}
	d.mails = append(d.mails, m)
	return "id", nil
}

// siteEdition prints the small site.
func siteEdition(t testing.TB) *edition.Edition {
	t.Helper()
	files := sitetest.Files(t, "")
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(files, site, press.Options{Commit: "c0ffee", Gzip: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newDesk(t testing.TB) *desk { return newDeskOf(t, siteEdition(t)) }

func newDeskOf(t testing.TB, e *edition.Edition) *desk {
	t.Helper()
	d := &desk{edition: e, people: map[subscriber.ID]subscriber.Subscriber{}, taken: map[string]int{}, until: map[string]time.Time{}, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	d.keys = subscriber.NewKeys(d.now)
	d.serve(t, d, d)
	return d
}

// serve makes the handler with a store and a sender.
func (d *desk) serve(t testing.TB, store subscription.Store, sender subscription.Sender) {
	limits := subscriber.DefaultLimits()
	if d.limits != nil {
		limits = *d.limits
	}
	current := func() *edition.Edition { return d.edition }
	clock := func() time.Time { return d.now }
	// What is logged is also part of the test's own output, which `make test`
	// searches for addresses and tokens.
	log := slog.New(slog.NewJSONHandler(io.MultiWriter(&d.log, t.Output()), nil))
	ws := web.New(web.Options{Edition: current, BaseURL: "https://news.example.org", Now: clock, Log: log})
	d.handler = ws.Wrap(subscription.New(subscription.Options{
		Site: ws, Edition: current, Store: store, Sender: sender, Keys: d.keys, Limits: limits, Now: clock, Log: log,
		SiteURL: "https://news.example.org", MailFrom: "news@example.org",
	}))
}

func (d *desk) do(method, target, contentType, body, remote string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.RemoteAddr = remote
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

const urlencoded = "application/x-www-form-urlencoded"

// post sends the form; each call comes from another network.
func (d *desk) post(email, action string) *httptest.ResponseRecorder {
	d.mu.Lock()
	n := d.calls
	d.mu.Unlock()
	return d.send(email, action, true, "203.0.113."+strconv.Itoa(n%250)+":1")
}

// send sends the form from a network, as a browser from a page of the site or as
// somebody else.
func (d *desk) send(email, action string, browser bool, remote string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/subscription", strings.NewReader(url.Values{"email": {email}, "action": {action}}.Encode()))
	r.Header.Set("Content-Type", urlencoded)
	if browser {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.RemoteAddr = remote
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

var errDown = errors.New("the store is down")

// regexpLink returns the link to a path in the text of a mail.
func regexpLink(text, path string) string {
	m := regexp.MustCompile(`https://news\.example\.org(` + path + `\?t=[A-Za-z0-9_-]{58})\n`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

func (d *desk) link(t *testing.T, path string) string {
	t.Helper()
	link := regexpLink(d.mails[len(d.mails)-1].Text, path)
	if link == "" {
		t.Fatalf("the newest mail has no link to %s", path)
	}
	return link
}

func (d *desk) status() (all []string) {
	for _, p := range d.people {
		all = append(all, p.Status.String())
	}
	return all
}

// subscribe takes a new address all the way to confirmed.
func (d *desk) subscribe(t *testing.T, email string) {
	t.Helper()
	d.post(email, "subscribe")
	if w := d.do("POST", d.link(t, "/subscription/confirm"), urlencoded, "", "203.0.113.9:1"); w.Code != 200 {
		t.Fatalf("confirm: %d", w.Code)
	}
	d.now = d.now.Add(20 * time.Minute)
}

// syncBuffer is a log that several requests write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
