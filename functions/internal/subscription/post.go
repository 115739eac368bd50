package subscription

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/web"
)

// asked says what one button of the form asks for, and which page answers.
type asked struct {
	kind subscriber.Kind
	page string
}

func actions() map[string]asked {
	return map[string]asked{
		"subscribe":   {subscriber.Request, "subscription/requested"},
		"unsubscribe": {subscriber.RequestLeave, "subscription/leaving"},
		"preferences": {subscriber.AskPreferences, "subscription/asked"},
	}
}

// form answers the form of every page. Where it cannot be taken just now, the
// answer has the form with what was chosen; the address is typed again, since
// error pages show none (promise 7).
func (h *Handler) form(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	err = h.take(w, r, f)
	if e, ok := errors.AsType[*web.Error](err); ok && (e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable) {
		e.Blank, e.Values = fmt.Sprintf("subscription/%d", e.Status), h.typed(f)
	}
	return err
}

// take does what a form asks for. A form that must be mended costs no call to the
// store and sends nothing, so it is not counted either.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, f form) error {
	language := f.preferences.Language
	web.SetLanguage(r, language)
	address, err := subscriber.ParseAddress(f.email)
	var wrong *subscriber.AddressError
	if errors.As(err, &wrong) {
		return h.mend(f, "subscription/invalid", map[string]string{string(wrong.Reason): "1"})
	}
	do, pressed := actions()[f.action]
	if !pressed {
		return h.mend(f, "subscription/unpressed", nil)
	}
	choices := h.choices()
	if problems := choices.check(&f.preferences); len(problems) > 0 {
		return h.mend(f, "subscription/mistaken", problems)
	}
	source := subscriber.Source(r.RemoteAddr)
	id := h.Keys.ID(address)
	known, early := h.Keys.VerifyStep(f.step, id, source, h.Now())
	if suspect := f.trapped || r.Header.Get("Sec-Fetch-Site") != "same-origin"; suspect && (!known || early) {
		if !known {
			f.step = h.Keys.SignStep(id, source, h.Now())
		}
		return h.secondStep(w, r, f, source)
	}
	e := subscriber.Event{Kind: do.kind, ID: id, Email: address.String(), Preferences: f.preferences}
	e.Post, e.Mails = h.Limits.Post(h.Keys, source, h.Now()), h.Limits.Mails(h.Keys, address, h.Now())
	if known {
		e.Mails = append(e.Mails, h.Keys.StepCounter(f.step, h.Now()))
	}
	if do.kind == subscriber.Request {
		e.Consent = subscriber.Consent{RequestedAt: h.Now(), Source: h.Keys.SourceHash(source, h.Now()), Method: "form"}
		if wording, ok := WordingOf(h.Edition(), language, h.Now()); ok {
			e.Consent.Shown = wording.Shown()
		}
	}
	result, err := h.record(r, e)
	if err != nil {
		return err
	}
	if result.Full == e.Post.Key {
		return tooMany()
	}
	h.send(r.Context(), result)
	return h.Site.Fill(w, r, http.StatusOK, do.page, nil)
}

func tooMany() error {
	return &web.Error{Status: http.StatusTooManyRequests, RetryAfter: subscriber.SourceRetry}
}

// mend is the answer that shows the form again with what was typed and what is
// wrong with it.
func (h *Handler) mend(f form, page string, problems map[string]string) error {
	values := h.typed(f)
	maps.Copy(values, problems)
	return &web.Error{Status: http.StatusUnprocessableEntity, Blank: page, Values: values}
}

// typed are the values that keep what a visitor typed and chose.
func (h *Handler) typed(f form) map[string]string {
	values := h.choices().marks(f.preferences)
	values["email"], values["action"], values["step"] = f.email, f.action, f.step
	return values
}

// secondStep shows the page with one more button. It is a post like any other:
// it counts, and it needs the store, so that nobody is told to go on when it is
// down.
func (h *Handler) secondStep(w http.ResponseWriter, r *http.Request, f form, source string) error {
	ctx, cancel := context.WithTimeout(r.Context(), h.Patience)
	defer cancel()
	free, err := h.Store.Take(ctx, h.Limits.Post(h.Keys, source, h.Now()), h.Now())
	switch {
	case err != nil:
		return unavailable(fmt.Errorf("count a form post: %w", err))
	case !free:
		return tooMany()
	}
	return h.Site.Fill(w, r, http.StatusOK, "subscription/stepup", h.typed(f))
}
