package subscription

import (
	"time"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/subscriber"
)

// Record is a subscriber as exports have it, of operators and of the person's
// own.
type Record struct {
	ID          string         `json:"id"`
	Email       string         `json:"email,omitempty"`
	Status      string         `json:"status"`
	Reason      string         `json:"reason,omitempty"`
	ConfirmedAt time.Time      `json:"confirmed_at,omitzero"`
	LeftAt      time.Time      `json:"left_at,omitzero"`
	MailedAt    time.Time      `json:"mailed_at,omitzero"` // the last mail that the form caused
	Topics      []string       `json:"topics,omitempty"`   // none is all
	Frequency   string         `json:"frequency,omitempty"`
	Language    string         `json:"language,omitempty"`
	Consent     *RecordConsent `json:"consent,omitempty"`
	Ledger      *RecordLedger  `json:"ledger,omitempty"`
}

// RecordLedger is where the person stands in the ledger of consent. Who has kept
// it can tell later whether their entries were written anew.
type RecordLedger struct {
	Chain   string `json:"chain"`
	Entries int    `json:"entries"`
	Hash    string `json:"hash"` // of the newest
}

// RecordConsent is the evidence that a person wanted the newsletter.
type RecordConsent struct {
	RequestedAt time.Time `json:"requested_at,omitzero"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	Method      string    `json:"method,omitempty"`
	Source      string    `json:"source,omitempty"`    // keyed hash of the network, another one each day
	Shown       string    `json:"shown,omitempty"`     // commit and hashes of what was shown, see Wording
	FormText    string    `json:"form_text,omitempty"` // the words themselves, where they are known
	MailText    string    `json:"mail_text,omitempty"`
	Evidence    string    `json:"evidence,omitempty"`
}

// RecordOf returns the record of a subscriber.
func RecordOf(s subscriber.Subscriber) Record {
	r := Record{
		ID: s.ID.String(), Email: s.Email, Status: s.Status.String(), Reason: s.Reason,
		ConfirmedAt: s.ConfirmedAt.UTC(), LeftAt: s.LeftAt.UTC(), MailedAt: s.MailedAt.UTC(),
		Topics: s.Preferences.Topics, Frequency: s.Preferences.Frequency, Language: s.Preferences.Language,
	}
	if c := s.Consent; c != (subscriber.Consent{}) {
		r.Consent = &RecordConsent{
			RequestedAt: c.RequestedAt.UTC(), ConfirmedAt: c.ConfirmedAt.UTC(), Method: c.Method, Source: c.Source, Shown: c.Shown, Evidence: c.Evidence,
		}
	}
	if c := s.Chain; c.Key != "" {
		r.Ledger = &RecordLedger{c.ID(), c.Number, c.Hash}
	}
	return r
}

// With adds the words that were shown, if they are those of this edition.
func (r Record) With(e *edition.Edition, now time.Time) Record {
	if r.Consent == nil || r.Consent.FormText != "" {
		return r
	}
	if w, ok := WordingShown(e, r.Consent.Shown, now); ok {
		c := *r.Consent
		c.FormText, c.MailText = w.Form, w.Mail
		r.Consent = &c
	}
	return r
}
