// Package functions_test runs the programs as they are deployed: compiled,
// embedded edition and all, over TCP and on an emulated Lambda runtime, with the
// same request scripts and the same verdicts.
package functions_test

import (
	"bufio"
	"context"
	"encoding/json"
	"html"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet/functions/internal/lambdatest"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/webscript"
)

// printEdition puts an edition into the tree for the programs that embed it, as
// `make edition` does.
func printEdition(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./functions/broadsheet", "edition", "-commit", "test", "-as-of", "2026-11-01T00:00:00Z", "-gzip", "1", "-brotli", "1")
	cmd.Dir = ".."
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("edition: %v\n%s", err, output)
	}
}

func run(t *testing.T, name, base string, do webscript.Do, vars map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".script"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := webscript.Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range script.Run(t.Context(), base, do, vars) {
		t.Error(failure)
	}
}

// site is the whole site by one way to reach it.
type site struct {
	base  string
	pages webscript.Do
	form  webscript.Do
	mails func() []outbox.Kept
}

func tokenIn(text, path string) string {
	m := regexp.MustCompile(regexp.QuoteMeta(path) + `\?t=([A-Za-z0-9_-]{58})`).FindStringSubmatch(text)
	if m == nil {
		return "no token for " + path
	}
	return m[1]
}

// walker is the address that subscribes.
const walker = "o'hara+news@customs.example.org"

// walk subscribes, confirms and leaves, and counts the mails on the way.
func (s site) walk(t *testing.T) {
	t.Helper()
	const email = walker
	run(t, "pages", s.base, s.pages, nil)
	// What the ready check asks a new version.
	run(t, "../ready/pages", s.base, s.pages, nil)
	run(t, "../ready/subscription", s.base, s.form, nil)
	run(t, "search", s.base, s.pages, nil)
	run(t, "subscribe", s.base, s.form, map[string]string{"email": strings.ReplaceAll(email, "+", "%2B")})
	mails := s.mails()
	if len(mails) != 1 || mails[0].To != email {
		t.Fatalf("%d mails, want one, to the person who asked", len(mails))
	}
	if !strings.Contains(mails[0].HTML, "subscription/confirm?t=") {
		t.Error("the HTML part has no link")
	}
	confirm := tokenIn(mails[0].Text, "/subscription/confirm")
	run(t, "confirm", s.base, s.form, map[string]string{"token": confirm})
	if n := len(s.mails()); n != 1 {
		t.Errorf("%d mails after the confirmation, want still one", n)
	}
	// The other buttons mail a link once the cool-down is over.
	time.Sleep(cooldown)
	ask(t, s, email, "preferences")
	if mails = s.mails(); len(mails) != 2 {
		t.Fatalf("%d mails, want a second one with the link to the choices", len(mails))
	}
	run(t, "preferences", s.base, s.form, map[string]string{
		"token": tokenIn(mails[1].Text, "/subscription/preferences"), "confirm": confirm, "shown": html.EscapeString(email),
	})
	time.Sleep(cooldown)
	ask(t, s, email, "unsubscribe")
	if mails = s.mails(); len(mails) != 3 {
		t.Fatalf("%d mails, want a third one with the link to leave", len(mails))
	}
	run(t, "unsubscribe", s.base, s.form, map[string]string{"token": tokenIn(mails[2].Text, "/subscription/unsubscribe"), "confirm": confirm})
}

// cooldown is MAIL_COOLDOWN of these tests. It is longer than two posts of a
// script are apart.
const cooldown = 2 * time.Second

// ask presses a button of the form.
func ask(t *testing.T, s site, email, button string) {
	t.Helper()
	script, err := webscript.Parse(button, "POST /subscription\n> Sec-Fetch-Site: same-origin\nform action="+button+"&email="+strings.ReplaceAll(email, "+", "%2B")+"\nbody has Please look into your mail\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range script.Run(t.Context(), s.base, s.form, nil) {
		t.Error(failure)
	}
}

