package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/press"
)

func checkCommand() command {
	return command{
		name:    "check",
		summary: "check the content and say what to mend",
		about:   "Reads CONTENT_DIR (./content by default), prints the whole site in memory and reports every mistake as file:line:column, what is wrong and how to mend it, with the line and a caret under the place.",
		example: "broadsheet check\nbroadsheet check -json",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			asJSON := f.Bool("json", false, "print one JSON object a finding")
			return func(_ context.Context, p *program, _ []string) error {
				return p.check(*asJSON)
			}
		},
	}
}

// finding is a problem as -json prints it.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"` // error or warning
	What     string `json:"what"`
	Cure     string `json:"cure,omitempty"`
	Excerpt  string `json:"excerpt,omitempty"`
}

func (p *program) check(asJSON bool) error {
	fsys, dir, err := p.contentFS()
	if err != nil {
		return err
	}
	site, found, err := p.findings(fsys)
	if err != nil {
		return err
	}
	wrong := p.list(fsys, dir, found, asJSON)
	switch {
	case wrong > 0:
		return fmt.Errorf("%d to mend", wrong)
	case !asJSON:
		fmt.Fprintf(p.stdout, "check: %s are in order\n", inventory(site))
	}
	return nil
}

// findings returns what is wrong with the content and what is worth a look. The
// site is nil if it cannot be read.
func (p *program) findings(fsys fs.FS) (*content.Site, content.Problems, error) {
	var problems content.Problems
	site, err := content.Load(fsys)
	if err == nil {
		_, err = press.Build(fsys, site, press.Options{AsOf: now(), BaseURL: p.config.SiteURL})
	}
	if err != nil && !errors.As(err, &problems) {
		return nil, nil, err
	}
	return site, problems, nil
}

// list prints findings and returns how many of them are errors.
func (p *program) list(fsys fs.FS, dir string, found content.Problems, asJSON bool) (wrong int) {
	for _, f := range found {
		text, _ := fs.ReadFile(fsys, f.File) // none for a file that is missing
		excerpt := f.Excerpt(text)
		f.File = filepath.Join(dir, f.File)
		severity := "warning"
		if !f.Warning {
			severity = "error"
			wrong++
		}
		switch {
		case asJSON:
			_ = json.NewEncoder(p.stdout).Encode(finding{f.File, f.Line, f.Column, severity, f.What, f.Cure, excerpt})
		case excerpt == "":
			fmt.Fprintln(p.stdout, f)
		default:
			fmt.Fprintf(p.stdout, "%s\n%s\n", f, strings.TrimRight(excerpt, " "))
		}
	}
	return wrong
}

// inventory says what a site has: "12 articles, 1 page and 2 newsletters".
func inventory(site *content.Site) string {
	var counts []string
	for _, kind := range []struct {
		name string
		n    int
	}{{"article", len(site.Articles)}, {"page", len(site.Pages)}, {"event", len(site.Events)}, {"publication", len(site.Publications)}, {"newsletter", len(site.Letters)}} {
		switch {
		case kind.n == 1:
			counts = append(counts, "1 "+kind.name)
		case kind.n > 1 || kind.name == "article" || kind.name == "page":
			counts = append(counts, fmt.Sprintf("%d %ss", kind.n, kind.name))
		}
	}
	last := len(counts) - 1
	return strings.Join(counts[:last], ", ") + " and " + counts[last]
}
