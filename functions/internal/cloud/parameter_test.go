package cloud

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
)

// ssm is a parameter store that answers from a list, the last answer for ever.
type ssm struct {
	*httptest.Server
	answers []string // status and body
	asked   []*http.Request
	bodies  []string
}

func newSSM(t *testing.T, answers ...string) (*ssm, *Services) {
	s := &ssm{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.asked, s.bodies = append(s.asked, r), append(s.bodies, string(b))
		answer := s.answers[0]
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
		status, body, _ := strings.Cut(answer, " ")
		w.WriteHeader(map[string]int{"200": 200, "400": 400, "500": 500}[status])
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s, &Services{
		Region:      "ap-southeast-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "session"),
		Endpoint:    func(string) *string { return &s.URL },
	}
}

const found = `200 {"Parameter":{"Name":"/keys","Type":"SecureString","Value":"{\"version\":1}"}}`

func TestParameter(t *testing.T) {
	server, services := newSSM(t, found)
	value, err := services.parameter(t.Context(), "/keys")
	if err != nil || value != `{"version":1}` {
		t.Fatalf("%q, %v", value, err)
	}
	r := server.asked[0]
	if r.Method != "POST" || r.Header.Get("X-Amz-Target") != "AmazonSSM.GetParameter" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
		t.Errorf("%s %v", r.Method, r.Header)
	}
	auth := r.Header.Get("Authorization")
	if !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") || !strings.Contains(auth, "/ap-southeast-1/ssm/aws4_request") ||
		!strings.Contains(auth, "x-amz-target") || r.Header.Get("X-Amz-Security-Token") != "session" {
		t.Errorf("the request is not signed as SSM wants it: %s", auth)
	}
	var asked map[string]any
	if err := json.Unmarshal([]byte(server.bodies[0]), &asked); err != nil || asked["Name"] != "/keys" || asked["WithDecryption"] != true {
		t.Errorf("asked for %s, %v", server.bodies[0], err)
	}
}

// TestParameterAgain: what may pass is tried again, what will not is told at
// once and with its cause.
func TestParameterAgain(t *testing.T) {
	for name, test := range map[string]struct {
		answers []string
		calls   int
		cause   string
	}{
		"a fault that passes":  {[]string{"500 oops", `400 {"__type":"ThrottlingException","message":"Rate exceeded"}`, found}, 3, ""},
		"a fault that stays":   {[]string{"500 {}"}, 3, "500 Internal Server Error"},
		"a torn answer":        {[]string{"200 {", found}, 2, ""},
		"no such parameter":    {[]string{`400 {"__type":"com.amazonaws.ssm#ParameterNotFound","message":"none"}`}, 1, "400 Bad Request ParameterNotFound none"},
		"no right":             {[]string{`400 {"__type":"AccessDeniedException","Message":"not authorized"}`}, 1, "AccessDeniedException not authorized"},
		"an answer of nothing": {[]string{"200 {}"}, 1, "no value"},
	} {
		server, services := newSSM(t, test.answers...)
		value, err := services.parameter(t.Context(), "/keys")
		if len(server.asked) != test.calls {
			t.Errorf("%s: %d calls, want %d", name, len(server.asked), test.calls)
		}
		if test.cause == "" && (err != nil || value == "") || test.cause != "" && (err == nil || !strings.Contains(err.Error(), test.cause)) {
			t.Errorf("%s: %q, %v; want %q", name, value, err, test.cause)
		}
	}
}

func TestDomain(t *testing.T) {
	for region, want := range map[string]string{"ap-southeast-1": "amazonaws.com", "cn-north-1": "amazonaws.com.cn"} {
		if got := domain(region); got != want {
			t.Errorf("%s: %s", region, got)
		}
	}
}
