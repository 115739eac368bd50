package subscription_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
)

const prefs = "/subscription/preferences"

// choosing returns a desk with one subscriber and the link to the choices that
// was mailed to them.
func choosing(t *testing.T) (*desk, string) {
	t.Helper()
	d := newDesk(t)
	d.subscribe(t, "Jane@example.org")
	d.post("jane@example.org", "preferences")
	if len(d.mails) != 2 || !strings.Contains(d.mails[1].Subject, "Your choices") {
		t.Fatal("no mail with a link to the choices")
	}
	return d, d.link(t, prefs)
}

func (d *desk) only(t *testing.T) subscriber.Subscriber {
	t.Helper()
	for _, p := range d.people {
		return p
	}
	t.Fatal("nobody is there")
	return subscriber.Subscriber{}
}

// TestAskingForChoices: only a subscriber is mailed; the form's subscribe button
// does the same for one.
func TestAskingForChoices(t *testing.T) {
	d := newDesk(t)
	d.post("jane@example.org", "preferences")
	if len(d.mails) != 0 || len(d.people) != 0 && d.only(t).Status != subscriber.None {
		t.Errorf("%d mails to a stranger", len(d.mails))
	}
	d.subscribe(t, "jane@example.org")
	d.post("jane@example.org", "subscribe")
	if len(d.mails) != 2 || !strings.Contains(d.mails[1].Subject, "already subscribed") {
		t.Fatalf("%d mails; want one that says it is subscribed already", len(d.mails))
	}
	for _, path := range []string{prefs, "/subscription/unsubscribe", "/subscription/block"} {
		if w := d.do("GET", d.link(t, path), "", "", "203.0.113.9:1"); w.Code != 200 {
			t.Errorf("the mail's link to %s: %d", path, w.Code)
		}
	}
	d.now = d.now.Add(23 * time.Hour)
	if d.post("jane@example.org", "subscribe"); len(d.mails) != 2 {
		t.Error("two such mails in a day")
	}
}

func TestChoosing(t *testing.T) {
	d, link := choosing(t)
	page := d.do("GET", link, "", "", "203.0.113.9:1")
	for _, want := range []string{"Your choices", "Jane@example.org", `name="frequency" value="article" checked`, `value="drugs" >`} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("GET %d lacks %q", page.Code, want)
		}
	}
	saved := d.do("POST", link, urlencoded, "action=save&topics=drugs&topics=aeo&topics=drugs&frequency=monthly", "203.0.113.9:1")
	for _, want := range []string{"Your choices are kept", `role="status"`, `name="frequency" value="monthly" checked`, `value="drugs" checked`, `name="frequency" value="article" >`} {
		if !strings.Contains(saved.Body.String(), want) {
			t.Errorf("saved %d lacks %q", saved.Code, want)
		}
	}
	if got, want := d.only(t).Preferences, (subscriber.Preferences{Topics: []string{"aeo", "drugs"}, Frequency: "monthly"}); !cmp.Equal(got, want) {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	d.now = d.now.Add(25 * time.Hour)
	if w := d.do("GET", link, "", "", "203.0.113.9:1"); w.Code != 404 {
		t.Errorf("the link after a day: %d", w.Code)
	}
}

// TestBadChoices: every refusal says what and how, keeps what was chosen, and
// changes nothing.
func TestBadChoices(t *testing.T) {
	d, link := choosing(t)
	before := d.only(t)
	for name, c := range map[string]struct {
		body   string
		status int
		has    []string
	}{
		"topic":     {"action=save&topics=drugs&topics=gossip&frequency=weekly", 422, []string{`role="alert"`, `<a href="#topics">`, `value="drugs" checked`, `value="weekly" checked`}},
		"frequency": {"action=save&frequency=hourly", 422, []string{`<a href="#frequency">`}},
		"language":  {"action=save&lang=xx", 422, []string{"no mail in that language"}},
		"erase":     {"action=erase&topics=drugs&frequency=weekly", 422, []string{`<a href="#sure">`, `aria-invalid="true"`, `value="drugs" checked`}},
		"no button": {"topics=drugs&frequency=weekly", 422, []string{`<a href="#save">`, "without one of its buttons", `value="drugs" checked`}},
		"too large": {"action=save&x=" + strings.Repeat("a", 5000), 413, nil},
	} {
		w := d.do("POST", link, urlencoded, c.body, "203.0.113.9:1")
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
		for _, want := range c.has {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
	if w := d.do("POST", link, "application/json", "{}", "203.0.113.9:1"); w.Code != 415 {
		t.Errorf("JSON: %d", w.Code)
	}
	if !cmp.Equal(d.only(t), before) {
		t.Errorf("a refusal changed\n%s", cmp.Diff(before, d.only(t)))
	}
}

func TestExport(t *testing.T) {
	d, link := choosing(t)
	w := d.do("POST", link, urlencoded, "action=export", "203.0.113.9:1")
	var got subscription.Record
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("%d, %v", w.Code, err)
	}
	if got.Email != "Jane@example.org" || got.Status != "confirmed" || got.Consent == nil || !strings.Contains(got.Consent.FormText, "You confirm once") || got.Consent.MailText == "" {
		t.Errorf("%+v", got)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Content-Disposition": `attachment; filename="subscription.json"`, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if w.Header().Get(name) != want {
			t.Errorf("%s: %q", name, w.Header().Get(name))
		}
	}
}

