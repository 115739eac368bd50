package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"strings"
	"time"

	"broadsheet/functions/internal/consent"
)

// ledgerCommands are the commands about the ledger of consent.
func ledgerCommands() []command {
	return []command{
		{
			name:    "subscribers verify",
			summary: "find what was changed in the ledger of consent",
			about: "Reads the whole ledger of consent and every record and prints each entry that was changed, removed, added or reordered, each record that says something else than its newest entry, and each day that does not have the root it had. " +
				"With -root it compares with a root that you noted outside of the store: that finds even a ledger that was written anew with its roots. What was written since the newest root can be changed without a trace by whoever may write into the store and has the record. " +
				"It changes nothing, works while the site runs, needs no keys and names nobody but by the first digits of an id. Exit code 1 if something was found.",
			example: "broadsheet subscribers verify\nbroadsheet subscribers verify -root 2026-11-23=4f0c…",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a finding, and one with the sums at the end")
				noted := rootFlag{}
				f.Var(noted, "root", "a root that you noted, as `DAY=HASH`; may be repeated")
				return func(ctx context.Context, p *program, _ []string) error {
					return p.verifyLedger(ctx, *asJSON, noted)
				}
			},
		},
		{
			name:    "subscribers roots",
			summary: "print the roots of the ledger of consent",
			about: "Prints the root of each day, oldest first: a hash over all entries of the day and over the root of the day before. Note one now and then where nobody can change it who may write into the store: in the minutes, in a letter, in an issue. " +
				"`broadsheet subscribers verify -root DAY=HASH` compares with it later. The programs write each root into their log when they make it, an hour after the day's end in UTC.",
			example: "broadsheet subscribers roots -since 2026-11-01",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a root")
				since := f.String("since", "", "begin with this `day`, as 2026-11-01")
				return func(ctx context.Context, p *program, _ []string) error {
					if _, err := time.Parse(time.DateOnly, *since); err != nil && *since != "" {
						return usageError(fmt.Sprintf("subscribers roots: -since %q: write a day as 2026-11-01", *since))
					}
					return p.printRoots(ctx, *since, *asJSON)
				}
			},
		},
	}
}

// rootFlag are roots by day.
type rootFlag map[string]string

// String implements flag.Value.
func (r rootFlag) String() string { return "" }

// Set implements flag.Value.
func (r rootFlag) Set(text string) error {
	day, hash, _ := strings.Cut(strings.TrimSpace(text), "=")
	hash = strings.ToLower(hash)
	if _, err := time.Parse(time.DateOnly, day); err != nil || len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return fmt.Errorf("write it as subscribers roots prints it: a day, =, and 64 hexadecimal digits")
	}
	if other, twice := r[day]; twice && other != hash {
		return fmt.Errorf("%s has another root already on this command line", day)
	}
	r[day] = hash
	return nil
}

func (p *program) verifyLedger(ctx context.Context, asJSON bool, noted rootFlag) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	out := json.NewEncoder(p.stdout)
	out.SetEscapeHTML(false)
	var printErr error
	report, err := consent.VerifyAll(ctx, store, now(), maps.Clone(noted), func(f consent.Finding) {
		if asJSON {
			printErr = out.Encode(f)
		} else {
			_, printErr = fmt.Fprintln(p.stdout, f)
		}
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w; nothing was changed, run the command again", err)
	case printErr != nil:
		return printErr
	case asJSON:
		err = out.Encode(report)
	default:
		fmt.Fprintf(p.stdout, "verified: %d entries of %d people and of %d who were erased, %d days with a root\n", report.Entries, report.People, report.Closed, report.Days)
		if report.Without > 0 {
			fmt.Fprintf(p.stdout, "%d people are from before there was a ledger: they get an entry with their next change\n", report.Without)
		}
		if report.Days > 0 {
			fmt.Fprintf(p.stdout, "newest root: %s=%s\n", report.Newest.Day, report.Newest.Hash)
		}
	}
	if err == nil && report.Findings > 0 {
		noun := "findings"
		if report.Findings == 1 {
			noun = "finding"
		}
		err = told{fmt.Errorf("%d %s: the ledger or the records were changed outside of the programs; see “The ledger does not verify” in infra/RUNBOOK.md", report.Findings, noun)}
	}
	return err
}

func (p *program) printRoots(ctx context.Context, since string, asJSON bool) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	for r, err := range store.Roots(ctx, since) {
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%s=%s  %d entries\n", r.Day, r.Hash, r.Entries)
	}
	return nil
}
