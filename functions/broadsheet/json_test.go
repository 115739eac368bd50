package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/sitetest"
)

// silent are the commands without -json, with the reason.
func silent() map[string]string {
	return map[string]string{"completion": "prints lines for the start-up file of a shell"}
}

// wordsFor are words that a command takes for well-formed.
func wordsFor(c command) []string {
	switch {
	case c.args == "":
		return nil
	case c.name == "import":
		return []string{"feed", "nothing.xml"}
	case c.name == "issue test":
		return []string{"1", "jane@example.org"}
	case strings.Contains(c.args, "address"):
		return []string{"jane@example.org"}
	case strings.Contains(c.args, "number"):
		return []string{"9"}
	}
	return []string{"nothing"}
}

// objects reads the lines of a standard output, each of which has to be an object.
func objects(t *testing.T, name, out string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(out) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%s -json prints what is no object: %v\n%s", name, err, out)
		}
		all = append(all, object)
	}
	return all
}

// TestJSONEverywhere: every command has -json, says in its help what it prints,
// and with it a failure is an object, too, whether the command line is wrong or
// the command fails.
func TestJSONEverywhere(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("blocked", []byte("a file where a folder should be"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		environment := map[string]string{"DATA_DIR": "blocked", "CONTENT_DIR": "nowhere", "ADDR": "127.0.0.1:0"}
		p := &program{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return environment[name] }}
		return p.run(t.Context(), args), stdout.String(), stderr.String()
	}
	for _, c := range commands() {
		flags, _ := c.declare()
		if silent()[c.name] != "" {
			if flags.Lookup("json") != nil {
				t.Errorf("%s has -json, and stands among those that have not", c.name)
			}
			continue
		}
		if flags.Lookup("json") == nil {
			t.Errorf("%s has no -json", c.name)
			continue
		}
		if usage := flags.Lookup("json").Usage; usage == "print one JSON object" {
			t.Errorf("%s does not say what -json prints: %q", c.name, usage)
		}
		words := strings.Fields(c.name)
		if code, out, _ := run(append(words, "-json", "-no-such-flag")...); code != exitUsage || len(objects(t, c.name, out)) != 1 || objects(t, c.name, out)[0]["error"] == nil {
			t.Errorf("%s -json -no-such-flag: code %d, %q", c.name, code, out)
		}
		code, out, told := run(append(append(words, "-json"), wordsFor(c)...)...)
		all := objects(t, c.name, out)
		if code != exitOK && (len(all) == 0 || all[len(all)-1]["error"] == nil || !strings.Contains(told, "broadsheet: ")) {
			t.Errorf("%s -json fails without an object that says why: %q, %q", c.name, out, told)
		}
	}
}

// TestJSONOfSuccess: what commands print when all is well are objects, too.
func TestJSONOfSuccess(t *testing.T) {
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	files := sitetest.Files(t, "-- newsletter/7/index.md --\n---\nnumber: 7\ntitle: Seven\nsummary: One.\ndate: 2026-10-01\n---\nWords.\n")
	list := "email,status,confirmed_at,left_at,id\njane@example.org,confirmed,2024-05-01,,1\njoe@example.org,confirmed,2024-05-01,,2\nann@example.org,complained,2024-05-01,2024-06-01,3\n"
	err = errors.Join(os.CopyFS("content", fstest.MapFS(files)), os.Mkdir("old", 0o700), os.Mkdir("var", 0o700),
		os.WriteFile("list.csv", []byte(list), 0o600), os.WriteFile("old/a.html", []byte("<title>A</title><p>Words.</p>"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"DATA_DIR": "var"}
	untried := map[string]string{"serve": "runs on", "doctor": "asks the net", "version": "needs an embedded edition", "completion": "has no -json",
		"keys retire": "needs a key that was rotated out for long", "issue pause": "needs an issue on its way", "issue resume": "needs a paused one",
		"new news": "prints what new page does", "new event": "the same", "new publication": "the same"}
	for _, line := range [][]string{
		{"config"}, {"check"}, {"schema"}, {"edition", "-o", "edition"},
		{"cost", "-template", filepath.Join(repository, "template.yaml"), "-prices", filepath.Join(repository, "infra/prices.json")},
		{"keys new"}, {"subscribers import", "-apply", "-evidence", "a letter", "list.csv"}, {"keys rotate"}, {"keys list"},
		{"subscribers stats"}, {"subscribers export"}, {"subscribers show", "jane@example.org"}, {"subscribers sweep"}, {"subscribers verify"}, {"subscribers roots"},
		{"issue list"}, {"issue preview", "7"}, {"issue test", "7", "jane@example.org"}, {"issue send", "7"}, {"issue status", "7"}, {"mailbox"},
		{"backup", "b.backup"}, {"restore", "-n", "b.backup"}, {"restore", "b.backup"}, {"restore"},
		{"subscribers erase", "-yes", "joe@example.org"}, {"subscribers lift", "-reason", "she wrote", "ann@example.org"},
		{"import", "html", "old"}, {"new page", "-title", "Visit us", "-summary", "How to come."},
		{"new issue", "-title", "Eight", "-summary", "Two."},
	} {
		var stdout, stderr bytes.Buffer
		p := &program{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return environment[name] }}
		if code := p.run(t.Context(), append(append(strings.Fields(line[0]), "-json"), line[1:]...)); code != exitOK {
			t.Errorf("%q: code %d, %s", line, code, stderr.String())
		}
		objects(t, strings.Join(line, " "), stdout.String())
		untried[line[0]] = "tried"
	}
	for _, c := range commands() {
		if untried[c.name] == "" {
			t.Errorf("%s is not tried", c.name)
		}
	}
}

// TestFindingsTell: what the objects of a command tell is not told a second time
// as its failure.
func TestFindingsTell(t *testing.T) {
	files := sitetest.Files(t, "-- pages/spoilt.md --\n---\ntitel: X\n---\n")
	dir := filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(dir, fstest.MapFS(files)); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	p := &program{stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return map[string]string{"CONTENT_DIR": dir}[name] }}
	if code := p.run(t.Context(), []string{"check", "-json"}); code != exitError {
		t.Errorf("code %d, want %d", code, exitError)
	}
	for _, object := range objects(t, "check", stdout.String()) {
		if object["error"] != nil || object["what"] == nil {
			t.Errorf("check -json prints %v", object)
		}
	}
	if !strings.Contains(stderr.String(), "to mend") {
		t.Errorf("people are told %q", stderr.String())
	}
}

// TestInterrupted: whoever presses Ctrl-C is told that, and not of a context.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	p := &program{stderr: &stderr, getenv: func(string) string { return "" }}
	p.failed(ctx, errors.Join(context.Canceled))
	if got := stderr.String(); got != "broadsheet: interrupted\n" {
		t.Errorf("got %q", got)
	}
}
