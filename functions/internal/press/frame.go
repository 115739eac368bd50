package press

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"broadsheet/functions/internal/asset"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// frame is what is the same for every page of a language: templates and the
// functions they call, texts, names, assets. Its key covers all of it.
type frame struct {
	key       key
	language  content.Language
	languages []content.Language // all of the site, the first one first
	facts     *content.Facts
	block     []content.Partner // the block of links on every page
	art       *asset.Set        // style sheet, icons, drawings
	baseURL   string
	templates *render.Templates
	parts     sync.Map // template.HTML by partKey

	studio     *studio
	icon       string // address of the largest icon
	iconSource []byte
}

// surroundings is what templates get as .Frame.
type surroundings struct {
	Languages []otherLanguage // of this page; none on a site of one language
}

func newFrame(k key, fsys fs.FS, site *content.Site, assets *asset.Set, studio *studio, o Options) (*frame, error) {
	f := &frame{studio: studio, key: k, facts: &site.Facts, art: assets, baseURL: o.BaseURL, languages: site.Config.Languages}
	f.language = f.languages[slices.IndexFunc(f.languages, func(l content.Language) bool { return l.Code == site.Config.Language })]
	for _, g := range site.Partners {
		for _, partner := range g.Partners {
			if partner.Block {
				f.block = append(f.block, partner)
			}
		}
	}
	f.iconSource = assets.Icon("icon.svg")
	f.icon = iconURL(f.iconSource, 512, newDigester(nil))
	var err error
	f.templates, err = render.ParseTemplates(fsys, f.funcs(), func(key string) (string, error) { return f.text(key) })
	return f, err
}

// sections are the folders of content that hold articles, pages and their
// pictures. What is in them reaches a page only as its data.
func sections() []string { return []string{"news", "pages", "events", "publications", "newsletter"} }

// frameSum hashes every file of the content folder outside the sections: site
// and data files, texts, templates, assets. A change in one of them prints every
// page anew.
func frameSum(fsys fs.FS) (key, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			for _, s := range sections() {
				if name == s {
					return fs.SkipDir
				}
			}
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(h, "%q %d\n", name, len(b))
		h.Write(b)
		return err
	})
	var k key
	h.Sum(k[:0])
	return k, err
}

// page renders a template with a page inside the frame. Its parts are marked.
func (f *frame) page(template string, v page) ([]byte, error) {
	b, err := f.templates.Page(template, f.around(v))
	return f.localise(b), err
}

// mail renders both parts of a mail.
func (f *frame) mail(template string, v page) (text, html []byte, err error) {
	return f.templates.Mail(template, f.around(v))
}

func (f *frame) around(v page) page {
	v.Site, v.Frame = f.facts, surroundings{f.otherLanguages(cmp.Or(v.Path, v.Beside))}
	return v
}
