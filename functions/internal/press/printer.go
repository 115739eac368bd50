package press

import (
	"errors"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/render"
)

// printer declares the site in one language as it is at one instant.
type printer struct {
	*run
	*view
	*clock
	articles []*content.Article                       // those that are published, newest first
	having   map[string]map[string][]*content.Article // by taxonomy and term, see byTerm
	agenda   *calendar                                // see printer.calendar
	paths    map[string]*document                     // every address declared, for the check of links
	listed   []listed                                 // the pages of the sitemap
	shares   map[*content.Article]*sharePicture
	common   *sharePicture   // of pages that have none of their own
	feed     *feedLink       // of everything
	veiled   map[string]bool // permalinks of what visitors do not see, see printer.ribboned
	drawn    map[string]bool // share pictures that are declared, in any language
	sheets   []sheet
}

// steps are the kinds of pages, in the order in which they are declared. The
// search index takes longest to make, so it comes first.
func (p *printer) steps() []func() error {
	return []func() error{p.search, p.home, p.news, p.taxonomies, p.events, p.publications, p.members, p.entities, p.stats, p.letters, p.pages, p.styleguide, p.blanks, p.mails, p.machinePages}
}

// errStale says that nobody needs what was being declared.
var errStale = errors.New("press: the site has been edited meanwhile")

// declareAll declares the whole site in all languages.
func (r *run) declareAll(c *clock) ([]sheet, error) {
	var sheets []sheet
	drawn := map[string]bool{}
	for _, v := range r.views {
		p := r.newPrinter(v, c, drawn)
		for _, step := range p.steps() {
			if r.stale != nil && r.stale() {
				return nil, errStale
			}
			if err := step(); err != nil {
				return nil, err
			}
		}
		p.files()
		p.checkLinks()
		sheets = append(sheets, p.sheets...)
	}
	return sheets, nil
}

// newPrinter returns a printer that knows what all pages of a language have in
// common: which articles there are, their share pictures, the main feed.
func (r *run) newPrinter(v *view, c *clock, drawn map[string]bool) *printer {
	p := &printer{run: r, view: v, clock: c, having: map[string]map[string][]*content.Article{}, paths: map[string]*document{}, shares: map[*content.Article]*sharePicture{}, drawn: drawn, veiled: map[string]bool{}}
	for _, a := range p.site.Articles {
		switch {
		case p.isPublished(a):
			p.articles = append(p.articles, a)
		case p.options.Drafts:
			p.articles = append(p.articles, p.ribboned(a))
		}
	}
	p.shareSite()
	p.shareArticles()
	p.feed = p.feeds("/", p.facts.Config.Name, p.facts.Config.Tagline, p.articles)
	return p
}

// isPublished tells whether visitors see an article: it has appeared, has not
// expired, and is no draft.
func (p *printer) isPublished(a *content.Article) bool {
	if a.Front.Draft {
		return false
	}
	return (a.Appears.IsZero() || p.reached(a.Appears)) && (a.Expires.IsZero() || !p.reached(a.Expires))
}

// files declares the assets, and the redirects to what is there.
func (p *printer) files() {
	for _, f := range p.assets.Files() {
		p.add(edition.Answer{Path: f.URL, Type: f.Type, Class: classOf(f.Type), Body: f.Body})
	}
	for _, r := range p.site.Redirects {
		if _, ok := p.paths[targetPath(r.To)]; ok {
			p.checkLink("redirects.yaml", render.Link{URL: r.To, Place: r.Place}, true)
			p.declare(edition.KindAlias, r.From, edition.Answer{}, func() key { return p.digest.sum("alias", r.To) }, func() ([]byte, error) { return []byte(r.To), nil })
		}
	}
}
