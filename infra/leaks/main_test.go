package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	line := func(e event) string {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return string(b) + "\n"
	}
	token := "AQ" + strings.Repeat("x", 56)
	for name, c := range map[string]struct {
		output string
		good   bool
		says   string
	}{
		"clean":        {`{"msg":"request","person":"0aae1c39","status":200}`, true, "1 lines of output searched, 0 found"},
		"this machine": {"listening at 127.0.0.1:4711", true, "0 found"},
		"address":      {`"cause":"550 <o'hara+news` + "@" + `customs.example.org> unknown"`, false, "an e-mail address: o'ha…"},
		"token":        {`"GET /subscription/confirm?t=` + token + `"`, false, "a token: AQxx…"},
		"IPv4":         {`"remote":"203.0.113.` + `9:443"`, false, "an IPv4 address: 203.…"},
		"IPv6":         {`"remote":"[2001:db8:1:2:` + `:5]:443"`, false, "an IPv6 address: 2001…"},
	} {
		var out strings.Builder
		good := run(strings.NewReader(line(event{Action: "output", Package: "p", Test: "T", Output: c.output})+line(event{Action: "pass", Package: "p"})), &out)
		if good != c.good || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: %v\n%s", name, good, out.String())
		}
	}
	var out strings.Builder
	if run(strings.NewReader(line(event{Action: "output", Package: "p", Test: "T", Output: "why\n"})+line(event{Action: "fail", Package: "p", Test: "T"})), &out) || !strings.Contains(out.String(), "FAIL p T\nwhy") {
		t.Errorf("a failure says %s", out.String())
	}
	if run(strings.NewReader(""), &out) {
		t.Error("nothing was searched, and that is well")
	}
}
