// Package subscriber is the rules of subscribing: what an address is, who a
// person is, what may happen to a subscription and which mail is due.
//
// It is pure: no clock, no store, no network. Time comes in as an argument and
// what to do comes out as a value. Two stores keep the records; both obey Apply,
// the table of transitions.
//
// Leaving only raises the rank of a status, so that the order and repetition of
// unsubscribes, bounces and complaints do not matter. The only way down is a
// confirmation with a token of the current generation.
package subscriber

import (
	"slices"
	"time"
)

// Status is where a person stands. Its value is its rank: leaving only raises
// it.
type Status uint8

// The statuses by rank.
const (
	None         Status = iota // nothing is known of the person
	Pending                    // asked for, not confirmed
	Confirmed                  // gets the newsletter
	Unsubscribed               // left
	Bounced                    // the mailbox does not exist
	Complained                 // called our mail unwanted, or blocked us
	Erased                     // asked to be forgotten
)

// String returns the status in the words of the product.
func (s Status) String() string {
	if int(s) < len(statusNames()) {
		return statusNames()[s]
	}
	return "unknown"
}

func statusNames() []string {
	return []string{"none", "pending", "confirmed", "unsubscribed", "bounced", "complained", "erased"}
}

// ParseStatus reads what String wrote.
func ParseStatus(name string) (Status, bool) {
	i := slices.Index(statusNames(), name)
	return Status(max(i, 0)), i >= 0
}

// Subscriber is the record of one person.
type Subscriber struct {
	ID         ID
	Status     Status
	Generation uint32 // raised by leaving; confirm and preferences tokens carry it
	Email      string // where mail goes; empty once forgotten

	EmailUntil  time.Time // for people who left and asked again: their address is kept until then
	ConfirmedAt time.Time // of the last confirmation, changed by nothing else
	LeftAt      time.Time // of the last unsubscribe, bounce, complaint or erasure
	Reason      string    // why the address may not be mailed
	Expires     time.Time // of a pending record: from then on it counts as none

	MailedAt   time.Time // of the last mail that the form caused
	MailDay    string    // the UTC day of that mail
	MailCount  int       // how many on that day
	AskedSince time.Time // since when the form was used without a confirmation
	AskedCount int       // how many mails since then

	SoftBounces []string // ids of feedback, each counted once
	Preferences Preferences
	Consent     Consent
	Op          string // id of the last event that changed the record

	Chain Chain `json:",omitzero"` // set by stores, see the package consent
}

// Preferences are a subscriber's choices.
type Preferences struct {
	Topics    []string // none chosen is all
	Frequency string   // article, weekly or monthly
	Language  string
}

// Consent is the evidence that a person wanted the newsletter.
type Consent struct {
	RequestedAt time.Time
	ConfirmedAt time.Time
	Source      string // keyed hash of the network prefix the request came from
	Shown       string // edition whose form and mail the person saw
	Method      string // form or import
	Evidence    string // of an import
}

// pendingLife is how long a request without a confirmation is kept. It is longer
// than the link works, so that the limit of mails in 30 days holds.
const pendingLife = 30 * 24 * time.Hour

// Current returns the record as it counts at an instant: a pending one whose
// time is over is none, and an address that was kept for a while is gone. A
// store may delete such things days later, so every reader asks this.
func (s Subscriber) Current(now time.Time) Subscriber {
	if s.Status == Pending && !s.Expires.IsZero() && !now.Before(s.Expires) {
		return Subscriber{ID: s.ID}
	}
	if !s.EmailUntil.IsZero() && !now.Before(s.EmailUntil) {
		s.Email, s.EmailUntil = "", time.Time{}
	}
	return s
}
