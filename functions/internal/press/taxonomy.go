package press

import "broadsheet/functions/internal/content"

// taxonomy is one way to sort articles: its folder in addresses, its terms and
// which of them an article has.
type taxonomy struct {
	Name string // topics, countries, …: key of texts and first part of addresses
	content.Vocabulary
	of func(*content.Article) []string
}

func topics(site *content.Site) taxonomy {
	return taxonomy{"topics", site.Topics, func(a *content.Article) []string { return a.Front.Topics }}
}

func countries(site *content.Site) taxonomy {
	return taxonomy{"countries", site.Countries, (*content.Article).Countries}
}

func funds(site *content.Site) taxonomy {
	return taxonomy{"funds", site.Funds, func(a *content.Article) []string { return a.Front.Funds }}
}

func series(site *content.Site) taxonomy {
	return taxonomy{"series", site.Series, func(a *content.Article) []string { return one(a.Front.Series) }}
}

func one(slug string) []string {
	if slug == "" {
		return nil
	}
	return []string{slug}
}

func taxonomiesOf(site *content.Site) []taxonomy {
	return []taxonomy{
		topics(site),
		countries(site),
		funds(site),
		{"pillars", site.Pillars, func(a *content.Article) []string { return one(a.Front.Pillar) }},
		series(site),
	}
}

// termCount is a term with how many articles have it.
type termCount struct {
	content.Term
	URL   string
	Count int
}

// terms returns the terms that articles have, in the order of the vocabulary.
func (p *printer) terms(t taxonomy) []termCount {
	having := p.byTerm(t)
	var all []termCount
	for _, term := range t.Terms {
		if n := len(having[term.Slug]); n > 0 {
			all = append(all, termCount{Term: term, URL: "/" + t.Name + "/" + term.Slug + "/", Count: n})
		}
	}
	return all
}

// byTerm sorts the articles by the terms of a taxonomy.
func (p *printer) byTerm(t taxonomy) map[string][]*content.Article {
	if having, ok := p.having[t.Name]; ok {
		return having
	}
	having := map[string][]*content.Article{}
	for _, a := range p.articles {
		for _, slug := range t.of(a) {
			having[slug] = append(having[slug], a)
		}
	}
	p.having[t.Name] = having
	return having
}

// termLink is the label of a term, with the address of its list if there is one.
func (p *printer) termLink(t taxonomy, slug string) content.Link {
	l := content.Link{Label: t.Label(slug)}
	if len(p.byTerm(t)[slug]) > 0 {
		l.URL = "/" + t.Name + "/" + slug + "/"
	}
	return l
}

// termLinks are the links of several terms.
func (p *printer) termLinks(t taxonomy, slugs []string) []content.Link {
	links := make([]content.Link, len(slugs))
	for i, slug := range slugs {
		links[i] = p.termLink(t, slug)
	}
	return links
}

// taxonomyData is what terms.html gets.
type taxonomyData struct {
	Name  string
	Terms []termCount
	Map   *locator // of countries
}

// taxonomies prints an index of terms for each taxonomy and a list of articles
// for each term.
func (p *printer) taxonomies() error {
	for _, t := range taxonomiesOf(p.site) {
		title, err := p.text(t.Name)
		if err != nil {
			return err
		}
		lede, err := p.text(t.Name + ".summary")
		if err != nil {
			return err
		}
		terms := p.terms(t)
		base := "/" + t.Name + "/"
		data := taxonomyData{Name: t.Name, Terms: terms}
		if t.Name == "countries" {
			var codes []string
			for _, term := range terms {
				codes = append(codes, term.Slug)
			}
			data.Map = p.countriesMap(codes, title)
		}
		if err := p.print("terms", page{Path: base, Title: title, Summary: lede, Kind: "list", Data: data, Day: day(p.articles)}); err != nil {
			return err
		}
		for _, term := range terms {
			if err := p.term(t, term, content.Link{Label: title, URL: base}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *printer) term(t taxonomy, term termCount, index content.Link) error {
	having := p.byTerm(t)[term.Slug]
	data := listData{Heading: term.Label, Drawing: "office", Lede: term.Note, Also: p.alsoOf(t.Name, term.Slug)}
	if t.Name == "topics" {
		data.Drawing = term.Slug
	}
	if t.Name == "countries" {
		data.Map = p.countryMap(term.Slug)
		data.Title = p.words("list.country-title", term.Label) // a member's page has the country's name
	}
	data.Feed = p.feeds(term.URL, term.Label+" – "+p.facts.Config.ShortName, p.words("feed.term", term.Label), having)
	return p.list(term.URL, having, data, []content.Link{index})
}