func kept(t *testing.T, dir string) func() []outbox.Kept {
	return func() []outbox.Kept {
		t.Helper()
		box, err := outbox.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		mails, err := box.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return mails
	}
}

func buildBroadsheet(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "broadsheet")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./broadsheet")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return program
}

// showOne runs the operator's commands on the store that the walk has used: one
// person, with the very words that were shown.
func showOne(t *testing.T, program string, env []string) {
	t.Helper()
	command := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir, cmd.Env = "..", env
		output, err := cmd.Output()
		if err != nil {
			t.Errorf("broadsheet %v: %v", args, err)
		}
		return string(output)
	}
	if got := command("subscribers", "export"); strings.Count(got, "\n") != 1 || !strings.Contains(got, "unsubscribed") {
		t.Errorf("the export prints %d lines, want one unsubscribed person", strings.Count(got, "\n"))
	}
	got := command("subscribers", "show", walker)
	for _, want := range []string{`"status": "unsubscribed"`, `"frequency": "monthly"`, `"form_text": "`, "You confirm once", `"mail_text": "`, "Somebody, probably you"} {
		if !strings.Contains(got, want) {
			t.Errorf("subscribers show lacks %s", want)
		}
	}
}

// TestOverTCP runs `broadsheet serve` and the commands beside it.
func TestOverTCP(t *testing.T) {
	program := buildBroadsheet(t)
	data := t.TempDir()
	env := append(os.Environ(), "ADDR=127.0.0.1:0", "SITE_URL=http://news.example.org", "DATA_DIR="+data, "CONTENT_DIR=../content", "MAIL_COOLDOWN="+cooldown.String())
	base, log := serve(t, program, env)
	// The scripts post more often than one person may, from one address.
	do := func(r *http.Request) (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) }
	site{base, do, do, kept(t, filepath.Join(data, "outbox"))}.walk(t)

	command := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env = env
		output, err := cmd.Output()
		if err != nil {
			t.Errorf("broadsheet %v: %v", args, err)
		}
		return string(output)
	}
	var exported struct{ Email, Status string }
	if err := json.Unmarshal([]byte(command("subscribers", "export", "-json")), &exported); err != nil || exported.Status != subscriber.Unsubscribed.String() {
		t.Errorf("the export says %+v, %v; want one unsubscribed person", exported, err)
	}
	if got := command("mailbox", "-json"); strings.Count(got, `{"to":`) != 3 || !strings.Contains(got, `"raw":"From:`) {
		t.Errorf("the mailbox prints %q", got)
	}
	if text := log(); strings.Contains(text, "o'hara") || strings.Contains(text, "?t=") || strings.Contains(text, "127.0.0.1") {
		t.Error("the log holds an address, a token or a network address")
	}
}

// serve starts the server and returns its address and its log.
func serve(t *testing.T, program string, env []string) (base string, log func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "serve")
	cmd.Env = env
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	logFile := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(logFile)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = f
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := cmd.Wait(); err != nil && ctx.Err() == nil {
			t.Errorf("serve ended with %v", err)
		}
		_ = f.Close()
		// `make test` searches what tests print for what logs must not hold.
		printed, _ := os.ReadFile(logFile)
		_, _ = t.Output().Write(printed)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b, _ := os.ReadFile(logFile)
		t.Fatalf("serve did not start: %v\n%s", err, b)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "Broadsheet is at ")), func() string {
		b, _ := os.ReadFile(logFile)
		return string(b)
	}
}

