// Package subscription is the form of the site and the pages behind mailed
// links: subscribe, confirm, unsubscribe, block.
//
// A GET never changes anything: it shows a page with one button. Only a POST
// acts, and an address is subscribed or signed off only by a POST with a token
// that was mailed to it. What the form answers does not depend on who is known:
// the same page, the same number of calls to the store.
//
// The pages and mails are blanks of the edition (see edition.Blank), so that a
// rollback of the edition takes them along.
package subscription

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/web"
)

// Store keeps subscribers. Record applies one event in one atomic step, as
// subscriber.Limits.Apply says; Take counts one use of a limit and tells whether
// it was still free.
type Store interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
	Take(context.Context, subscriber.Counter, time.Time) (bool, error)
}

// Sender sends one mail. It must not repeat a mail whose fate is unknown.
type Sender interface {
	Send(context.Context, mail.Message) (string, error)
}

// Options are what the handlers work with.
type Options struct {
	Site    *web.Site
	Edition func() *edition.Edition
	Store   Store
	Sender  Sender
	Keys    *subscriber.Keys
	Limits  subscriber.Limits
	Now     func() time.Time
	Log     *slog.Logger

	SiteURL  string        // links in mails begin with it
	MailFrom string        // address in From
	Patience time.Duration // how long store and mail may take together
}

// Handler answers /subscription and the addresses below it.
type Handler struct {
	Options
	mux http.ServeMux
}

// New returns the handler. All options must be set; Patience may be zero for
// the default of 3 seconds.
func New(o Options) *Handler {
	if o.Patience == 0 {
		o.Patience = 3 * time.Second
	}
	h := &Handler{Options: o}
	h.mux.Handle("/subscription", h.only(http.MethodPost, h.sameOrigin(h.form)))
	h.mux.Handle("/subscription/confirm", h.token(subscriber.PurposeConfirm, "confirm", h.confirm))
	h.mux.Handle("/subscription/unsubscribe", h.token(subscriber.PurposeUnsubscribe, "unsubscribe", h.unsubscribe))
	h.mux.Handle("/subscription/block", h.token(subscriber.PurposeBlock, "block", h.block))
	h.mux.Handle("/", h.Site.Handle(func(http.ResponseWriter, *http.Request) error {
		return &web.Error{Status: http.StatusNotFound}
	}))
	return h
}

// ServeHTTP answers a request for an address of the form or of a mailed link.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// only answers one method and tells the others so.
func (h *Handler) only(method string, f web.HandlerFunc) http.Handler {
	return h.Site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		web.SetRoute(r, method+" "+r.URL.Path)
		if r.Method != method {
			return &web.Error{Status: http.StatusMethodNotAllowed, Allow: method}
		}
		return f(w, r)
	})
}

// sameOrigin refuses forms sent from pages of other sites.
func (h *Handler) sameOrigin(f web.HandlerFunc) web.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	// The error is for an origin that cannot be one; then none is trusted.
	_ = protection.AddTrustedOrigin(h.SiteURL)
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := protection.Check(r); err != nil {
			return &web.Error{Status: http.StatusForbidden, Err: err}
		}
		return f(w, r)
	}
}

// record applies an event and turns a store that does not answer into 503: the
// visitor is told to come back and nothing is claimed.
func (h *Handler) record(ctx context.Context, e subscriber.Event) (subscriber.Result, error) {
	r, err := h.Store.Record(ctx, e)
	if err != nil {
		return r, unavailable(fmt.Errorf("record %s of %s: %w", e.Kind, e.ID.Short(), err))
	}
	return r, nil
}

func unavailable(err error) error {
	return &web.Error{Status: http.StatusServiceUnavailable, RetryAfter: time.Minute, Err: err}
}

// form answers the form of every page.
func (h *Handler) form(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	address, err := subscriber.ParseAddress(f.email)
	var wrong *subscriber.AddressError
	if errors.As(err, &wrong) {
		return &web.Error{Status: http.StatusUnprocessableEntity, Blank: "subscription/invalid", Values: map[string]string{"email": f.email, string(wrong.Reason): "1"}}
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.Patience)
	defer cancel()
	now := h.Now()
	source := subscriber.Source(r.RemoteAddr)
	e := subscriber.Event{Kind: subscriber.Request, ID: h.Keys.ID(address), Op: newOp(), At: now, Email: address.String(), Preferences: f.preferences}
	e.Post, e.Mails = h.Limits.Post(h.Keys, source, now), h.Limits.Mails(h.Keys, address, now)
	answer := "subscription/requested"
	if f.leave {
		e.Kind, answer = subscriber.RequestLeave, "subscription/leaving"
	} else {
		e.Consent = subscriber.Consent{RequestedAt: now, Source: h.Keys.SourceHash(source, now), Shown: h.shown(), Method: "form"}
	}
	if !f.trapped {
		result, err := h.record(ctx, e)
		if err != nil {
			return err
		}
		if result.Full == e.Post.Key {
			return &web.Error{Status: http.StatusTooManyRequests, RetryAfter: subscriber.SourceRetry}
		}
		h.send(ctx, result)
	}
	return h.Site.Fill(w, r, http.StatusOK, answer, nil)
}

// shown names the edition whose form the person used and whose mail they get,
// so that the exact wording can be printed again.
func (h *Handler) shown() string {
	e := h.Edition()
	if e == nil {
		return ""
	}
	return e.Commit() + "/" + e.Hash()
}
