package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/sitetest"
	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/subscriber"
)

const letterText = `
-- newsletter/7/index.md --
---
number: 7
title: The seventh letter
summary: One sentence.
date: 2026-10-01
topics: [canine]
---
Words and [a page](/about/).
`

// office is a laptop with a small site, for the commands of newsletters.
type laptop struct {
	*testing.T
	content, data string
}

func newLaptop(t *testing.T, people int) *laptop {
	l := &laptop{T: t, content: filepath.Join(t.TempDir(), "content"), data: filepath.Join(t.TempDir(), "var")}
	if err := os.CopyFS(l.content, sitetest.Files(t, letterText)); err != nil {
		t.Fatal(err)
	}
	l.run(2, "issue", "list", "too much") // makes no keys yet
	l.run(0, "issue", "list")
	keys, err := os.ReadFile(filepath.Join(l.data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := subscriber.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	s := l.store()
	defer s.Close()
	for n := range people {
		a, err := subscriber.ParseAddress(fmt.Sprintf("reader%d@example.org", n))
		if err != nil {
			t.Fatal(err)
		}
		e := subscriber.Event{Kind: subscriber.Import, ID: k.ID(a), Op: fmt.Sprint("import", n), At: time.Now().Add(-time.Hour), Email: a.String()}
		if n == 0 {
			e.Preferences.Topics = []string{"wildlife"} // not in the audience
		}
		if _, err := s.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l *laptop) store() *sqlite.Store {
	s, err := sqlite.Open(context.Background(), filepath.Join(l.data, "broadsheet.db"), subscriber.DefaultLimits())
	if err != nil {
		l.Fatal(err)
	}
	return s
}

// run runs a command and returns what it printed, both ways.
func (l *laptop) run(code int, args ...string) string {
	l.Helper()
	var out bytes.Buffer
	env := map[string]string{"CONTENT_DIR": l.content, "DATA_DIR": l.data, "SITE_URL": "https://news.example.org"}
	p := program{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: func(name string) string { return env[name] }}
	if got := p.run(l.Context(), args); got != code {
		l.Errorf("broadsheet %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, &out)
	}
	return out.String()
}

func (l *laptop) has(text string, all ...string) {
	l.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			l.Errorf("%q lacks %q", text, want)
		}
	}
}

func (l *laptop) mails() []outbox.Kept {
	box, err := outbox.Open(filepath.Join(l.data, "outbox"))
	if err != nil {
		l.Fatal(err)
	}
	all, err := box.List(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return all
}

// edit changes a file of the content.
func (l *laptop) edit(name, old, with string) {
	l.Helper()
	file := filepath.Join(l.content, name)
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), old) {
		l.Fatalf("%s has no %q (%v)", name, old, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), old, with, 1)), 0o644); err != nil {
		l.Fatal(err)
	}
}

