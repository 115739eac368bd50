package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// peopleCommands change the record of one person, or count all.
func peopleCommands() []command {
	return []command{
		{
			name:    "subscribers erase",
			args:    "<address>",
			summary: "forget a person",
			about: "Deletes the address, the choices and the evidence of consent. A keyed hash stays, with the date, so that no import and no restore brings the person back. Their entries in the ledger of consent stay as well, sealed by a key that is deleted: the ledger still verifies, and nothing in it names them. " +
				"With -forget even that is deleted: then an import or an old backup can bring the address back, and nothing here would know. Do that only if the person asks for it.",
			json:    "one JSON object: done, which is erased, forgotten or nothing",
			example: "broadsheet subscribers erase jane@example.org",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				forget := f.Bool("forget", false, "delete the hash, too")
				yes := f.Bool("yes", false, "do not ask")
				return func(ctx context.Context, p *program, args []string) error {
					return p.erase(ctx, args, *forget, *yes)
				}
			},
		},
		{
			name:    "subscribers lift",
			args:    "<address>",
			summary: "lift the suppression of an address",
			about:   "Lets a person whose address bounced or who complained ask for the newsletter again. It subscribes nobody: the person has to use the form and confirm. The reason is kept with the record.",
			json:    "one JSON object: lifted, the status that was",
			example: "broadsheet subscribers lift -reason 'mailbox repaired, letter of 2026-11-20' jane@example.org",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				reason := f.String("reason", "", "why it may be lifted")
				return func(ctx context.Context, p *program, args []string) error {
					return p.lift(ctx, args, strings.TrimSpace(*reason))
				}
			},
		},
		{
			name:    "subscribers stats",
			summary: "count subscribers, with their growth",
			about:   "Counts the records by status, frequency and language, and shows month by month how many confirmed and how many left. -svg writes the same as a picture to a file.",
			example: "broadsheet subscribers stats\nbroadsheet subscribers stats -svg growth.svg",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object: statuses, frequencies, languages, months")
				svg := f.String("svg", "", "write the chart to this `file`")
				return func(ctx context.Context, p *program, _ []string) error {
					return p.stats(ctx, *asJSON, *svg)
				}
			},
		},
	}
}

// person opens the store and the record of the one address that a command names.
func (p *program) person(ctx context.Context, command string, args []string) (store, subscriber.Subscriber, error) {
	if len(args) != 1 {
		return nil, subscriber.Subscriber{}, usageError(fmt.Sprintf("%s: name one address, as `broadsheet %s jane@example.org`", command, command))
	}
	address, err := subscriber.ParseAddress(args[0])
	if err != nil {
		return nil, subscriber.Subscriber{}, usageError("that is no address: " + err.Error())
	}
	keys, err := p.openData(ctx)
	if err != nil {
		return nil, subscriber.Subscriber{}, err
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return nil, subscriber.Subscriber{}, err
	}
	s, _, err := store.Get(ctx, keys.ID(address))
	if err != nil {
		return nil, s, errors.Join(err, store.Close())
	}
	s.ID = keys.ID(address)
	return store, s, nil
}

func (p *program) erase(ctx context.Context, args []string, forget, yes bool) error {
	store, s, err := p.person(ctx, "subscribers erase", args)
	if err != nil {
		return err
	}
	defer store.Close()
	if s.Status == subscriber.None {
		return errors.New("nothing is kept of this address")
	}
	kind := subscriber.Erase
	if forget {
		kind = subscriber.Forget
		if !yes && !p.confirmed(ctx, "This deletes even the hash that keeps the person from being brought back by an import or an old backup. Type forget to do it: ", "forget") {
			return errors.New("nothing was deleted; without a terminal say -yes")
		}
	}
	r, err := store.Record(ctx, subscriber.Event{Kind: kind, ID: s.ID, Op: rand.Text(), At: now()})
	if err != nil {
		return fmt.Errorf("%w; run the command again", err)
	}
	type outcome struct {
		Done string `json:"done"`
	}
	switch {
	case r.Outcome == subscriber.Repeated && !forget:
		return p.result(outcome{"nothing"}, "This person was erased before.\n")
	case forget:
		return p.result(outcome{"forgotten"}, "Nothing is kept of this address any more. Backups made before still have it.\n")
	}
	return p.result(outcome{"erased"}, "Erased. A hash and the date stay, so that nothing brings the person back.\n")
}

// confirmed asks at a terminal for a word.
func (p *program) confirmed(ctx context.Context, prompt, word string) bool {
	if !p.interactive || p.json {
		return false
	}
	fmt.Fprint(p.stdout, prompt)
	line, err := p.line(ctx, bufio.NewReader(p.stdin))
	return err == nil && line == word
}

func (p *program) lift(ctx context.Context, args []string, reason string) error {
	if reason == "" {
		return usageError("subscribers lift: say with -reason why the address may be used again")
	}
	store, s, err := p.person(ctx, "subscribers lift", args)
	if err != nil {
		return err
	}
	defer store.Close()
	if s.Status != subscriber.Bounced && s.Status != subscriber.Complained {
		return fmt.Errorf("there is nothing to lift: the status is %s", s.Status)
	}
	r, err := store.Record(ctx, subscriber.Event{Kind: subscriber.Lift, ID: s.ID, Op: rand.Text(), At: now(), Reason: reason, Seen: s.Status, SeenOp: s.Op})
	if err != nil {
		return fmt.Errorf("%w; run the command again", err)
	}
	if r.Outcome != subscriber.Applied {
		return errors.New("the record has changed meanwhile; look at it with `broadsheet subscribers show` and try again")
	}
	return p.result(struct {
		Lifted string `json:"lifted"`
	}{s.Status.String()}, "%s lifted. The person can subscribe again with the form.\n", s.Status)
}

