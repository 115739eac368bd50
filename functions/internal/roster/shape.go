package roster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// shape is how one program names its columns and what its words mean.
type shape struct {
	name     string
	has      []string // columns, in small letters, that only this program's lists have together
	email    string
	status   func(get func(string) string) (subscriber.Status, string) // or why not
	since    []string                                                  // columns with the time of confirming, the first that is filled counts
	left     []string                                                  // and of leaving
	evidence []string                                                  // columns that tell of consent
}

const neverConfirmed = "was never confirmed; the person has to ask anew"

// words gives the status that a column's words mean.
func words(column string, meaning map[string]subscriber.Status) func(func(string) string) (subscriber.Status, string) {
	return func(get func(string) string) (subscriber.Status, string) {
		word := strings.ToLower(get(column))
		status, ok := meaning[word]
		switch {
		case !ok:
			return subscriber.None, fmt.Sprintf("%s is %q, whose meaning is not known", column, word)
		case status == subscriber.Pending:
			return subscriber.None, neverConfirmed
		}
		return status, ""
	}
}

// shapes are tried in turn: the most special first.
func shapes() []shape {
	return []shape{
		{
			name: "broadsheet", has: []string{"id", "email", "status", "confirmed_at", "left_at"}, email: "email", since: []string{"confirmed_at"}, left: []string{"left_at"}, evidence: []string{"consent"},
			status: words("status", map[string]subscriber.Status{"confirmed": subscriber.Confirmed, "pending": subscriber.Pending, "unsubscribed": subscriber.Unsubscribed, "bounced": subscriber.Bounced, "complained": subscriber.Complained, "erased": subscriber.Unsubscribed}),
		},
		{ // Audience, Export; a file each for subscribed, unsubscribed and cleaned
			name: "mailchimp", has: []string{"email address", "optin_time", "leid"}, email: "email address", since: []string{"confirm_time", "optin_time"}, left: []string{"unsub_time", "clean_time"}, evidence: []string{"confirm_time", "optin_time"},
			status: func(get func(string) string) (subscriber.Status, string) {
				switch {
				case get("clean_time") != "":
					return subscriber.Bounced, ""
				case get("unsub_time") != "":
					return subscriber.Unsubscribed, ""
				case get("confirm_time") == "" && get("optin_time") == "":
					return subscriber.None, "has no time of opting in; " + neverConfirmed
				}
				return subscriber.Confirmed, ""
			},
		},
		{ // Subscribers, Export
			name: "listmonk", has: []string{"uuid", "email", "attributes", "status"}, email: "email", since: []string{"created_at"}, left: []string{"updated_at"}, evidence: []string{"created_at"},
			status: words("status", map[string]subscriber.Status{"enabled": subscriber.Confirmed, "disabled": subscriber.Unsubscribed, "blocklisted": subscriber.Complained}),
		},
		{ // Contacts, Export
			name: "keila", has: []string{"email", "first name", "last name", "data", "status"}, email: "email",
			status: words("status", map[string]subscriber.Status{"active": subscriber.Confirmed, "unsubscribed": subscriber.Unsubscribed, "unreachable": subscriber.Bounced}),
		},
		{ // Members, Export
			name: "ghost", has: []string{"email", "subscribed_to_emails", "created_at"}, email: "email", since: []string{"created_at"}, left: []string{"deleted_at"}, evidence: []string{"created_at"},
			status: words("subscribed_to_emails", map[string]subscriber.Status{"true": subscriber.Confirmed, "false": subscriber.Unsubscribed}),
		},
		buttondown("email", "subscriber_type"), buttondown("email", "type"), buttondown("email_address", "subscriber_type"), buttondown("email_address", "type"),
	}
}

// buttondown is the list of Buttondown, which has changed the names of its
// columns.
func buttondown(email, kind string) shape {
	return shape{
		name: "buttondown", has: []string{email, kind, "creation_date"}, email: email, since: []string{"creation_date"}, left: []string{"unsubscription_date"}, evidence: []string{"creation_date", "source"},
		status: words(kind, map[string]subscriber.Status{
			"regular": subscriber.Confirmed, "premium": subscriber.Confirmed, "gifted": subscriber.Confirmed, "trialed": subscriber.Confirmed, "past_due": subscriber.Confirmed, "churned": subscriber.Confirmed, "churning": subscriber.Confirmed,
			"unactivated": subscriber.Pending, "upcoming": subscriber.Pending, "unsubscribed": subscriber.Unsubscribed, "removed": subscriber.Unsubscribed, "undeliverable": subscriber.Bounced,
			"complained": subscriber.Complained, "spammy": subscriber.Complained, "blocked": subscriber.Complained,
		}),
	}
}

// shapeOf finds out whose list has such columns.
func shapeOf(header []string) (shape, error) {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.ToLower(strings.TrimSpace(h))
	}
	for _, s := range shapes() {
		if !slices.ContainsFunc(s.has, func(name string) bool { return !slices.Contains(names, name) }) {
			return s, nil
		}
	}
	return shape{}, fmt.Errorf("the columns %s are those of no list that is known: Mailchimp, listmonk, Keila, Ghost, Buttondown or Broadsheet; for another list name the columns email, status, confirmed_at, left_at and id", strings.Join(header, ", "))
}

func (s shape) row(header, fields []string) Row {
	get := func(name string) string {
		for i, h := range header {
			if i < len(fields) && strings.EqualFold(strings.TrimSpace(h), name) {
				return strings.TrimSpace(fields[i])
			}
		}
		return ""
	}
	r := Row{Fields: fields}
	if len(fields) != len(header) {
		r.Refused = fmt.Sprintf("has %d values, the first line has %d", len(fields), len(header))
		return r
	}
	var err error
	if r.Address, err = subscriber.ParseAddress(unprotected(get(s.email))); err != nil {
		r.Refused = err.Error()
		return r
	}
	if r.Status, r.Refused = s.status(get); r.Refused != "" {
		return r
	}
	columns := s.left
	if r.Status == subscriber.Confirmed {
		columns = s.since
		r.Evidence = s.proof(get)
	}
	r.At, r.Refused = firstTime(get, columns)
	return r
}

// unprotected undoes what keeps a spreadsheet from taking a text for a formula.
func unprotected(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@", rune(s[1])) {
		return s[1:]
	}
	return s
}

// proof writes what a list says of consent, without network addresses.
func (s shape) proof(get func(string) string) string {
	said := []string{"list of " + s.name}
	for _, column := range s.evidence {
		if v := get(column); v != "" {
			said = append(said, column+" "+v)
		}
	}
	return strings.Join(said, ", ")
}

// firstTime reads the first column that is filled.
func firstTime(get func(string) string, columns []string) (t time.Time, refused string) {
	for _, column := range columns {
		text := get(column)
		if text == "" {
			continue
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 -0700 MST", time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				return t.UTC(), ""
			}
		}
		return time.Time{}, fmt.Sprintf("%s is %q; write it as 2026-01-31 12:00:00", column, text)
	}
	return time.Time{}, ""
}
