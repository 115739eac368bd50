package webscript_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"broadsheet/functions/internal/webscript"
)

func do(r *http.Request) (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) }

func server(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Method", r.Method)
		if r.Method == http.MethodPost && r.PostFormValue("a") != "1 2" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = w.Write([]byte("hello token=abc " + r.URL.Query().Get("t") + r.Header.Get("X-Test")))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestScript(t *testing.T) {
	script, err := webscript.Parse("good", `
# A comment.
GET /
> X-Test: ${word}
header X-Method is GET
header Content-Type has text/plain
header Set-Cookie absent
body has hello
body has given
body lacks bye
capture token token=(\w+)

POST /
form a=1%202
status 200

POST /
form a=2
status 418
body empty

GET /?t=${token}
body has abc abc
`)
	if err != nil {
		t.Fatal(err)
	}
	if failures := script.Run(t.Context(), server(t), do, map[string]string{"word": "given"}); len(failures) > 0 {
		t.Error(strings.Join(failures, "\n"))
	}
}

// TestFailures: every kind of check can fail and says where.
func TestFailures(t *testing.T) {
	url := server(t)
	for _, line := range []string{"status 201", "header X-Method is POST", "header X-Method has PO", "header X-Method absent", "header X-Method like G",
		"body has bye", "body lacks hello", "body empty", "body is x", "capture x nothing(.)", "capture x (("} {
		script, err := webscript.Parse("bad", "GET /\n"+line)
		if err != nil {
			t.Fatal(err)
		}
		failures := script.Run(t.Context(), url, do, nil)
		if len(failures) != 1 || !strings.HasPrefix(failures[0], "bad:2: GET /: ") {
			t.Errorf("%q: %q, want one failure at bad:2", line, failures)
		}
	}
	for _, text := range []string{"GET\n", "status 200\n", "GET /\nnonsense\n"} {
		if _, err := webscript.Parse("bad", text); err == nil || !strings.HasPrefix(err.Error(), "bad:") {
			t.Errorf("%q: %v, want an error with its line", text, err)
		}
	}
}