// statistics are the counts of a store.
type statistics struct {
	Statuses    map[string]int `json:"statuses"`
	Frequencies map[string]int `json:"frequencies"` // of confirmed people
	Languages   map[string]int `json:"languages"`
	Months      []monthCount   `json:"months"` // oldest first, without gaps
}

// monthCount is what happened in one month.
type monthCount struct {
	Month     string `json:"month"`
	Confirmed int    `json:"confirmed"`
	Left      int    `json:"left"`
}

func (p *program) stats(ctx context.Context, asJSON bool, svg string) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	s := statistics{map[string]int{}, map[string]int{}, map[string]int{}, nil}
	months := map[string]*monthCount{}
	at := func(t time.Time) *monthCount {
		m := t.UTC().Format("2006-01")
		if months[m] == nil {
			months[m] = &monthCount{Month: m}
		}
		return months[m]
	}
	for person, err := range store.All(ctx) {
		if err != nil {
			return err
		}
		if person = person.Current(now()); person.Status == subscriber.None {
			continue
		}
		s.count(person, at)
	}
	s.Months = consecutive(months)
	if svg != "" {
		if err := writeFile(svg, growthSVG(s.Months)); err != nil {
			return err
		}
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(s)
	}
	p.printStats(s)
	return nil
}

func (s *statistics) count(person subscriber.Subscriber, at func(time.Time) *monthCount) {
	s.Statuses[person.Status.String()]++
	if person.Status == subscriber.Confirmed {
		s.Frequencies[person.Preferences.Frequency]++
		s.Languages[person.Preferences.Language]++
	}
	if !person.ConfirmedAt.IsZero() {
		at(person.ConfirmedAt).Confirmed++
	}
	if !person.LeftAt.IsZero() && !person.ConfirmedAt.IsZero() && person.Status > subscriber.Confirmed {
		at(person.LeftAt).Left++
	}
}

// consecutive returns the months from the first to the last, those without
// anything too.
func consecutive(months map[string]*monthCount) []monthCount {
	if len(months) == 0 {
		return nil
	}
	var names []string
	for m := range months {
		names = append(names, m)
	}
	slices.Sort(names)
	first, _ := time.Parse("2006-01", names[0])
	var all []monthCount
	for t := first; t.Format("2006-01") <= names[len(names)-1]; t = t.AddDate(0, 1, 0) {
		m := monthCount{Month: t.Format("2006-01")}
		if found := months[m.Month]; found != nil {
			m = *found
		}
		all = append(all, m)
	}
	return all
}

func (p *program) printStats(s statistics) {
	for status := subscriber.Pending; status <= subscriber.Erased; status++ {
		fmt.Fprintf(p.stdout, "%-13s %6d\n", status, s.Statuses[status.String()])
	}
	for _, group := range []struct {
		name   string
		counts map[string]int
	}{{"frequency", s.Frequencies}, {"language", s.Languages}} {
		var names []string
		for name := range group.counts {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(p.stdout, "%s %-*s %6d\n", group.name, 12-len(group.name), orDefault(name), group.counts[name])
		}
	}
	if len(s.Months) == 0 {
		return
	}
	fmt.Fprintln(p.stdout, "\nmonth    confirmed  left")
	most := 1
	for _, m := range s.Months {
		most = max(most, m.Confirmed, m.Left)
	}
	for _, m := range s.Months[max(0, len(s.Months)-24):] {
		fmt.Fprintf(p.stdout, "%s  %9d %5d  %s%s\n", m.Month, m.Confirmed, m.Left, strings.Repeat("█", 40*m.Confirmed/most), strings.Repeat("░", 40*m.Left/most))
	}
}

func orDefault(name string) string {
	if name == "" {
		return "(default)"
	}
	return name
}

// growthSVG draws a pair of bars a month: confirmed above the line, left below.
func growthSVG(months []monthCount) []byte {
	const width, height, pad = 24, 240, 40
	most := 1
	for _, m := range months {
		most = max(most, m.Confirmed, m.Left)
	}
	total := pad*2 + width*max(len(months), 8)
	scale := float64(height-pad*2) / 2 / float64(most)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t"><title id="t">Subscribers by month: confirmed above the line, left below</title>`, total, height)
	b.WriteString(`<style>text{font:10px system-ui,sans-serif;fill:#555}.in{fill:#0b4a63}.out{fill:#8a5a00}line{stroke:#888}@media(prefers-color-scheme:dark){text{fill:#bbb}.in{fill:#8fc7dd}.out{fill:#e0b45c}}</style>`)
	middle := height / 2
	for i, m := range months {
		x := pad + i*width
		up, down := scale*float64(m.Confirmed), scale*float64(m.Left)
		fmt.Fprintf(&b, `<g><title>%s: %d confirmed, %d left</title><rect class="in" x="%d" y="%.1f" width="%d" height="%.1f"/><rect class="out" x="%d" y="%d" width="%d" height="%.1f"/></g>`,
			m.Month, m.Confirmed, m.Left, x+3, float64(middle)-up, width-6, up, x+3, middle, width-6, down)
		if i%6 == 0 {
			fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`, x, height-8, m.Month)
		}
	}
	fmt.Fprintf(&b, `<line x1="%d" y1="%d" x2="%d" y2="%d"/><text x="4" y="%d">%d</text><text x="4" y="%d">%d</text></svg>`, pad, middle, total-pad, middle, pad+4, most, height-pad+4, most)
	b.WriteByte('\n')
	return []byte(b.String())
}
