package press

import (
	"encoding/xml"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
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
	var all []directory
	for _, d := range []directory{events, publications, members, {Name: "training-centres", URL: "/training-centres/"}, {Name: "stats", URL: "/stats/"}} {
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
				data.Taxonomies = append(data.Taxonomies, taxonomyData{t.Name, p.terms(t)})
			}
		}
		v := page{Path: pg.Permalink, Title: pg.Front.Title, Summary: pg.Front.Summary, Kind: "page", Doc: p.rendered[pg.Permalink], Data: data}
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

// machinePages prints robots.txt and sitemap.xml.
func (p *printer) machinePages() error {
	robots := "User-agent: *\nDisallow: /subscription\n\nSitemap: " + p.absolute("/sitemap.xml") + "\n"
	p.add(edition.Answer{Path: "/robots.txt", Type: "text/plain; charset=utf-8", Class: edition.Feed, Body: []byte(robots)})
	var urls []sitemapURL
	for _, pg := range p.site.Pages {
		u := sitemapURL{Loc: p.absolute(pg.Permalink)}
		if !pg.Front.Updated.IsZero() {
			u.LastMod = pg.Front.Updated.String()
		}
		urls = append(urls, u)
	}
	for _, path := range p.directoryPaths() {
		urls = append(urls, sitemapURL{Loc: p.absolute(path)})
	}
	for _, a := range p.articles {
		u := sitemapURL{Loc: p.absolute(a.Permalink)}
		if !a.Front.Published.IsZero() {
			u.LastMod = a.Front.Published.String()
		}
		urls = append(urls, u)
	}
	file(p, edition.Answer{Path: "/sitemap.xml", Type: "application/xml; charset=utf-8", Class: edition.Feed}, urls, writeSitemap)
	return nil
}

// directoryPaths are the addresses of events, publications, members and figures,
// for the sitemap.
func (p *printer) directoryPaths() []string {
	var paths []string
	for _, d := range p.directories() {
		paths = append(paths, d.URL)
		for _, l := range d.Links {
			paths = append(paths, l.URL)
		}
	}
	for _, e := range p.site.Events {
		paths = append(paths, e.Permalink)
	}
	for _, pub := range p.site.Publications {
		paths = append(paths, pub.Permalink)
	}
	return paths
}

// sitemapURL is an entry of the sitemap protocol (sitemaps.org).
type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

func writeSitemap(_ *frame, urls []sitemapURL) ([]byte, error) {
	set := struct {
		XMLName xml.Name     `xml:"urlset"`
		NS      string       `xml:"xmlns,attr"`
		URLs    []sitemapURL `xml:"url"`
	}{NS: "http://www.sitemaps.org/schemas/sitemap/0.9", URLs: urls}
	b, err := xml.Marshal(set)
	return append([]byte(xml.Header), b...), err
}