// TestOverEvents runs the two Lambda programs.
func TestOverEvents(t *testing.T) {
	printEdition(t)
	data := t.TempDir()
	keys := filepath.Join(data, "keys.json")
	b, err := subscriber.NewKeys(time.Now()).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keys, b, 0o600); err != nil {
		t.Fatal(err)
	}
	pages := lambdatest.Start(t, lambdatest.Build(t, "..", "./functions/pages"), "SITE_URL=http://news.example.org")
	program := lambdatest.Build(t, "..", "./functions/subscription")
	operator := buildBroadsheet(t)
	for name, plain := range map[string]bool{"base64 forms": false, "plain forms": true} {
		t.Run(name, func(t *testing.T) {
			data, table := t.TempDir(), dynamotest.Start(t)
			form := lambdatest.Start(t, program, "SITE_URL=http://news.example.org", "STORE=dynamodb", "MAILER=outbox", "DATA_DIR="+data, "KEYS="+keys,
				"AWS_ENDPOINT_URL_DYNAMODB="+table.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "MAIL_COOLDOWN="+cooldown.String())
			form.PlainForms = plain
			site{"http://news.example.org", pages.Do, form.Do, kept(t, filepath.Join(data, "outbox"))}.walk(t)
			showOne(t, operator, append(os.Environ(), "STORE=dynamodb", "DATA_DIR="+data, "KEYS="+keys, "AWS_ENDPOINT_URL_DYNAMODB="+table.URL,
				"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"))
			if text := form.Output(); strings.Contains(text, "o'hara") || strings.Contains(text, "203.0.113.9") || strings.Contains(text, "?t=") {
				t.Error("the log holds an address, a token or a network address")
			}
		})
	}
	// Events that are hardly events.
	for _, text := range []string{`{}`, `{"rawPath":"/%"}`, `{"requestContext":{"http":{"method":"GET","path":"/news/"}}}`, `{"isBase64Encoded":true,"body":"!"}`} {
		answer, err := pages.Invoke([]byte(text))
		if err != nil || !strings.Contains(string(answer), `"statusCode":`) {
			t.Errorf("%s: %.80s, %v; want an answer", text, answer, err)
		}
	}
	if _, err := pages.Do(mustRequest(t)); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func mustRequest(t *testing.T) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://news.example.org/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestStoreDown: pages do not need the store; the form says 503 and claims
// nothing, and no address stands in the error page (promise 7).
func TestStoreDown(t *testing.T) {
	printEdition(t)
	data := t.TempDir()
	b, err := subscriber.NewKeys(time.Now()).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "keys.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	form := lambdatest.Start(t, lambdatest.Build(t, "..", "./functions/subscription"), "SITE_URL=http://news.example.org", "STORE=dynamodb", "MAILER=outbox",
		"DATA_DIR="+data, "KEYS="+filepath.Join(data, "keys.json"), "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
	script, err := webscript.Parse("down", "POST /subscription\n> Sec-Fetch-Site: same-origin\nform email=jane@example.org&action=subscribe\nstatus 503\nheader Retry-After is 60\nheader Cache-Control is no-store\nbody has The newsletter is resting\nbody lacks jane@\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range script.Run(t.Context(), "http://news.example.org", form.Do, nil) {
		t.Error(failure)
	}
}

// TestRefusesToStart: a program that lacks something says so, with the cure, and
// ends.
func TestRefusesToStart(t *testing.T) {
	printEdition(t)
	program := lambdatest.Build(t, "..", "./functions/subscription")
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"version":1,"pepper":"0101"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"STORE=sqlite"}, "STORE must be dynamodb here"},
		{[]string{"STORE=dynamodb", "KEYS=none.json"}, "the file with the secret keys cannot be read"},
		{[]string{"STORE=dynamodb", "KEYS=" + broken}, "put the file back from a copy"},
		{[]string{"STORE=dynamodb", "KEYS=/broadsheet/keys", "AWS_ENDPOINT_URL_SSM=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1"}, "the parameter with the secret keys cannot be read"},
	} {
		form := lambdatest.Start(t, program, c.env...)
		if !form.Ended(20*time.Second) || !strings.Contains(form.Output(), c.want) || strings.Contains(form.Output(), "0101") {
			t.Errorf("%v printed %s", c.env, form.Output())
		}
	}
}
