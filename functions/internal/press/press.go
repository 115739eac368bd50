// Package press prints a site into an edition: it renders every page, list and
// mail once, at build time, so that the programs that answer need no Markdown
// and no template.
//
// Build takes the content folder, the Site that was loaded from it and the
// instant the edition is printed for. The same input gives the same bytes. Its
// error is content.Problems for everything an editor can mend.
//
// # How a site is printed
//
// A printer declares the whole site as it is at one instant: for each page its
// path, its template and its data. Nothing is rendered yet. A declared page, a
// sheet, has a key: the hash of its data and of its frame, which is all that is
// the same on every page (templates, texts, data files, assets, names). Two
// sheets of one key have the same body, so that a body is made only if none of
// its key is known. That is the one mechanism behind
//
//   - the timeline: the site is declared once more for each later instant at
//     which it changes, and what got another key is printed for that instant;
//   - the laptop: of a site that was edited only the pages that show the edit
//     are rendered (see Cache);
//   - the build cache on disk.
//
// What many pages show alike, a part, is rendered once (see once), and on a large
// site compressed and kept once: of 10,000 articles in one language the edition has
// 59 MB instead of 182, of two languages 109 MB instead of 452. A page in parts is
// a third larger for who reads it, so that home, plain pages, the newest articles
// and events to come stay whole.
//
// # How to add a kind of page
//
// Give it a file of its own with the struct that its template gets, and a method
// of printer that declares its pages; name the method in printer.steps.
//
//	func (p *printer) events() error {
//		for _, e := range p.site.Events {
//			data := eventData{Event: e, Over: p.reached(e.Ends())}
//			v := page{Path: e.Permalink, Title: e.Front.Title, Summary: e.Front.Summary, Kind: "event", Doc: p.rendered[e.Permalink], Data: data}
//			if err := p.print("event", v); err != nil {
//				return err
//			}
//		}
//		return nil
//	}
//
// A template sees the page and .Site, the content.Facts; what else it shows has
// to be in Data, so that it is hashed. Files such as feeds are declared with
// file, or with add where making them costs nothing. What depends on time asks
// p.reached and nothing else: it tells whether an instant has come, and the
// press prints the site anew for every instant that was asked for.
//
// # Languages
//
// There is a printer for each language, and every kind of page is declared in
// all of them by the same code: p.site is the site in that language. Addresses
// are those of the first language everywhere; the press puts /fr before them
// where they are printed, in the links of pages, and in p.absolute. What is not
// a matter of language (see shared) is printed once. In templates "foreign" tells
// whether a text is in another language than the page, and needs a lang.
package press

import (
	"fmt"
	"io/fs"
	"strings"
	"time"

	"broadsheet/functions/internal/asset"
	"broadsheet/functions/internal/compress"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/picture"
	"broadsheet/functions/internal/render"
)

// Options say how an edition is printed.
type Options struct {
	AsOf    time.Time // the instant that the first versions are printed for
	Commit  string    // of the repository, for /version and consent records
	BaseURL string    // SITE_URL; the content's own url if empty
	Gzip    int       // compression levels, see compress.Levels
	Brotli  int       // or Fit
	Parts   bool      // compress what pages share once, see edition.Part; Fit decides it, too
	// Drafts prints drafts, and what is not there yet or no more, each with a
	// ribbon that says so; on a laptop only.
	Drafts bool
	Shares int // how many of the newest articles have a share picture, see DefaultShares
	// Styleguide prints /styleguide/, which shows every component; on a laptop only.
	Styleguide bool
	Cache      *Cache // keeps bodies from build to build; nil: keeps none
}

// complete returns the options with what was left out.
func (o Options) complete(site *content.Site) Options {
	if o.BaseURL == "" {
		o.BaseURL = site.Config.URL
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if o.Cache == nil {
		o.Cache = NewCache()
	}
	return o
}

// Fit is the Brotli level, and whether pages are compressed in parts, that keep a
// build short: whole pages at 11 for a small site; for a large one level 5, which
// costs a thirtieth, and parts. It depends on nothing but how many things there
// are to compress, so that the same site has the same bytes.
const Fit = -1

// fitting is the number of sheets up to which 11 is fitting: about half a minute
// on two processors.
const fitting = 4000

func fit(sheets int) (brotli int, parts bool) {
	if sheets <= fitting {
		return 11, false
	}
	return 5, true
}

// Build prints the site. fsys is the content folder that site was loaded from;
// templates, assets and pictures are read from it.
func Build(fsys fs.FS, site *content.Site, o Options) ([]byte, error) {
	o = o.complete(site)
	r, err := newRun(fsys, site, o)
	if err != nil {
		return nil, err
	}
	w := &edition.Writer{}
	if err := r.timeline(w); err != nil {
		return nil, err
	}
	b, err := w.Bytes(r.print())
	if err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	o.Cache.keep(r)
	return b, nil
}

// run is what is the same at every instant of one build.
type run struct {
	options  Options
	assets   *asset.Set
	views    []*view // by language, the first language first
	digest   *digester
	bodies   map[bodyKey]*edition.Packed // used in this build
	found    map[key]bool                // what is in the search indexes
	fresh    bool                        // documents were rendered that were not known
	known    *compress.Known             // parts that are compressed
	problems content.Problems
	stale    func() bool // nobody needs the site any more; nil: it is needed
}

// view is the site in one language.
type view struct {
	*frame
	site     *content.Site
	rendered map[string]*document // by permalink
	plain    map[string]string    // newsletters as text of a mail, by permalink
	news     *articleSheets       // of the last instant
	finds    []find               // of all instants
}

func newRun(fsys fs.FS, site *content.Site, o Options) (*run, error) {
	r := &run{options: o, digest: newDigester(o.Cache.digest), bodies: map[bodyKey]*edition.Packed{}, known: compress.NewKnown(), found: map[key]bool{}}
	var err error
	if r.assets, err = asset.Load(fsys, picture.Maker{Shelf: o.Cache.pictures}); err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	sum, err := frameSum(fsys)
	if err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	markdown := render.NewMarkdown(r.assets)
	for _, lang := range site.Config.Languages {
		v := &view{site: site.In(lang.Code)}
		if v.frame, err = o.Cache.frame(fsys, r, v.site, r.digest.sum(sum, o.BaseURL, lang)); err != nil {
			return nil, err
		}
		r.documents(markdown, v)
		r.views = append(r.views, v)
	}
	return r, nil
}

func (r *run) print() edition.Print {
	o := r.options
	return edition.Print{AsOf: o.AsOf, Commit: o.Commit, BaseURL: o.BaseURL, Compressor: r.compressor}
}

// compressor returns a compressor for one worker.
func (r *run) compressor() edition.Compressor {
	l := r.options.levels()
	l.Known = r.known
	return compress.New(l)
}

func (o Options) levels() compress.Levels {
	return compress.Levels{Gzip: o.Gzip, Brotli: o.Brotli, Parts: o.Parts}
}

func classOf(contentType string) edition.Class {
	switch {
	case contentType == "image/svg+xml":
		return edition.Drawing
	case strings.HasPrefix(contentType, "image/"):
		return edition.Picture
	}
	return edition.Asset
}
