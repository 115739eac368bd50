package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"broadsheet/functions/internal/issue"
)

// issueSend checks, plans and sends a newsletter and waits for the end.
func (p *program) issueSend(ctx context.Context, name string, asJSON, onlyCheck bool) error {
	o, i, err := p.openIssue(ctx, name, (*issueDesk).find)
	if err != nil {
		return err
	}
	defer o.close()
	begun := i.Version > 0 && i.Stage != issue.Closed
	if index, err := o.Compositor.Index(); err == nil && i.Kind == issue.Newsletter {
		// By number one means the text that is in the content now.
		if l, ok := index.Letter(fmt.Sprint(i.Number)); ok && name != i.ID && l.ID != i.ID {
			i, begun = l.Issue(), false
		}
	}
	switch {
	case i.Stage == issue.Paused:
		return fmt.Errorf("issue %s is paused (%s); go on with `broadsheet issue resume %s`", i.ID, i.Reason, i.ID)
	case i.Stage == issue.Frozen:
		return fmt.Errorf("issue %s is frozen: the store was restored; bring in who left since first", i.ID)
	}
	if !begun {
		wrong, err := p.preflight(ctx, o, i)
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			return fmt.Errorf("issue %s is not sent:\n  %s", i.ID, strings.Join(wrong, "\n  "))
		}
	}
	if onlyCheck {
		return p.result(struct {
			ID    string `json:"id"`
			Ready bool   `json:"ready"`
		}{i.ID, true}, "issue %s can be sent\n", i.ID)
	}
	if _, err := o.Plan(ctx, i); err != nil {
		return err
	}
	return p.wait(ctx, o, i.ID, asJSON)
}

// figures are the end of an issue as -json prints it.
type figures struct {
	ID    string `json:"id"`
	Stage string `json:"state"`
	issue.Totals
	Reason string `json:"reason,omitempty"`
}

// wait works on an issue, or watches who does, until it is closed or paused,
// and prints the figures.
func (p *program) wait(ctx context.Context, o *issueDesk, id string, asJSON bool) error {
	i, totals, err := p.work(ctx, o, id)
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; nobody gets issue %s twice: go on with `broadsheet issue send %s`", id, id)
	}
	if err != nil {
		return err
	}
	f := figures{i.ID, string(i.Stage), totals, i.Reason}
	if asJSON {
		err = json.NewEncoder(p.stdout).Encode(f)
	} else {
		_, err = fmt.Fprintf(p.stdout, "issue %s is %s: planned %d, sent %d, skipped %d, failed %d, unknown %d\n", i.ID, i.Stage, totals.Planned, totals.Sent, totals.Skipped, totals.Failed, totals.Unknown)
	}
	switch {
	case err != nil:
		return err
	case i.Stage == issue.Paused:
		return told{fmt.Errorf("paused: %s; %d are still queued: go on with `broadsheet issue resume %s`", i.Reason, totals.Queued, i.ID)}
	case totals.Failed+totals.Unknown > 0:
		return told{fmt.Errorf("%d failed and %d are unknown; see `broadsheet issue status %s`", totals.Failed, totals.Unknown, i.ID)}
	}
	return nil
}

const (
	look    = time.Second      // how often the counts are looked at
	recount = 15 * time.Second // how often every row is, while others deliver
)

// work delivers here, or watches others do it, until the issue ends or stops.
func (p *program) work(ctx context.Context, o *issueDesk, id string) (issue.Issue, issue.Totals, error) {
	i, err := o.Ledger.Issue(ctx, id)
	if err != nil {
		return i, issue.Totals{}, err
	}
	counts := i.Counts
	bar := p.progress("issue "+i.ID, i.Planned, counts.Done())
	defer bar.end()
	for {
		if o.local != nil {
			if err := o.local.Work(ctx, o.Deliverer, func(r issue.Report) {
				counts = counts.Plus(r.Counts)
				bar.set(counts.Done(), bar.total)
			}); err != nil {
				return i, issue.Totals{}, err
			}
		}
		i, totals, err := o.Closer.Sweep(ctx, id)
		if err != nil || i.Stage == issue.Closed || i.Stage == issue.Paused || i.Stage == issue.Frozen {
			return i, totals, err
		}
		// The ledger's figures correct those that were counted here.
		counts.Sent, counts.Skipped, counts.Failed, counts.Unknown = totals.Sent, totals.Skipped, totals.Failed, totals.Unknown
		bar.set(counts.Done(), totals.Planned)
		if o.local != nil && totals.Queued > 0 {
			if err := o.Planner.Enqueue(ctx, id); err != nil {
				return i, totals, err
			}
		}
		if err := o.watch(ctx, id, bar); err != nil {
			return i, totals, err
		}
	}
}

