package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"

	"broadsheet/functions/internal/subscriber"
)

func recoverCommand() command {
	return command{
		name:    "subscribers recover",
		summary: "put a restored table right with the journal",
		about:   "A table that was restored to an earlier moment has people in it who left afterwards. This reads the journal of who left (JOURNAL), which a restore does not touch, and carries out for each person what the table has lost. Run it before anything is sent from a restored table; it may be run again, and then finds nothing. Without -apply it only counts.",
		example: "STORE=dynamodb TABLE=broadsheet-restored JOURNAL=broadsheet-journal broadsheet subscribers recover -apply",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			apply := f.Bool("apply", false, "write into the table")
			return func(ctx context.Context, p *program, _ []string) error { return p.recoverLeaves(ctx, *apply) }
		},
	}
}

func (p *program) recoverLeaves(ctx context.Context, apply bool) (err error) {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	rows, lost := 0, 0
	for leave, err := range store.Journal(ctx) {
		if err != nil {
			return fmt.Errorf("the journal cannot be read: %w", err)
		}
		rows++
		person, _, err := store.Get(ctx, leave.ID)
		if err != nil {
			return err
		}
		e, needed := lostLeave(person, leave)
		if !needed {
			continue
		}
		lost++
		if !apply {
			continue
		}
		if _, err := store.Record(ctx, e); err != nil {
			return fmt.Errorf("%s of %s: %w; run this again, it goes on where it stopped", e.Kind, leave.ID.Short(), err)
		}
	}
	switch {
	case rows == 0:
		fmt.Fprintln(p.stdout, "the journal has no rows; with STORE=dynamodb name its table in JOURNAL")
	case apply:
		fmt.Fprintf(p.stdout, "%d rows of the journal, %d people who had left were put right\n", rows, lost)
	default:
		fmt.Fprintf(p.stdout, "%d rows of the journal, %d people have left whom the table does not know as such; -apply puts them right\n", rows, lost)
	}
	return nil
}

// lostLeave returns the event that a row of the journal stands for, if the record
// has lost it: the record's status is less final, and the person has not
// confirmed since.
func lostLeave(person subscriber.Subscriber, leave subscriber.Leave) (subscriber.Event, bool) {
	if person.Status >= leave.Status || person.ConfirmedAt.After(leave.At) {
		return subscriber.Event{}, false
	}
	kinds := map[subscriber.Status]subscriber.Kind{
		subscriber.Unsubscribed: subscriber.Unsubscribe, subscriber.Bounced: subscriber.HardBounce,
		subscriber.Complained: subscriber.Complaint, subscriber.Erased: subscriber.Erase,
	}
	kind, ok := kinds[leave.Status]
	return subscriber.Event{Kind: kind, ID: leave.ID, Op: rand.Text(), At: leave.At, MailTime: leave.At, Reason: "journal"}, ok
}