// TestErase: nothing that names the person is left, the link is dead, and
// pressing twice is as good as once.
func TestErase(t *testing.T) {
	d, link := choosing(t)
	for range 2 {
		if w := d.do("POST", link, urlencoded, "action=erase&sure=yes", "203.0.113.9:1"); w.Code != 200 || !strings.Contains(w.Body.String(), "Your data is erased") {
			t.Errorf("erase: %d", w.Code)
		}
	}
	p := d.only(t)
	if p.Status != subscriber.Erased || p.Email != "" || p.Consent != (subscriber.Consent{}) || p.Generation != 1 {
		t.Errorf("left over: %+v", p)
	}
	for _, body := range []string{"action=save&frequency=weekly", "action=export"} {
		if w := d.do("POST", link, urlencoded, body, "203.0.113.9:1"); w.Code != 404 {
			t.Errorf("%s after the erasure: %d", body, w.Code)
		}
	}
}

func TestLeaveFromChoices(t *testing.T) {
	d, link := choosing(t)
	for range 2 {
		if w := d.do("POST", link, urlencoded, "action=unsubscribe", "203.0.113.9:1"); w.Code != 200 {
			t.Errorf("unsubscribe: %d", w.Code)
		}
	}
	if d.only(t).Status != subscriber.Unsubscribed {
		t.Error("still subscribed")
	}
}

// TestChoicesHoldOneAnswer: every link that does not work gets the page that all
// of them get.
func TestChoicesHoldOneAnswer(t *testing.T) {
	d, link := choosing(t)
	confirm := regexpLink(d.mails[0].Text, "/subscription/confirm")
	other := strings.Replace(confirm, "/subscription/confirm", prefs, 1)
	stranger := prefs + "?t=" + d.keys.SignFor(subscriber.PurposePreferences, subscriber.Subscriber{ID: subscriber.ID{7}}, d.now)
	old := prefs + "?t=" + d.keys.SignFor(subscriber.PurposePreferences, subscriber.Subscriber{ID: d.only(t).ID, Generation: 5}, d.now)
	var bodies []string
	for _, target := range []string{prefs, prefs + "?t=", prefs + "?t=nonsense", link[:len(link)-1] + "!", other, stranger, old} {
		for _, method := range []string{"GET", "POST"} {
			w := d.do(method, target, urlencoded, "action=save&frequency=weekly", "203.0.113.9:1")
			if w.Code != 404 {
				t.Errorf("%s %s…: %d", method, target[:len(prefs)], w.Code)
			}
			// The number of the request is all that may differ.
			id := regexp.MustCompile(`name the number ([a-z0-9]+)\.`).FindStringSubmatch(w.Body.String())
			if id == nil || !strings.Contains(d.log.String(), id[1]) {
				t.Fatalf("%s %s…: the page has no number that the log has", method, target[:len(prefs)])
			}
			bodies = append(bodies, strings.ReplaceAll(w.Body.String(), id[1], "id"))
		}
	}
	if slices.Sort(bodies); len(slices.Compact(bodies)) != 1 {
		t.Error("there are several answers")
	}
	d.broken = errDown
	for _, method := range []string{"GET", "POST"} {
		if w := d.do(method, link, urlencoded, url.Values{"action": {"save"}}.Encode(), "203.0.113.9:1"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s with the store down: %d", method, w.Code)
		}
	}
}
