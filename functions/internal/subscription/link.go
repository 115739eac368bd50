package subscription

import (
	"context"
	"errors"
	"net/http"

	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/web"
)

// acting does what a genuine token allows.
type acting func(context.Context, subscriber.Token) (subscriber.Result, error)

// errNotAllowed is a genuine token whose time is over for another reason than
// the clock: the person has left since, or asked to be forgotten.
var errNotAllowed = errors.New("the token is genuine, the record does not allow it any more")

// token answers a mailed link. GET shows one button; POST acts. The token comes
// from the URL alone: a second one in the body must not win. There is no check
// of the origin: a mail program's one-click POST (RFC 8058) has none, and the
// token is the permission.
func (h *Handler) token(p subscriber.Purpose, name string, act acting) http.Handler {
	return h.Site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		web.SetRoute(r, "/subscription/"+name)
		text := r.URL.Query().Get("t")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			if _, err := h.Keys.Verify(p, text, h.Now()); err != nil {
				return unknown(err)
			}
			return h.Site.Fill(w, r, http.StatusOK, "subscription/"+name, map[string]string{"token": text})
		case http.MethodPost:
			return h.act(w, r, p, act)
		}
		return &web.Error{Status: http.StatusMethodNotAllowed, Allow: "GET, HEAD, POST"}
	})
}

func (h *Handler) act(w http.ResponseWriter, r *http.Request, p subscriber.Purpose, act acting) error {
	t, err := h.Keys.Verify(p, r.URL.Query().Get("t"), h.Now())
	if err != nil {
		return unknown(err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.Patience)
	defer cancel()
	result, err := act(ctx, t)
	if err != nil {
		return err
	}
	if result.Outcome == subscriber.Refused {
		return unknown(errNotAllowed)
	}
	return h.Site.Fill(w, r, http.StatusOK, done(p), nil)
}

// done names the page that says what a token's button did.
func done(p subscriber.Purpose) string {
	switch p {
	case subscriber.PurposeConfirm:
		return "subscription/confirmed"
	case subscriber.PurposeBlock:
		return "subscription/blocked"
	}
	return "subscription/unsubscribed"
}

// unknown is the one answer for every link that does not work.
func unknown(err error) error {
	return &web.Error{Status: http.StatusNotFound, Blank: "subscription/unknown", Err: err}
}

func (h *Handler) confirm(ctx context.Context, t subscriber.Token) (subscriber.Result, error) {
	return h.record(ctx, subscriber.Event{Kind: subscriber.Confirm, ID: t.ID, Op: newOp(), At: h.Now(), Generation: t.Generation})
}

func (h *Handler) unsubscribe(ctx context.Context, t subscriber.Token) (subscriber.Result, error) {
	return h.record(ctx, subscriber.Event{Kind: subscriber.Unsubscribe, ID: t.ID, Op: newOp(), At: h.Now()})
}

func (h *Handler) block(ctx context.Context, t subscriber.Token) (subscriber.Result, error) {
	return h.record(ctx, subscriber.Event{Kind: subscriber.Block, ID: t.ID, Op: newOp(), At: h.Now()})
}
