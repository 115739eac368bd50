package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewAsks: at a terminal every answer is checked at once and asked for
// again; an end of the input writes nothing.
func TestNewAsks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(dir, os.DirFS("../../content")); err != nil {
		t.Fatal(err)
	}
	run := func(input string) (int, string) {
		var out, problems bytes.Buffer
		p := program{stdin: strings.NewReader(input), stdout: &out, stderr: &problems, interactive: true, getenv: func(name string) string {
			return map[string]string{"CONTENT_DIR": dir}[name]
		}}
		code := p.run(t.Context(), []string{"new", "event", "-topics", "drugs"})
		return code, out.String() + problems.String()
	}
	code, said := run("A day\n\nOne sentence.\n2027-05-05\n\n\nBangkok\nzz\nth\nhybird\nhybrid\n\n\n\n")
	for _, want := range []string{"this is needed", `"zz" is not known`, `"hybird" is not known; did you mean "hybrid"?`, "How it is held (onsite, online, hybrid) [onsite]:", "Status (scheduled, postponed, cancelled) [scheduled]:"} {
		if !strings.Contains(said, want) {
			t.Errorf("the dialogue has no %q", want)
		}
	}
	written, err := os.ReadFile(filepath.Join(dir, "events/a-day/index.md"))
	if code != 0 || err != nil || !strings.Contains(string(written), "mode: hybrid") {
		t.Errorf("exit %d, %v, file %s, dialogue %s", code, err, written, said)
	}
	if code, said := run("Cut short\n"); code != 1 || !strings.Contains(said, "the input ended; nothing was written") {
		t.Errorf("exit %d, %s", code, said)
	}
}
