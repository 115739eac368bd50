package press

import (
	"fmt"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/render"
)

func targetPath(link string) string {
	path, _, _ := strings.Cut(link, "#")
	return path
}

// checkLinks reports every link of a declared page and every menu entry that
// leads nowhere.
func (p *printer) checkLinks() {
	for path, doc := range p.paths {
		if doc == nil || doc.Language != p.language.Code {
			continue // no text, or one that another language checks
		}
		for _, l := range doc.Links {
			p.checkLink(doc.file, l, p.veiled[path])
		}
	}
	for _, l := range append(p.site.Config.Menu, p.site.Config.Footer...) {
		p.checkLink("site.yaml", render.Link{URL: l.URL}, false)
	}
}

// checkLink reports a link that leads nowhere, or from a page that visitors see
// to one that they do not: only a veiled page may lead to such.
func (p *printer) checkLink(file string, l render.Link, veiled bool) {
	link := l.URL
	path, fragment, _ := strings.Cut(link, "#")
	var edit content.Edit
	report := func(what, cure string) {
		p.problems = append(p.problems, content.Problem{File: file, Line: l.Line, Column: l.Column, What: what, Cure: cure, Edit: edit})
	}
	doc, ok := p.paths[path]
	if ok && p.veiled[path] && !veiled {
		report(fmt.Sprintf("the link %s leads to a page that visitors do not see", link), "take the link out, or let the page be there")
		return
	}
	if !ok {
		cure := "check the address"
		if now := p.site.Address(link, p.declared); now != "" {
			cure, edit = "write "+now, content.Edit{Place: l.Target, Old: link, New: now}
		}
		what := fmt.Sprintf("the link %s leads to no page", link)
		if !p.at.Equal(p.options.AsOf) {
			what += p.at.UTC().Format(" from 2006-01-02 15:04 UTC on")
			cure, edit = "take the link out, or let the page stay", content.Edit{}
		}
		report(what, cure)
		return
	}
	if fragment == "" || doc == nil {
		return
	}
	for _, h := range doc.Headings {
		if h.ID == fragment {
			return
		}
	}
	report(fmt.Sprintf("the page %s has no heading #%s", path, fragment), "write the heading's words in small letters with hyphens")
}

func (p *printer) declared(path string) bool {
	_, ok := p.paths[path]
	return ok
}

// checkRedirects reports every redirect to what is not in the content. What is
// there at another time only, or is a draft, has no redirect meanwhile.
func (r *run) checkRedirects(all map[place]*printed) {
	for _, redirect := range r.views[0].site.Redirects {
		target := targetPath(redirect.To)
		if all[place{edition.KindAnswer, target}] == nil && r.views[0].rendered[target] == nil {
			r.problems = append(r.problems, content.Problem{File: "redirects.yaml", Line: redirect.Line, Column: redirect.Column,
				What: fmt.Sprintf("the link %s leads to no page", redirect.To), Cure: "check the address"})
		}
	}
}
