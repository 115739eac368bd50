package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"time"

	"broadsheet/functions/internal/edition"
)

// stackCommands are about the deployment.
func stackCommands() []command {
	return []command{costCommand(), doctorCommand(), {
		name:    "version",
		summary: "print which edition the last build made",
		about:   "Prints what /version of a program with that edition answers: commit, hash of the edition and its as-of time. `make deploy` compares the two.",
		example: "broadsheet version -json",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			file := f.String("edition", ".edition/edition", "the edition's `file`")
			asJSON := f.Bool("json", false, "print JSON, byte for byte as /version")
			return func(_ context.Context, p *program, _ []string) error { return p.version(*file, *asJSON) }
		},
	}}
}

func (p *program) version(file string, asJSON bool) error {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no edition in %s; run `make edition`", file)
	}
	if err != nil {
		return err
	}
	e, err := edition.Open(b)
	if err == nil {
		err = e.Verify()
	}
	if err != nil {
		return fmt.Errorf("%s: %w; run `make edition`", file, err)
	}
	if asJSON {
		_, err = fmt.Fprintf(p.stdout, "%s\n", e.Describe())
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "commit %s\nedition %s\nas of %s\n", e.Commit(), e.Hash(), e.AsOf().Format(time.RFC3339))
	return err
}
