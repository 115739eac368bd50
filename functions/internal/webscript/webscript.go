// Package webscript runs request scripts: plain text files of requests and what
// the answers must be. The same script runs over TCP and over Lambda events, in
// tests and as the ready check of a deployed version, so this package imports
// only the standard library and knows nothing of testing.
//
// A script is a sequence of blocks, separated by empty lines:
//
//	# A comment.
//	POST /subscription
//	> Sec-Fetch-Site: same-origin
//	form email=jane@example.org&action=subscribe
//	status 200
//	header Cache-Control is no-store
//	header X-Robots-Tag has noindex
//	header Set-Cookie absent
//	body has Please look into your mail
//	body lacks jane@example.org
//	capture token t=([A-Za-z0-9_-]{58})
//
// A line "> Name: value" sets a request header, "form" and "body-is" a body.
// ${name} stands for a variable given to Run or captured from the body of an
// earlier answer, anywhere in a line. The default status is 200.
package webscript

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Script is a parsed script.
type Script struct {
	name   string
	blocks []block
}

type block struct {
	line         int
	method, path string
	request      []command
	checks       []command
}

type command struct {
	line       int
	verb, rest string
}

// Do sends a request and returns the answer, unfollowed redirects included.
type Do func(*http.Request) (*http.Response, error)

// Parse reads a script. An error names the script and the line.
func Parse(name, text string) (*Script, error) {
	s := &Script{name: name}
	var b *block
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		c := command{i + 1, verb, strings.TrimSpace(rest)}
		switch {
		case line == "":
			b = nil
		case strings.HasPrefix(line, "#"):
		case b == nil:
			if !strings.HasPrefix(c.rest, "/") && !strings.HasPrefix(c.rest, "${") {
				return nil, fmt.Errorf("%s:%d: a block begins with a method and a path, not %q", name, i+1, line)
			}
			s.blocks = append(s.blocks, block{line: i + 1, method: verb, path: c.rest})
			b = &s.blocks[len(s.blocks)-1]
		case verb == ">", verb == "form", verb == "body-is":
			b.request = append(b.request, c)
		case verb == "status", verb == "header", verb == "body", verb == "capture":
			b.checks = append(b.checks, c)
		default:
			return nil, fmt.Errorf("%s:%d: unknown line %q; lines begin with >, form, body-is, status, header, body or capture", name, i+1, verb)
		}
	}
	return s, nil
}

// Run sends every request of the script to base and returns what failed, a line
// each. It goes on after a failed check and stops at a request that has no
// answer.
func (s *Script) Run(ctx context.Context, base string, do Do, vars map[string]string) []string {
	known := map[string]string{}
	for k, v := range vars {
		known[k] = v
	}
	var failures []string
	for _, b := range s.blocks {
		answer, body, err := b.send(ctx, base, do, known)
		if err != nil {
			return append(failures, fmt.Sprintf("%s:%d: %s %s: %v", s.name, b.line, b.method, b.path, err))
		}
		for _, c := range b.allChecks() {
			if err := c.check(answer, body, known); err != nil {
				failures = append(failures, fmt.Sprintf("%s:%d: %s %s: %v", s.name, c.line, b.method, b.path, err))
			}
		}
	}
	return failures
}

// allChecks adds the default status.
func (b block) allChecks() []command {
	for _, c := range b.checks {
		if c.verb == "status" {
			return b.checks
		}
	}
	return append([]command{{b.line, "status", "200"}}, b.checks...)
}

func expand(s string, vars map[string]string) string {
	for k, v := range vars {
		s = strings.ReplaceAll(s, "${"+k+"}", v)
	}
	return s
}

func (b block) send(ctx context.Context, base string, do Do, vars map[string]string) (*http.Response, string, error) {
	var body io.Reader
	header := http.Header{}
	for _, c := range b.request {
		text := expand(c.rest, vars)
		switch c.verb {
		case ">":
			name, value, _ := strings.Cut(text, ":")
			header.Add(name, strings.TrimSpace(value))
		case "form":
			body = strings.NewReader(text)
			if header.Get("Content-Type") == "" {
				header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
		case "body-is":
			body = strings.NewReader(text)
		}
	}
	r, err := http.NewRequestWithContext(ctx, b.method, base+expand(b.path, vars), body)
	if err != nil {
		return nil, "", err
	}
	r.Header = header
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	answer, err := do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, "", err
	}
	if answer.Header.Get("Content-Encoding") == "gzip" && len(raw) > 0 {
		zr, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, "", err
		}
		if raw, err = io.ReadAll(zr); err != nil {
			return nil, "", err
		}
	}
	return answer, string(raw), nil
}

func (c command) check(answer *http.Response, body string, vars map[string]string) error {
	want := expand(c.rest, vars)
	switch c.verb {
	case "status":
		if strconv.Itoa(answer.StatusCode) != want {
			return fmt.Errorf("status %d, want %s", answer.StatusCode, want)
		}
		return nil
	case "header":
		return checkHeader(answer.Header, want)
	case "capture":
		return capture(want, body, vars)
	}
	verb, text, _ := strings.Cut(want, " ")
	switch {
	case verb == "has" && !strings.Contains(body, text):
		return fmt.Errorf("the body has no %q; it begins %q", text, body[:min(200, len(body))])
	case verb == "lacks" && strings.Contains(body, text):
		return fmt.Errorf("the body has %q", text)
	case verb == "empty" && body != "":
		return fmt.Errorf("the body has %d bytes, want none", len(body))
	case verb != "has" && verb != "lacks" && verb != "empty":
		return fmt.Errorf("unknown check %q; a body has, lacks or is empty", verb)
	}
	return nil
}

func checkHeader(h http.Header, check string) error {
	name, rest, _ := strings.Cut(check, " ")
	verb, text, _ := strings.Cut(rest, " ")
	got := strings.Join(h.Values(name), ", ")
	switch {
	case verb == "is" && got != text:
		return fmt.Errorf("%s is %q, want %q", name, got, text)
	case verb == "has" && !strings.Contains(got, text):
		return fmt.Errorf("%s is %q, want %q in it", name, got, text)
	case verb == "absent" && got != "":
		return fmt.Errorf("%s is %q, want none", name, got)
	case verb != "is" && verb != "has" && verb != "absent":
		return fmt.Errorf("unknown check %q; a header is, has or is absent", verb)
	}
	return nil
}

func capture(want, body string, vars map[string]string) error {
	name, pattern, _ := strings.Cut(want, " ")
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	m := re.FindStringSubmatch(body)
	if len(m) < 2 {
		return fmt.Errorf("the body has nothing that matches %s", pattern)
	}
	vars[name] = m[1]
	return nil
}
