package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"broadsheet/functions/internal/cost"
	"broadsheet/functions/internal/stack"
)

func costCommand() command {
	return command{
		name:    "cost",
		summary: "count what a month of the deployment costs",
		about:   "Counts from template.yaml, from measured sizes and durations, and from the dated list infra/prices.json; it asks nobody. What AWS gives every account for nothing each month is taken off. Run it at the root of the repository.",
		example: "broadsheet cost -subscribers 2000 -issues 4 -views 50000\nbroadsheet cost -production -subscribers 20000 -issues 8 -views 300000 -json",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			var u cost.Use
			f.IntVar(&u.Subscribers, "subscribers", 1000, "how `many` people get an issue")
			f.IntVar(&u.Issues, "issues", 4, "how `many` issues a month")
			f.IntVar(&u.Views, "views", 10000, "how `many` pages visitors look at in a month")
			production := f.Bool("production", false, "with domain, CDN, canary and alarms; else a trial stack")
			template := f.String("template", "template.yaml", "the template's `file`")
			prices := f.String("prices", "infra/prices.json", "the `file` with the prices")
			asJSON := f.Bool("json", false, "print one JSON object a line of the sheet")
			return func(_ context.Context, p *program, _ []string) error {
				if u.Subscribers < 0 || u.Issues < 0 || u.Views < 0 {
					return usageError("cost: -subscribers, -issues and -views are numbers from 0 on")
				}
				return p.cost(*template, *prices, *production, u, *asJSON)
			}
		},
	}
}

// productionParameters make the stack with everything that a parameter can add.
func productionParameters() map[string]string {
	return map[string]string{"Stage": "production", "Domain": "news.example.org", "Cdn": "yes", "MailDomain": "example.org", "AlarmMail": "operator@example.org"}
}

func (p *program) cost(template, prices string, production bool, u cost.Use, asJSON bool) error {
	t, err := readStack(template, production)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(prices)
	if err != nil {
		return fmt.Errorf("%w; run this at the root of the repository, or name the file with -prices", err)
	}
	list, err := cost.ReadPrices(b)
	if err != nil {
		return fmt.Errorf("%s: %w", prices, err)
	}
	lines, err := cost.Compute(t, list, cost.Measurements(), u)
	if err != nil {
		return err
	}
	if asJSON {
		var all error
		for _, l := range lines {
			all = errors.Join(all, json.NewEncoder(p.stdout).Encode(l))
		}
		return all
	}
	fmt.Fprintf(p.stdout, "A month in %s, prices of %s, in %s: %d subscribers, %d issues, %d views\n\n", list.Region, list.AsOf, list.Currency, u.Subscribers, u.Issues, u.Views)
	for _, l := range lines {
		fmt.Fprintf(p.stdout, "%9.2f  %-42s %15.2f, free %.0f\n", l.Cost, l.Unit, l.Quantity, l.Free)
	}
	fmt.Fprintf(p.stdout, "%9.2f  in all\n\n%s\n", cost.Total(lines), list.Source)
	return nil
}

// readStack reads the template and what is nested in it, as one stack.
func readStack(file string, production bool) (*stack.Template, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w; run this at the root of the repository, or name the file with -template", err)
	}
	t, err := stack.Read(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var parameters map[string]string
	if production {
		parameters = productionParameters()
	}
	if t, err = t.With(parameters); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nest(t)
}

// nest adds the resources of nested templates, by the name of the stack and
// their own.
func nest(t *stack.Template) error {
	for _, name := range t.OfType("AWS::CloudFormation::Stack") {
		file := fmt.Sprint(t.Resources[name].Properties["TemplateURL"])
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		inner, err := stack.Read(b)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for n, r := range inner.Resources {
			t.Resources[name+"."+n] = r
		}
	}
	return nil
}
