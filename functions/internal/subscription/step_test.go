package subscription_test

import (
	"html"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// hidden returns the fields that the form of a page sends by itself, with the
// button's.
func hidden(t *testing.T, page string) url.Values {
	t.Helper()
	_, form, _ := strings.Cut(page, `<form method="post" action="/subscription">`)
	form, _, ok := strings.Cut(form, "</form>")
	if !ok {
		t.Fatal("the page has no form")
	}
	fields := url.Values{}
	for _, m := range regexp.MustCompile(`<(?:input type="hidden"|button) name="([a-z]+)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
		fields.Add(m[1], html.UnescapeString(m[2]))
	}
	return fields
}

func (d *desk) plain(fields url.Values, remote string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/subscription", strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", urlencoded)
	r.RemoteAddr = remote
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// TestStepUp: whoever does not come from a page of this site, or fills the field
// that people do not see, presses one more button; only that causes a mail.
func TestStepUp(t *testing.T) {
	for name, trap := range map[string]string{"no Sec-Fetch-Site": "", "the hidden field": "http://spam.example"} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			first := url.Values{"email": {"o'hara+news@example.org"}, "action": {"subscribe"}, "topics": {"drugs"}, "frequency": {"weekly"}}
			if trap != "" {
				first.Set("website", trap)
			}
			w := d.plain(first, "203.0.113.5:1")
			if w.Code != 200 || !strings.Contains(w.Body.String(), "One more click") || len(d.mails)+len(d.people) != 0 {
				t.Fatalf("%d, %d mails, %d people; want the page with one more button and nothing done", w.Code, len(d.mails), len(d.people))
			}
			fields := hidden(t, w.Body.String())
			if w = d.plain(fields, "203.0.113.5:1"); !strings.Contains(w.Body.String(), "One more click") || len(d.mails) != 0 {
				t.Error("pressed at once, it was taken")
			}
			if again := hidden(t, w.Body.String()); again.Encode() != fields.Encode() {
				t.Errorf("pressed at once, the page came back with\n%v\ninstead of\n%v", again, fields)
			}
			d.now = d.now.Add(3 * time.Second)
			for what, spoil := range map[string]func(url.Values) string{
				"another address": func(f url.Values) string { f.Set("email", "victim@example.org"); return "203.0.113.5:1" },
				"another network": func(url.Values) string { return "203.0.113.77:1" },
				"another token":   func(f url.Values) string { f.Set("step", strings.Repeat("A", 58)); return "203.0.113.5:1" },
			} {
				spoilt, _ := url.ParseQuery(fields.Encode())
				from := spoil(spoilt)
				if w := d.plain(spoilt, from); !strings.Contains(w.Body.String(), "One more click") || len(d.mails) != 0 {
					t.Errorf("with %s it was taken", what)
				}
			}
			w = d.plain(fields, "203.0.113.5:1")
			if !strings.Contains(w.Body.String(), "Please look into your mail") || len(d.mails) != 1 || d.mails[0].To != "o'hara+news@example.org" {
				t.Fatalf("after the step: %d mails", len(d.mails))
			}
			for _, p := range d.people {
				if p.Preferences.Frequency != "weekly" || len(p.Preferences.Topics) != 1 {
					t.Errorf("the choices were lost on the way: %+v", p.Preferences)
				}
			}
			// One step, one mail: the cool-down is over, the step is used up.
			d.now = d.now.Add(15 * time.Minute)
			if d.plain(fields, "203.0.113.5:1"); len(d.mails) != 1 {
				t.Errorf("%d mails by one step", len(d.mails))
			}
		})
	}
}

// TestStepCounts: the page with one more button is a post like any other, and
// does not claim anything while the store is down.
func TestStepCounts(t *testing.T) {
	d := newDesk(t)
	form := url.Values{"email": {"jane@example.org"}, "action": {"subscribe"}}
	for i := range 11 {
		if w := d.plain(form, "198.51.100.7:1"); w.Code != map[bool]int{true: 200, false: 429}[i < 10] {
			t.Errorf("post %d: %d", i+1, w.Code)
		}
	}
	d.broken = errDown
	if w := d.plain(form, "198.51.100.8:1"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("with the store down: %d", w.Code)
	}
}
