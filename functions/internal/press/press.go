// Package press prints a site into an edition: it renders every page, list and
// mail once, at build time, so that the programs that answer need no Markdown
// and no template.
//
// Build takes the content folder, the Site that was loaded from it and the
// instant the edition is printed for. The same input gives the same bytes. Its
// error is content.Problems for everything an editor can mend.
package press

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
	"time"

	"broadsheet/functions/internal/asset"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/render"
)

// Options say how an edition is printed.
type Options struct {
	AsOf    time.Time // what is published later is left out
	Commit  string    // of the repository, for /version and consent records
	BaseURL string    // SITE_URL; the content's own url if empty
	Gzip    int       // compression levels, see edition.Print
	Brotli  int
}

// Build prints the site. fsys is the content folder that site was loaded from;
// templates, assets and pictures are read from it.
func Build(fsys fs.FS, site *content.Site, o Options) ([]byte, error) {
	if o.BaseURL == "" {
		o.BaseURL = site.Config.URL
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	assets, err := asset.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	p := &printer{site: site, options: o, assets: assets, articles: site.Articles, paths: map[string]*document{}}
	p.templates, err = render.ParseTemplates(fsys, p.funcs())
	if err != nil {
		return nil, err
	}
	p.documents(render.NewMarkdown(assets))
	for _, step := range []func() error{p.home, p.news, p.taxonomies, p.pages, p.machinePages, p.blanks, p.mails} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.files()
	p.checkLinks()
	if err := p.problems.Err(); err != nil {
		return nil, err
	}
	b, err := p.out.Bytes(edition.Print{AsOf: o.AsOf, Commit: o.Commit, BaseURL: o.BaseURL, Gzip: o.Gzip, Brotli: o.Brotli})
	if err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	return b, nil
}

// printer holds what one run of the press knows.
type printer struct {
	site      *content.Site
	options   Options
	assets    *asset.Set
	templates *render.Templates
	articles  []*content.Article // those that are published, newest first
	rendered  map[string]*document
	paths     map[string]*document // every address printed, for the check of links
	frame     *frame
	out       edition.Writer
	problems  content.Problems
}

// document is a rendered Markdown body and the file it came from.
type document struct {
	render.Document
	file string
}

// documents renders every Markdown body and leaves out what is not published
// yet.
func (p *printer) documents(m *render.Markdown) {
	p.rendered = map[string]*document{}
	add := func(permalink string, f content.File) {
		doc, problems := m.Render(f)
		p.problems = append(p.problems, problems...)
		p.rendered[permalink] = &document{Document: doc, file: f.Path}
	}
	published := p.articles[:0:0]
	for _, a := range p.articles {
		add(a.Permalink, a.File)
		if !a.Front.Published.After(p.options.AsOf) {
			published = append(published, a)
		}
	}
	p.articles = published
	for _, page := range p.site.Pages {
		add(page.Permalink, page.File)
	}
}

// page is what a template of templates/web gets.
type page struct {
	Site      *content.Site
	Frame     *frame
	Path      string // empty for pages without an address of their own
	Title     string
	Summary   string
	Kind      string // body class and Open Graph type
	Canonical string
	Crumbs    []content.Link
	Body      template.HTML
	Data      any
}

// frame is what stands around every page and is the same on all.
type frame struct {
	Partners []content.Partner // the block of links
}

func newFrame(site *content.Site) *frame {
	f := &frame{}
	for _, g := range site.Partners {
		for _, partner := range g.Partners {
			if partner.Block {
				f.Partners = append(f.Partners, partner)
			}
		}
	}
	return f
}

// print renders a template and adds it to the edition at the page's path.
func (p *printer) print(name string, v page) error {
	b, err := p.render(name, v)
	if err != nil {
		return err
	}
	p.add(edition.Answer{Path: v.Path, Type: "text/html; charset=utf-8", Class: edition.Page, Body: b})
	return nil
}

func (p *printer) render(name string, v page) ([]byte, error) {
	if p.frame == nil {
		p.frame = newFrame(p.site)
	}
	v.Site, v.Frame = p.site, p.frame
	if v.Path != "" {
		v.Canonical = p.options.BaseURL + v.Path
	}
	b, err := p.templates.Page(name, v)
	var problems content.Problems
	if errors.As(err, &problems) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("press: %s: %w", v.Path, err)
	}
	return b, nil
}

func (p *printer) add(a edition.Answer) {
	p.paths[a.Path] = p.rendered[a.Path]
	p.out.Add(a)
}

// files adds the assets and the redirects.
func (p *printer) files() {
	for _, f := range p.assets.Files() {
		p.add(edition.Answer{Path: f.URL, Type: f.Type, Class: classOf(f.Type), Body: f.Body})
	}
	for _, r := range p.site.Redirects {
		p.out.AddAlias(r.From, r.To)
	}
}

func classOf(contentType string) edition.Class {
	switch {
	case contentType == "image/svg+xml":
		return edition.Drawing
	case strings.HasPrefix(contentType, "image/"):
		return edition.Picture
	}
	return edition.Asset
}

// checkLinks reports every internal link, menu entry and redirect that leads
// nowhere.
func (p *printer) checkLinks() {
	for _, doc := range p.rendered {
		for _, l := range doc.Links {
			p.checkLink(doc.file, l.Place, l.URL)
		}
	}
	for _, r := range p.site.Redirects {
		p.checkLink("redirects.yaml", r.Place, r.To)
	}
	for _, l := range append(p.site.Config.Menu, p.site.Config.Footer...) {
		p.checkLink("site.yaml", content.Place{}, l.URL)
	}
}

func (p *printer) checkLink(file string, at content.Place, link string) {
	path, fragment, _ := strings.Cut(link, "#")
	report := func(what, cure string) {
		p.problems = append(p.problems, content.Problem{File: file, Line: at.Line, Column: at.Column, What: what, Cure: cure})
	}
	doc, ok := p.paths[path]
	if !ok {
		cure := "check the address"
		if _, slashed := p.paths[path+"/"]; slashed {
			cure = "end it with /"
		}
		report(fmt.Sprintf("the link %s leads to no page", link), cure)
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
