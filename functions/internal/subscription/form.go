package subscription

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"

	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/web"
)

// maxForm is the largest form that is read, in bytes.
const maxForm = 4 << 10

// form is what a visitor sent.
type form struct {
	email       string
	action      string
	step        string // token of the second step
	trapped     bool   // the field that people do not see was filled in
	preferences subscriber.Preferences
}

// parseForm reads the body of a form post, and nothing from the URL.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return &web.Error{Status: http.StatusUnsupportedMediaType}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxForm)
	} else {
		err = r.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &web.Error{Status: http.StatusRequestEntityTooLarge}
	case err != nil:
		// The text of the error could quote what was typed.
		return &web.Error{Status: http.StatusBadRequest, Err: errors.New("the form cannot be parsed")}
	}
	return nil
}

// readForm reads the form of every page.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	if err := parseForm(w, r); err != nil {
		return form{}, err
	}
	f := form{
		email: r.PostFormValue("email"), action: r.PostFormValue("action"), step: r.PostFormValue("step"), trapped: r.PostFormValue("website") != "",
		preferences: preferencesIn(r),
	}
	return f, nil
}

// preferencesIn returns the choices among the fields of a form.
func preferencesIn(r *http.Request) subscriber.Preferences {
	p := subscriber.Preferences{Frequency: r.PostFormValue("frequency"), Language: r.PostFormValue("lang")}
	for _, topic := range r.PostForm["topics"] {
		if topic != "" {
			p.Topics = append(p.Topics, topic)
		}
	}
	return p
}

// newOp returns a random id for one event: all attempts at it carry the same.
func newOp() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
