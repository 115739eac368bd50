package subscription_test

import (
	"bytes"
	"errors"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
)

// kinds are the people that an address may belong to.
func (d *desk) kinds(t *testing.T) []string {
	d.post("pending@example.org", "subscribe")
	d.now = d.now.Add(time.Hour)
	d.subscribe(t, "confirmed@example.org")
	d.subscribe(t, "unsubscribed@example.org")
	d.post("unsubscribed@example.org", "unsubscribe")
	d.do("POST", d.link(t, "/subscription/unsubscribe"), urlencoded, "", "203.0.113.9:1")
	d.subscribe(t, "suppressed@example.org")
	d.post("suppressed@example.org", "unsubscribe")
	d.do("POST", d.link(t, "/subscription/block"), urlencoded, "", "203.0.113.9:1")
	d.now = d.now.Add(48 * time.Hour)
	return []string{"new@example.org", "pending@example.org", "confirmed@example.org", "unsubscribed@example.org", "suppressed@example.org"}
}

// TestNeutral: the answer, its header names and the number of calls to the store
// are the same whoever asks, with the step between and without.
func TestNeutral(t *testing.T) {
	for _, action := range []string{"subscribe", "unsubscribe", "preferences"} {
		for _, browser := range []bool{true, false} {
			d := newDesk(t)
			var first *httptest.ResponseRecorder
			for i, email := range d.kinds(t) {
				before := d.calls
				w := d.send(email, action, browser, "203.0.113.5:"+strconv.Itoa(i))
				if d.calls-before != 1 {
					t.Errorf("%s %s: %d calls to the store, want 1", action, email, d.calls-before)
				}
				body := strings.ReplaceAll(w.Body.String(), email, "")
				body = regexp.MustCompile(`[A-Za-z0-9_-]{58}`).ReplaceAllString(body, "token")
				w.Body = bytes.NewBufferString(body)
				if first == nil {
					first = w
					continue
				}
				names := func(w *httptest.ResponseRecorder) []string { return slices.Sorted(maps.Keys(w.Header())) }
				if w.Code != 200 || first.Code != 200 || body != first.Body.String() || !slices.Equal(names(w), names(first)) {
					t.Errorf("%s %s: another answer than a new address gets", action, email)
				}
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

// TestSourceLimitHasNoEdge: wherever ten minutes begin, midnight included, ten
// posts of one source are taken and no more; after ten minutes of rest all ten.
func TestSourceLimitHasNoEdge(t *testing.T) {
	d := newDesk(t)
	d.now = time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
	for i, rest := range []time.Duration{0, 2 * time.Minute, 7 * time.Minute, 10 * time.Minute} {
		d.now = d.now.Add(rest)
		taken := 0
		for range 12 {
			if d.send("jane@example.org", "subscribe", true, "203.0.113.5:1").Code == 200 {
				taken++
			}
		}
		if want := []int{10, 0, 0, 10}[i]; taken != want {
			t.Errorf("%v: %d posts are taken, want %d", d.now, taken, want)
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
		"multipart":         {m.FormDataContentType(), several.String(), 200, "Please look into your mail"},
		"empty":             {urlencoded, "", 422, "There is no address"},
		"no address":        {urlencoded, "action=subscribe", 422, "There is no address"},
		"no action":         {urlencoded, "email=jane@example.org", 422, "without one of its buttons"},
		"keeps the address": {urlencoded, "email=jane@example.org&topics=drugs", 422, `value="jane@example.org"`},
		"unknown topic":     {urlencoded, "action=subscribe&email=jane@example.org&topics=drugs&topics=gossip&frequency=weekly", 422, "One of the topics is not on the list"},
		"keeps the topics":  {urlencoded, "action=subscribe&email=jane@example.org&topics=drugs&topics=gossip&frequency=weekly", 422, `value="drugs" checked`},
		"keeps the choice":  {urlencoded, "action=subscribe&email=jane&topics=drugs&frequency=weekly", 422, `<input type="hidden" name="topics" value="drugs"><input type="hidden" name="frequency" value="weekly">`},
		"other frequency":   {urlencoded, "action=subscribe&email=jane@example.org&frequency=hourly", 422, "Choose one of the ways to be mailed"},
		"other language":    {urlencoded, "action=subscribe&email=jane@example.org&lang=tlh", 422, "no mail in that language"},
		"unknown action":    {urlencoded, "email=jane@example.org&action=delete", 422, "without one of its buttons"},
		"bad address":       {urlencoded, "action=subscribe&email=j%40%22%3E%3Cscript%3E", 422, `value="j@&#34;&gt;&lt;script&gt;"`},
		"over 4 KiB":        {urlencoded, "action=subscribe&email=" + strings.Repeat("a", 5000), 413, "Too much was sent"},
		"JSON":              {"application/json", `{}`, 415, "Sent in a form we do not read"},
		"no content type":   {"", "email=a", 415, "Sent in a form we do not read"},
		"broken escapes":    {urlencoded, "email=%zz&action=subscribe", 400, "That request cannot be read"},
		"broken multipart":  {"multipart/form-data; boundary=x", "nothing", 400, "That request cannot be read"},
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

// TestMethods: asking which methods there are changes nothing, and what is not
// among them is told so.
func TestMethods(t *testing.T) {
	d := newDesk(t)
	for path, allow := range map[string]string{
		"/subscription": "OPTIONS, POST", "/subscription/confirm": "GET, HEAD, OPTIONS, POST", "/subscription/unsubscribe": "GET, HEAD, OPTIONS, POST",
		"/subscription/block": "GET, HEAD, OPTIONS, POST", "/subscription/preferences": "GET, HEAD, OPTIONS, POST",
	} {
		for method, status := range map[string]int{"OPTIONS": 204, "PUT": 405, "DELETE": 405} {
			w := d.do(method, path, "", "", "203.0.113.9:1")
			if w.Code != status || w.Header().Get("Allow") != allow || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %d, Allow %q", method, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	if d.calls != 0 {
		t.Errorf("%d calls to the store", d.calls)
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
	d.broken = errDown
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

// TestConsent: the record says when and how, and names the very words that were
// shown, so that an edition which has them gives them back.
func TestConsent(t *testing.T) {
	d := newDesk(t)
	d.post("Jane@example.org", "subscribe")
	d.now = d.now.Add(time.Minute)
	d.do("POST", d.link(t, "/subscription/confirm"), urlencoded, "", "203.0.113.9:1")
	for _, p := range d.people {
		c := p.Consent
		if p.Status != subscriber.Confirmed || p.Email != "Jane@example.org" || c.Method != "form" || c.ConfirmedAt.Sub(c.RequestedAt) != time.Minute || len(c.Source) != 32 {
			t.Errorf("%+v", p)
		}
		w, ok := subscription.WordingShown(d.edition, c.Shown, d.now)
		if !ok || w.Commit != "c0ffee" || !strings.Contains(w.Form, "You confirm once") || !strings.Contains(w.Mail, "Please confirm your subscription") {
			t.Errorf("%q was shown: %v, %+v", c.Shown, ok, w)
		}
		sent := d.mails[0].Subject + "\n\n" + d.mails[0].Text
		links := regexp.MustCompile(`https://\S+\?t=\S+`)
		if got := links.ReplaceAllString(sent, "(link)"); got != w.Mail {
			t.Errorf("the mail was\n%s\nthe wording says\n%s", got, w.Mail)
		}
		if _, ok := subscription.WordingShown(d.edition, strings.Replace(c.Shown, "mail=", "mail=0", 1), d.now); ok {
			t.Error("an edition gave words that it does not have")
		}
	}
}

// TestMailHoldsNothingOfTheRequest but the address in To.
func TestMailHoldsNothingOfTheRequest(t *testing.T) {
	d := newDesk(t)
	d.do("POST", "/subscription", urlencoded, "email=jane@example.org&action=subscribe&topics=drugs&frequency=weekly&name=EVIL", "203.0.113.9:1")
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
