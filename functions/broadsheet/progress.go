package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress shows how far a long command is: a bar that moves on a terminal, a
// plain line every few seconds elsewhere.
type progress struct {
	out         io.Writer
	what        string
	terminal    bool
	total, done int
	first       int // done before this command began
	begun       time.Time
	shown       time.Time
}

func (p *program) progress(what string, total, done int) *progress {
	f, ok := p.stderr.(*os.File)
	return &progress{out: p.stderr, what: what, terminal: ok && isTerminal(f), total: total, done: done, first: done, begun: now()}
}

// step counts one more.
func (b *progress) step() { b.set(b.done+1, b.total) }

// set says how much of how much is done.
func (b *progress) set(done, total int) {
	b.done, b.total = min(done, total), total
	at, every := now(), 5*time.Second
	if b.terminal {
		every = 100 * time.Millisecond
	}
	if b.shown.IsZero() && !b.terminal {
		b.shown = b.begun // what is done at once needs no line
	}
	if at.Sub(b.shown) < every || total == 0 {
		return
	}
	b.shown = at
	line := b.line(at)
	if !b.terminal {
		fmt.Fprintln(b.out, line)
		return
	}
	const width = 30
	full := b.done * width / total
	fmt.Fprintf(b.out, "\r\x1b[K[%s%s] %s", strings.Repeat("=", full), strings.Repeat(" ", width-full), line)
}

// line is what is said at an instant.
func (b *progress) line(at time.Time) string {
	rate := float64(b.done-b.first) / max(0.001, at.Sub(b.begun).Seconds())
	left := "?"
	if rate > 0 {
		left = time.Duration(float64(b.total-b.done) / rate * float64(time.Second)).Round(time.Second).String()
	}
	return fmt.Sprintf("%s: %d of %d, %.1f a second, %s left", b.what, b.done, b.total, rate, left)
}

// end takes the bar away.
func (b *progress) end() {
	if b.terminal && !b.shown.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}
