package press

import (
	"crypto/sha256"
	"fmt"
	"io/fs"

	"broadsheet/functions/internal/asset"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// frame is what is the same for every page of a language: templates and the
// functions they call, texts, names, assets. Its key covers all of it.
type frame struct {
	key       key
	facts     *content.Facts
	block     []content.Partner // the block of links on every page
	art       *asset.Set        // style sheet, icons, drawings
	baseURL   string
	templates *render.Templates
}

// surroundings is what templates get as .Frame.
type surroundings struct {
	Partners []content.Partner // the block of links
}

func newFrame(k key, fsys fs.FS, site *content.Site, assets *asset.Set, o Options) (*frame, error) {
	f := &frame{key: k, facts: &site.Facts, art: assets, baseURL: o.BaseURL}
	for _, g := range site.Partners {
		for _, partner := range g.Partners {
			if partner.Block {
				f.block = append(f.block, partner)
			}
		}
	}
	var err error
	f.templates, err = render.ParseTemplates(fsys, f.funcs())
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

// page renders a template with a page inside the frame.
func (f *frame) page(template string, v page) ([]byte, error) {
	v.Site, v.Frame = f.facts, surroundings{f.block}
	return f.templates.Page(template, v)
}

// mail renders both parts of a mail.
func (f *frame) mail(template string, v page) (text, html []byte, err error) {
	v.Site, v.Frame = f.facts, surroundings{f.block}
	return f.templates.Mail(template, v)
}

// absolute returns the whole URL of an address of this site.
func (f *frame) absolute(address string) string { return f.baseURL + address }
