package press

import (
	"cmp"
	"fmt"
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/search"
)

// searchPath is where the search page is; its index has the same name.
const searchPath = "/search"

// searchData is what search.html gets.
type searchData struct {
	State  string // ask, found or none
	Latest []*content.Article
}

// find is something that can be found: what result.html shows, and its words. A
// find stands in the index from the beginning, with the instant from which it is
// found, so that one index does for all instants.
type find struct {
	key   key
	card  page
	words func() search.Document // without its card
}

// resultData is what result.html gets besides the page's title and summary.
type resultData struct {
	Kicker   string
	Language string           // of title and summary
	Article  *content.Article // nil for a plain page
}

// search declares the index and the blanks of the search page, which package
// web puts together when a request comes.
func (p *printer) search() error {
	p.paths[searchPath] = nil
	if p.view.finds == nil {
		p.view.finds = p.allFinds()
	}
	finds := p.view.finds
	keys := make([]key, len(finds))
	for i, f := range finds {
		keys[i] = f.key
		p.found[f.key] = true
	}
	f, shelf := p.frame, p.options.Cache.shelf
	p.declare(edition.KindIndex, searchPath, edition.Answer{}, func() key { return p.digest.sum("index", keys) }, func() ([]byte, error) {
		return shelf.index(f, finds)
	})
	if err := p.searchPages(); err != nil {
		return err
	}
	return p.openSearch()
}

func (p *printer) searchPages() error {
	latest := p.articles[:min(3, len(p.articles))]
	for _, state := range []string{"ask", "found", "none"} {
		title, err := p.text("search.title.for", edition.Slot("query"))
		summary := ""
		if state == "ask" && err == nil {
			title, summary = p.site.Strings["search.title"], p.site.Strings["search.summary"]
		}
		if err != nil {
			return err
		}
		data := searchData{State: state}
		if state != "found" {
			data.Latest = latest
		}
		p.blank("search/"+state, "search", edition.Page, page{Title: title, Summary: summary, Kind: "search", Beside: searchPath, Data: data})
	}
	p.blank("search/value", "search-value", edition.Page, page{})
	return nil
}

// allFinds returns everything that can be found at any instant, articles first,
// newest first.
func (p *printer) allFinds() []find {
	var all []find
	for _, a := range p.site.Articles {
		if !a.Front.Draft || p.options.Drafts {
			all = append(all, p.findArticle(a))
		}
	}
	add := func(kind, permalink, title, summary, language string, d search.Document) {
		doc := p.rendered[permalink]
		if doc == nil {
			return
		}
		d.Title, d.Summary = title, summary
		v := page{Path: permalink, Title: title, Summary: summary, Kind: "result", Data: resultData{Kicker: p.site.Strings[kind], Language: language}}
		all = append(all, find{p.digest.sum("find", p.key, v, d, doc), v, func() search.Document {
			d.Body = doc.Text()
			return d
		}})
	}
	for _, e := range p.site.Events {
		d := search.Document{Tags: append([]string{e.Front.Place, e.Front.Venue, e.Front.Host, p.site.Series.Label(e.Front.Series)}, e.Front.Organisers...)}
		p.label(&d, e.Front.Start.Year(), e.Front.Topics, one(e.Front.Country))
		add("events", e.Permalink, e.Front.Title, e.Front.Summary, e.Language, d)
	}
	for _, l := range p.site.Letters {
		add("newsletter", l.Permalink, l.Front.Title, l.Front.Summary, l.Language, search.Document{From: l.Front.Date.Time})
	}
	for _, pub := range p.site.Publications {
		d := search.Document{Tags: append([]string{p.site.Strings["publications"], pub.Front.Period}, pub.Front.Contents...)}
		add("publications", pub.Permalink, pub.Front.Title, pub.Front.Summary, pub.Language, d)
	}
	for _, pg := range p.site.Pages {
		if pg.Permalink != "/" {
			add("", pg.Permalink, pg.Front.Title, pg.Front.Summary, pg.Language, search.Document{})
		}
	}
	for _, m := range p.site.Members.Members {
		all = append(all, p.findMember(m))
	}
	return all
}

// label adds year, topics and countries to the words and the facets.
func (p *printer) label(d *search.Document, year int, topics, countries []string) {
	d.Facets = append(d.Facets, search.Value{Facet: "year", Slug: fmt.Sprint(year), Label: fmt.Sprint(year)})
	d.Tags = append(d.Tags, fmt.Sprint(year))
	for _, slug := range topics {
		label := p.site.Topics.Label(slug)
		d.Tags = append(d.Tags, label)
		d.Facets = append(d.Facets, search.Value{Facet: "topic", Slug: slug, Label: label})
	}
	for _, code := range countries {
		label := p.site.Countries.Label(code)
		d.Tags = append(d.Tags, label)
		d.Facets = append(d.Facets, search.Value{Facet: "country", Slug: code, Label: label})
	}
}

func (p *printer) findArticle(a *content.Article) find {
	doc, front := p.rendered[a.Permalink], a.Front
	data := resultData{Language: a.Language, Article: a}
	if len(front.Topics) > 0 {
		data.Kicker = p.site.Topics.Label(front.Topics[0])
	}
	v := page{Path: a.Permalink, Title: front.Title, Summary: front.Summary, Kind: "result", Data: data}
	return find{p.digest.sum("find", p.key, a, doc), v, func() search.Document { return p.wordsOf(a, doc) }}
}

// wordsOf returns the words by which an article is found.
func (p *printer) wordsOf(a *content.Article, doc *document) search.Document {
	front := a.Front
	d := search.Document{Title: front.Title, Summary: front.Summary, Body: doc.Text(), From: a.Appears, Until: a.Expires}
	d.Tags = slices.Concat(front.Organisers, front.Guests, []string{front.Place, front.Host, front.Venue, p.site.Activities.Label(front.Activity), p.dates(front.Start, front.End)})
	p.label(&d, a.Year(), front.Topics, a.Countries())
	for _, person := range front.People {
		d.Tags = append(d.Tags, person.Name)
	}
	for _, slug := range front.Funds {
		d.Tags = append(d.Tags, p.site.Funds.Label(slug))
	}
	if front.Series != "" {
		d.Tags = append(d.Tags, p.site.Series.Label(front.Series))
	}
	return d
}

// findMember lets a member be found by its name, administration and subregion.
func (p *printer) findMember(m content.Member) find {
	name, region := p.site.Countries.Label(m.Country), ""
	for _, s := range p.site.Members.Subregions {
		if s.Slug == m.Subregion {
			region = s.Label
		}
	}
	kicker := p.site.Strings["members"]
	d := search.Document{Title: name, Summary: cmp.Or(m.Administration, region), Tags: []string{kicker, region}}
	d.Facets = []search.Value{{Facet: "country", Slug: m.Country, Label: name}}
	v := page{Path: memberPath(m.Country), Title: name, Summary: d.Summary, Kind: "result", Data: resultData{Kicker: kicker}}
	return find{p.digest.sum("find", p.key, v, d), v, func() search.Document { return d }}
}
