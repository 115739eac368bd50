// Package subscription is the form of the site and the pages behind mailed
// links: subscribe, confirm, choose, unsubscribe, block, erase.
//
// A GET never changes anything: it shows a page with one form. Only a POST acts,
// and an address is subscribed or signed off only by a POST with a token that
// was mailed to it. What the form answers does not depend on who is known: the
// same page, the same calls to the store.
//
// A post that does not come from a page of this site in a browser that says so
// (Sec-Fetch-Site: same-origin), or that fills the field people do not see, gets
// a page with one more button first. Its token is bound to the address and the
// network, works from two seconds to one hour later, and causes one mail.
//
// The pages and mails are blanks of the edition (see edition.Blank), so that a
// rollback of the edition takes them along. A blank of another language is found
// as <language>/<name>; where it is missing, the one without prefix is taken.
package subscription

import (
	"context"
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
// subscriber.Limits.Apply says, and takes from the event's counters; Take counts
// one use of a limit and tells whether it was still free.
type Store interface {
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
	Get(context.Context, subscriber.ID) (subscriber.Subscriber, bool, error)
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
	Patience time.Duration // how long the store may take
}

const (
	// patience leaves time to answer within three seconds.
	patience = 2 * time.Second
	// mailPatience is how long the mail service may take.
	mailPatience = 5 * time.Second
)

// Handler answers /subscription and the addresses below it.
type Handler struct {
	Options
	mux http.ServeMux
}

// New returns the handler. All options must be set; Patience may be zero for
// the default of 2 seconds.
func New(o Options) *Handler {
	if o.Patience == 0 {
		o.Patience = patience
	}
	h := &Handler{Options: o}
	h.mux.Handle("/subscription", h.formOnly(h.sameOrigin(h.form)))
	h.mux.Handle("/subscription/confirm", h.token(link{subscriber.PurposeConfirm, "confirm", "confirmed", subscriber.Confirm}))
	h.mux.Handle("/subscription/unsubscribe", h.token(link{subscriber.PurposeUnsubscribe, "unsubscribe", "unsubscribed", subscriber.Unsubscribe}))
	h.mux.Handle("/subscription/block", h.token(link{subscriber.PurposeBlock, "block", "blocked", subscriber.Block}))
	h.mux.Handle("/subscription/preferences", h.preferences())
	h.mux.Handle("/", h.Site.Handle(func(http.ResponseWriter, *http.Request) error {
		return &web.Error{Status: http.StatusNotFound}
	}))
	return h
}

// ServeHTTP answers a request for an address of the form or of a mailed link.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// allowForm are the methods of /subscription, allowLink those of mailed links.
const (
	allowForm = "OPTIONS, POST"
	allowLink = "GET, HEAD, OPTIONS, POST"
)

// formOnly answers a POST with f, and tells the other methods what there is.
func (h *Handler) formOnly(f web.HandlerFunc) http.Handler {
	return h.Site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		web.SetRoute(r, "POST "+r.URL.Path)
		switch r.Method {
		case http.MethodPost:
			return f(w, r)
		case http.MethodOptions:
			return h.Site.Methods(w, r, allowForm)
		}
		return &web.Error{Status: http.StatusMethodNotAllowed, Allow: allowForm}
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
func (h *Handler) record(r *http.Request, e subscriber.Event) (subscriber.Result, error) {
	ctx, cancel := context.WithTimeout(r.Context(), h.Patience)
	defer cancel()
	e.At = h.Now()
	if e.Op == "" {
		e.Op = newOp()
	}
	result, err := h.Store.Record(ctx, e)
	if err != nil {
		return result, unavailable(fmt.Errorf("record %s of %s: %w", e.Kind, e.ID.Short(), err))
	}
	return result, nil
}

func unavailable(err error) error {
	return &web.Error{Status: http.StatusServiceUnavailable, RetryAfter: time.Minute, Err: err}
}

// blank returns the name of a blank in a language, or its name in the site's
// own.
func (h *Handler) blank(language, name string) string {
	if e := h.Edition(); e != nil && language != "" {
		if _, ok := e.Blank(language+"/"+name, h.Now()); ok {
			return language + "/" + name
		}
	}
	return name
}
