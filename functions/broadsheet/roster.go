package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/roster"
	"broadsheet/functions/internal/subscriber"
)

// importList are the settings of one import of subscribers.
type importList struct {
	apply, asJSON       bool
	evidence            string
	frequency, language string
}

func rosterCommand() command {
	return command{
		name:    "subscribers import",
		args:    "<file.csv>",
		summary: "bring subscribers from another program",
		about: "Reads the CSV that Mailchimp, listmonk, Keila, Ghost, Buttondown or Broadsheet exports. Without -apply it only says what would be done. " +
			"Who is confirmed there is confirmed here, with what the list says of consent and what you say with -evidence; who left, bounced or complained there is kept as such and is never mailed; who never confirmed is refused. " +
			"Nobody whom this site knows is changed, save that leaving counts. Lines that cannot be taken go to <file>.refused.csv with the reason. It may be interrupted and run again.",
		example: "broadsheet subscribers import members.csv\nbroadsheet subscribers import -apply -evidence 'double opt-in at the old site, export of 2026-11-24' members.csv",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			var o importList
			f.BoolVar(&o.apply, "apply", false, "write into the store")
			f.StringVar(&o.evidence, "evidence", "", "what proves that these people asked for the newsletter; needed with -apply")
			f.StringVar(&o.frequency, "frequency", "", "article, weekly or monthly; article if left out")
			f.StringVar(&o.language, "language", "", "the `code` of their language; the site's if left out")
			f.BoolVar(&o.asJSON, "json", false, "print one JSON object at the end")
			return func(ctx context.Context, p *program, args []string) error {
				switch {
				case len(args) != 1:
					return usageError("subscribers import: name one file, as `broadsheet subscribers import members.csv`")
				case o.apply && strings.TrimSpace(o.evidence) == "":
					return usageError("subscribers import: say with -evidence what proves that these people asked for the newsletter; without consent nobody may be mailed")
				case o.frequency != "" && !slices.Contains([]string{"article", "weekly", "monthly"}, o.frequency):
					return usageError(fmt.Sprintf("subscribers import: -frequency %q: write article, weekly or monthly", o.frequency))
				}
				return p.importSubscribers(ctx, args[0], o)
			}
		},
	}
}

// importTotals counts what became of the lines.
type importTotals struct {
	List    string `json:"list"`
	Lines   int    `json:"lines"`
	New     int    `json:"new"`
	Left    int    `json:"left"`
	Known   int    `json:"known"`
	Stay    int    `json:"stay_out"` // left this site before
	Refused int    `json:"refused"`
	Applied bool   `json:"applied"`
	refused [][]string
	header  []string
}

func (p *program) importSubscribers(ctx context.Context, name string, o importList) error {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", name)
	}
	if err != nil {
		return err
	}
	list, err := roster.Read(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was imported", name, err)
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
	t := importTotals{List: list.Shape, Applied: o.apply, header: append(slices.Clone(list.Header), "line", "refused because")}
	bar := p.progress("import", len(list.Rows), 0)
	for _, row := range list.Rows {
		err := ctx.Err()
		if err == nil {
			err = p.importRow(ctx, store, keys, row, o, &t)
		}
		if err != nil {
			bar.end()
			return fmt.Errorf("line %d: %w; %d lines are in, run the same command again to go on: nobody is taken twice", row.Line, err, t.Lines)
		}
		bar.step()
	}
	bar.end()
	return p.reportSubscribers(name, t, o)
}

// importRow records one line, or says what recording it would do.
func (p *program) importRow(ctx context.Context, store store, keys *subscriber.Keys, row roster.Row, o importList, t *importTotals) error {
	t.Lines++
	preferences := subscriber.Preferences{Frequency: cmp.Or(o.frequency, "article"), Language: o.language}
	e, ok := row.Event(keys, rand.Text(), o.evidence, preferences, now())
	if !ok {
		t.Refused++
		t.refused = append(t.refused, append(slices.Clone(row.Fields), strconv.Itoa(row.Line), row.Refused))
		return nil
	}
	before, _, err := store.Get(ctx, e.ID)
	if err != nil {
		return err
	}
	r := p.limits().Apply(before, e)
	if o.apply {
		if r, err = store.Record(ctx, e); err != nil {
			return err
		}
	}
	switch {
	case r.Outcome == subscriber.Applied && e.Kind == subscriber.Import:
		t.New++
	case r.Outcome == subscriber.Applied:
		t.Left++
	case e.Kind == subscriber.Import && before.Status > subscriber.Confirmed:
		t.Stay++
	default:
		t.Known++
	}
	return nil
}

func (p *program) reportSubscribers(name string, t importTotals, o importList) error {
	refused := strings.TrimSuffix(name, ".csv") + ".refused.csv"
	if len(t.refused) > 0 {
		if err := writeCSV(refused, append([][]string{t.header}, t.refused...)); err != nil {
			return err
		}
	}
	if o.asJSON {
		return json.NewEncoder(p.stdout).Encode(t)
	}
	verb := "would be "
	if o.apply {
		verb = ""
	}
	fmt.Fprintf(p.stdout, "A list of %s with %d lines:\n  %6d %sconfirmed here, new\n  %6d %skept as people who left\n  %6d known already, unchanged\n  %6d left this site before and stay out\n  %6d refused",
		t.List, t.Lines, t.New, verb, t.Left, verb, t.Known, t.Stay, t.Refused)
	if t.Refused > 0 {
		fmt.Fprintf(p.stdout, ", with the reasons in %s", refused)
	}
	fmt.Fprintln(p.stdout)
	if !o.apply {
		fmt.Fprintf(p.stdout, "Nothing was written. To do it: broadsheet subscribers import -apply -evidence '…' %s\n", name)
	}
	return nil
}

// writeCSV writes a table that a spreadsheet can open without taking a value
// for a formula (OWASP, CSV Injection).
func writeCSV(name string, rows [][]string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		if err := w.Write(protected(row)); err != nil {
			return err
		}
	}
	w.Flush()
	if err := os.WriteFile(name+".part", b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

func protected(row []string) []string {
	safe := slices.Clone(row)
	for i, v := range safe {
		if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
			safe[i] = "'" + v
		}
	}
	return safe
}

// csvTime writes an instant for a table; empty for none.
func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
