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
	"broadsheet/functions/internal/proof"
)

func checkCommand() command {
	return command{
		name:    "check",
		summary: "check the content and say what to mend",
		about:   "Reads CONTENT_DIR (./content by default), prints the whole site in memory and reports every mistake as file:line:column, what is wrong and how to mend it, with the line and a caret under the place. Warnings are what no rule forbids but readers stumble over: names that are spelt otherwise than in data/, tables wider than a phone, headings that skip a level. They fail nothing.\n\n-fix writes what can be meant once only: dates and fields in another form, words of a vocabulary in other capitals, values given twice, links to a page that has moved or lacks its last slash, spaces at the end of lines, line ends of Windows. A misspelt word stays, for it may be a new one. All else in the files stays byte for byte.\n\n-links asks each other site once, one request at a time, and keeps the answers for a day in DATA_DIR/links.json. Only what is certainly gone is a mistake; a page that has moved, or that does not answer programs, is a warning. What stands there is not written anew, for a source says where something was found.",
		example: "broadsheet check\nbroadsheet check -fix -dry-run\nbroadsheet check -fix\nbroadsheet check -links\nbroadsheet check -json",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			var o checkOptions
			f.BoolVar(&o.json, "json", false, "print one JSON object a finding, or a change")
			f.BoolVar(&o.fix, "fix", false, "mend what can be mended safely, then check")
			f.BoolVar(&o.links, "links", false, "ask the web whether links to other sites still lead somewhere")
			f.BoolVar(&o.dryRun, "dry-run", false, "with -fix: show what it would write, and write nothing")
			return func(ctx context.Context, p *program, _ []string) error {
				if o.dryRun && !o.fix {
					return usageError("check: -dry-run belongs to -fix")
				}
				if o.fix {
					if err := p.mend(ctx, o); err != nil || o.dryRun {
						return err
					}
				}
				return p.check(ctx, o)
			}
		},
	}
}

// checkOptions are the flags of check.
type checkOptions struct{ json, fix, dryRun, links bool }

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

func (p *program) check(ctx context.Context, o checkOptions) error {
	fsys, dir, err := p.contentFS()
	if err != nil {
		return err
	}
	site, found, err := p.findings(fsys)
	if err != nil {
		return err
	}
	if o.links && site == nil {
		fmt.Fprintln(p.stderr, "check: links are asked when the content can be read")
	}
	if o.links && site != nil {
		links, stopped := p.deadLinks(ctx, fsys, site)
		found, err = append(found, links...), stopped
	}
	wrong := p.list(fsys, dir, found, o.json)
	switch {
	case err != nil:
		return err
	case wrong > 0:
		return told{fmt.Errorf("%d to mend", wrong)}
	case !o.json && len(found) > 0:
		fmt.Fprintf(p.stdout, "%s %s are in order; %s\n", p.paint(p.stdout, green, "check:"), inventory(site), several(len(found), "warning"))
	case !o.json:
		fmt.Fprintf(p.stdout, "%s %s are in order\n", p.paint(p.stdout, green, "check:"), inventory(site))
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
	if site != nil {
		problems = append(problems, proof.Warnings(site)...)
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
			fmt.Fprintln(p.stdout, p.painted(f))
		default:
			fmt.Fprintf(p.stdout, "%s\n%s\n", p.painted(f), p.paint(p.stdout, dim, strings.TrimRight(excerpt, " \n")))
		}
	}
	return wrong
}

// painted writes a finding with its place in red, or yellow for a warning.
func (p *program) painted(f content.Problem) string {
	c := red
	if f.Warning {
		c = yellow
	}
	place, rest, _ := strings.Cut(f.String(), ": ")
	return p.paint(p.stdout, c, place+":") + " " + rest
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

func several(n int, name string) string {
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}
