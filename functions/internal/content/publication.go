package content

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Publication is one item of a series of reports, newsletters or plans.
type Publication struct {
	File
	Translation
	Front     PublicationFront
	Series    string // slug of data/publications.yaml, from the folder
	Permalink string // /publications/annual-report/2017-18/
	Download  *Download
}

// PublicationFront is the front matter of a publication.
type PublicationFront struct {
	Title    string   `yaml:"title,required"`
	Summary  string   `yaml:"summary,required"`
	Number   int      `yaml:"number"`
	Period   string   `yaml:"period"` // what it covers, as 2017/18
	Date     Approx   `yaml:"date"`   // when it came out
	Language string   `yaml:"language,required" form:"language"`
	Pages    int      `yaml:"pages"`
	Contents []string `yaml:"contents"`
	Cover    string   `yaml:"cover" form:"file"` // a drawing of assets/drawings; the series' one if left out

	File      string `yaml:"file" form:"file"` // beside index.md
	FilePages int    `yaml:"file_pages"`       // Pages if left out
	Sample    bool   `yaml:"sample"`           // the file stands in for one that is not at hand

	Note    string   `yaml:"note"`
	Sources []string `yaml:"sources" form:"url"`
	Aliases []string `yaml:"aliases" form:"old"`
}

// Download is the file of a publication.
type Download struct {
	Name string // as it stands in the folder
	URL  string
	Type string // content type
	Kind string // PDF
	Body []byte
	Hash string // SHA-256 in hexadecimal
}

// Periodical is a publication of somebody else.
type Periodical struct {
	Title     string   `yaml:"title,required"`
	Publisher string   `yaml:"publisher,required"`
	Rhythm    string   `yaml:"rhythm"`
	Seen      []string `yaml:"seen"` // issues that were found
	URL       string   `yaml:"url" form:"url"`
}

// PublicationSeries is one heading of the list of publications.
type PublicationSeries struct {
	Slug    string `yaml:"slug,required" form:"slug"`
	Label   string `yaml:"label,required"`
	Note    string `yaml:"note"`
	Drawing string `yaml:"drawing,required"` // on its covers
}

// publicationsFile is data/publications.yaml.
type publicationsFile struct {
	Series    []PublicationSeries `yaml:"series,required"`
	Elsewhere []Periodical        `yaml:"elsewhere"`
}

// maxDownload is the largest file of a publication, in bytes. AWS Lambda
// carries 6 MB an answer, and binary bodies travel as base64, a third longer.
const maxDownload = 4_000_000

// downloadKinds are the files that may be offered, by their ending.
func downloadKinds() map[string][2]string {
	return map[string][2]string{
		".pdf":  {"application/pdf", "PDF"},
		".epub": {"application/epub+zip", "EPUB"},
		".csv":  {"text/csv; charset=utf-8", "CSV"},
		".txt":  {"text/plain; charset=utf-8", "Text"},
	}
}

func (l *loader) publication(f File) {
	p := &Publication{}
	l.front(&f, &p.Front)
	p.File = f
	slug := l.slug(f)
	dir := path.Dir(f.Dir())
	p.Series = path.Base(dir)
	if !f.Bundle || path.Dir(dir) != "publications" {
		f.source.add(Place{}, "a publication stands in a folder of its own below its series", "move it to publications/annual-report/2017-18/index.md")
		return
	}
	if !l.spoilt["data/publications.yaml"] && !slices.ContainsFunc(l.site.PublicationSeries, func(s PublicationSeries) bool { return s.Slug == p.Series }) {
		f.source.add(Place{}, fmt.Sprintf("the series %q is not in data/publications.yaml", p.Series), "rename the folder or add the series there")
	}
	p.Permalink = "/publications/" + p.Series + "/" + slug + "/"
	l.claim(f.source, Place{1, 1}, p.Permalink)
	for i, old := range p.Front.Aliases {
		l.redirect(f.source, fmt.Sprintf("aliases[%d]", i), old, p.Permalink)
	}
	l.obey(f.source, p.Front, "")
	l.download(p)
	l.site.Publications = append(l.site.Publications, p)
	texts, own := l.translations(f)
	p.Translation = own
	for _, t := range texts {
		c := *p
		c.File, c.Front.Title, c.Front.Summary, c.Language = t.File, t.front.Title, t.front.Summary, t.code
		l.publications.note(t.code, p, &c)
	}
}

// download reads the file that a publication offers.
func (l *loader) download(p *Publication) {
	s, name := p.source, p.Front.File
	if name == "" {
		if p.Front.Sample || p.Front.FilePages > 0 {
			s.add(s.at("sample"), "sample and file_pages tell of a file, but there is none", "add file with its name or take them out")
		}
		return
	}
	kind, ok := downloadKinds()[strings.ToLower(path.Ext(name))]
	if !ok || strings.Contains(name, "/") || !isSlug(strings.TrimSuffix(name, path.Ext(name))) {
		s.add(s.at("file"), fmt.Sprintf("file %q cannot be offered", name), "name a .pdf, .epub, .csv or .txt file in small letters, digits and hyphens that stands beside index.md")
		return
	}
	body, err := fs.ReadFile(l.fsys, path.Join(p.Dir(), name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.add(s.at("file"), fmt.Sprintf("there is no file %s", path.Join(p.Dir(), name)), "put the file beside index.md and check its name")
		return
	case err != nil:
		l.err = errors.Join(l.err, err)
		return
	case len(body) > maxDownload:
		s.add(s.at("file"), fmt.Sprintf("%s has %d bytes, at most %d are carried in one answer", name, len(body), maxDownload), "make the file smaller, or split it")
		return
	case kind[1] == "PDF" && !strings.HasPrefix(string(body), "%PDF-"):
		s.add(s.at("file"), fmt.Sprintf("%s is not a PDF file", name), "export it again")
		return
	}
	sum := sha256.Sum256(body)
	p.Download = &Download{Name: name, URL: p.Permalink + name, Type: kind[0], Kind: kind[1], Body: body, Hash: hex.EncodeToString(sum[:])}
}

// FilePages is how many pages the file has, 0 if that is not said.
func (p *Publication) FilePages() int { return cmp.Or(p.Front.FilePages, p.Front.Pages) }

// sortPublications puts the series in the order of their data file, and the
// newest item first in each.
func (l *loader) sortPublications() {
	place := map[string]int{}
	for i, s := range l.site.PublicationSeries {
		place[s.Slug] = i
	}
	slices.SortFunc(l.site.Publications, func(a, b *Publication) int {
		return cmp.Or(cmp.Compare(place[a.Series], place[b.Series]), cmp.Compare(b.Front.Number, a.Front.Number),
			cmp.Compare(b.Front.Period, a.Front.Period), cmp.Compare(b.Front.Date.String(), a.Front.Date.String()), cmp.Compare(a.Permalink, b.Permalink))
	})
}
