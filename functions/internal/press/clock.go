package press

import "time"

// clock is the instant a site is printed for. Whatever depends on
// time asks reached instead of reading it, and the press thereby learns at which later
// instants the site changes. Between two of them all answers of reached are the
// same, so is every page.
type clock struct {
	at   time.Time
	next time.Time // the first instant after at that was asked for; zero: none
}

// reached tells whether an instant has come.
func (c *clock) reached(t time.Time) bool {
	t = t.Truncate(time.Second) // the resolution of an edition
	if !t.After(c.at) {
		return true
	}
	if c.next.IsZero() || t.Before(c.next) {
		c.next = t
	}
	return false
}
