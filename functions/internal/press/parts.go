package press

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// A part of a page is what other pages show as well: the masthead, the foot, the
// card of an article. It is rendered once, and on a large site it is compressed
// and kept once, too (see edition.Part). Until a page is finished its parts stand
// between two bytes that are in no text, since UTF-8 does not have them.
const (
	partFrom = 0xfe
	partTo   = 0xff
)

// partKey names a part: the template it is rendered from, and of what.
type partKey struct {
	template string
	of       any
}

// once renders a template of templates/web/layout for a thing, or takes what was
// rendered for it before. All that it shows has to be of the thing, which is a
// pointer to what does not change or a text, or of the frame.
func (f *frame) once(name string, of any) (template.HTML, error) {
	switch of.(type) {
	case string, *content.Article, *periods:
	default:
		return "", fmt.Errorf("once %q takes an article, periods or a text, not %T", name, of)
	}
	k := partKey{name, of}
	if known, ok := f.parts.Load(k); ok {
		return known.(template.HTML), nil
	}
	b, err := f.templates.Part(name, of)
	if err != nil {
		return "", err
	}
	b, _ = unmark(f.localise(b)) // what is a part inside a part
	part := marked(string(b))
	f.parts.Store(k, part)
	return part, nil
}

// entry returns the address of a page if it is in the menu, else nothing, so that
// all pages that are not have one menu.
func (f *frame) entry(address string) string {
	if slices.ContainsFunc(f.facts.Config.Menu, func(l content.Link) bool { return l.URL == address }) {
		return address
	}
	return ""
}

func marked(html string) template.HTML {
	return template.HTML(append(append([]byte{partFrom}, html...), partTo))
}

// unmark takes the marks out and returns where the parts stand.
func unmark(html []byte) ([]byte, []edition.Part) {
	if bytes.IndexByte(html, partFrom) < 0 {
		return html, nil
	}
	out, parts := make([]byte, 0, len(html)), []edition.Part(nil)
	for {
		from := bytes.IndexByte(html, partFrom)
		to := bytes.IndexByte(html, partTo)
		if from < 0 || to < from {
			return append(out, html...), parts
		}
		out = append(out, html[:from]...)
		part := edition.Part{From: len(out)}
		out = append(out, html[from+1:to]...)
		part.To = len(out)
		parts = append(parts, part)
		html = html[to+1:]
	}
}
