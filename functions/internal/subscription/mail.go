package subscription

import (
	"context"
	"fmt"
	"log/slog"

	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// send sends the mail that an event made due. The event is in the store by now,
// so that a crash can lose one mail and never send two; the person asks again.
// The answer to the visitor does not depend on what becomes of the mail: it
// would tell that the address is one that gets mail.
func (h *Handler) send(ctx context.Context, r subscriber.Result) {
	if subscriber.IsBreaker(r.Full) {
		h.withheld(ctx)
		return
	}
	if r.Mail == subscriber.NoMail {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	m, err := h.compose(r)
	if err == nil {
		_, err = h.Sender.Send(ctx, m)
	}
	if err != nil {
		h.Log.ErrorContext(ctx, "mail", "person", r.Subscriber.ID.Short(), "cause", err.Error())
	}
}

// withheld writes that the breaker of the whole site kept a mail back, in the
// embedded metric format of CloudWatch: the line of the log is the metric
// MailsWithheld of the namespace Broadsheet, which an alarm watches.
func (h *Handler) withheld(ctx context.Context) {
	type name struct{ Name, Unit string }
	type metrics struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []name
	}
	directive := struct {
		Timestamp         int64
		CloudWatchMetrics []metrics
	}{h.Now().UnixMilli(), []metrics{{"Broadsheet", [][]string{{}}, []name{{"MailsWithheld", "Count"}}}}}
	h.Log.LogAttrs(ctx, slog.LevelError, "breaker", slog.Any("_aws", directive), slog.Int("MailsWithheld", 1),
		slog.String("limit", "mails that the form of the whole site may cause in an hour"))
}

// letter is what is special about one of the mails: its name, and where its
// button leads.
type letter struct {
	name    string
	purpose subscriber.Purpose
	path    string
}

func letters() map[subscriber.Mail]letter {
	return map[subscriber.Mail]letter{
		subscriber.MailConfirm:     {"confirm", subscriber.PurposeConfirm, "confirm"},
		subscriber.MailAlready:     {"already", subscriber.PurposePreferences, "preferences"},
		subscriber.MailPreferences: {"preferences", subscriber.PurposePreferences, "preferences"},
		subscriber.MailLeave:       {"unsubscribe", subscriber.PurposeUnsubscribe, "unsubscribe"},
	}
}

// compose fills the mail's blanks. Nothing of the request is in it but the
// address.
func (h *Handler) compose(r subscriber.Result) (mail.Message, error) {
	l, ok := letters()[r.Mail]
	if !ok {
		return mail.Message{}, fmt.Errorf("there is no mail %d", r.Mail)
	}
	now, language := h.Now(), r.Subscriber.Preferences.Language
	address := func(p subscriber.Purpose, path string) string {
		url := h.SiteURL + "/subscription/" + path + "?t=" + h.Keys.SignFor(p, r.Subscriber, now)
		if name := "subscription/" + path; h.blank(language, name) != name {
			url += "&lang=" + language // the page behind the link speaks the mail's language
		}
		return url
	}
	values := map[string]string{
		"link":  address(l.purpose, l.path),
		"leave": address(subscriber.PurposeUnsubscribe, "unsubscribe"),
		"block": address(subscriber.PurposeBlock, "block"),
	}
	m := mail.Message{To: r.Subscriber.Email, Date: now, Automatic: true, Archive: h.SiteURL + "/newsletter/"}
	m.From.Address = h.MailFrom
	m.Tags = map[string]string{"s": r.Subscriber.ID.String(), "m": l.name}
	e := h.Edition()
	if e == nil {
		return m, fmt.Errorf("there is no edition to take the mail %q from", l.name)
	}
	for blank, into := range map[string]*string{
		"sender": &m.From.Name, "list/name": &m.ListID.Name, "list/id": &m.ListID.Address,
		l.name + "/subject": &m.Subject, l.name + "/text": &m.Text, l.name + "/html": &m.HTML,
	} {
		b, ok := e.Blank(h.blank(language, "mail/"+blank), now)
		if !ok {
			return m, fmt.Errorf("the edition has no mail/%s", blank)
		}
		*into = string(b.Fill(values))
	}
	return m, nil
}