// TestIssueCommands sends a newsletter as an operator does.
func TestIssueCommands(t *testing.T) {
	l := newLaptop(t, 4)
	var listed struct {
		ID, Subject, State string
		Number             int
	}
	if err := json.Unmarshal([]byte(l.run(0, "issue", "list", "-json")), &listed); err != nil || listed.Number != 7 || listed.State != "new" || listed.Subject != "The seventh letter" {
		t.Fatalf("list: %+v, %v", listed, err)
	}
	l.has(l.run(0, "issue", "preview", "7"), "Subject: The seventh letter", "Words and a page <https://news.example.org/about/>")
	l.has(l.run(0, "issue", "preview", "-part", "source", "7"), "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "MIME-Version")
	l.run(0, "issue", "test", "7", "editor@example.org")
	if mails := l.mails(); len(mails) != 1 || mails[0].To != "editor@example.org" || mails[0].Subject != "[Test] The seventh letter" {
		t.Fatalf("the test mail: %+v", mails)
	}
	l.has(l.run(1, "issue", "status", "7"), "was never sent")
	l.has(l.run(0, "issue", "send", "-check", listed.ID), "can be sent")
	out := l.run(0, "issue", "send", "-json", listed.ID)
	var f figures
	if err := json.Unmarshal([]byte(out[strings.LastIndex(out, "{"):]), &f); err != nil || f.Totals != (issue.Totals{Planned: 3, Sent: 3}) || f.Stage != "closed" {
		t.Errorf("send printed %q: %+v, %v", out, f, err)
	}
	mails := l.mails()
	if len(mails) != 4 || !strings.Contains(mails[3].Text, "/subscription/unsubscribe?t=") {
		t.Errorf("%d mails in the outbox, want the test and three", len(mails))
	}
	l.has(l.run(0, "issue", "status", "7"), "is closed", "planned 3", "sent    3")
	l.has(l.run(0, "issue", "list"), "closed")
	l.has(l.run(1, "issue", "send", "7"), "was already sent")
	l.has(l.run(1, "issue", "pause", "7"), "is closed")
	l.edit("newsletter/7/index.md", "Words and", "Other words and")
	l.has(l.run(1, "issue", "send", "7"), "was changed since")
	if n := len(l.mails()); n != 4 {
		t.Errorf("%d mails after the refusals, want still 4", n)
	}
}

// TestIssueRefused: what must not be sent is refused with its reason, and
// nothing is queued.
func TestIssueRefused(t *testing.T) {
	l := newLaptop(t, 1) // nobody in the audience
	l.has(l.run(1, "issue", "send", "7"), "has no audience")
	l.has(l.run(1, "issue", "send", "8"), `there is no issue "8"`)
	l.has(l.run(2, "issue", "send"), "name one issue")
	l.has(l.run(2, "issue", "test", "7", "nobody"), "no address")
	l.has(l.run(1, "issue", "resume", "7"), "was never sent")
	l.has(l.run(2, "issue", "preview", "-part", "smell", "7"), "write text, html or source")
	l.edit("newsletter/7/index.md", "date: 2026-10-01", "date: 2026-10-01\nnot_after: 2026-10-05")
	l.has(l.run(1, "issue", "send", "7"), "is too late")
	l.edit("newsletter/7/index.md", "date: 2026-10-01\nnot_after: 2026-10-05", "date: 2199-01-01")
	l.has(l.run(1, "issue", "send", "7"), "it is dated 2199-01-01")
	l.edit("newsletter/7/index.md", "topics: [canine]", "articles: [/news/2020/none/]")
	l.has(l.run(1, "issue", "send", "7"), "newsletter/7/index.md:6:12", "nothing has the address /news/2020/none/")
	s := l.store()
	defer s.Close()
	if all, err := s.Issues(t.Context()); err != nil || len(all) > 0 || len(l.mails()) > 0 {
		t.Errorf("the ledger has %d issues, the outbox %d mails, %v; want none", len(all), len(l.mails()), err)
	}
}

// TestIssuePaused: a paused issue goes on with resume, unknown deliveries only
// when the operator says so.
func TestIssuePaused(t *testing.T) {
	l := newLaptop(t, 4)
	s := l.store()
	defer s.Close()
	var i issue.Issue
	{ // an issue of which one mail got no answer, paused
		var listed struct{ ID string }
		if err := json.Unmarshal([]byte(l.run(0, "issue", "list", "-json")), &listed); err != nil {
			t.Fatal(err)
		}
		i = issue.Issue{ID: listed.ID, Kind: issue.Newsletter, Number: 7, Stage: issue.Paused, Reason: "daily quota", Planned: 3}
	}
	if ok, err := s.Save(t.Context(), i); !ok || err != nil {
		t.Fatal(ok, err)
	}
	old := time.Now().Add(-2 * time.Hour)
	unknown := true
	for digit := range 16 {
		for p, err := range s.Audience(t.Context(), digit) {
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Preferences.Topics) > 0 {
				continue
			}
			steps := []issue.Step{issue.Plan}
			if unknown {
				steps, unknown = append(steps, issue.Claim, issue.Lose), false
			}
			for _, step := range steps {
				if _, _, err := s.Move(t.Context(), issue.Change{Step: step, Issue: i.ID, ID: p.ID, At: old, Owner: "o", Lease: old, Attempt: 1, Reason: "no answer"}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	l.has(l.run(1, "issue", "send", "7"), "is paused (daily quota)", "issue resume")
	out := l.run(1, "issue", "resume", "7")
	l.has(out, "planned 3, sent 2, skipped 0, failed 0, unknown 1", "1 are unknown")
	l.has(l.run(0, "issue", "status", "7"), "unknown 1", "no answer")
	l.has(l.run(1, "issue", "resume", "-resend-unknown", "7"), "say -yes")
	l.has(l.run(0, "issue", "resume", "-resend-unknown", "-yes", "7"), "planned 3, sent 3")
	if n := len(l.mails()); n != 3 {
		t.Errorf("%d mails, want 3", n)
	}
}

func TestHistogram(t *testing.T) {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var times []time.Time
	for n := range 100 {
		times = append(times, start.Add(time.Duration(n*n)*time.Millisecond))
	}
	line := histogram(times)
	if !strings.HasPrefix(line, "12:00:00 █") || !strings.HasSuffix(line, " 12:00:09 UTC") || len([]rune(line)) != len("12:00:00 ")+30+len(" 12:00:09 UTC") {
		t.Errorf("%q", line)
	}
	if histogram(times[:1]) != "" {
		t.Error("one mail has no histogram")
	}
}
