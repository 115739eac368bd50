package subscription

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
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
	leave       bool
	trapped     bool // the field that people do not see was filled in
	preferences subscriber.Preferences
}

// readForm reads the body of a form post, and nothing from the URL.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return form{}, &web.Error{Status: http.StatusUnsupportedMediaType}
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
		return form{}, &web.Error{Status: http.StatusRequestEntityTooLarge}
	case err != nil:
		// The text of the error could quote what was typed.
		return form{}, &web.Error{Status: http.StatusBadRequest, Err: errors.New("the form cannot be parsed")}
	}
	f := form{email: r.PostFormValue("email"), trapped: r.PostFormValue("website") != ""}
	f.preferences = subscriber.Preferences{Frequency: r.PostFormValue("frequency"), Language: r.PostFormValue("lang"), Topics: r.PostForm["topics"]}
	switch r.PostFormValue("action") {
	case "subscribe":
	case "unsubscribe":
		f.leave = true
	default:
		return form{}, &web.Error{Status: http.StatusUnprocessableEntity, Err: fmt.Errorf("no action among %d fields", len(r.PostForm))}
	}
	return f, nil
}

// newOp returns a random id for one event: all attempts at it carry the same.
func newOp() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
