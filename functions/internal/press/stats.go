package press

import (
	"html/template"
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/figure"
)

// statsData is what stats.html gets.
type statsData struct {
	Articles  int
	Workshops int
	Countries int // in which something took place
	Members   int
	Reached   int
	Years     []string // the first and the last
	Charts    []figure.Chart
}

// Upright says whether a figure is drawn as columns, which suit years.
func (d statsData) Upright(name string) bool {
	return slices.Contains([]string{"activities-by-year", "members-by-year"}, name)
}

// stats prints the figures: as a page with drawings and tables, and as data.
func (p *printer) stats() error {
	title, err := p.text("stats")
	if err != nil {
		return err
	}
	tables := figure.All(&p.site.Facts, p.articles)
	data := statsData{Articles: len(p.articles), Members: len(p.site.Members.Members), Reached: figure.Reached(&p.site.Facts, p.articles)}
	places := map[string]bool{}
	for _, a := range p.articles {
		places[a.Front.Country] = true
		if figure.IsWorkshop(&p.site.Facts, a) {
			data.Workshops++
		}
	}
	delete(places, "")
	data.Countries = len(places)
	for _, t := range tables {
		if t.Total() == 0 {
			continue
		}
		c, err := p.chart(t)
		if err != nil {
			return err
		}
		data.Charts = append(data.Charts, c)
		if t.Name == "activities-by-year" {
			data.Years = []string{t.Rows[0].Label, t.Rows[len(t.Rows)-1].Label}
		}
	}
	if err := p.print("stats", page{Path: "/stats/", Title: title, Summary: p.site.Strings["stats.summary"], Kind: "stats", Data: data}); err != nil {
		return err
	}
	p.add(edition.Answer{Path: "/stats/data.csv", Type: "text/csv; charset=utf-8", Class: edition.Download, Body: figure.CSV(tables)})
	file(p, edition.Answer{Path: "/stats/data.json", Type: "application/json", Class: edition.Download}, tables, writeFigures)
	return nil
}

func writeFigures(f *frame, tables []figure.Table) ([]byte, error) {
	return figure.JSON(f.facts.Config.Name, f.absolute("/stats/"), tables, f.absolute)
}

// chart gives a table the words that its drawing needs.
func (p *printer) chart(t figure.Table) (figure.Chart, error) {
	title, err := p.text("stats." + t.Name)
	if err != nil {
		return figure.Chart{}, err
	}
	most := slices.MaxFunc(t.Rows, func(a, b figure.Row) int { return a.Total() - b.Total() })
	description, err := p.text("stats.describe", len(t.Rows), most.Label, most.Total())
	return figure.Chart{Table: t, Title: title, Description: description}, err
}

// columns and bars draw a chart; that they are functions of the frame keeps the
// drawing out of the data of the page, where only its figures belong.
func columns(c figure.Chart) template.HTML { return c.Columns() }
func bars(c figure.Chart) template.HTML    { return c.Bars() }

// alsoOf returns the links from the list of a term to pages about the same.
func (p *printer) alsoOf(taxonomy, slug string) []content.Link {
	var links []content.Link
	if _, ok := p.site.Members.Of(slug); ok && taxonomy == "countries" {
		label, _ := p.text("member.of", p.site.Countries.Label(slug))
		links = append(links, content.Link{Label: label, URL: memberPath(slug)})
	}
	if taxonomy == "topics" && slices.ContainsFunc(p.site.Events, func(e *content.Event) bool { return slices.Contains(e.Front.Topics, slug) }) {
		links = append(links, content.Link{Label: p.site.Strings["events.calendar"], URL: "/topics/" + slug + "/events.ics"})
	}
	return links
}
