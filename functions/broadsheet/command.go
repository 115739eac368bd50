package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/config"
)

// program is what a command works with.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	interactive    bool // a person sits at the terminal and can be asked
	json           bool // -json was given
	getenv         func(string) string
	config         config.Config
}

// command is one command of the command line.
type command struct {
	name    string // words, as typed: "subscribers export"
	args    string // what stands behind it, for the usage line; if empty, nothing may
	summary string // one line
	about   string // a paragraph
	example string
	json    string // what -json prints, for its help; empty: setup declares the flag, or there is none
	// setup declares the flags and returns what the command does.
	setup func(*flag.FlagSet) func(context.Context, *program, []string) error
}

// commands are all commands, in the order of the help.
func commands() []command {
	return slices.Concat(
		serveCommands(), contentCommands(), newCommands(), []command{importCommand()}, mailCommands(), issueCommands(), operatorCommands(),
		stackCommands(), []command{completionCommand()},
	)
}

// Exit codes of every command.
const (
	exitOK    = 0
	exitError = 1 // it was tried and failed
	exitUsage = 2 // the command line cannot be meant
)

// usageError is a command line that cannot be meant; exit code 2.
type usageError string

func (e usageError) Error() string { return string(e) }

// told is a failure that the objects on the standard output tell already: what
// there is to mend, which mails failed.
type told struct{ error }

// result prints the end of a command: an object with -json, else a text.
func (p *program) result(object any, format string, args ...any) error {
	if p.json {
		return p.object(object)
	}
	_, err := fmt.Fprintf(p.stdout, format, args...)
	return err
}

// object prints a line of JSON.
func (p *program) object(v any) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// failed tells why a command failed, in one line on the standard error. With
// -json the standard output ends with an object that says so, too, unless those
// before it do: whoever reads it need not look anywhere else.
func (p *program) failed(ctx context.Context, err error) {
	what := err.Error()
	if ctx.Err() != nil {
		what = strings.ReplaceAll(what, context.Canceled.Error(), "interrupted")
	}
	fmt.Fprintln(p.stderr, p.paint(p.stderr, red, "broadsheet:"), what)
	if !p.json || errors.As(err, &told{}) {
		return
	}
	_ = p.object(struct {
		Error string `json:"error"`
	}{what})
}

// run runs one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	err := p.dispatch(ctx, args)
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		p.failed(ctx, err)
		return exitUsage
	}
	p.failed(ctx, err)
	return exitError
}

func (p *program) dispatch(ctx context.Context, args []string) (err error) {
	switch {
	case len(args) == 0 || slices.Contains(helpFlags, args[0]) || args[0] == "help" && len(args) == 1:
		p.help(commands())
		return nil
	case args[0] == "help" && args[1] == "-man":
		p.manual()
		return nil
	case args[0] == "help":
		args = append(args[1:], "-h")
	}
	if group := beginning(args[0]); len(group) > 1 && len(args) == 2 && slices.Contains(helpFlags, args[1]) {
		p.help(group)
		return nil
	}
	c, rest, err := find(args)
	if err != nil {
		return err
	}
	flags, action := c.declare()
	words, err := parse(flags, rest)
	p.json = flags.Lookup("json") != nil && (flags.Lookup("json").Value.String() == "true" || err != nil && slices.Contains(rest, "-json"))
	if errors.Is(err, flag.ErrHelp) {
		c.help(p.stdout, flags)
		return nil
	} else if err != nil {
		return wrongFlag(c, flags, err)
	}
	if c.args == "" && len(words) > 0 {
		return usageError(fmt.Sprintf("%q is one word too many", words[0]))
	}
	if p.config, err = config.Load(p.getenv); err != nil {
		return usageError(strings.ReplaceAll(err.Error(), "\n", "\nbroadsheet: "))
	}
	return action(ctx, p, words)
}

// line reads a line that somebody types, until they press Ctrl-C.
func (p *program) line(ctx context.Context, in *bufio.Reader) (string, error) {
	type read struct {
		text string
		err  error
	}
	typed := make(chan read, 1)
	go func() { // ends with the program if nobody types anything more
		text, err := in.ReadString('\n')
		typed <- read{strings.TrimSpace(text), err}
	}()
	select {
	case r := <-typed:
		return r.text, r.err
	case <-ctx.Done():
		fmt.Fprintln(p.stdout)
		return "", ctx.Err()
	}
}

// declare returns the flags of a command and what it does.
func (c command) declare() (*flag.FlagSet, func(context.Context, *program, []string) error) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	action := c.setup(flags)
	if c.json != "" {
		flags.Bool("json", false, "print "+c.json)
	}
	return flags, action
}

// parse reads flags wherever they stand and returns the words between them.
// Behind "--" everything is a word.
func parse(flags *flag.FlagSet, rest []string) (words []string, err error) {
	for {
		if err := flags.Parse(rest); err != nil {
			return nil, err
		}
		left := flags.Args()
		if n := len(rest) - len(left); len(left) == 0 || n > 0 && rest[n-1] == "--" {
			return append(words, left...), nil
		}
		words, rest = append(words, left[0]), left[1:]
	}
}

// find returns the command that the words begin with and the words behind it.
func find(args []string) (command, []string, error) {
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) {
			return c, args[len(words):], nil
		}
	}
	if group := beginning(args[0]); len(group) > 0 && len(args) == 1 {
		names := make([]string, len(group))
		for i, c := range group {
			names[i] = "`broadsheet " + c.name + "`"
		}
		return command{}, nil, usageError(fmt.Sprintf("%q needs one more word: %s", args[0], strings.Join(names, ", ")))
	}
	return command{}, nil, unknown(args)
}

// beginning returns the commands whose first word is given.
func beginning(word string) []command {
	return slices.DeleteFunc(commands(), func(c command) bool { return strings.Fields(c.name)[0] != word })
}

func now() time.Time { return time.Now() }
