package main

import (
	"io"
	"sync"
	"time"
)

// logLines passes the lines of a log on, many at a time: a busy server would make
// a system call for each, which is a twentieth of its work. A line waits for at
// most a tenth of a second, or until there are 32 KB; Close writes the last.
type logLines struct {
	mu    sync.Mutex
	out   io.Writer
	held  []byte
	timer *time.Timer
}

const (
	logDelay = 100 * time.Millisecond
	logHeld  = 32 << 10
)

func newLogLines(out io.Writer) *logLines {
	l := &logLines{out: out}
	l.timer = time.AfterFunc(logDelay, func() { _ = l.Close() }) // nobody could be told of a log that fails
	return l
}

// Write takes one line or several.
func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.held) == 0 {
		l.timer.Reset(logDelay)
	}
	if l.held = append(l.held, p...); len(l.held) < logHeld {
		return len(p), nil
	}
	return len(p), l.flush()
}

// Close writes what is held. Lines that come later are written like others.
func (l *logLines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flush()
}

func (l *logLines) flush() error {
	if len(l.held) == 0 {
		return nil
	}
	_, err := l.out.Write(l.held)
	l.held = l.held[:0]
	return err
}
