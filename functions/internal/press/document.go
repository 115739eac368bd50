package press

import (
	"html/template"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// document is a Markdown body, the file it came from and the languages there are
// of it. One that is known from an earlier build is rendered only if its words
// are asked for: most pages that show it are known as well.
type document struct {
	content.Translation
	traits
	file string

	mu       sync.Mutex // of what follows
	source   content.File
	markdown *render.Markdown // nil: it is rendered
	doc      render.Document
}

// traits are what is kept of a document from build to build: from what it was
// rendered, and what others have to know of it.
type traits struct {
	Sum      [32]byte // of the file
	Headings []render.Heading
	Links    []render.Link
	Pictures []pictured
}

// pictured is a picture in a document, and the hash of what pages show of it.
type pictured struct {
	File string // in the content folder
	Sum  key
}

// is tells whether a document of an earlier build, nil for none, is what a file
// would be rendered to again: from the same bytes, in the same language, with the
// same pictures. These are asked for in any case, so that they are among the
// assets.
func (d *document) is(r *run, f content.File, t content.Translation) bool {
	if d == nil || d.Sum != f.Sum || d.Language != t.Language || !slices.Equal(d.Languages, t.Languages) {
		return false
	}
	for _, known := range d.Pictures {
		picture, err := r.assets.Picture(known.File)
		if err != nil || r.digest.sum(picture) != known.Sum {
			return false
		}
	}
	return true
}

// again returns the document for the build of m. One that is rendered is the same
// object, else the files of an earlier build would be held on to.
func (d *document) again(m *render.Markdown, f content.File) *document {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.markdown == nil && d.doc.HTML != "" {
		return d
	}
	return &document{Translation: d.Translation, traits: d.traits, file: d.file, source: f, markdown: m}
}

// rendered returns the document rendered, now if it was not before. It was without
// a problem when it was first, so it is.
func (d *document) rendered() render.Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.markdown != nil {
		d.doc, _ = d.markdown.Render(d.source, d.Language)
		d.markdown, d.source = nil, content.File{}
	}
	return d.doc
}

// HTML is the body as it stands in a page.
func (d *document) HTML() template.HTML { return d.rendered().HTML }

// Text is the words of the body.
func (d *document) Text() string { return d.rendered().Text }

// digest writes to b what decides how the document looks.
func (d *document) digest(b []byte) []byte {
	b = append(text(text(b, d.file), d.Language), d.Sum[:]...)
	for _, language := range d.Languages {
		b = text(append(b, 'l'), language)
	}
	for _, p := range d.Pictures {
		b = append(text(append(b, 'p'), p.File), p.Sum[:]...)
	}
	return b
}

// newDocument renders a file.
func (r *run) newDocument(m *render.Markdown, f content.File, t content.Translation) (*document, content.Problems) {
	doc, problems := m.Render(f, t.Language)
	d := &document{Translation: t, traits: traits{Sum: f.Sum, Headings: doc.Headings, Links: doc.Links}, file: f.Path, doc: doc}
	for _, name := range doc.Pictures {
		if picture, err := r.assets.Picture(name); err == nil { // else it is among the problems
			d.Pictures = append(d.Pictures, pictured{name, r.digest.sum(picture)})
		}
	}
	return d, problems
}

// documents renders the Markdown bodies of a view, on all processors. One that is
// not translated is the document of the first language.
func (r *run) documents(m *render.Markdown, v *view) {
	v.rendered = map[string]*document{}
	var fresh []func() content.Problems
	add := func(permalink string, f content.File, t content.Translation) {
		if len(r.views) > 0 {
			if first := r.views[0].rendered[permalink]; first.file == f.Path {
				v.rendered[permalink] = first
				return
			}
		}
		if known := r.options.Cache.documents[f.Path]; known.is(r, f, t) {
			v.rendered[permalink] = known.again(m, f)
			return
		}
		at := &document{file: f.Path}
		v.rendered[permalink] = at
		fresh = append(fresh, func() content.Problems {
			d, problems := r.newDocument(m, f, t)
			at.Translation, at.traits, at.doc = d.Translation, d.traits, d.doc
			return problems
		})
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
	r.fresh = r.fresh || len(fresh) > 0
	for _, problems := range atOnce(fresh) {
		r.problems = append(r.problems, problems...)
	}
}

// atOnce calls functions on all processors and returns what they gave, in order.
func atOnce[T any](all []func() T) []T {
	given := make([]T, len(all))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(all); i = next.Add(1) - 1 {
				given[i] = all[i]()
			}
		})
	}
	workers.Wait()
	return given
}
