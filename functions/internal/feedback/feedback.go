// Package feedback takes what SES reports of mails: sent, delivered, bounced,
// complained about, rejected.
//
// An event reaches the person's record (subscriber.HardBounce, SoftBounce,
// Complaint) and the row of the ledger (issue.Reconcile, Bounce, Complain,
// Reject). Events come in any order and more than once; both tables of
// transitions make that harmless. Who it is about is told by the tags of the
// mail: i the issue, s the person, a the attempt. Only an event without tags,
// such as the notification of an identity, is looked up by its addresses, of
// which it may have several.
//
// Types that nobody here acts on are counted and taken, so that a new one of SES
// does not fill the queue. What cannot be read is an error: the queue gives it
// again and then sets it aside.
package feedback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// People keeps the records of subscribers.
type People interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
}

// Ledger keeps issues and deliveries.
type Ledger interface {
	issue.Issues
	Move(context.Context, issue.Change) (issue.Delivery, issue.Outcome, error)
}

// Handler takes events.
type Handler struct {
	People People
	Ledger Ledger
	Keys   *subscriber.Keys
	Now    func() time.Time
	Log    *slog.Logger
}

// subject is one person that an event is about.
type subject struct {
	id      subscriber.ID
	issue   string // empty if it was no issue, or nobody knows
	attempt int
}

// Handle takes one event as the queue has it.
func (h *Handler) Handle(ctx context.Context, body []byte) error {
	m, err := parse(body)
	if err != nil {
		return err
	}
	kind := m.kind()
	var act func(context.Context, message, subject) error
	switch kind {
	case "Send", "Delivery":
		act = h.sent
	case "Bounce":
		act = h.bounce
	case "Complaint":
		act = h.complaint
	case "Reject":
		act = h.reject
	}
	if act == nil {
		h.Log.InfoContext(ctx, "feedback", "kind", short(kind), "acted", false)
		return nil
	}
	subjects, err := h.subjects(m)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if err := act(ctx, m, s); err != nil {
			return fmt.Errorf("%s of %s: %w", kind, s.id.Short(), err)
		}
		h.Log.InfoContext(ctx, "feedback", "kind", kind, "acted", true, "issue", s.issue, "person", s.id.Short())
	}
	return nil
}

// short keeps a log line short, whatever an event calls itself.
func short(s string) string { return s[:min(len(s), 40)] }

// subjects are who an event is about.
func (h *Handler) subjects(m message) ([]subject, error) {
	if tag := m.tag("s"); tag != "" {
		id, err := subscriber.ParseID(tag)
		if err != nil {
			return nil, fmt.Errorf("tag s: %w", err)
		}
		attempt, _ := strconv.Atoi(m.tag("a")) // mails of the form have none
		return []subject{{id, m.tag("i"), attempt}}, nil
	}
	var all []subject
	for _, text := range m.recipients() {
		// "Jane <jane@example.org>" is possible in a destination.
		if _, in, ok := strings.Cut(text, "<"); ok {
			text, _, _ = strings.Cut(in, ">")
		}
		a, err := subscriber.ParseAddress(text)
		if err != nil {
			h.Log.Warn("feedback", "kind", m.kind(), "cause", "an address that cannot be a subscriber's")
			continue
		}
		all = append(all, subject{id: h.Keys.ID(a)})
	}
	return all, nil
}

// op names one event about one person, the same however often it comes.
func op(m message, s subject, feedbackID string) string {
	sum := sha256.Sum256([]byte(m.kind() + "|" + m.Mail.MessageID + "|" + feedbackID + "|" + s.id.String()))
	return "ses-" + hex.EncodeToString(sum[:6])
}

func (h *Handler) sent(ctx context.Context, m message, s subject) error {
	return h.move(ctx, issue.Reconcile, m, s, "")
}

// bounce takes a mail that did not arrive. SES had accepted it.
func (h *Handler) bounce(ctx context.Context, m message, s subject) error {
	b := m.Bounce
	e := subscriber.Event{Kind: subscriber.SoftBounce, ID: s.id, Op: op(m, s, b.FeedbackID), At: h.time(b.Timestamp), MailTime: m.Mail.Timestamp, FeedbackID: s.issue}
	if e.FeedbackID == "" {
		e.FeedbackID = b.FeedbackID
	}
	if b.Type == "Permanent" {
		e.Kind = subscriber.HardBounce
	}
	if _, err := h.People.Record(ctx, e); err != nil {
		return err
	}
	if err := h.move(ctx, issue.Reconcile, m, s, ""); err != nil || b.Type != "Permanent" {
		return err
	}
	return h.counted(ctx, issue.Bounce, m, s)
}

func (h *Handler) complaint(ctx context.Context, m message, s subject) error {
	c := m.Complaint
	if c.Type == "not-spam" {
		return nil // the person took it out of the spam folder
	}
	if _, err := h.People.Record(ctx, subscriber.Event{Kind: subscriber.Complaint, ID: s.id, Op: op(m, s, c.FeedbackID), At: h.time(c.Timestamp), MailTime: m.Mail.Timestamp, Reason: c.Type}); err != nil {
		return err
	}
	if err := h.move(ctx, issue.Reconcile, m, s, ""); err != nil {
		return err
	}
	return h.counted(ctx, issue.Complain, m, s)
}

func (h *Handler) reject(ctx context.Context, m message, s subject) error {
	return h.move(ctx, issue.Reject, m, s, "rejected by SES: "+short(m.Reject.Reason))
}

func (h *Handler) time(t time.Time) time.Time {
	if t.IsZero() {
		return h.Now()
	}
	return t
}

// move changes the row of a delivery, if the mail was one of an issue.
func (h *Handler) move(ctx context.Context, step issue.Step, m message, s subject, reason string) error {
	if s.issue == "" {
		return nil
	}
	_, _, err := h.Ledger.Move(ctx, issue.Change{Step: step, Issue: s.issue, ID: s.id, Attempt: s.attempt, At: h.Now(), MessageID: m.Mail.MessageID, Reason: reason})
	return err
}

// counted notes a bounce or complaint once and pauses the issue when there are
// too many.
func (h *Handler) counted(ctx context.Context, step issue.Step, m message, s subject) error {
	if err := h.move(ctx, step, m, s, ""); err != nil || s.issue == "" {
		return err
	}
	reason, err := issue.Judge(ctx, h.Ledger, s.issue)
	if reason != "" {
		h.Log.ErrorContext(ctx, "paused", "issue", s.issue, "reason", reason)
	}
	return err
}
