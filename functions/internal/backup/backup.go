// Package backup writes what a site knows of its subscribers and issues into one
// file and brings it back, from any store into any other.
//
// The file is lines of JSON: a head, a line for each root and each entry of the
// ledger of consent, each record of a person (with consent, choices and
// suppression), each leaving of the journal, each issue and each delivery, and an
// end with the number of lines and the SHA-256 of all
// before it, so that half a file is never taken for a whole one. It holds
// addresses: keep it as the store is kept. It does not hold the secret keys.
//
// Restore never brings back a person who left: records that are there stay, and
// every leaving counts that happened after the confirmation, whether the backup
// has it or only the journal, which a restore of the store does not touch. Open
// issues are frozen until that is done, and paused then.
package backup

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"time"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// Source is a store that is backed up.
type Source interface {
	All(context.Context) iter.Seq2[subscriber.Subscriber, error]
	Journal(context.Context) iter.Seq2[subscriber.Leave, error]
	Issues(context.Context) ([]issue.Issue, error)
	Deliveries(ctx context.Context, issue string, digit int) iter.Seq2[issue.Delivery, error]
	consent.Reader
}

// Target is a store that is restored into.
type Target interface {
	Get(context.Context, subscriber.ID) (subscriber.Subscriber, bool, error)
	Record(context.Context, subscriber.Event) (subscriber.Result, error)
	Journal(context.Context) iter.Seq2[subscriber.Leave, error]
	issue.Issues
	Move(context.Context, issue.Change) (issue.Delivery, issue.Outcome, error)
	consent.Ledger
	KeepEntry(context.Context, consent.Entry) error
}

// version is that of the form of the file. Version 1 had no ledger of consent.
const version = 2

// line is one line of a backup; one of its fields is set.
type line struct {
	Head     *head                  `json:"broadsheet_backup,omitempty"`
	Root     *consent.Root          `json:"root,omitempty"`
	Entry    *consent.Entry         `json:"entry,omitempty"`
	Person   *subscriber.Subscriber `json:"person,omitempty"`
	Leave    *subscriber.Leave      `json:"leave,omitempty"`
	Issue    *issue.Issue           `json:"issue,omitempty"`
	Delivery *issue.Delivery        `json:"delivery,omitempty"`
	End      *end                   `json:"end,omitempty"`
}

type head struct {
	Version int       `json:"version"`
	Made    time.Time `json:"made"`
}

type end struct {
	Lines  int    `json:"lines"` // with the head, without the end
	SHA256 string `json:"sha256"`
}

// Totals count what a backup or a restore dealt with.
type Totals struct {
	People     int `json:"people"`
	Entries    int `json:"entries"` // of the ledger of consent
	Roots      int `json:"roots"`
	Leaves     int `json:"leaves"`
	Issues     int `json:"issues"`
	Deliveries int `json:"deliveries"`
}

// Write writes a backup. What changes while it runs may or may not be in it.
func Write(ctx context.Context, out io.Writer, s Source, now time.Time) (Totals, error) {
	w := &writer{out: bufio.NewWriter(out), sum: sha256.New()}
	var t Totals
	w.line(line{Head: &head{version, now.UTC()}})
	if err := w.people(ctx, s, now, &t); err != nil {
		return t, err
	}
	for l, err := range s.Journal(ctx) {
		if err != nil {
			return t, err
		}
		t.Leaves++
		w.line(line{Leave: &l})
	}
	issues, err := s.Issues(ctx)
	if err != nil {
		return t, err
	}
	for _, i := range issues {
		t.Issues++
		w.line(line{Issue: &i})
		for digit := range 16 {
			for d, err := range s.Deliveries(ctx, i.ID, digit) {
				if err != nil {
					return t, err
				}
				t.Deliveries++
				w.line(line{Delivery: &d})
			}
		}
	}
	w.line(line{End: &end{w.lines, hex.EncodeToString(w.sum.Sum(nil))}})
	return t, errors.Join(w.err, w.out.Flush())
}

type writer struct {
	out   *bufio.Writer
	sum   hash.Hash
	lines int
	err   error
}

func (w *writer) line(l line) {
	b, err := json.Marshal(l)
	if err == nil {
		b = append(b, '\n')
		w.sum.Write(b)
		w.lines++
		_, err = w.out.Write(b)
	}
	w.err = errors.Join(w.err, err)
}

// maxLine is more than any line has.
const maxLine = 16 << 20

// Check reads a whole backup and tells whether it is one.
func Check(in io.Reader) (Totals, error) {
	var t Totals
	sum, lines, ended := sha256.New(), 0, false
	err := each(in, func(raw []byte, l line) error {
		switch {
		case ended:
			return errors.New("there is something behind its end")
		case lines == 0 && (l.Head == nil || l.Head.Version > version):
			return fmt.Errorf("it does not begin as a backup of a version up to %d", version)
		case l.End != nil:
			ended = true
			if l.End.Lines != lines || l.End.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
				return errors.New("it was changed or is not whole: its end does not fit")
			}
			return nil
		}
		t.count(l)
		lines++
		sum.Write(raw)
		sum.Write([]byte{'\n'})
		return nil
	})
	if err == nil && !ended {
		err = errors.New("it is not whole: it has no end")
	}
	return t, err
}

func (t *Totals) count(l line) {
	switch {
	case l.Root != nil:
		t.Roots++
	case l.Entry != nil:
		t.Entries++
	case l.Person != nil:
		t.People++
	case l.Leave != nil:
		t.Leaves++
	case l.Issue != nil:
		t.Issues++
	case l.Delivery != nil:
		t.Deliveries++
	}
}

