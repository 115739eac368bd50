package subscription

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"broadsheet/functions/internal/web"
)

// FuzzForm: whatever is sent, it is read or refused with one of four statuses,
// and the refusal does not quote what was sent.
func FuzzForm(f *testing.F) {
	const part = "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\njane@example.org\r\n--x--\r\n"
	for _, c := range [][2]string{
		{"application/x-www-form-urlencoded", "email=jane@example.org&action=subscribe&topics=drugs&topics=aeo"},
		{"application/x-www-form-urlencoded", "email=%zz&action=subscribe"},
		{"application/x-www-form-urlencoded", "a;b&&=&action=unsubscribe&email=%00"},
		{"application/x-www-form-urlencoded; charset=x", "action=" + strings.Repeat("a", 5000)},
		{"multipart/form-data; boundary=x", part},
		{"multipart/form-data; boundary=x", part[:40]},
		{"multipart/form-data", part},
		{"text/plain", "x"},
		{"", ""},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest("POST", "/subscription?email=url@example.org&action=subscribe", strings.NewReader(body))
		r.Header["Content-Type"] = []string{contentType}
		got, err := readForm(httptest.NewRecorder(), r)
		var refusal *web.Error
		if errors.As(err, &refusal) {
			known := []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
			if !slices.Contains(known, refusal.Status) || len(body) > 40 && strings.Contains(err.Error(), body) {
				t.Fatalf("%v", err)
			}
			return
		}
		if err != nil || got.email == "url@example.org" && !strings.Contains(body, "url") {
			t.Fatalf("%+v, %v", got, err)
		}
		if len(body) > maxForm {
			t.Fatalf("%d bytes were read", len(body))
		}
	})
}
