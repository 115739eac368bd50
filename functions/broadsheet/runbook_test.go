package main

import (
	"flag"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRunbook: every command of ours that the runbook and the alarms name exists,
// with the flags it is given, and every target of make.
func TestRunbook(t *testing.T) {
	text := read(t, "../../infra/RUNBOOK.md")
	makefile := read(t, "../../Makefile")
	// A command may break at the end of a line.
	code := regexp.MustCompile("(?s)`([^`]+)`").FindAllStringSubmatch(text, -1)
	commands, targets := 0, 0
	for _, c := range code {
		words := strings.Fields(c[1])
		for len(words) > 0 && strings.Contains(words[0], "=") {
			words = words[1:] // settings before a command
		}
		switch {
		case len(words) > 1 && words[0] == "make":
			targets++
			if !regexp.MustCompile(`(?m)^` + words[1] + `:`).MatchString(makefile) {
				t.Errorf("`%s`: the Makefile has no target %s", c[1], words[1])
			}
		case len(words) > 1 && words[0] == "broadsheet":
			commands++
			command, rest, err := find(words[1:])
			if err != nil {
				t.Errorf("`%s`: %v", c[1], err)
				continue
			}
			checkFlags(t, c[1], command, rest)
		}
	}
	if commands < 15 || targets < 10 {
		t.Errorf("only %d commands and %d targets were found in the runbook", commands, targets)
	}
	for _, m := range regexp.MustCompile(`infra/RUNBOOK\.md, ([A-Z][A-Za-z ]+)`).FindAllStringSubmatch(read(t, "../../infra/watch.yaml")+read(t, "../internal/doctor/doctor.go")+read(t, "../internal/doctor/mail.go")+read(t, "../../infra/deploy.sh"), -1) {
		chapter := strings.TrimSuffix(m[1], " has the steps")
		if !strings.Contains(text, "\n## "+chapter+"\n") {
			t.Errorf("a message points to the chapter %q, which the runbook does not have", chapter)
		}
	}
}

func checkFlags(t *testing.T, line string, c command, rest []string) {
	t.Helper()
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	c.setup(flags)
	if i := slices.IndexFunc(rest, func(w string) bool { return w == ">" || w == "|" }); i >= 0 {
		rest = rest[:i]
	}
	if err := flags.Parse(rest); err != nil {
		t.Errorf("`%s`: %v", line, err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
