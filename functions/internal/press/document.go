package press

import (
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// document is a rendered Markdown body and the file it came from.
type document struct {
	render.Document
	file string
}

// documents renders every Markdown body.
func (r *run) documents() {
	m := render.NewMarkdown(r.assets)
	r.rendered = map[string]*document{}
	add := func(permalink string, f content.File) {
		doc, problems := m.Render(f)
		r.problems = append(r.problems, problems...)
		r.rendered[permalink] = &document{Document: doc, file: f.Path}
	}
	for _, a := range r.site.Articles {
		add(a.Permalink, a.File)
	}
	for _, page := range r.site.Pages {
		add(page.Permalink, page.File)
	}
}
