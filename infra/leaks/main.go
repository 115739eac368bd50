// Command leaks reads what `go test -json` prints, shows what a person wants to
// see of it, and searches all of it for what no log may hold: e-mail addresses,
// tokens of mailed links, and network addresses other than this machine's.
//
//	go test -json ./... | go run ./infra/leaks
//
// Tests let their programs and handlers log to testing.T.Output, so that the
// search sees it. It ends with 1 if a test failed or something was found.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// event is a line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// purpose are the packages whose tests print addresses on purpose: they type the
// commands of operators, which show people to their operator.
func purpose() []string { return []string{"broadsheet/functions/broadsheet"} }

func main() {
	if !run(os.Stdin, os.Stdout) {
		os.Exit(1)
	}
}

// run copies what matters and returns whether all is well.
func run(in io.Reader, out io.Writer) bool {
	good, found, seen := true, 0, 0
	printed := map[string]*strings.Builder{} // by package and test, until it is known to pass
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(out, lines.Text()) // not of a test: the toolchain speaks
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			seen++
			if printed[key] == nil {
				printed[key] = &strings.Builder{}
			}
			printed[key].WriteString(e.Output)
			for _, leak := range leaksIn(e) {
				found++
				fmt.Fprintf(out, "LEAK: %s prints %s\n", strings.TrimSpace(e.Package+" "+e.Test), leak)
			}
		case "fail", "build-fail":
			good = false
			fmt.Fprintf(out, "FAIL %s\n", strings.TrimSpace(e.Package+e.ImportPath+" "+e.Test))
			if b := printed[key]; b != nil {
				fmt.Fprint(out, b.String())
			}
		case "pass", "skip":
			if e.Test == "" {
				fmt.Fprintf(out, "ok   %s %.1fs\n", e.Package, e.Elapsed)
			}
			delete(printed, key)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(out, "leaks:", err)
		return false
	}
	fmt.Fprintf(out, "leaks: %d lines of output searched, %d found\n", seen, found)
	return good && found == 0 && seen > 0
}

// leaksIn returns what a line must not hold, with all but its beginning hidden.
func leaksIn(e event) []string {
	for _, p := range purpose() {
		if e.Package == p {
			return nil
		}
	}
	if strings.HasPrefix(e.Output, "=== ") || strings.HasPrefix(strings.TrimSpace(e.Output), "--- ") {
		return nil // the name of a test, which is in the source anyway
	}
	var leaks []string
	for what, pattern := range patterns() {
		for _, text := range pattern.FindAllString(e.Output, -1) {
			if !harmless(text) {
				leaks = append(leaks, fmt.Sprintf("%s: %.4s…", what, text))
			}
		}
	}
	return leaks
}

func patterns() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"an e-mail address": regexp.MustCompile(`[A-Za-z0-9._%+'=-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`),
		"a token":           regexp.MustCompile(`\bAQ[A-Za-z0-9_-]{56}\b`),
		"an IPv4 address":   regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`),
		"an IPv6 address":   regexp.MustCompile(`\b[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){3,7}\b`),
	}
}

// harmless tells what only looks like a network address, or is this machine's:
// the addresses that listeners have, and versions of modules.
func harmless(text string) bool {
	return strings.HasPrefix(text, "127.") || text == "0.0.0.0" || strings.Contains(text, "@v")
}
