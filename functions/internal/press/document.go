package press

import (
	"slices"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// document is a rendered Markdown body, the file it came from and the languages
// there are of it.
type document struct {
	render.Document
	content.Translation
	file string
	sum  [32]byte // of the file
}

// is tells whether a document of the last build, nil for none, is what a file
// would be rendered to again. One with pictures is rendered each time, because
// they may have changed.
func (d *document) is(f content.File, t content.Translation) bool {
	return d != nil && d.sum == f.Sum && d.Language == t.Language && slices.Equal(d.Languages, t.Languages) && !strings.Contains(string(d.HTML), "<img")
}

// documents renders the Markdown bodies of a view. One that is not translated is
// the document of the first language.
func (r *run) documents(m *render.Markdown, v *view) {
	v.rendered = map[string]*document{}
	add := func(permalink string, f content.File, t content.Translation) {
		if len(r.views) > 0 {
			if first := r.views[0].rendered[permalink]; first.file == f.Path {
				v.rendered[permalink] = first
				return
			}
		}
		if known := r.options.Cache.documents[f.Path]; known.is(f, t) {
			v.rendered[permalink] = known
			return
		}
		doc, problems := m.Render(f, t.Language)
		r.problems = append(r.problems, problems...)
		v.rendered[permalink] = &document{Document: doc, Translation: t, file: f.Path, sum: f.Sum}
	}
	for _, a := range v.site.Articles {
		add(a.Permalink, a.File, a.Translation)
	}
	for _, e := range v.site.Events {
		add(e.Permalink, e.File, e.Translation)
	}
	for _, publication := range v.site.Publications {
		add(publication.Permalink, publication.File, publication.Translation)
	}
	v.plain = map[string]string{}
	for _, l := range v.site.Letters {
		add(l.Permalink, l.File, l.Translation)
		v.plain[l.Permalink] = m.Plain(l.File, v.mailAddress)
	}
	for _, page := range v.site.Pages {
		add(page.Permalink, page.File, page.Translation)
	}
}
