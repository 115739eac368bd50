package main

import (
	"io"
	"os"
)

// colour is what a word on a terminal is printed in (ECMA-48, SGR).
type colour string

// Used sparingly: what is wrong, what to look at, what is in order, and what only
// explains.
const (
	red    colour = "31"
	yellow colour = "33"
	green  colour = "32"
	dim    colour = "2"
)

// paint colours a text for a stream, if that is a terminal whose owner wants
// colours: NO_COLOR with any value but an empty one (https://no-color.org) and
// TERM=dumb forbid them. CLICOLOR_FORCE asks for them elsewhere, too.
func (p *program) paint(w io.Writer, c colour, text string) string {
	if text == "" || !p.coloured(w) {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

func (p *program) coloured(w io.Writer) bool {
	switch force := p.getenv("CLICOLOR_FORCE"); {
	case p.getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case p.getenv("TERM") == "dumb":
		return false
	}
	f, ok := w.(*os.File)
	return ok && isTerminal(f)
}
