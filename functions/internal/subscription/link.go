package subscription

import (
	"errors"
	"net/http"

	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/web"
)

// link is one kind of mailed link.
type link struct {
	purpose subscriber.Purpose
	page    string // shown by GET, and the last part of its address
	done    string // shown by POST
	kind    subscriber.Kind
}

// errNotAllowed is a genuine token whose time is over for another reason than
// the clock: the person has left since, or asked to be forgotten.
var errNotAllowed = errors.New("the token is genuine, the record does not allow it any more")

// token answers a mailed link. GET shows one button; POST acts. GET asks the
// token alone and never the store: scanners fetch every link of a mail, and they
// should cost nothing and learn nothing of the record. So the button is also
// shown for a genuine link that the record does not allow any more; its POST
// then answers as every link that does not work. The token comes
// from the URL alone: a second one in the body must not win. There is no check
// of the origin: a mail program's one-click POST (RFC 8058) has none, and the
// token is the permission.
func (h *Handler) token(l link) http.Handler {
	return h.Site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		web.SetRoute(r, "/subscription/"+l.page)
		web.SetLanguage(r, languageOf(r))
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			if _, err := h.verify(r, l.purpose); err != nil {
				return err
			}
			return h.Site.Fill(w, r, http.StatusOK, "subscription/"+l.page, addressOf(r))
		case http.MethodPost:
			t, err := h.verify(r, l.purpose)
			if err != nil {
				return err
			}
			result, err := h.record(r, subscriber.Event{Kind: l.kind, ID: t.ID, Generation: t.Generation})
			if err != nil {
				return err
			}
			if result.Outcome == subscriber.Refused {
				return unknown(errNotAllowed)
			}
			return h.Site.Fill(w, r, http.StatusOK, "subscription/"+l.done, nil)
		}
		return h.otherMethod(w, r)
	})
}

// otherMethod answers what is neither a look at a mailed link nor its POST.
func (h *Handler) otherMethod(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodOptions {
		return h.Site.Methods(w, r, allowLink)
	}
	return &web.Error{Status: http.StatusMethodNotAllowed, Allow: allowLink}
}

// verify returns what the token in the URL says, or the one answer for every
// token that does not work.
func (h *Handler) verify(r *http.Request, p subscriber.Purpose) (subscriber.Token, error) {
	t, err := h.Keys.Verify(p, r.URL.Query().Get("t"), h.Now())
	if err != nil {
		return t, unknown(err)
	}
	return t, nil
}

// unknown is the one answer for every link that does not work.
func unknown(err error) error {
	return &web.Error{Status: http.StatusNotFound, Blank: "subscription/unknown", Err: err}
}

// languageOf returns the language that a mailed link names; none for the site's
// own.
func languageOf(r *http.Request) string { return r.URL.Query().Get("lang") }

// addressOf are the values that let a page's form come back to the page's own
// address.
func addressOf(r *http.Request) map[string]string {
	values := map[string]string{"token": r.URL.Query().Get("t")}
	if language := languageOf(r); isLanguage(language) {
		values["more"] = "&lang=" + language
	}
	return values
}

// isLanguage tells whether a text can be the code of a language.
func isLanguage(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) < 12
}
