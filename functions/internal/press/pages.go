package press

import (
	"strings"

	"broadsheet/functions/internal/content"
)

// pageAt returns the plain page of that permalink, nil if there is none.
func (p *printer) pageAt(permalink string) *content.Page {
	for _, pg := range p.site.Pages {
		if pg.Permalink == permalink {
			return pg
		}
	}
	return nil
}

// pageData is what page.html, partners.html, sitemap.html and subscribe.html get.
type pageData struct {
	*content.Page
	Years      []periodCount
	Taxonomies []taxonomyData
	Pages      []*content.Page

	Directories []directory
	Choices     choices // of the form on the page of template subscribe
}

// directory is a part of the site map besides news and terms.
type directory struct {
	Name, Label, URL string
	Links            []content.Link
}

// directories lists what the site has besides news, terms and plain pages.
func (p *printer) directories() []directory {
	events := directory{Name: "events", URL: "/events/"}
	for _, y := range p.calendarYears(p.calendar()) {
		events.Links = append(events.Links, content.Link{Label: y.Label, URL: y.URL})
	}
	publications := directory{Name: "publications", URL: "/publications/"}
	for _, g := range p.publicationGroups() {
		publications.Links = append(publications.Links, content.Link{Label: g.Label, URL: g.URL})
	}
	members := directory{Name: "members", URL: "/members/"}
	for _, m := range p.site.Members.Members {
		members.Links = append(members.Links, p.memberLink(m.Country))
	}
	letters := directory{Name: "newsletter", URL: "/newsletter/"}
	for _, l := range p.lettersOut() {
		letters.Links = append(letters.Links, content.Link{Label: l.Front.Title, URL: l.Permalink})
	}
	var all []directory
	for _, d := range []directory{events, publications, members, letters, {Name: "training-centres", URL: "/training-centres/"}, {Name: "stats", URL: "/stats/"}} {
		if _, ok := p.paths[d.URL]; ok {
			d.Label = p.site.Strings[d.Name]
			all = append(all, d)
		}
	}
	return all
}

// pages prints the plain pages, each in the template its front matter names.
func (p *printer) pages() error {
	for _, pg := range p.site.Pages {
		if pg.Permalink == "/" {
			continue // the home page is printed apart
		}
		name := pg.Front.Template
		if name == "" {
			name = "page"
		}
		data := pageData{Page: pg, Pages: p.site.Pages}
		if name == "subscribe" {
			var err error
			if data.Choices, err = p.choices(false); err != nil {
				return err
			}
		}
		if name == "sitemap" {
			data.Years, _ = p.years()
			data.Directories = p.directories()
			for _, t := range taxonomiesOf(p.site) {
				data.Taxonomies = append(data.Taxonomies, taxonomyData{Name: t.Name, Terms: p.terms(t)})
			}
		}
		v := page{Path: pg.Permalink, Title: pg.Front.Title, Summary: pg.Front.Summary, Kind: "page", Doc: p.rendered[pg.Permalink], Data: data, Day: pg.Front.Updated}
		if parent := p.pageAt(parentOf(pg.Permalink)); parent != nil && parent.Permalink != "/" {
			v.Crumbs = []content.Link{{Label: parent.Front.Title, URL: parent.Permalink}}
		}
		if err := p.print(name, v); err != nil {
			return err
		}
	}
	return nil
}

// parentOf returns the address one step up: /about/ of /about/history/.
func parentOf(permalink string) string {
	trimmed := strings.TrimSuffix(permalink, "/")
	return trimmed[:strings.LastIndexByte(trimmed, '/')+1]
}
