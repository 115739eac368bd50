package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"

	"broadsheet"
	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
)

// subscriberCommands are the commands about people.
func subscriberCommands() []command {
	return []command{
		{
			name:    "subscribers export",
			summary: "print every subscriber",
			about:   "Prints the records of the store, also while the server runs: of the file in DATA_DIR, or with STORE=dynamodb of TABLE. People whose address was forgotten have none.",
			example: "broadsheet subscribers export -json > subscribers.jsonl\nSTORE=dynamodb TABLE=… broadsheet subscribers export",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a subscriber")
				asCSV := f.Bool("csv", false, "print a table for a spreadsheet; subscribers import reads it back")
				return func(ctx context.Context, p *program, _ []string) error {
					if *asCSV {
						return p.exportCSV(ctx)
					}
					return p.export(ctx, *asJSON)
				}
			},
		},
		{
			name:    "subscribers show",
			args:    "<address>",
			summary: "print what is kept of one person",
			about:   "Prints the whole record as JSON: status, times, choices, the evidence of consent with the words of the form and of the mail that the person was shown, and the entries of the ledger of consent, newest first. If these words are not those of the content any more, the record names the commit that has them.",
			json:    "the record in one line",
			example: "broadsheet subscribers show jane@example.org\nSTORE=dynamodb TABLE=… KEYS=/broadsheet/keys broadsheet subscribers show jane@example.org",
			setup: func(*flag.FlagSet) func(context.Context, *program, []string) error {
				return func(ctx context.Context, p *program, args []string) error {
					if len(args) != 1 {
						return usageError("subscribers show: name one address, as `broadsheet subscribers show jane@example.org`")
					}
					return p.show(ctx, args[0])
				}
			},
		},
		{
			name:    "subscribers sweep",
			summary: "delete what was kept for a while only",
			about:   "Deletes requests that nobody confirmed in 30 days, and the addresses of people who left, asked again and did not confirm, and makes the roots of the ledger of consent for the days that are over. The server and the deployed programs do the same by themselves.",
			json:    "one JSON object: records, roots",
			example: "broadsheet subscribers sweep",
			setup: func(*flag.FlagSet) func(context.Context, *program, []string) error {
				return func(ctx context.Context, p *program, _ []string) error {
					return p.sweep(ctx)
				}
			},
		},
	}
}

func (p *program) export(ctx context.Context, asJSON bool) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	for s, err := range store.All(ctx) {
		if err != nil {
			return err
		}
		s = s.Current(now())
		if s.Status == subscriber.None {
			continue
		}
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(subscription.RecordOf(s)); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%s  %-12s  %s\n", s.ID, s.Status, s.Email)
	}
	return nil
}

// exportCSV prints every record as a line of a table that no spreadsheet takes
// for a formula.
func (p *program) exportCSV(ctx context.Context) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w := csv.NewWriter(p.stdout)
	if err := w.Write([]string{"id", "email", "status", "reason", "confirmed_at", "left_at", "topics", "frequency", "language", "consent"}); err != nil {
		return err
	}
	for s, err := range store.All(ctx) {
		if err != nil {
			return err
		}
		if s = s.Current(now()); s.Status == subscriber.None {
			continue
		}
		consent := strings.TrimSpace(s.Consent.Method + " " + csvTime(s.Consent.ConfirmedAt) + " " + s.Consent.Evidence)
		err := w.Write(protected([]string{s.ID.String(), s.Email, s.Status.String(), s.Reason, csvTime(s.ConfirmedAt), csvTime(s.LeftAt),
			strings.Join(s.Preferences.Topics, ";"), s.Preferences.Frequency, s.Preferences.Language, consent}))
		if err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (p *program) show(ctx context.Context, text string) error {
	address, err := subscriber.ParseAddress(text)
	if err != nil {
		return usageError("that is no address: " + err.Error())
	}
	keys, err := p.openData(ctx)
	if err != nil {
		return err
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	s, found, err := store.Get(ctx, keys.ID(address))
	if err != nil {
		return err
	}
	if s = s.Current(now()); !found || s.Status == subscriber.None {
		return errors.New("nothing is kept of this address")
	}
	r := p.worded(subscription.RecordOf(s))
	history, err := consent.History(ctx, store, s)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(p.stdout)
	if !p.json {
		encoder.SetIndent("", "  ")
	}
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(struct {
		subscription.Record
		History []consent.Told `json:"history,omitempty"`
	}{r, history}); err != nil {
		return err
	}
	if r.Consent != nil && r.Consent.Shown != "" && r.Consent.FormText == "" {
		fmt.Fprintln(p.stderr, "The words that were shown are those of the commit in \"shown\": check it out in another folder (git worktree add ../then <commit>) and run this command with CONTENT_DIR=../then/content.")
	}
	return nil
}

// worded adds the words that a person was shown, if the edition in the program
// or the content has them.
func (p *program) worded(r subscription.Record) subscription.Record {
	if r.Consent == nil || r.Consent.Shown == "" {
		return r
	}
	if e, err := edition.OpenFS(broadsheet.Edition()); err == nil {
		if r = r.With(e, now()); r.Consent.FormText != "" {
			return r
		}
	}
	fsys, _, err := p.contentFS()
	if err != nil {
		return r
	}
	e, err := buildEdition(fsys, press.Options{AsOf: now(), BaseURL: p.config.SiteURL, Gzip: 1, Brotli: 1})
	if err != nil {
		return r // `broadsheet check` says why
	}
	return r.With(e, now())
}

func (p *program) sweep(ctx context.Context) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	n, err := consent.Sweep(ctx, store.All(ctx), store, now())
	if err != nil {
		return err
	}
	roots, err := consent.CloseDays(ctx, store, now())
	swept := struct {
		Records int `json:"records"`
		Roots   int `json:"roots"`
	}{n, len(roots)}
	return errors.Join(p.result(swept, "sweep: %d records, %d roots\n", swept.Records, swept.Roots), err)
}
