package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"broadsheet/functions/internal/content"
)

// helpFlags are the flags that ask for help.
var helpFlags = []string{"-h", "-help", "--help"}

// help lists commands: all, or those that begin with the same word.
func (p *program) help(listed []command) {
	fmt.Fprint(p.stdout, "Broadsheet: a news site and newsletter in one repository.\n\nusage: broadsheet <command> [flags] [arguments]\n\n")
	for _, c := range listed {
		fmt.Fprintf(p.stdout, "  %-20s %s\n", c.name, c.summary)
	}
	fmt.Fprint(p.stdout, "\n`broadsheet help <command>` says more. Settings come from the environment; `broadsheet config` lists them.\n")
}

func (c command) help(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\nusage: broadsheet %s\n\n%s\n", c.summary, strings.TrimSpace(c.name+" [flags] "+c.args), c.about)
	first := true
	flags.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprint(w, "\nFlags:\n")
			first = false
		}
		value, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(w, "  -%s %s\n      %s", f.Name, value, usage)
		if f.DefValue != "" && f.DefValue != "false" {
			fmt.Fprintf(w, " (default %s)", f.DefValue)
		}
		fmt.Fprintln(w)
	})
	if c.example != "" {
		fmt.Fprintf(w, "\nExample:\n  %s\n", strings.ReplaceAll(c.example, "\n", "\n  "))
	}
	if flags.Lookup("json") != nil {
		fmt.Fprint(w, "\nWith -json each line of the standard output is one JSON object. A failure that they do not tell is the last of them: {\"error\":\"what is wrong; how to mend it\"}.\n")
	}
	fmt.Fprint(w, "\nExit codes: 0 done, 1 failed, 2 the command line is wrong.\n")
}

// flagNames returns the flags of a set as they are typed.
func flagNames(flags *flag.FlagSet) []string {
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, "-"+f.Name) })
	return names
}

// unknown is a command line that begins with no command, with the one that was
// probably meant.
func unknown(args []string) error {
	if slices.Contains(helpFlags, args[len(args)-1]) && len(args) > 1 {
		args = args[:len(args)-1]
	}
	var names, firsts []string
	for _, c := range commands() {
		names = append(names, c.name)
		firsts = append(firsts, strings.Fields(c.name)[0])
	}
	typed := args[0]
	meant := content.Nearest(typed, firsts)
	if len(args) > 1 {
		if both := content.Nearest(args[0]+" "+args[1], names); both != "" || meant == typed {
			typed, meant = args[0]+" "+args[1], both
		}
	}
	if meant == "" {
		return usageError(fmt.Sprintf("unknown command %q; `broadsheet help` lists all commands", typed))
	}
	return usageError(fmt.Sprintf("unknown command %q; did you mean `broadsheet %s`?", typed, meant))
}

// wrongFlag says what is wrong with a flag, and which was probably meant.
func wrongFlag(c command, flags *flag.FlagSet, err error) error {
	what := err.Error()
	if name, ok := strings.CutPrefix(what, "flag provided but not defined: "); ok {
		what = "there is no flag " + name
		if meant := content.Nearest(name, flagNames(flags)); meant != "" {
			return usageError(fmt.Sprintf("%s: %s; did you mean %s?", c.name, what, meant))
		}
	}
	return usageError(fmt.Sprintf("%s: %s; see `broadsheet help %s`", c.name, what, c.name))
}

// manual prints a manual page in the macros of man(7).
func (p *program) manual() {
	fmt.Fprint(p.stdout, ".TH BROADSHEET 1\n.SH NAME\nbroadsheet \\- news site and newsletter in one repository\n.SH SYNOPSIS\n.B broadsheet\n.I command\n[flags] [arguments]\n.SH COMMANDS\n")
	for _, c := range commands() {
		fmt.Fprintf(p.stdout, ".SS broadsheet %s\n%s\n", roff(strings.TrimSpace(c.name+" "+c.args)), strings.ReplaceAll(roff(c.about), "\n\n", "\n.PP\n"))
		flags, _ := c.declare()
		flags.VisitAll(func(f *flag.Flag) {
			value, usage := flag.UnquoteUsage(f)
			fmt.Fprintf(p.stdout, ".TP\n.BI \\-%s \" %s\"\n%s\n", roff(f.Name), roff(value), roff(usage))
		})
		if c.example != "" {
			fmt.Fprintf(p.stdout, ".PP\n.nf\n%s\n.fi\n", roff(c.example))
		}
	}
	fmt.Fprint(p.stdout, ".SH ENVIRONMENT\n")
	for _, s := range p.config.Settings() {
		fmt.Fprintf(p.stdout, ".TP\n.B %s\n%s\n", roff(s.Name), roff(s.Meaning))
	}
	fmt.Fprint(p.stdout, ".SH EXIT STATUS\n0 done, 1 failed, 2 the command line is wrong.\n")
}

// roff escapes what troff takes for itself: backslashes, hyphens that must stay
// hyphens, and a dot or quotation mark at the start of a line.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

// completions are the lines that let a shell ask `broadsheet completion words`
// for what may come next.
const (
	bashCompletion = `_broadsheet() { local IFS=$'\n'; COMPREPLY=($(broadsheet completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}")); }
complete -o default -F _broadsheet broadsheet
`
	zshCompletion = `#compdef broadsheet
_broadsheet() { local -a next; next=("${(@f)$(broadsheet completion words -- "${words[@]:1:$((CURRENT-1))}")}"); compadd -- $next || _files; }
compdef _broadsheet broadsheet
`
	fishCompletion = `function __broadsheet_words; broadsheet completion words -- (commandline -opc)[2..] (commandline -ct); end
complete -c broadsheet -f -n 'count (__broadsheet_words) >/dev/null' -a '(__broadsheet_words)'
`
)

func completionCommand() command {
	return command{
		name:    "completion",
		args:    "bash|zsh|fish",
		summary: "print what lets a shell complete commands and flags",
		about:   "Prints lines for the start-up file of a shell. The shell then asks this program what may come next.",
		example: "broadsheet completion bash >> ~/.bashrc\nbroadsheet completion fish > ~/.config/fish/completions/broadsheet.fish",
		setup: func(*flag.FlagSet) func(context.Context, *program, []string) error {
			return func(_ context.Context, p *program, args []string) error {
				if len(args) > 0 && args[0] == "words" {
					for _, next := range complete(args[1:]) {
						fmt.Fprintln(p.stdout, next)
					}
					return nil
				}
				lines := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
				if len(args) != 1 || lines[args[0]] == "" {
					return usageError("completion: name a shell: bash, zsh or fish")
				}
				_, err := io.WriteString(p.stdout, lines[args[0]])
				return err
			}
		},
	}
}

// complete returns what the last of some words may become: the next word of a
// command, or a flag of the command that is complete.
func complete(words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	done, last := words[:len(words)-1], words[len(words)-1]
	if len(done) > 0 && done[0] == "help" {
		done = done[1:]
	}
	var next []string
	for _, c := range commands() {
		name := strings.Fields(c.name)
		switch {
		case len(name) > len(done) && slices.Equal(name[:len(done)], done):
			next = append(next, name[len(done)])
		case len(name) <= len(done) && slices.Equal(name, done[:len(name)]) && strings.HasPrefix(last, "-"):
			flags, _ := c.declare()
			next = append(next, flagNames(flags)...)
		}
	}
	next = slices.DeleteFunc(next, func(s string) bool { return !strings.HasPrefix(s, last) })
	slices.Sort(next)
	return slices.Compact(next)
}
