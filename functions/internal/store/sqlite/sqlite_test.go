package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/store/storetest"
	"broadsheet/functions/internal/subscriber"
)

const childFile = "BROADSHEET_TEST_STORE"

// TestMain lets the test binary be a second program that uses the same file.
func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child asks for a mail for 40 people, and takes from one counter until it is
// used up. It prints a line for each success.
func child(path string) error {
	s, err := sqlite.Open(context.Background(), path, subscriber.DefaultLimits())
	if err != nil {
		return err
	}
	defer s.Close()
	at := time.Unix(1_800_000_000, 0)
	for n := range 40 {
		e := subscriber.Event{Kind: subscriber.Request, ID: subscriber.ID{byte(n)}, Op: fmt.Sprint(os.Getpid(), n), At: at, Email: "jane@example.org"}
		r, err := s.Record(context.Background(), e)
		if err != nil {
			return err
		}
		if r.Mail != subscriber.NoMail {
			fmt.Println("mailed")
		}
	}
	for {
		free, err := s.Take(context.Background(), subscriber.Counter{Key: "shared", Max: 120, Expires: at.Add(time.Hour)}, at)
		if err != nil || !free {
			return err
		}
		fmt.Println("taken")
	}
}

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, subscriber.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, filepath.Join(t.TempDir(), "a store?#%.db")) })
}

// Four programs open a new file at once, ask for the same people and share one
// counter.
func TestSeveralPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var programs []*exec.Cmd
	outs := make([]bytes.Buffer, 4)
	for i := range outs {
		c := exec.CommandContext(t.Context(), os.Args[0])
		c.Env = append(os.Environ(), childFile+"="+path)
		c.Stdout, c.Stderr = &outs[i], &outs[i]
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, c)
	}
	taken, mailed := 0, 0
	for i, c := range programs {
		if err := c.Wait(); err != nil {
			t.Errorf("program %d: %v: %s", i, err, outs[i].String())
		}
		taken += strings.Count(outs[i].String(), "taken")
		mailed += strings.Count(outs[i].String(), "mailed")
	}
	if taken != 120 || mailed != 40 {
		t.Errorf("four programs took %d and made %d mails due, want 120 and 40", taken, mailed)
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	if _, err := s.Take(t.Context(), subscriber.Counter{Key: "k", Max: 1, Expires: time.Now()}, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", info.Name(), info.Mode().Perm())
		}
	}
}

// An erased address must be in no byte of the files.
func TestEraseLeavesNoBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	id, now := subscriber.ID{1}, time.Now()
	for n := range 20 { // neighbours in the page, so that its free space is not just reused
		e := subscriber.Event{Kind: subscriber.Import, ID: subscriber.ID{byte(n), 1}, Op: "0", At: now, Email: "neighbour@example.org"}
		if _, err := s.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	events := []subscriber.Event{
		{Kind: subscriber.Request, ID: id, Op: "1", At: now, Email: "once-known@example.org"},
		{Kind: subscriber.Confirm, ID: id, Op: "2", At: now},
		{Kind: subscriber.Erase, ID: id, Op: "3", At: now},
	}
	for i, e := range events {
		if _, err := s.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if found := inFiles(t, path, "once-known"); found != (i < 2) {
			t.Errorf("after event %d: address in the files: %v", i+1, found)
		}
	}
}

func inFiles(t *testing.T, path, text string) bool {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ name, path, want string }{
		{"text", write("letter.txt", "Dear all"), "foreign file"},
		{"damaged", write("torn.db", "SQLite format 3\x00torn"), "foreign file"},
		{"other database", withSQL(t, filepath.Join(dir, "other.db"), "CREATE TABLE orders (n)"), "foreign file"},
		{"newer", newer(t, filepath.Join(dir, "newer.db")), "version 99"},
		{"no folder", filepath.Join(dir, "none", "store.db"), "mkdir -p"},
		{"a folder", dir, "choose a file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := sqlite.Open(t.Context(), c.path, subscriber.DefaultLimits())
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q: want one line with %q and the path", err, c.want)
			}
		})
	}
	if b, err := os.ReadFile(filepath.Join(dir, "letter.txt")); err != nil || string(b) != "Dear all" {
		t.Errorf("the foreign file was changed: %q, %v", b, err)
	}
}

func withSQL(t *testing.T, path, statement string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	return path
}

func newer(t *testing.T, path string) string {
	t.Helper()
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	return withSQL(t, path, "UPDATE schema SET version = 99")
}

// A lock held by another program ends at the caller's deadline, with words.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	c := subscriber.Counter{Key: "k", Max: 1, Expires: began.Add(time.Hour)}
	if _, err := s.Take(ctx, c, began); err == nil || time.Since(began) > 2*time.Second {
		t.Errorf("locked, with a deadline: %v after %v", err, time.Since(began))
	}
	if _, err := s.Take(t.Context(), c, began); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("locked, without a deadline: %v", err)
	}
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if free, err := s.Take(t.Context(), c, began); err != nil || !free {
		t.Errorf("after the lock: %v, %v", free, err)
	}
}
