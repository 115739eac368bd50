package subscription

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/web"
)

// preferences answers the link to a subscriber's choices. GET shows them in one
// form; its buttons save them, give the whole record as a file, unsubscribe, and
// erase.
func (h *Handler) preferences() http.Handler {
	return h.Site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		web.SetRoute(r, "/subscription/preferences")
		web.SetLanguage(r, languageOf(r))
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			t, err := h.verify(r, subscriber.PurposePreferences)
			if err != nil {
				return err
			}
			s, err := h.person(r, t)
			if err != nil {
				return err
			}
			return h.Site.Fill(w, r, http.StatusOK, "subscription/preferences", h.shown(r, s))
		case http.MethodPost:
			t, err := h.verify(r, subscriber.PurposePreferences)
			if err != nil {
				return err
			}
			if err := parseForm(w, r); err != nil {
				return err
			}
			return h.choose(w, r, t)
		}
		return h.otherMethod(w, r)
	})
}

// choose does what the pressed button says.
func (h *Handler) choose(w http.ResponseWriter, r *http.Request, t subscriber.Token) error {
	switch r.PostFormValue("action") {
	case "save":
		return h.save(w, r, t)
	case "export":
		return h.export(w, r, t)
	case "unsubscribe":
		if _, err := h.record(r, subscriber.Event{Kind: subscriber.Unsubscribe, ID: t.ID}); err != nil {
			return err
		}
		return h.Site.Fill(w, r, http.StatusOK, "subscription/unsubscribed", nil)
	case "erase":
		return h.erase(w, r, t)
	}
	return h.correct(r, t, preferencesIn(r), map[string]string{"unpressed": "1"})
}

// save keeps the choices. What cannot be chosen is shown again with the cure.
func (h *Handler) save(w http.ResponseWriter, r *http.Request, t subscriber.Token) error {
	chosen := preferencesIn(r)
	if problems := h.choices().check(&chosen); len(problems) > 0 {
		return h.correct(r, t, chosen, problems)
	}
	result, err := h.record(r, subscriber.Event{Kind: subscriber.SetPreferences, ID: t.ID, Generation: t.Generation, Preferences: chosen})
	if err != nil {
		return err
	}
	if result.Outcome == subscriber.Refused {
		return unknown(errNotAllowed)
	}
	values := h.shown(r, result.Subscriber)
	values["saved"] = "1"
	return h.Site.Fill(w, r, http.StatusOK, "subscription/preferences", values)
}

// correct shows the choices again as they were sent, with what is wrong.
func (h *Handler) correct(r *http.Request, t subscriber.Token, chosen subscriber.Preferences, problems map[string]string) error {
	s, err := h.person(r, t)
	if err != nil {
		return err
	}
	s.Preferences = chosen
	values := h.shown(r, s)
	maps.Copy(values, problems)
	values["wrong"] = "1"
	return &web.Error{Status: http.StatusUnprocessableEntity, Blank: "subscription/preferences", Values: values}
}

// erase deletes everything but the mark that this person must not be mailed. It
// wants the box beside the button ticked.
func (h *Handler) erase(w http.ResponseWriter, r *http.Request, t subscriber.Token) error {
	if r.PostFormValue("sure") == "" {
		return h.correct(r, t, preferencesIn(r), map[string]string{"unsure": "1"})
	}
	result, err := h.record(r, subscriber.Event{Kind: subscriber.Erase, ID: t.ID, Generation: t.Generation, Bound: true})
	if err != nil {
		return err
	}
	if result.Outcome == subscriber.Refused {
		return unknown(errNotAllowed)
	}
	return h.Site.Fill(w, r, http.StatusOK, "subscription/erased", nil)
}

// export answers with everything that is kept of the person, as a file.
func (h *Handler) export(w http.ResponseWriter, r *http.Request, t subscriber.Token) error {
	s, err := h.person(r, t)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(RecordOf(s).With(h.Edition(), h.Now()), "", "  ")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	body = append(body, '\n')
	h.Site.SetClass(w, edition.Private)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="subscription.json"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a visitor who has gone misses nothing
	return nil
}

// person returns the subscriber a token belongs to, or the answer of a link that
// does not work: who left and came back has another generation.
func (h *Handler) person(r *http.Request, t subscriber.Token) (subscriber.Subscriber, error) {
	ctx, cancel := context.WithTimeout(r.Context(), h.Patience)
	defer cancel()
	s, found, err := h.Store.Get(ctx, t.ID)
	if err != nil {
		return s, unavailable(fmt.Errorf("get %s: %w", t.ID.Short(), err))
	}
	if !found || s.Status != subscriber.Confirmed || s.Generation != t.Generation {
		return s, unknown(errNotAllowed)
	}
	return s, nil
}

// shown are the values of the page of choices. A link without a language
// shows the page in the person's own.
func (h *Handler) shown(r *http.Request, s subscriber.Subscriber) map[string]string {
	if languageOf(r) == "" {
		web.SetLanguage(r, s.Preferences.Language)
	}
	values := h.choices().marks(s.Preferences)
	maps.Copy(values, addressOf(r))
	values["email"] = s.Email
	return values
}