// watch waits before the rows are counted again: here only for leases to end,
// else as long as others deliver.
func (o *issueDesk) watch(ctx context.Context, id string, bar *progress) error {
	for begun := now(); ; {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return ctx.Err()
		}
		i, err := o.Ledger.Issue(ctx, id)
		if err != nil || o.local != nil || i.Stage != issue.Sending && i.Stage != issue.Ready || i.Counts.Done() >= i.Planned || now().Sub(begun) > recount {
			return err
		}
		bar.set(i.Counts.Done(), bar.total)
	}
}

// issueStatus prints what became of an issue.
func (p *program) issueStatus(ctx context.Context, name string, asJSON bool) error {
	o, i, err := p.openIssue(ctx, name, (*issueDesk).sent)
	if err != nil {
		return err
	}
	defer o.close()
	var times []time.Time
	var notable []string
	totals, err := issue.Count(ctx, o.Ledger, i.ID, func(d issue.Delivery) {
		switch d.State {
		case issue.Sent:
			times = append(times, d.At)
		case issue.Failed, issue.Unknown:
			notable = append(notable, fmt.Sprintf("  %s  %-8s %s  attempt %d  %s", d.ID.Short(), d.State, d.At.UTC().Format("2006-01-02 15:04:05"), d.Attempt, d.Reason))
		}
	})
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(figures{i.ID, string(i.Stage), totals, i.Reason})
	}
	fmt.Fprintf(p.stdout, "issue %s is %s", i.ID, i.Stage)
	if i.Reason != "" {
		fmt.Fprintf(p.stdout, " (%s)", i.Reason)
	}
	fmt.Fprintf(p.stdout, "\n  planned %d\n  sent    %d\n  skipped %d\n  failed  %d\n  unknown %d\n  open    %d\n  bounced %d, complained %d\n",
		totals.Planned, totals.Sent, totals.Skipped, totals.Failed, totals.Unknown, totals.Queued+totals.Claimed, totals.Bounced, totals.Complained)
	if line := histogram(times); line != "" {
		fmt.Fprintf(p.stdout, "  %s\n", line)
	}
	const most = 50
	for n, line := range notable {
		if n == most {
			fmt.Fprintf(p.stdout, "  and %d more\n", len(notable)-most)
			break
		}
		fmt.Fprintln(p.stdout, line)
	}
	return nil
}

// histogram draws when mails left, in up to 30 columns.
func histogram(times []time.Time) string {
	if len(times) < 2 {
		return ""
	}
	first, last := times[0], times[0]
	for _, t := range times {
		if t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	const columns = 30
	var counts [columns]int
	most := 0
	for _, t := range times {
		at := 0
		if span := last.Sub(first); span > 0 {
			at = int(int64(t.Sub(first)) * (columns - 1) / int64(span))
		}
		counts[at]++
		most = max(most, counts[at])
	}
	var out strings.Builder
	levels := []rune(" ▁▂▃▄▅▆▇█")
	for _, n := range counts {
		out.WriteRune(levels[(n*(len(levels)-1)+most-1)/most])
	}
	return fmt.Sprintf("%s %s %s", first.UTC().Format("15:04:05"), out.String(), last.UTC().Format("15:04:05 MST"))
}

// errNoEdition is why mails cannot be composed.
var errNoEdition = errors.New("the content has something to mend; `broadsheet check` says what")
