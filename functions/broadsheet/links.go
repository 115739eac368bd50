package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/deadlink"
	"broadsheet/functions/internal/proof"
)

// deadLinks asks the web for every address of another host that content files
// mention, and returns what it finds: what is dead as mistakes, what has moved or
// cannot be checked as warnings.
func (p *program) deadLinks(ctx context.Context, fsys fs.FS, site *content.Site) (content.Problems, error) {
	mentions, err := mentioned(fsys, site.Host())
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, m := range mentions {
		addresses = append(addresses, m.URL)
	}
	slices.Sort(addresses)
	addresses = slices.Compact(addresses)
	kept := filepath.Join(p.config.DataDir, "links.json")
	known, err := deadlink.Kept(kept, now())
	if err != nil {
		return nil, err
	}
	checker := deadlink.Checker{
		Agent: "Broadsheet (+" + strings.TrimSuffix(site.Config.URL, "/") + ")",
		Known: known,
	}
	bar := p.progress("links", len(addresses)-len(known), 0)
	checker.Asked = bar.step
	results := checker.Check(ctx, addresses)
	bar.end()
	b, err := deadlink.Marshal(results)
	if err == nil {
		err = writeFile(kept, b)
	}
	if ctx.Err() != nil {
		err = errors.Join(fmt.Errorf("check -links: stopped after %d of %d links; what was found is kept, run it again", len(results), len(addresses)), err)
	}
	return judged(mentions, results), err
}

// mentioned returns the addresses of other hosts in all files that editors write.
func mentioned(fsys fs.FS, own string) (all []deadlink.Mention, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !proof.IsText(name) {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		all = append(all, deadlink.Find(name, text, own)...)
		return err
	})
	return all, err
}

// judged turns what was found into findings, at every place that mentions it.
func judged(mentions []deadlink.Mention, results map[string]deadlink.Result) content.Problems {
	var all content.Problems
	for _, m := range mentions {
		found := content.Problem{File: m.File, Line: m.Line, Column: m.Column, Warning: true}
		switch r := results[m.URL]; r.Verdict {
		case deadlink.Dead:
			found.What, found.Cure = fmt.Sprintf("%s is dead: %s", m.URL, r.Why), "find where it is now, or name a copy in an archive"
			found.Warning = false
		case deadlink.Moved:
			found.What, found.Cure = fmt.Sprintf("%s: %s", m.URL, r.Why), "write "+r.To
		case deadlink.Uncertain:
			found.What, found.Cure = fmt.Sprintf("%s cannot be checked: %s", m.URL, r.Why), "look at it in a browser"
		default:
			continue
		}
		all = append(all, found)
	}
	return all
}
