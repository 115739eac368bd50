package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
)

// operatorCommands are the commands of operators.
func operatorCommands() []command {
	return slices.Concat(subscriberCommands(), []command{rosterCommand()}, peopleCommands(), ledgerCommands(), backupCommands(), keyCommands(), []command{
		{
			name:    "config",
			summary: "print the settings of this environment",
			about:   "Prints every setting with its value and meaning. Secrets are never printed: keys are named by the file that holds them.",
			example: "broadsheet config -json",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a setting")
				return func(_ context.Context, p *program, _ []string) error {
					return p.printConfig(*asJSON)
				}
			},
		},
	})
}

func (p *program) printConfig(asJSON bool) error {
	for _, s := range p.config.Settings() {
		if asJSON {
			line := map[string]string{"name": s.Name, "value": s.Value, "meaning": s.Meaning}
			if err := json.NewEncoder(p.stdout).Encode(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%-14s %-32s %s\n", s.Name, s.Value, s.Meaning)
	}
	return nil
}