// each calls f for each line of a backup.
func each(in io.Reader, f func(raw []byte, l line) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var l line
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			return fmt.Errorf("line %d cannot be read: %w", n, err)
		}
		if err := f(lines.Bytes(), l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// Restored counts what a restore changed.
type Restored struct {
	New        int `json:"new"`       // people brought back
	Unchanged  int `json:"unchanged"` // people who were there
	Left       int `json:"left"`      // people whom the backup or the journal made leave
	Issues     int `json:"issues"`
	Deliveries int `json:"deliveries"`
}

// Restore brings back a backup that Check has found whole; in may be nil, to
// bring in only what the journal of the store has. It may be interrupted and
// repeated. step is called after each line.
func Restore(ctx context.Context, in io.Reader, s Target, now time.Time, step func()) (Restored, error) {
	r := &restoring{Target: s, now: now, ledger: undecided}
	if in != nil {
		err := each(in, func(_ []byte, l line) error {
			defer step()
			return r.line(ctx, l)
		})
		if err != nil {
			return r.Restored, err
		}
	}
	for l, err := range s.Journal(ctx) {
		if err == nil {
			err = r.leave(ctx, l)
		}
		if err != nil {
			return r.Restored, err
		}
	}
	return r.Restored, r.thaw(ctx)
}

type restoring struct {
	Target
	Restored
	now    time.Time
	ledger ledger
	roots  []consent.Root // of the backup
	since  string         // from this day on the target's ledger may know more than the backup's
}

func (r *restoring) line(ctx context.Context, l line) error {
	if l.Root == nil && l.Head == nil && r.ledger == undecided {
		if err := r.decide(ctx); err != nil {
			return err
		}
	}
	switch {
	case l.Root != nil:
		r.roots = append(r.roots, *l.Root)
		return nil
	case l.Entry != nil && r.ledger != stays:
		return r.KeepEntry(ctx, *l.Entry)
	case l.Person != nil:
		return r.person(ctx, *l.Person)
	case l.Leave != nil:
		return r.leave(ctx, *l.Leave)
	case l.Issue != nil:
		return r.issue(ctx, *l.Issue)
	case l.Delivery != nil:
		_, outcome, err := r.Move(ctx, issue.Change{Step: issue.Restore, Issue: l.Delivery.Issue, ID: l.Delivery.ID, At: r.now, Row: *l.Delivery})
		if outcome == issue.Applied {
			r.Deliveries++
		}
		return err
	}
	return nil
}

func (r *restoring) person(ctx context.Context, p subscriber.Subscriber) error {
	before, _, err := r.Get(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := r.relink(ctx, &p, before); err != nil {
		return err
	}
	result, err := r.Record(ctx, subscriber.Event{Kind: subscriber.Restore, ID: p.ID, Op: cmp.Or(p.Op, rand.Text()), At: r.now, Record: p})
	switch {
	case err != nil:
		return err
	case before.Current(r.now).Status == subscriber.None:
		r.New++
	case result.Subscriber.Generation > before.Generation:
		r.Left++
	default:
		r.Unchanged++
	}
	return nil
}

// leave brings in one leaving. The people it makes leave are few, so looking
// first costs little and keeps the journal from growing.
func (r *restoring) leave(ctx context.Context, l subscriber.Leave) error {
	before, _, err := r.Get(ctx, l.ID)
	if err != nil || before.Status >= l.Status {
		return err
	}
	result, err := r.Record(ctx, leaving(l, r.now))
	if err == nil && result.Outcome == subscriber.Applied {
		r.Left++
	}
	return err
}

// Missing counts the rows of a store's journal, and those whose leaving the
// records do not have: what Restore without a file would bring in.
func Missing(ctx context.Context, s Target, now time.Time) (rows, missing int, err error) {
	for l, err := range s.Journal(ctx) {
		if err != nil {
			return rows, missing, err
		}
		rows++
		before, _, err := s.Get(ctx, l.ID)
		if err != nil {
			return rows, missing, err
		}
		if subscriber.DefaultLimits().Apply(before, leaving(l, now)).Outcome == subscriber.Applied {
			missing++
		}
	}
	return rows, missing, nil
}

// leaving is the event that brings in a row of the journal.
func leaving(l subscriber.Leave, now time.Time) subscriber.Event {
	return subscriber.Event{Kind: subscriber.Restore, ID: l.ID, Op: rand.Text(), At: now, Record: subscriber.Subscriber{Status: l.Status, LeftAt: l.At}}
}

// frozen is why an issue that was open waits.
const frozen = "restored from a backup"

func (r *restoring) issue(ctx context.Context, i issue.Issue) error {
	before, err := r.Issue(ctx, i.ID)
	if err != nil || before.Version > 0 {
		return err
	}
	counts := i.Counts
	i.Version, i.Counts = 0, issue.Counts{}
	if i.Stage != issue.Closed {
		i.Stage, i.Reason = issue.Frozen, frozen
	}
	saved, err := r.Save(ctx, i)
	if err != nil || !saved {
		return err
	}
	r.Restored.Issues++
	return r.Add(ctx, i.ID, counts)
}

// thaw lets issues go on that waited for those who left: by hand.
func (r *restoring) thaw(ctx context.Context) error {
	all, err := r.Target.Issues(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Stage != issue.Frozen {
			continue
		}
		i.Stage, i.Reason = issue.Paused, cmp.Or(i.Reason, frozen)
		saved, err := r.Save(ctx, i)
		if err == nil && !saved {
			err = errors.New("an issue was changed meanwhile; run the restore again")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
