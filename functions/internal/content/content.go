// Package content reads the folder that is the organisation's: front matter and
// Markdown, data files, vocabularies, redirects and texts of the interface.
//
// Load reads an fs.FS once and returns an immutable Site, or Problems: every
// mistake an editor can make here, with file, line, column, what is wrong and
// how to mend it. Nothing is guessed and nothing is skipped silently: an unknown
// field, a word that is not in its vocabulary and a date that does not exist
// stop the build.
//
// The layout of the folder:
//
//	site.yaml                        name, menus, footer, newsletter
//	news/YYYY/slug/index.md          articles; pictures stand beside index.md
//	events/slug/index.md             meetings in the calendar
//	publications/series/slug/index.md  reports and newsletters; the file to download stands beside index.md
//	newsletter/N/index.md            newsletters: a page and a mail each
//	pages/slug.md, pages/slug/…      plain pages; pages/index.md is the introduction of the home page
//	data/topics.yaml …               vocabularies: lists of slug and label
//	data/partners.yaml               partner links in groups
//	data/members.yaml, entities.yaml, vice_chairs.yaml, publications.yaml  the directories
//	data/places.yaml                 where places lie, for maps
//	redirects.yaml                   old addresses
//	strings/<language>.yaml          texts of the interface
//	index.fr.md, about.fr.md         title, summary and text in another language, beside the original
//	site.fr.yaml, data/topics.fr.yaml  names and labels in another language
//	data/names.fr.yaml               places, organisations and notes of fact boxes in another language
//	templates/, assets/              read by the packages render and asset
//
// Links and pictures inside Markdown are checked where Markdown is read, by the
// package render.
package content

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Load reads the content folder. Its error is Problems if the content is wrong,
// or the first error of the file system.
func Load(fsys fs.FS) (*Site, error) { return (&Reader{}).Load(fsys) }

// Load reads the content folder as the function Load does; only what has other
// bytes than the last time is parsed.
func (r *Reader) Load(fsys fs.FS) (*Site, error) {
	l := &loader{reader: r, fsys: fsys, site: &Site{}, parsed: map[string]parsed{}, early: map[string]early{}, permalinks: map[string]string{}, texts: map[string]bool{}, spoilt: map[string]bool{}, rules: map[reflect.Type][]rule{},
		articles: translated[Article]{}, pages: translated[Page]{}, events: translated[Event]{}, publications: translated[Publication]{}, letters: translated[Letter]{}}
	if _, err := fs.Stat(fsys, "site.yaml"); err != nil {
		return nil, fmt.Errorf("content: no site.yaml: %w", err)
	}
	site := l.yaml("site.yaml", &l.site.Config)
	if l.site.Config.Language != "" { // else that is reported
		l.languages(site)
	}
	l.obey(site, l.site.Config, "")
	if l.err == nil && len(l.problems) > 0 {
		return nil, l.problems.Err() // how all else is read hangs on this file
	}
	l.zone = l.site.Config.Location()
	l.data()
	l.translateFacts()
	l.walk("pages", l.page)
	l.walk("news", l.article)
	l.walk("events", l.event)
	l.walk("publications", l.publication)
	l.walk("newsletter", l.letter)
	l.orphans()
	l.foreignTexts()
	l.relate()
	if l.err != nil {
		return nil, fmt.Errorf("content: %w", l.err)
	}
	r.files = l.parsed
	if err := l.problems.Err(); err != nil {
		return nil, err
	}
	return l.site, nil
}

type loader struct {
	reader       *Reader
	parsed       map[string]parsed // of this load
	early        map[string]early
	fsys         fs.FS
	site         *Site
	permalinks   map[string]string // permalink or alias to the file that has it
	spoilt       map[string]bool   // data files with mistakes: what hangs on them is not blamed for it
	texts        map[string]bool   // translations seen; true: its original is not read yet
	articles     translated[Article]
	pages        translated[Page]
	events       translated[Event]
	publications translated[Publication]
	letters      translated[Letter]
	zone         *time.Location // of the site
	rules        map[reflect.Type][]rule
	problems     Problems
	err          error // the first error of the file system
}

func (l *loader) source(file string) *source { return &source{file: file, problems: &l.problems} }

func (l *loader) yaml(name string, v any) *source {
	s := l.source(name)
	before := len(l.problems)
	if b, ok := l.read(name); ok {
		s.decode(b, v)
	}
	l.spoilt[name] = len(l.problems) > before
	return s
}

// optional reads a data file that a site may do without.
func (l *loader) optional(name string, v any) *source {
	if _, err := fs.Stat(l.fsys, name); errors.Is(err, fs.ErrNotExist) {
		return l.source(name)
	}
	return l.yaml(name, v)
}

// data reads vocabularies, partners, redirects and strings.
func (l *loader) data() {
	for name, v := range map[string]*Vocabulary{
		"topics": &l.site.Topics, "funds": &l.site.Funds, "pillars": &l.site.Pillars, "series": &l.site.Series,
		"countries": &l.site.Countries, "activities": &l.site.Activities,
	} {
		v.File = "data/" + name + ".yaml"
		s := l.yaml(v.File, &v.Terms)
		l.obey(s, v.Terms, "")
		v.unread = l.spoilt[v.File]
		seen := map[string]bool{}
		for i, t := range v.Terms {
			if seen[t.Slug] {
				s.add(s.at(fmt.Sprintf("[%d]", i)), fmt.Sprintf("slug %q is given twice", t.Slug), "keep one of them")
			}
			seen[t.Slug] = true
		}
	}
	l.partners()
	l.directories()
	l.spots()
	if l.site.Config.Language != "" {
		l.yaml("strings/"+l.site.Config.Language+".yaml", &l.site.Strings)
	}
	s := l.yaml("redirects.yaml", &l.site.Redirects)
	for i, r := range l.site.Redirects {
		l.site.Redirects[i].Place = s.at(fmt.Sprintf("[%d]", i))
		l.claim(s, s.at(fmt.Sprintf("[%d]", i)), r.From)
	}
}

