package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"iter"
	"strconv"
	"time"
)

// Root binds all entries of one day and, by the root before, of every day
// before.
type Root struct {
	Day      string `json:"day"`
	Entries  int    `json:"entries"`
	Previous string `json:"previous,omitempty"` // hash of the root of the day before; empty in the first
	Hash     string `json:"hash"`
}

// Reader is a ledger that can be read.
type Reader interface {
	// Entries gives the entries of a day whose chain begins with some hexadecimal
	// digits, ordered by chain, number and hash.
	Entries(ctx context.Context, day, digits string) iter.Seq2[Entry, error]
	// Roots gives the roots from a day on, oldest first.
	Roots(ctx context.Context, from string) iter.Seq2[Root, error]
}

// Ledger is a ledger that roots are added to.
type Ledger interface {
	Reader
	// SaveRoot keeps the root of a day, unless the day has one: then it is false.
	SaveRoot(context.Context, Root) (bool, error)
}

const (
	// settled is how long after its end a day is closed.
	settled = time.Hour
	// lookBack is how many days before the first root entries are looked for.
	lookBack = 60
	// parts is how many hashes a day's root is made of: one for each first digit
	// of the chains, so that a part of the ledger can be read at a time.
	parts = 16
)

// tally is what a root is made of.
type tally struct {
	entries int
	parts   [parts]hash.Hash
}

// add counts an entry; those with the same first digit must come in order.
func (t *tally) add(e Entry) {
	t.entries++
	digit, err := strconv.ParseUint(fmt.Sprintf("%.1s", e.Chain), 16, 8)
	if err != nil {
		digit = 0 // the chain was renamed; then the hash is another one anyway
	}
	if t.parts[digit] == nil {
		t.parts[digit] = sha256.New()
	}
	fmt.Fprintf(t.parts[digit], "%s %d %s\n", e.Chain, e.Number, e.Hash)
}

func (t *tally) root(day, previous string) Root {
	sum := sha256.New()
	fmt.Fprintf(sum, "broadsheet root 1\n%s\n%s\n%d\n", day, previous, t.entries)
	for _, part := range t.parts {
		if part != nil {
			_, _ = io.WriteString(sum, hex.EncodeToString(part.Sum(nil)))
		}
		_, _ = io.WriteString(sum, "\n")
	}
	return Root{Day: day, Entries: t.entries, Previous: previous, Hash: hex.EncodeToString(sum.Sum(nil))}
}

// CloseDays makes the roots of the days that are over and have none, and returns
// them. Once a day is right; more often costs one read.
func CloseDays(ctx context.Context, l Ledger, now time.Time) ([]Root, error) {
	open := dayOf(now.Add(-settled))
	day, newest, err := rootless(ctx, l, open)
	if err != nil {
		return nil, fmt.Errorf("roots: %w", err)
	}
	var made []Root
	for ; day < open; day = dayAfter(day, 1) {
		var t tally
		for e, err := range l.Entries(ctx, day, "") {
			if err != nil {
				return made, fmt.Errorf("root of %s: %w", day, err)
			}
			t.add(e)
		}
		newest = t.root(day, newest.Hash)
		saved, err := l.SaveRoot(ctx, newest)
		if err != nil {
			return made, fmt.Errorf("root of %s: %w", day, err)
		}
		if !saved {
			return made, nil // another program is at it
		}
		made = append(made, newest)
	}
	return made, nil
}

// Overdue tells the first day, as 2026-11-24, that was over a day ago and still
// has no root: nobody calls CloseDays any more, or it fails. It is empty while all
// is well.
func Overdue(ctx context.Context, l Reader, now time.Time) (string, error) {
	open := dayOf(now.Add(-settled - 24*time.Hour))
	day, _, err := rootless(ctx, l, open)
	if err != nil || day >= open {
		return "", err
	}
	return day, nil
}

// rootless finds the first day without a root, which is open or before it, and
// the root before that day.
func rootless(ctx context.Context, l Reader, open string) (day string, newest Root, err error) {
	if newest, err = newestRoot(ctx, l, open); err != nil {
		return "", newest, err
	}
	if newest.Day != "" {
		return dayAfter(newest.Day, 1), newest, nil
	}
	day, err = firstDay(ctx, l, open)
	return day, newest, err
}

// newestRoot looks among the last days first: a ledger of years has many.
func newestRoot(ctx context.Context, l Reader, today string) (newest Root, err error) {
	for _, from := range []string{dayAfter(today, -lookBack), ""} {
		for newest, err = range l.Roots(ctx, from) {
			if err != nil {
				return Root{}, err
			}
		}
		if newest.Day != "" {
			break
		}
	}
	return newest, nil
}

// firstDay finds the first day with an entry in a ledger without roots; today if
// there is none.
func firstDay(ctx context.Context, l Reader, today string) (string, error) {
	for n := -lookBack; n < 0; n++ {
		day := dayAfter(today, n)
		for _, err := range l.Entries(ctx, day, "") {
			return day, err
		}
	}
	return today, nil
}

// Span reads the roots of a ledger and finds the first day that may have entries.
func Span(ctx context.Context, l Reader, now time.Time) (roots []Root, first string, err error) {
	for r, err := range l.Roots(ctx, "") {
		if err != nil {
			return nil, "", err
		}
		roots = append(roots, r)
	}
	if len(roots) > 0 {
		return roots, roots[0].Day, nil
	}
	first, err = firstDay(ctx, l, dayOf(now))
	return nil, first, err
}

// Since gives the entries from a day on, day by day. Nobody's clock is more than
// a day ahead.
func Since(ctx context.Context, l Reader, day, digits string, now time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for ; day <= dayAfter(dayOf(now), 1); day = dayAfter(day, 1) {
			for e, err := range l.Entries(ctx, day, digits) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// Closed tells whether a chain was closed on a day or later.
func Closed(ctx context.Context, l Reader, chain, day string, now time.Time) (bool, error) {
	for e, err := range Since(ctx, l, day, chain, now) {
		if err != nil || e.Closed {
			return err == nil, err
		}
	}
	return false, nil
}
