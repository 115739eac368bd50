package press

import (
	"errors"
	"fmt"
	"html/template"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

const (
	htmlType  = "text/html; charset=utf-8"
	plainType = "text/plain; charset=utf-8"
)

// page is what a template of templates/web gets.
type page struct {
	Site    *content.Facts // set by the press
	Frame   surroundings   // set by the press
	Path    string         // empty for pages without an address of their own
	Title   string
	Summary string
	Kind    string // body class and Open Graph type
	Crumbs  []content.Link
	Doc     *document // the Markdown of the page, if it has one
	Data    any
	About   node          // what the page is about, as schema.org has it
	Share   *sharePicture // what others show beside a link; the site's own if nil
	Feed    *feedLink     // of the page; the site's own if nil
	Day     content.Date  // the newest day of what the page shows, for the sitemap
	Hidden  bool          // not in the sitemap
	Seldom  bool          // read seldom: packed in parts, where the site is
	Beside  string        // where the links to other languages lead, if the page has no address of its own

	// What follows is set by the press.
	Canonical  string
	Alternates []alternate // languages in which there is this page
	Foreign    string      // the language of title, summary and text, if it is not the page's
}

// Body is the rendered Markdown of the page.
func (v page) Body() template.HTML {
	if v.Doc == nil {
		return ""
	}
	text := v.Doc.HTML()
	if len(v.Frame.Languages) > 1 && len(v.Doc.Languages) == 1 && !strings.Contains(string(text), `="/`) {
		text = marked(string(text)) // the pages in all languages have it, and no address in it differs
	}
	if v.Foreign != "" {
		return template.HTML(`<div class="foreign" lang="`+template.HTMLEscapeString(v.Foreign)+`">`+"\n") + text + `</div>`
	}
	return text
}

// sheet is one answer, alias or blank that is declared: its body is made only
// if no body of the same key is known.
type sheet struct {
	kind edition.Kind
	name string     // path, old path or name of the blank
	file string     // of the content folder that it is made from, if it is one; for errors
	sum  func() key // hashes what the body is made from
	make func() (edition.Answer, error)
}

// print declares a page at its path, rendered from a template of templates/web.
func (p *printer) print(template string, v page) error {
	v = p.complete(v)
	f := p.frame
	p.declare(edition.KindAnswer, v.Path, edition.Answer{Type: htmlType, Class: edition.Page}, func() key { return p.digest.sum(p.key, "page", template, v) }, func() ([]byte, error) {
		return f.finished(template, v)
	})
	return nil
}

// printFrom declares a page as print does, of which finish makes a part from data:
// only if the page is made, so that declaring ten thousand costs little. finish
// must be a function of the package, as the write of file.
func printFrom[T any](p *printer, template string, v page, data T, finish func(*frame, page, T) (page, error)) {
	v = p.complete(v)
	f := p.frame
	p.declare(edition.KindAnswer, v.Path, edition.Answer{Type: htmlType, Class: edition.Page}, func() key { return p.digest.sum(p.key, "page", template, v, data) }, func() ([]byte, error) {
		v, err := finish(f, v, data)
		if err != nil {
			return nil, err
		}
		return f.finished(template, v)
	})
}

// finished renders a page. What is read often is no larger for a visitor than it
// must be: it has no parts.
func (f *frame) finished(template string, v page) ([]byte, error) {
	b, err := f.page(template, v)
	if !v.Seldom {
		b, _ = unmark(b)
	}
	return b, err
}

// complete says in which language a page is. What is not translated belongs to
// the address of the original.
func (p *printer) complete(v page) page {
	v.Canonical = p.absolute(v.Path)
	v.Alternates = p.alternates(v)
	if v.Doc != nil && p.foreign(v.Doc.Language) {
		v.Foreign = v.Doc.Language
		v.Canonical = p.baseURL + v.Path
		v.Seldom = true
	}
	if !v.Hidden && v.Foreign == "" {
		p.listed = append(p.listed, listed{v.Path, v.Day, v.Alternates})
	}
	if v.Share == nil {
		v.Share = p.common
	}
	if v.Feed == nil {
		v.Feed = p.feed
	}
	return v
}

// add declares an answer whose body is finished.
func (p *printer) add(a edition.Answer) {
	body := a.Body
	a.Body = nil
	p.declare(edition.KindAnswer, a.Path, a, func() key { return p.digest.sum("body", a.Type, a.Class, body) }, func() ([]byte, error) { return body, nil })
}

// file declares an answer that write makes from data. write must be a function
// of the package, not one that brings variables of its own along: what it may
// use is the frame and data, and both are hashed.
func file[T any](p *printer, a edition.Answer, data T, write func(*frame, T) ([]byte, error)) {
	f := p.frame
	p.declare(edition.KindAnswer, a.Path, a, func() key { return p.digest.sum(p.key, "file", a.Path, a.Type, a.Class, data) }, func() ([]byte, error) {
		return write(f, data)
	})
}

// blank declares a preprinted page with blanks.
func (p *printer) blank(name, template string, class edition.Class, v page) {
	a := edition.Answer{Type: htmlType, Class: class}
	f := p.frame
	p.declare(edition.KindBlank, name, a, func() key { return p.digest.sum(p.key, "blank", template, class, v) }, func() ([]byte, error) {
		return f.page(template, v)
	})
}

// plainBlank declares a blank of plain text.
func (p *printer) plainBlank(name, text string) {
	a := edition.Answer{Type: plainType}
	p.declare(edition.KindBlank, name, a, func() key { return p.digest.sum("text", text) }, func() ([]byte, error) { return []byte(text), nil })
}

// mail declares the three blanks of a mail: subject, text and HTML, from both
// templates of that name in templates/mail. The subject is the title of v.
func (p *printer) mail(name, template string, v page) {
	p.plainBlank("mail/"+name+"/subject", v.Title)
	f := p.frame
	for _, part := range []struct{ name, contentType string }{{"text", plainType}, {"html", htmlType}} {
		p.declare(edition.KindBlank, "mail/"+name+"/"+part.name, edition.Answer{Type: part.contentType}, func() key { return p.digest.sum(p.key, "mail", template, v, part.name) }, func() ([]byte, error) {
			text, html, err := f.mail(template, v)
			if part.name == "html" {
				return html, err
			}
			return text, err
		})
	}
}

// declare adds a sheet, at the address or under the name that it has in the
// language. What is the same in all is declared by the first.
func (p *printer) declare(kind edition.Kind, name string, a edition.Answer, sum func() key, body func() ([]byte, error)) {
	a.Path = name
	switch kind {
	case edition.KindAnswer:
		p.paths[name] = p.rendered[name]
		if a.Path = p.address(name); p.prefix() != "" && shared(name) {
			return
		}
	case edition.KindAlias:
		if p.prefix() != "" {
			return
		}
	case edition.KindIndex:
		a.Path = p.prefix() + name
	case edition.KindBlank:
		a.Path = strings.TrimPrefix(p.prefix()+"/"+name, "/")
	}
	file := ""
	if doc := p.rendered[name]; doc != nil && kind == edition.KindAnswer {
		file = doc.file
	}
	p.sheets = append(p.sheets, sheet{kind: kind, name: a.Path, file: file, sum: sum, make: func() (edition.Answer, error) {
		b, err := body()
		a := a // the sheet may be printed twice at one time
		a.Body = b
		if a.Type == htmlType {
			a.Body, a.Parts = unmark(b)
		}
		var problems content.Problems
		if err != nil && !errors.As(err, &problems) {
			err = fmt.Errorf("press: %s: %w", a.Path, err)
		}
		return a, err
	}})
}
