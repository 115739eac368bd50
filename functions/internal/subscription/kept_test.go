package subscription_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTypedIsKept: whatever hinders the form, the answer keeps what was chosen and
// has the number of the request. A form to be mended keeps the address, escaped;
// an error page shows none.
func TestTypedIsKept(t *testing.T) {
	const odd = `o"<b>@example.org`
	send := func(d *desk, email, action string) (int, string) {
		w := d.do("POST", "/subscription", urlencoded, url.Values{"email": {email}, "action": {action}, "topics": {"aeo"}}.Encode(), "203.0.113.77:1")
		return w.Code, w.Body.String()
	}
	full := newDesk(t)
	for range 10 {
		send(full, "jane@example.org", "subscribe")
	}
	down := newDesk(t)
	down.broken = errors.New("the store is down")
	for _, c := range []struct {
		desk          *desk
		email, action string
		status        int
	}{
		{full, "o'hara@example.org", "subscribe", http.StatusTooManyRequests},
		{down, "o'hara@example.org", "unsubscribe", http.StatusServiceUnavailable},
		{newDesk(t), odd, "subscribe", http.StatusUnprocessableEntity},
		{newDesk(t), "jane@example.org", "", http.StatusUnprocessableEntity},
	} {
		code, page := send(c.desk, c.email, c.action)
		if code != c.status {
			t.Errorf("%s, %q: %d, want %d", c.email, c.action, code, c.status)
		}
		kept := strings.NewReplacer("'", "&#39;", `"`, "&#34;", "<", "&lt;", ">", "&gt;").Replace(c.email)
		mend := code == http.StatusUnprocessableEntity
		if strings.Contains(page, `value="`+kept+`"`) != mend || !mend && strings.Contains(page, "hara") || strings.Contains(page, odd) {
			t.Errorf("the page of %d: keeps %s is to be %t", code, c.email, mend)
		}
		if !strings.Contains(page, "name the number ") || strings.Contains(page, "name the number .") {
			t.Errorf("the page of %d has no number", code)
		}
		if strings.Count(page, `name="topics" value="aeo"`) == 0 {
			t.Errorf("the page of %d forgets the topic", code)
		}
	}
}
