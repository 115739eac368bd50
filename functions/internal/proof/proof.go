// Package proof reads content that the check has let pass, as a proofreader does:
// it finds what readers would stumble over but no rule forbids. All that it finds
// are warnings; nothing stops for them.
//
//   - Names that are spelt otherwise than in the vocabularies and directories: the
//     wrong forms that data/*.yaml list, and what differs from a name in one letter.
//   - Tables that are wider than a phone, and headings that skip a level.
//   - Links that name the site's own host, which breaks them on a laptop and on a
//     trial stack.
//
// Layout says how a file would look without what editors leave behind unseen:
// spaces at the end of lines, line ends of Windows, letters in two parts. It
// changes nothing that a reader or the program could notice.
package proof

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// text is one content file in one language.
type text struct {
	content.File
	language string
	front    any
}

// texts yields every content file of a site, in the language that it is read as.
func texts(site *content.Site, language string) iter.Seq[text] {
	return func(yield func(text) bool) {
		give := func(f content.File, t content.Translation, front any) bool {
			return t.Language != language || yield(text{f, language, front})
		}
		for _, a := range site.Articles {
			if !give(a.File, a.Translation, a.Front) {
				return
			}
		}
		for _, p := range site.Pages {
			if !give(p.File, p.Translation, p.Front) {
				return
			}
		}
		for _, e := range site.Events {
			if !give(e.File, e.Translation, e.Front) {
				return
			}
		}
		for _, p := range site.Publications {
			if !give(p.File, p.Translation, p.Front) {
				return
			}
		}
		for _, l := range site.Letters {
			if !give(l.File, l.Translation, l.Front) {
				return
			}
		}
	}
}

// Warnings reads a whole site.
func Warnings(site *content.Site) content.Problems {
	var all content.Problems
	for _, language := range site.Config.Languages {
		in := site.In(language.Code)
		names := newNames(in)
		for t := range texts(in, language.Code) {
			r := render.Read(t.File)
			p := page{text: t, site: site}
			p.names(names, r)
			p.tables(r)
			p.headings(r)
			p.ownLinks(r)
			all = append(all, p.found...)
		}
	}
	if all.Err() == nil { // which sorts them
		return nil
	}
	return all
}

// page is a text being read.
type page struct {
	text
	site  *content.Site
	found content.Problems
}

func (p *page) warn(at content.Place, what, cure string, e content.Edit) {
	p.found = append(p.found, content.Problem{File: p.Path, Line: at.Line, Column: at.Column, What: what, Cure: cure, Warning: true, Edit: e})
}

// What a table may need on the narrowest screen that pages must fit, 320 pixels.
// Measured in Chromium with the site's style sheet: the column of text has 280
// pixels there, a letter in a table takes 7.3 of them on average and a column 12
// more for its margin; words in tables are not broken.
const (
	phone  = 280
	letter = 7.3
	margin = 12
)

func (p *page) tables(r render.Reading) {
	for _, t := range r.Tables {
		need := 0.0
		for _, word := range t.Words {
			need += letter*float64(word) + margin
		}
		if need > phone {
			p.warn(t.Place, fmt.Sprintf("the table is about %.0f pixels wide, a phone has %d for it", need, phone),
				"take columns out, shorten the longest words of a column, or write a list", content.Edit{})
		}
	}
}

func (p *page) headings(r render.Reading) {
	before := 1 // the title
	for _, h := range r.Headings {
		if h.Level > before+1 {
			marks := strings.Repeat("#", before+1)
			p.warn(h.Place, fmt.Sprintf("a heading of level %d follows one of level %d", h.Level, before), "begin it with "+marks+": who listens to the page goes from level to level", content.Edit{})
		}
		before = h.Level
	}
}

func (p *page) ownLinks(r render.Reading) {
	for _, l := range r.Links {
		_, rest, _ := strings.Cut(l.URL, "//")
		if host, _, _ := strings.Cut(rest, "/"); host != p.site.Host() {
			continue
		}
		cure := "write the address alone, from the first / behind the host"
		var e content.Edit
		if now := p.site.Address(l.URL, p.isPage); now != "" {
			cure, e = "write "+now, content.Edit{Place: l.Target, Old: l.URL, New: now}
		}
		p.warn(l.Place, fmt.Sprintf("the link %s names the host of this site", l.URL), cure, e)
	}
}

// isPage tells whether there is certainly a page at a path: those of content
// files and the first pages of their kinds.
func (p *page) isPage(path string) bool {
	if slices.Contains([]string{"/", "/news/", "/events/", "/publications/", "/newsletter/", "/topics/", "/countries/"}, path) {
		return true
	}
	s := p.site
	return slices.ContainsFunc(s.Articles, func(a *content.Article) bool {
		return a.Permalink == path && !a.Front.Draft && a.Expires.IsZero() && a.Appears.IsZero()
	}) ||
		slices.ContainsFunc(s.Pages, func(a *content.Page) bool { return a.Permalink == path }) ||
		slices.ContainsFunc(s.Events, func(e *content.Event) bool { return e.Permalink == path }) ||
		slices.ContainsFunc(s.Publications, func(a *content.Publication) bool { return a.Permalink == path })
}
