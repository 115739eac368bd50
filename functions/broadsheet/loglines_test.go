package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLogLines: lines are written together, soon, in order, and none is lost at the
// end.
func TestLogLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := newLogLines(&out)
		write := func(text string) { _, _ = l.Write([]byte(text)) }
		written := func() string {
			l.mu.Lock()
			defer l.mu.Unlock()
			return out.String()
		}
		write("one\n")
		write("two\n")
		if got := written(); got != "" {
			t.Errorf("%q was written at once", got)
		}
		time.Sleep(logDelay + time.Millisecond)
		synctest.Wait()
		if got := written(); got != "one\ntwo\n" {
			t.Errorf("after a moment there is %q", got)
		}
		long := strings.Repeat("x", logHeld) + "\n"
		write("three\n")
		write(long)
		if got := written(); got != "one\ntwo\nthree\n"+long {
			t.Errorf("a long line waits: %d bytes are written", len(got))
		}
		write("last\n")
		if err := l.Close(); err != nil || !strings.HasSuffix(written(), "\nlast\n") {
			t.Errorf("the last line is lost, %v", err)
		}
		write("later\n")
		time.Sleep(logDelay + time.Millisecond)
		synctest.Wait()
		if !strings.HasSuffix(written(), "last\nlater\n") {
			t.Error("a line after Close is lost")
		}
	})
}
