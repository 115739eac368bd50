package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"broadsheet/functions/internal/sitetest"
)

// pseudoTerminal opens a terminal that nobody sits at: what is written to it can
// be read from the keeper.
func pseudoTerminal(t *testing.T) (keeper, terminal *os.File) {
	t.Helper()
	keeper, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this machine has no pseudo-terminals: ", err)
	}
	t.Cleanup(func() { _ = keeper.Close() })
	var number, locked uint32
	control := func(request uintptr, value *uint32) {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, keeper.Fd(), request, uintptr(unsafe.Pointer(value))); e != 0 {
			t.Fatal(e)
		}
	}
	control(syscall.TIOCSPTLCK, &locked)
	control(syscall.TIOCGPTN, &number)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return keeper, terminal
}

// seen runs a check of a spoilt site at a terminal and returns what it shows.
func seen(t *testing.T, dir string, environment map[string]string) string {
	t.Helper()
	keeper, terminal := pseudoTerminal(t)
	p := &program{stdout: terminal, stderr: terminal, getenv: func(name string) string {
		if name == "CONTENT_DIR" {
			return dir
		}
		return environment[name]
	}}
	if code := p.run(t.Context(), []string{"check"}); code != exitError {
		t.Errorf("code %d, want %d", code, exitError)
	}
	var shown bytes.Buffer
	_, _ = terminal.WriteString("\nend of test\n")
	buffer := make([]byte, 4096)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(shown.String(), "end of test") && time.Now().Before(deadline); {
		n, err := keeper.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(buffer[:n])
	}
	return shown.String()
}

// TestColours: at a terminal what is wrong is red, unless its owner wants no
// colours; in a pipe there are none.
func TestColours(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(dir, sitetest.Files(t, "-- pages/spoilt.md --\n---\ntitel: X\n---\n")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		environment map[string]string
		want        bool
	}{
		{map[string]string{"TERM": "xterm"}, true},
		{map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true},
		{map[string]string{"TERM": "xterm", "NO_COLOR": "0"}, false}, // any value that is not empty
		{map[string]string{"TERM": "dumb"}, false},
		{map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, false},
	} {
		shown := seen(t, dir, c.environment)
		if got := strings.Contains(shown, "\x1b[31mbroadsheet:\x1b[0m") && strings.Contains(shown, "\x1b[31m"+dir+"/pages/spoilt.md:2:1:\x1b[0m unknown field"); got != c.want || !c.want && strings.Contains(shown, "\x1b[") {
			t.Errorf("%v: colours: %v, want %v: %q", c.environment, got, c.want, shown)
		}
	}
	var pipe bytes.Buffer
	p := &program{stdout: &pipe, stderr: &pipe, getenv: func(name string) string { return map[string]string{"CONTENT_DIR": dir, "TERM": "xterm"}[name] }}
	p.run(t.Context(), []string{"check"})
	if strings.Contains(pipe.String(), "\x1b") {
		t.Errorf("there are colours in a pipe: %q", pipe.String())
	}
	p.getenv = func(name string) string {
		return map[string]string{"CONTENT_DIR": dir, "CLICOLOR_FORCE": "1"}[name]
	}
	p.run(t.Context(), []string{"check"})
	if !strings.Contains(pipe.String(), "\x1b[31m") {
		t.Error("CLICOLOR_FORCE brings no colours into a pipe")
	}
}
