package subscription_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
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
	log     bytes.Buffer

	mu     sync.Mutex
	people map[subscriber.ID]subscriber.Subscriber
	taken  map[string]int
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
	d.taken[c.Key]++
	return d.taken[c.Key] <= c.Max
}

func (d *desk) Take(_ context.Context, c subscriber.Counter, _ time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	d.taken[c.Key]++
	return d.taken[c.Key] <= c.Max, d.broken
}

func (d *desk) Send(_ context.Context, m mail.Message) (string, error) {
	if d.unsent != nil {
		return "", d.unsent
	}
	if _, err := m.Bytes(); err != nil {
		return "", err
	}
	d.mails = append(d.mails, m)
	return "id", nil
}

func newDesk(t *testing.T) *desk {
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
	d := &desk{edition: e, people: map[subscriber.ID]subscriber.Subscriber{}, taken: map[string]int{}, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	current := func() *edition.Edition { return e }
	clock := func() time.Time { return d.now }
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	ws := web.New(web.Options{Edition: current, BaseURL: "https://news.example.org", Now: clock, Log: log})
	d.handler = ws.Wrap(subscription.New(subscription.Options{
		Site: ws, Edition: current, Store: d, Sender: d, Keys: subscriber.NewKeys(d.now), Limits: subscriber.DefaultLimits(), Now: clock, Log: log,
		SiteURL: "https://news.example.org", MailFrom: "news@example.org",
	}))
	return d
}

func (d *desk) do(method, target, contentType, body, remote string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
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
	return d.do("POST", "/subscription", urlencoded, url.Values{"email": {email}, "action": {action}}.Encode(), "203.0.113."+string(rune('0'+n%10))+":1")
}

func (d *desk) link(t *testing.T, path string) string {
	t.Helper()
	m := regexp.MustCompile(`https://news\.example\.org(` + path + `\?t=[A-Za-z0-9_-]{58})\n`).FindStringSubmatch(d.mails[len(d.mails)-1].Text)
	if m == nil {
		t.Fatalf("the newest mail has no link to %s", path)
	}
	return m[1]
}

func (d *desk) status() (all []string) {
	for _, p := range d.people {
		all = append(all, p.Status.String())
	}
	return all
}

// TestNeutral: the answer, its header names and the number of calls to the store
// are the same whoever asks.
func TestNeutral(t *testing.T) {
	for _, action := range []string{"subscribe", "unsubscribe"} {
		d := newDesk(t)
		prepare := func(email string, path string) {
			d.post(email, "subscribe")
			for _, p := range []string{"/subscription/confirm", path} {
				if p != "" && d.do("POST", d.link(t, p), urlencoded, "", "203.0.113.9:1").Code != 200 && p == path {
					t.Fatalf("%s: %s did not work", email, p)
				}
			}
			d.now = d.now.Add(48 * time.Hour)
		}
		d.post("pending@example.org", "subscribe")
		prepare("confirmed@example.org", "")
		prepare("blocked@example.org", "/subscription/block")
		var first *httptest.ResponseRecorder
		for _, email := range []string{"new@example.org", "pending@example.org", "confirmed@example.org", "blocked@example.org"} {
			before := d.calls
			w := d.post(email, action)
			if d.calls-before != 1 {
				t.Errorf("%s %s: %d calls to the store, want 1", action, email, d.calls-before)
			}
			if first == nil {
				first = w
				continue
			}
			if w.Code != first.Code || w.Body.String() != first.Body.String() || len(w.Header()) != len(first.Header()) {
				t.Errorf("%s %s: another answer than a new address gets", action, email)
			}
		}
	}
}

// TestGetChangesNothing: mail scanners follow links.
func TestGetChangesNothing(t *testing.T) {
	d := newDesk(t)
	d.post("jane@example.org", "subscribe")
	calls := d.calls
	for _, path := range []string{"/subscription/confirm", "/subscription/block"} {
		for _, method := range []string{"GET", "HEAD"} {
			if w := d.do(method, d.link(t, path), "", "", "203.0.113.9:1"); w.Code != 200 {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	if d.calls != calls {
		t.Errorf("%d calls to the store by GET and HEAD", d.calls-calls)
	}
	if got := d.status(); !slices.Equal(got, []string{"pending"}) {
		t.Errorf("status %v, want pending still", got)
	}
}

// TestCooldown: one mail in ten minutes, and the links of both mails work.
func TestCooldown(t *testing.T) {
	d := newDesk(t)
	for range 5 {
		d.post("jane@example.org", "subscribe")
	}
	if len(d.mails) != 1 {
		t.Errorf("%d mails in the cool-down, want 1", len(d.mails))
	}
	first := d.link(t, "/subscription/confirm")
	d.now = d.now.Add(11 * time.Minute)
	d.post("jane@example.org", "subscribe")
	if len(d.mails) != 2 {
		t.Errorf("%d mails after the cool-down, want 2", len(d.mails))
	}
	if w := d.do("POST", first, urlencoded, "", "203.0.113.9:1"); w.Code != 200 {
		t.Errorf("the first mail's link answers %d", w.Code)
	}
	if w := d.do("POST", d.link(t, "/subscription/confirm"), urlencoded, "", "203.0.113.9:1"); w.Code != 200 {
		t.Errorf("the second mail's link answers %d", w.Code)
	}
}

func TestSourceLimit(t *testing.T) {
	d := newDesk(t)
	for i := range 11 {
		w := d.do("POST", "/subscription", urlencoded, "email=jane@example.org&action=subscribe", "[2001:db8:0:1::5]:1")
		want := 200
		if i == 10 {
			want = 429
		}
		if w.Code != want {
			t.Errorf("post %d of one source: %d, want %d", i+1, w.Code, want)
		}
		if want == 429 && (w.Header().Get("Retry-After") != "600" || !strings.Contains(w.Body.String(), "Too many requests")) {
			t.Errorf("429 with Retry-After %q", w.Header().Get("Retry-After"))
		}
	}
}

// TestBadForms: every refusal says why, keeps what was typed and changes nothing.
func TestBadForms(t *testing.T) {
	var several bytes.Buffer
	m := multipart.NewWriter(&several)
	_ = m.WriteField("email", "jane@example.org")
	_ = m.WriteField("action", "subscribe")
	_ = m.Close()
	for name, test := range map[string]struct {
		contentType, body string
		status            int
		has               string
	}{
		"multipart":        {m.FormDataContentType(), several.String(), 200, "Please look into your mail"},
		"empty":            {urlencoded, "", 422, "Something is missing"},
		"no address":       {urlencoded, "action=subscribe", 422, "There is no address"},
		"no action":        {urlencoded, "email=jane@example.org", 422, "Something is missing"},
		"unknown action":   {urlencoded, "email=jane@example.org&action=delete", 422, "Something is missing"},
		"bad address":      {urlencoded, "action=subscribe&email=j%40%22%3E%3Cscript%3E", 422, `value="j@&#34;&gt;&lt;script&gt;"`},
		"over 4 KiB":       {urlencoded, "action=subscribe&email=" + strings.Repeat("a", 5000), 413, "Too much was sent"},
		"JSON":             {"application/json", `{}`, 415, "Sent in a form we do not read"},
		"no content type":  {"", "email=a", 415, "Sent in a form we do not read"},
		"broken escapes":   {urlencoded, "email=%zz&action=subscribe", 400, "That request cannot be read"},
		"broken multipart": {"multipart/form-data; boundary=x", "nothing", 400, "That request cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			w := d.do("POST", "/subscription", test.contentType, test.body, "203.0.113.9:1")
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.has) {
				t.Errorf("%d, want %d with %q", w.Code, test.status, test.has)
			}
			if test.status != 200 && len(d.people)+len(d.mails) != 0 {
				t.Errorf("%d people and %d mails after a refusal", len(d.people), len(d.mails))
			}
			if strings.Contains(d.log.String(), "jane@") || strings.Contains(d.log.String(), "<script") {
				t.Errorf("the log quotes the form:\n%s", d.log.String())
			}
		})
	}
}

func TestCrossSite(t *testing.T) {
	d := newDesk(t)
	for origin, want := range map[string]int{"https://evil.example": 403, "https://news.example.org": 200} {
		r := httptest.NewRequest("POST", "/subscription", strings.NewReader("email=jane@example.org&action=subscribe"))
		r.Header.Set("Content-Type", urlencoded)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %s: %d, want %d", origin, w.Code, want)
		}
	}
}

// TestEveryReasonHasItsText: the page about a wrong address says which of the
// reasons it is.
func TestEveryReasonHasItsText(t *testing.T) {
	b, ok := newDesk(t).edition.Blank("subscription/invalid", time.Now())
	if !ok {
		t.Fatal("the page is missing")
	}
	for _, r := range subscriber.Reasons() {
		if !slices.Contains(b.Names(), string(r)) {
			t.Errorf("strings/en.yaml has no address.%s", r)
		}
	}
}

func TestStoreDown(t *testing.T) {
	d := newDesk(t)
	d.post("jane@example.org", "subscribe")
	confirm := d.link(t, "/subscription/confirm")
	d.broken = errors.New("the store is down")
	for name, w := range map[string]*httptest.ResponseRecorder{
		"form": d.post("jane@example.org", "subscribe"), "link": d.do("POST", confirm, urlencoded, "", "203.0.113.9:1"),
	} {
		if w.Code != 503 || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), "The newsletter is resting") {
			t.Errorf("%s: %d, Retry-After %q", name, w.Code, w.Header().Get("Retry-After"))
		}
	}
}

