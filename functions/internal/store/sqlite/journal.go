package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"broadsheet/functions/internal/subscriber"
)

// journalPath is the file of the journal.
func (s *Store) journalPath() string { return s.path + ".journal" }

// appendJournal adds a line and sees that it is on the disk. It is called in a
// transaction, which holds the lock of the store, before its end: a line without
// its record keeps a person out who asked to leave, a record without its line
// could bring one back.
func (s *Store) appendJournal(l subscriber.Leave) error {
	l.At = l.At.UTC()
	line, err := json.Marshal(l)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.journalPath(), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("the journal of leave events: %w", err)
	}
	// A line that was torn by a power cut must not spoil the next one.
	last := make([]byte, 1)
	if size, err := f.Seek(0, io.SeekEnd); err == nil && size > 0 {
		if _, err := f.ReadAt(last, size-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Journal gives every leave event that was recorded, oldest first. A line that
// was torn when it was written is left out: its event was never answered.
func (s *Store) Journal(ctx context.Context) iter.Seq2[subscriber.Leave, error] {
	return func(yield func(subscriber.Leave, error) bool) {
		f, err := os.Open(s.journalPath())
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(subscriber.Leave{}, s.wrap("journal", err))
			return
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if err := ctx.Err(); err != nil {
				yield(subscriber.Leave{}, s.wrap("journal", err))
				return
			}
			var l subscriber.Leave
			if json.Unmarshal(lines.Bytes(), &l) != nil {
				continue
			}
			if !yield(l, nil) {
				return
			}
		}
	}
}

// forgetJournal takes the lines of one person out. It is called in a
// transaction, so nobody appends meanwhile.
func (s *Store) forgetJournal(id subscriber.ID) error {
	b, err := os.ReadFile(s.journalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var kept bytes.Buffer
	for line := range bytes.Lines(b) {
		if !bytes.Contains(line, []byte(id.String())) {
			kept.Write(line)
		}
	}
	if kept.Len() == len(b) {
		return nil
	}
	part := s.journalPath() + ".part"
	if err := os.WriteFile(part, kept.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(part, s.journalPath())
}