func (l *loader) partners() {
	var file partnersFile
	s := l.yaml("data/partners.yaml", &file)
	l.obey(s, file, "")
	for i, p := range file.Partners {
		at := s.at(fmt.Sprintf("partners[%d].group", i))
		g := slices.IndexFunc(file.Groups, func(g PartnerGroup) bool { return g.Slug == p.Group })
		if g < 0 {
			s.add(at, fmt.Sprintf("group %q is not among groups", p.Group), "use one of them or add it at the top")
			continue
		}
		if p.Block && p.URL == "" {
			s.add(at, fmt.Sprintf("%s stands in the block of links but has no url", p.Name), "add url or take block out")
		}
		file.Groups[g].Partners = append(file.Groups[g].Partners, p)
	}
	l.site.Partners = file.Groups
}

// walk calls read for every Markdown file below a folder, in order of names.
// Translations are left for the file they translate.
func (l *loader) walk(dir string, read func(File)) {
	var originals, all []string
	err := fs.WalkDir(l.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == dir:
			return nil // a site without news is one that begins
		case err != nil || d.IsDir() || path.Ext(name) != ".md":
			return err
		case l.isTranslation(name):
			l.texts[name] = true
		default:
			originals = append(originals, name)
		}
		all = append(all, name)
		return nil
	})
	l.readEarly(all)
	if err != nil && l.err == nil {
		l.err = err
	}
	for _, name := range originals {
		read(File{Path: name, Bundle: path.Base(name) == "index.md", source: l.source(name)})
	}
}

// front reads the front matter into v and the body into f.
func (l *loader) front(f *File, v any) {
	raw, ok := l.read(f.Path)
	if !ok {
		return
	}
	known, ok := l.reader.files[f.Path]
	if ok && known.raw != nil && bytes.Equal(known.raw, raw) && known.give(f.source, v) {
		l.parsed[f.Path] = known
		f.Sum, f.Body, f.BodyLine = known.sum, known.body, known.line
		return
	}
	text := bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if bytes.Contains(text, []byte("\r\n")) {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	f.Sum = sha256.Sum256(text)
	if ok && known.sum == f.Sum && known.give(f.source, v) {
		_, f.Body, f.BodyLine, _ = Split(text)
		known.raw, known.body, known.line = raw, f.Body, f.BodyLine
		l.parsed[f.Path] = known
		return
	}
	before := len(l.problems)
	l.parseFront(text, f, v)
	if len(l.problems) == before {
		front := reflect.New(reflect.TypeOf(v).Elem()).Elem()
		front.Set(reflect.ValueOf(v).Elem())
		l.parsed[f.Path] = parsed{raw: raw, kind: front.Type().String(), sum: f.Sum, body: f.Body, line: f.BodyLine, places: f.source.places, front: front}
		l.reader.anew = true
	}
}

func (l *loader) parseFront(text []byte, f *File, v any) {
	head, body, line, ok := Split(text)
	if !ok {
		f.source.add(Place{1, 1}, "the front matter is missing or not closed", "begin the file with a line ---, then fields as name: value, then a line ---")
		return
	}
	f.Body, f.BodyLine = body, line
	f.source.line = 1
	f.source.decode(head, v)
}

// claim notes who has an address and reports a second one that wants it.
func (l *loader) claim(s *source, at Place, address string) {
	if !strings.HasPrefix(address, "/") {
		s.add(at, fmt.Sprintf("%q is not an address of this site", address), "begin it with /")
		return
	}
	if owner, taken := l.permalinks[address]; taken {
		s.add(at, fmt.Sprintf("the address %s is taken by %s", address, owner), "rename one of the two")
		return
	}
	l.permalinks[address] = s.file
}

func (l *loader) redirect(s *source, field, from, to string) {
	l.claim(s, s.at(field), from)
	l.site.Redirects = append(l.site.Redirects, Redirect{From: from, To: to, Place: s.at(field)})
}

func (l *loader) page(f File) {
	p := &Page{}
	l.front(&f, &p.Front)
	p.File = f
	p.Permalink = "/" + strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(f.Path, ".md"), "/index"), "pages/") + "/"
	if f.Path == "pages/index.md" {
		p.Permalink = "/"
	} else {
		l.slug(f)
	}
	l.claim(f.source, Place{1, 1}, p.Permalink)
	for i, a := range p.Front.Aliases {
		l.redirect(f.source, fmt.Sprintf("aliases[%d]", i), a, p.Permalink)
	}
	for _, id := range p.Front.Legacy {
		l.redirect(f.source, "legacy_service_ids", fmt.Sprintf("/service/%d/", id), p.Permalink)
	}
	l.site.Pages = append(l.site.Pages, p)
	texts, own := l.translations(f)
	p.Translation = own
	for _, t := range texts {
		q := *p
		q.File, q.Front.Title, q.Front.Summary, q.Language = t.File, t.front.Title, t.front.Summary, t.code
		l.pages.note(t.code, p, &q)
	}
}
