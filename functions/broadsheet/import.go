package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/importer"
)

// importCommand brings the content of another program.
func importCommand() command {
	return command{
		name:    "import",
		args:    "wordpress|ghost|feed|html <file or folder>",
		summary: "bring articles and pages from another program",
		about: "Reads a WordPress export (WXR), a Ghost export (JSON), a feed (RSS, Atom, JSON Feed) or a folder of HTML pages and writes bundles into CONTENT_DIR. " +
			"Old addresses become aliases, tags become topics where they are known, and links among the imported pages lead to where they are now. " +
			"Pictures are taken from the folder named with -pictures; nothing is fetched. What was not understood is listed at the end. " +
			"It may be repeated: what an editor has changed since is kept.",
		example: "broadsheet import -n wordpress export.xml\nbroadsheet import -pictures wp-content/uploads -topic office-life wordpress export.xml\nbroadsheet import html old-site/",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			o := importer.Options{}
			f.BoolVar(&o.DryRun, "n", false, "say what would be written, and write nothing")
			f.BoolVar(&o.Force, "force", false, "also replace what was changed since the last import")
			f.StringVar(&o.Topic, "topic", "", "the `slug` of the topic of articles that have none; the first of data/topics.yaml if left out")
			f.StringVar(&o.Activity, "activity", "", "the `slug` of what articles report; the first of data/activities.yaml if left out")
			f.StringVar(&o.Mode, "mode", "onsite", "onsite, online or hybrid")
			pictures := f.String("pictures", "", "the `folder` with the pictures of the old site")
			asJSON := f.Bool("json", false, "print one JSON object: written, unchanged, kept, notices")
			return func(ctx context.Context, p *program, args []string) error {
				if len(args) != 2 {
					return usageError("import: name what the export is of and its file, as `broadsheet import wordpress export.xml`")
				}
				if *pictures != "" {
					o.Pictures = os.DirFS(*pictures)
				}
				return p.importContent(ctx, args[0], args[1], o, *asJSON)
			}
		},
	}
}

func (p *program) importContent(ctx context.Context, kind, name string, o importer.Options, asJSON bool) error {
	entries, notices, err := readExport(kind, name, &o)
	if err != nil {
		return err
	}
	fsys, dir, err := p.contentFS()
	if err != nil {
		return err
	}
	if dir == "" {
		return errors.New("import: there is no content folder here to write into; go to the folder of the site, or name it with CONTENT_DIR")
	}
	if o.Site, err = content.Load(fsys); err != nil {
		return fmt.Errorf("import: the content has to be in order first, see `broadsheet check`: %w", err)
	}
	o.Dir = dir
	o.Topic = cmp.Or(o.Topic, firstTerm(o.Site.Topics))
	o.Activity = cmp.Or(o.Activity, firstTerm(o.Site.Activities))
	result, err := importer.Import(ctx, entries, o)
	result.Notices = slices.Insert(result.Notices, 0, notices...)
	if asJSON {
		return errors.Join(err, json.NewEncoder(p.stdout).Encode(result))
	}
	p.reportImport(result, o.DryRun)
	return err
}

func (p *program) reportImport(r importer.Result, dryRun bool) {
	written := "written"
	if dryRun {
		written = "would be written"
	}
	for _, name := range r.Written {
		fmt.Fprintln(p.stdout, name)
	}
	for _, name := range r.Kept {
		fmt.Fprintf(p.stdout, "%s: kept as an editor has changed it; -force replaces it\n", name)
	}
	if len(r.Notices) > 0 {
		fmt.Fprintln(p.stdout, "\nTo look at:")
	}
	for _, n := range r.Notices {
		fmt.Fprintf(p.stdout, "  %s\n", n)
	}
	fmt.Fprintf(p.stdout, "\nimport: %d files %s, %d unchanged, %d kept, %d to look at. Next: broadsheet check\n", len(r.Written), written, len(r.Unchanged), len(r.Kept), len(r.Notices))
}

func firstTerm(v content.Vocabulary) string {
	if len(v.Terms) == 0 {
		return ""
	}
	return v.Terms[0].Slug
}

// readExport reads an export of a kind.
func readExport(kind, name string, o *importer.Options) ([]importer.Entry, []importer.Notice, error) {
	readers := map[string]func(io.Reader) ([]importer.Entry, []importer.Notice, error){
		"wordpress": importer.ReadWordPress, "ghost": importer.ReadGhost, "feed": importer.ReadFeed,
	}
	if kind == "html" {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			return nil, nil, fmt.Errorf("import: %s is no folder; name the folder that the HTML pages are in", name)
		}
		folder := os.DirFS(name)
		if o.Pictures == nil {
			o.Pictures = folder
		}
		return importer.ReadFolder(folder)
	}
	read, ok := readers[kind]
	if !ok {
		return nil, nil, usageError(fmt.Sprintf("import: %q is not known; write wordpress, ghost, feed or html", kind))
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("import: there is no file %s", name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("import: %w", err)
	}
	defer f.Close()
	entries, notices, err := read(f)
	if err != nil {
		return nil, nil, fmt.Errorf("import: %s: %w", name, err)
	}
	return entries, notices, nil
}
