package subscription

import (
	"context"
	"fmt"

	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// send sends the mail that an event made due. The event is in the store by now,
// so that a crash can lose one mail and never send two; the person asks again.
// The answer to the visitor does not depend on what becomes of the mail: it
// would tell that the address is one that gets mail.
func (h *Handler) send(ctx context.Context, r subscriber.Result) {
	if subscriber.IsBreaker(r.Full) {
		h.Log.ErrorContext(ctx, "breaker", "limit", "mails of the form of the whole site in an hour")
		return
	}
	if r.Mail == subscriber.NoMail {
		return
	}
	m, err := h.compose(r)
	if err == nil {
		_, err = h.Sender.Send(ctx, m)
	}
	if err != nil {
		h.Log.ErrorContext(ctx, "mail", "person", r.Subscriber.ID.Short(), "cause", err.Error())
	}
}

// compose fills the mail's blanks. Nothing of the request is in it but the
// address.
func (h *Handler) compose(r subscriber.Result) (mail.Message, error) {
	name, purpose, path := "confirm", subscriber.PurposeConfirm, "confirm"
	switch r.Mail {
	case subscriber.MailAlready:
		name, purpose, path = "already", subscriber.PurposeUnsubscribe, "unsubscribe"
	case subscriber.MailLeave:
		name, purpose, path = "unsubscribe", subscriber.PurposeUnsubscribe, "unsubscribe"
	}
	now := h.Now()
	values := map[string]string{
		"link":  h.SiteURL + "/subscription/" + path + "?t=" + h.Keys.SignFor(purpose, r.Subscriber, now),
		"block": h.SiteURL + "/subscription/block?t=" + h.Keys.SignFor(subscriber.PurposeBlock, r.Subscriber, now),
	}
	m := mail.Message{To: r.Subscriber.Email, Date: now, Automatic: true, Archive: h.SiteURL + "/news/"}
	m.From.Address = h.MailFrom
	m.Tags = map[string]string{"s": r.Subscriber.ID.String(), "m": name}
	e := h.Edition()
	if e == nil {
		return m, fmt.Errorf("there is no edition to take the mail %q from", name)
	}
	for blank, into := range map[string]*string{
		"sender": &m.From.Name, "list/name": &m.ListID.Name, "list/id": &m.ListID.Address,
		name + "/subject": &m.Subject, name + "/text": &m.Text, name + "/html": &m.HTML,
	} {
		b, ok := e.Blank("mail/"+blank, now)
		if !ok {
			return m, fmt.Errorf("the edition has no mail/%s", blank)
		}
		*into = string(b.Fill(values))
	}
	return m, nil
}