// TestMailDown: the answer stays the same, or it would tell that the address is
// one that gets mail; the log names nobody.
func TestMailDown(t *testing.T) {
	d := newDesk(t)
	d.unsent = errors.New("the mail service is down")
	if w := d.post("jane@example.org", "subscribe"); w.Code != 200 {
		t.Errorf("%d, want 200", w.Code)
	}
	if !strings.Contains(d.log.String(), "the mail service is down") || strings.Contains(d.log.String(), "jane") {
		t.Errorf("the log:\n%s", d.log.String())
	}
}

// TestConsent: the record says when and how, and which edition was shown.
func TestConsent(t *testing.T) {
	d := newDesk(t)
	d.post("Jane@example.org", "subscribe")
	d.now = d.now.Add(time.Minute)
	d.do("POST", d.link(t, "/subscription/confirm"), urlencoded, "", "203.0.113.9:1")
	for _, p := range d.people {
		if p.Status != subscriber.Confirmed || p.Email != "Jane@example.org" || p.Consent.Method != "form" || p.Consent.Shown != "c0ffee/"+d.edition.Hash() ||
			p.Consent.ConfirmedAt.Sub(p.Consent.RequestedAt) != time.Minute || len(p.Consent.Source) != 32 {
			t.Errorf("%+v", p)
		}
	}
}

// TestMailHoldsNothingOfTheRequest but the address in To.
func TestMailHoldsNothingOfTheRequest(t *testing.T) {
	d := newDesk(t)
	d.do("POST", "/subscription", urlencoded, "email=jane@example.org&action=subscribe&topics=EVIL&lang=EVIL&name=EVIL", "203.0.113.9:1")
	if len(d.mails) != 1 {
		t.Fatal("no mail")
	}
	raw, err := d.mails[0].Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "EVIL") || strings.Count(string(raw), "jane@example.org") != 1 {
		t.Error("the mail repeats the request")
	}
}
