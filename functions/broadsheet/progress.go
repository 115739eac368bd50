package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows how far a long command is: a line that is written again on a
// terminal, a line every ten per cent elsewhere.
type progress struct {
	out         io.Writer
	what        string
	terminal    bool
	total, done int
	begun, next time.Time
}

func (p *program) progress(what string, total int) *progress {
	f, ok := p.stderr.(*os.File)
	return &progress{out: p.stderr, what: what, terminal: ok && isTerminal(f), total: total, begun: now()}
}

// step counts one more.
func (b *progress) step() {
	b.done++
	switch at := now(); {
	case b.terminal && at.After(b.next):
		b.next = at.Add(100 * time.Millisecond)
		left := time.Duration(float64(at.Sub(b.begun)) * float64(b.total-b.done) / float64(b.done)).Round(time.Second)
		fmt.Fprintf(b.out, "\r\033[K%s: %d of %d, %d %%, %s left", b.what, b.done, b.total, 100*b.done/b.total, left)
	case !b.terminal && b.total >= 1000 && b.done*10/b.total != (b.done-1)*10/b.total:
		fmt.Fprintf(b.out, "%s: %d of %d\n", b.what, b.done, b.total)
	}
}

// end takes the line away.
func (b *progress) end() {
	if b.terminal {
		fmt.Fprint(b.out, "\r\033[K")
	}
}
