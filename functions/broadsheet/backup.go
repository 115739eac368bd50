package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"

	"broadsheet/functions/internal/backup"
)

func backupCommands() []command {
	return []command{
		{
			name:    "backup",
			args:    "<file>",
			summary: "write subscribers and issues into one file",
			about: "Writes every record with its consent, the ledger of consent, the suppressions, the journal of those who left, the issues and their deliveries. It works while the site runs. " +
				"The file holds addresses and is made readable for you alone; the secret keys are not in it: keep a copy of them apart, since without them nobody can be recognised again.",
			json:    "one JSON object: file, people, entries, roots, leaves, issues, deliveries",
			example: "broadsheet backup broadsheet-2026-11-24.backup\nSTORE=dynamodb TABLE=… JOURNAL=… broadsheet backup site.backup",
			setup: func(*flag.FlagSet) func(context.Context, *program, []string) error {
				return func(ctx context.Context, p *program, args []string) error {
					if len(args) != 1 {
						return usageError("backup: name the file to write, as `broadsheet backup site.backup`")
					}
					return p.backup(ctx, args[0])
				}
			},
		},
		{
			name:    "restore",
			args:    "[file]",
			summary: "bring back a backup, and whoever left since",
			about: "Reads the whole file first and changes nothing if it is not whole. People who are not known come back; who is known stays as they are; whoever left after they confirmed stays out, whether the file says so or the journal. " +
				"Open issues come back paused. The ledger of consent comes into a store that has none; beside another one, people who come back begin a new chain. Without a file only the journal is brought in: do that after the table itself was restored to a point in time, before anything is sent. It may be interrupted and run again.",
			example: "broadsheet restore -n site.backup\nbroadsheet restore site.backup\nSTORE=dynamodb TABLE=… JOURNAL=… broadsheet restore",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				dryRun := f.Bool("n", false, "only check the file, or without one the journal, and say what is in it")
				asJSON := f.Bool("json", false, "print one JSON object: how many came back; with -n what is in the file")
				return func(ctx context.Context, p *program, args []string) error {
					if len(args) > 1 {
						return usageError("restore: name one file, or none to bring in the journal only")
					}
					name := ""
					if len(args) == 1 {
						name = args[0]
					}
					return p.restore(ctx, name, *dryRun, *asJSON)
				}
			},
		},
	}
}

func (p *program) backup(ctx context.Context, name string) error {
	if _, err := os.Stat(name); err == nil {
		return fmt.Errorf("%s is there already; name another file", name)
	}
	s, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	part := name + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	t, err := backup.Write(ctx, f, s, now())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("no backup was made: %w", err), os.Remove(part))
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	return p.result(kept{name, t}, "backup: %s, %s\nThe keys are not in it: keep a copy of %s apart.\n", name, inside(t), p.config.Keys)
}

// kept is what is in a backup, as -json prints it.
type kept struct {
	File string `json:"file"`
	backup.Totals
}

func inside(t backup.Totals) string {
	return fmt.Sprintf("%d people, %d entries of consent, %d leavings, %d issues with %d deliveries", t.People, t.Entries, t.Leaves, t.Issues, t.Deliveries)
}

func (p *program) restore(ctx context.Context, name string, dryRun, asJSON bool) error {
	var in io.Reader
	total := 0
	if name != "" {
		f, t, err := checkedBackup(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if dryRun {
			return p.result(kept{name, t}, "restore: %s is whole: %s. Nothing was changed.\n", name, inside(t))
		}
		in, total = bufio.NewReader(f), t.People+t.Entries+t.Roots+t.Leaves+t.Issues+t.Deliveries
	}
	s, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if dryRun {
		rows, missing, err := backup.Missing(ctx, s, now())
		if err != nil {
			return err
		}
		return p.result(struct {
			Leavings int `json:"leavings"`
			Missing  int `json:"missing"`
		}{rows, missing}, "restore: the journal has %d leavings, %d of them are not in the records. Nothing was changed.\n", rows, missing)
	}
	bar := p.progress("restore", max(total, 1), 0)
	r, err := backup.Restore(ctx, in, s, now(), bar.step)
	bar.end()
	if err != nil {
		return fmt.Errorf("the restore stopped: %w; run the same command again to go on, nothing is done twice", err)
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(r)
	}
	fmt.Fprintf(p.stdout, "restore: %d people came back, %d were there, %d left; %d issues with %d deliveries came back\n", r.New, r.Unchanged, r.Left, r.Issues, r.Deliveries)
	return nil
}

// checkedBackup opens a file that is a whole backup, at its beginning.
func checkedBackup(name string) (*os.File, backup.Totals, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, backup.Totals{}, fmt.Errorf("there is no file %s", name)
	}
	if err != nil {
		return nil, backup.Totals{}, err
	}
	t, err := backup.Check(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, t, errors.Join(fmt.Errorf("%s is no backup that can be used: %w; nothing was changed, take another one", name, err), f.Close())
	}
	return f, t, nil
}
