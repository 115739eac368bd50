package render

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	texttemplate "text/template"

	"broadsheet/functions/internal/content"
)

// Templates are the parsed templates of one site.
//
// templates/web/*.html are pages; each defines the blocks that
// templates/web/layout/*.html leaves open. templates/mail/*.html and *.txt are
// mails; what several share stands in templates/mail/layout/*.html.
type Templates struct {
	pages map[string]*template.Template
	parts *template.Template // what templates/web/layout defines
	texts map[string]*texttemplate.Template
}

// ParseTemplates reads the templates. The functions are those the templates may
// call; of them t is text, whose texts are written into pages at once (see fold).
func ParseTemplates(fsys fs.FS, funcs map[string]any, text func(key string) (string, error)) (*Templates, error) {
	t := &Templates{pages: map[string]*template.Template{}, texts: map[string]*texttemplate.Template{}}
	var err error
	if t.parts, err = t.documents(fsys, "templates/web", funcs); err != nil {
		return nil, err
	}
	if _, err = t.documents(fsys, "templates/mail", funcs); err != nil {
		return nil, err
	}
	fold(t.parts, text)
	for _, page := range t.pages {
		fold(page, text)
	}
	err = each(fsys, "templates/mail/*.txt", func(name, text string) (err error) {
		t.texts[name], err = texttemplate.New(name).Funcs(funcs).Option("missingkey=error").Parse(text)
		return err
	})
	return t, err
}

// documents reads the HTML templates of a folder; each may use what the
// templates of layout, a folder in it, define. Those are returned.
func (t *Templates) documents(fsys fs.FS, dir string, funcs map[string]any) (*template.Template, error) {
	layout := template.New("").Funcs(funcs).Option("missingkey=error")
	err := each(fsys, dir+"/layout/*.html", func(name, text string) error {
		_, err := layout.New(name).Parse(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	return layout, each(fsys, dir+"/*.html", func(name, text string) error {
		page, err := layout.Clone()
		if err != nil {
			return err
		}
		t.pages[name] = page
		_, err = page.New(name).Parse(text)
		return err
	})
}

// each parses the files of a pattern under their path, so that an error names
// the file.
func each(fsys fs.FS, pattern string, parse func(name, text string) error) error {
	names, err := fs.Glob(fsys, pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if err := parse(name, string(text)); err != nil {
			return problem(err)
		}
	}
	return nil
}

// usual is how many bytes most pages have at most.
const usual = 24 << 10

// Page renders templates/web/<name>.html inside the layout.
func (t *Templates) Page(name string, data any) ([]byte, error) {
	file := path.Join("templates/web", name+".html")
	page, ok := t.pages[file]
	if !ok {
		return nil, content.Problems{{File: file, What: "the template is missing", Cure: "create it or use another template"}}
	}
	var out bytes.Buffer
	out.Grow(usual)
	if err := page.ExecuteTemplate(&out, file, data); err != nil {
		return nil, problem(err)
	}
	return out.Bytes(), nil
}

// Part renders a template that templates/web/layout defines, alone.
func (t *Templates) Part(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := t.parts.ExecuteTemplate(&out, name, data); err != nil {
		return nil, problem(err)
	}
	return out.Bytes(), nil
}

// Mail renders both parts of templates/mail/<name>.
func (t *Templates) Mail(name string, data any) (text, html []byte, err error) {
	file := path.Join("templates/mail", name)
	plain, formatted := t.texts[file+".txt"], t.pages[file+".html"]
	if plain == nil || formatted == nil {
		return nil, nil, content.Problems{{File: file, What: "a mail needs " + name + ".txt and " + name + ".html", Cure: "create both"}}
	}
	var out bytes.Buffer
	if err := plain.Execute(&out, data); err != nil {
		return nil, nil, problem(err)
	}
	text = bytes.Clone(out.Bytes())
	out.Reset()
	if err := formatted.ExecuteTemplate(&out, file+".html", data); err != nil {
		return nil, nil, problem(err)
	}
	return text, out.Bytes(), nil
}

// problem turns an error of the template packages, which begins with
// "template: file:line:column:", into a Problem of that place.
func problem(err error) error {
	m := regexp.MustCompile(`template: ([^:]+):(\d+)(?::(\d+))?: (.*)`).FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("templates: %w", err)
	}
	line, _ := strconv.Atoi(m[2])
	column, _ := strconv.Atoi(m[3])
	what := strings.TrimPrefix(m[4], "executing ")
	return content.Problems{{File: m[1], Line: line, Column: max(column, 1), What: what, Cure: "see the texts and fields that templates may use in README, “For designers”"}}
}
