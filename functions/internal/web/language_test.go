package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLanguage: error pages are in the language of the path, or in the one that
// a handler names; a language that the site does not have is as good as none.
func TestLanguage(t *testing.T) {
	s := newSite(t)
	fail := func(w http.ResponseWriter, r *http.Request) error {
		SetLanguage(r, r.Header.Get("Language"))
		return &Error{Status: http.StatusNotFound}
	}
	for _, test := range []struct{ path, language, want string }{
		{"/nothing/", "", "error/404"},
		{"/fr/nothing/", "", "fr/error/404"},
		{"/fr", "", "fr/error/404"},
		{"/de/nothing/", "", "error/404"},
		{"//fr/nothing/", "", "error/404"},
		{"/subscription", "fr", "fr/error/404"},
		{"/subscription", "de", "error/404"},
		{"/subscription", "error/404#", "error/404"},
		{"/fr/nothing/", "en", "error/404"},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.org"+test.path, nil)
		r.Header.Set("Language", test.language)
		s.Wrap(s.Handle(fail)).ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != http.StatusNotFound || !strings.Contains(got, "<title>"+test.want+"</title>") {
			t.Errorf("%s in %q: %d %.60s, want %s", test.path, test.language, w.Code, got, test.want)
		}
	}
}
