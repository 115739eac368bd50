package press

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"broadsheet/functions/internal/content"
)

// pageSize is how many articles stand on one page of a list.
const pageSize = 12

// homeData is what home.html gets.
type homeData struct {
	Lead   *content.Article
	Latest []*content.Article
	Topics []termCount
	Years  []periodCount
	Total  int
}

// articleData is what article.html gets.
type articleData struct {
	*content.Article
	Related     []*content.Article
	Newer       *content.Article
	Older       *content.Article
	Citation    string
	Description map[string]any // schema.org NewsArticle
}

// ParticipantsText is how many took part; a note that has the number in it
// stands alone ("more than 40").
func (d articleData) ParticipantsText() string {
	n, note := count(d.Front.Participants), d.Front.ParticipantsNote
	switch {
	case note == "":
		return n
	case strings.Contains(note, strconv.Itoa(d.Front.Participants)):
		return note
	}
	return n + " (" + note + ")"
}

// listData is what list.html gets.
type listData struct {
	Heading      string
	Lede         string
	Articles     []*content.Article
	Total        int
	Number, Of   int    // page Number of Of
	Newer, Older string // addresses of the neighbouring pages of the list
	Years        []periodCount
	Months       []periodCount
	Current      string // the address among Years or Months that this is
	Drawing      string
}

// periodCount is a year or month with how many articles it has.
type periodCount struct {
	Label, URL string
	Count      int
}

func (p *printer) home() error {
	intro, ok := p.rendered["/"]
	if !ok {
		return content.Problems{{File: "pages/index.md", What: "the file is missing", Cure: "write title, summary and a short introduction of the home page"}}
	}
	front := p.pageAt("/").Front
	data := homeData{Topics: p.terms(topics(p.site)), Years: p.years(), Total: len(p.articles)}
	slices.SortStableFunc(data.Topics, func(a, b termCount) int { return cmp.Compare(b.Count, a.Count) })
	if len(p.articles) > 0 {
		data.Lead = p.articles[0]
		data.Latest = p.articles[1:min(9, len(p.articles))]
	}
	return p.print("home", page{Path: "/", Title: front.Title, Summary: front.Summary, Kind: "home", Body: intro.HTML, Data: data})
}

// news prints the articles and the lists by page, year and month.
func (p *printer) news() error {
	related := p.related()
	for i, a := range p.articles {
		data := articleData{Article: a, Related: related[a], Citation: p.citation(a), Description: p.describe(a)}
		if i > 0 {
			data.Newer = p.articles[i-1]
		}
		if i+1 < len(p.articles) {
			data.Older = p.articles[i+1]
		}
		v := page{Path: a.Permalink, Title: a.Front.Title, Summary: a.Front.Summary, Kind: "article", Body: p.rendered[a.Permalink].HTML, Data: data}
		v.Crumbs = []content.Link{{Label: p.site.Strings["news"], URL: "/news/"}, {Label: fmt.Sprint(a.Year()), URL: fmt.Sprintf("/news/%d/", a.Year())}}
		if err := p.print("article", v); err != nil {
			return err
		}
	}
	all := listData{Heading: p.site.Strings["news"], Years: p.years(), Current: "/news/", Drawing: "office"}
	if err := p.list("/news/", p.articles, all, nil); err != nil {
		return err
	}
	return p.archive()
}

// citation is how a scholar names the article.
func (p *printer) citation(a *content.Article) string {
	return fmt.Sprintf("%s, “%s”, %s. %s%s", p.site.Config.ShortName, a.Front.Title, p.date(a.Day()), p.options.BaseURL, a.Permalink)
}

// describe is the article for machines, as schema.org has it.
func (p *printer) describe(a *content.Article) map[string]any {
	d := map[string]any{
		"@context": "https://schema.org", "@type": "NewsArticle",
		"headline": a.Front.Title, "description": a.Front.Summary,
		"mainEntityOfPage": p.options.BaseURL + a.Permalink,
		"inLanguage":       p.site.Config.Language,
		"publisher":        map[string]any{"@type": "Organization", "name": p.site.Config.Name, "url": p.options.BaseURL + "/"},
	}
	if !a.Front.Published.IsZero() {
		d["datePublished"] = a.Front.Published.String()
	}
	return d
}

// list prints a list of articles, page by page: the first at base, the others
// at base/page/N/.
func (p *printer) list(base string, articles []*content.Article, data listData, crumbs []content.Link) error {
	data.Total = len(articles)
	data.Of = max(1, (len(articles)+pageSize-1)/pageSize)
	address := func(n int) string {
		switch {
		case n < 1 || n > data.Of:
			return ""
		case n == 1:
			return base
		}
		return fmt.Sprintf("%spage/%d/", base, n)
	}
	for n := 1; n <= data.Of; n++ {
		data.Number = n
		data.Articles = articles[(n-1)*pageSize : min(n*pageSize, len(articles))]
		data.Newer, data.Older = address(n-1), address(n+1)
		v := page{Path: address(n), Title: data.Heading, Summary: data.Lede, Kind: "list", Data: data, Crumbs: crumbs}
		if n > 1 {
			title, err := p.text("list.page-title", data.Heading, n)
			if err != nil {
				return err
			}
			v.Title = title
		}
		if err := p.print("list", v); err != nil {
			return err
		}
	}
	return nil
}

// archive prints the lists by year and by month.
func (p *printer) archive() error {
	news := content.Link{Label: p.site.Strings["news"], URL: "/news/"}
	for _, year := range p.years() {
		in := p.within(year.URL)
		months := p.months(year.URL, in)
		data := listData{Heading: year.Label, Years: p.years(), Months: months, Current: year.URL, Drawing: "office"}
		if err := p.list(year.URL, in, data, []content.Link{news}); err != nil {
			return err
		}
		for _, month := range months {
			data := listData{Heading: month.Label, Months: months, Current: month.URL, Drawing: "office"}
			crumbs := []content.Link{news, {Label: year.Label, URL: year.URL}}
			if err := p.list(month.URL, p.within(month.URL), data, crumbs); err != nil {
				return err
			}
		}
	}
	return nil
}

func yearURL(a *content.Article) string { return fmt.Sprintf("/news/%d/", a.Year()) }
func monthURL(a *content.Article) string {
	return fmt.Sprintf("/news/%d/%02d/", a.Year(), a.Front.Start.Month())
}

// within returns the articles of a year or month.
func (p *printer) within(url string) []*content.Article {
	var in []*content.Article
	for _, a := range p.articles {
		if yearURL(a) == url || monthURL(a) == url {
			in = append(in, a)
		}
	}
	return in
}

func (p *printer) years() []periodCount {
	return tally(p.articles, func(a *content.Article) periodCount {
		return periodCount{Label: fmt.Sprint(a.Year()), URL: yearURL(a)}
	})
}

func (p *printer) months(year string, articles []*content.Article) []periodCount {
	return tally(articles, func(a *content.Article) periodCount {
		label := p.month(a.Front.Start.Month()) + " " + fmt.Sprint(a.Year())
		return periodCount{Label: label, URL: monthURL(a)}
	})
}

// tally counts articles by period, newest first.
func tally(articles []*content.Article, period func(*content.Article) periodCount) []periodCount {
	var all []periodCount
	place := map[string]int{}
	for _, a := range articles {
		c := period(a)
		i, ok := place[c.URL]
		if !ok {
			i = len(all)
			place[c.URL] = i
			all = append(all, c)
		}
		all[i].Count++
	}
	slices.SortFunc(all, func(a, b periodCount) int { return cmp.Compare(b.URL, a.URL) })
	return all
}

// neighbours is how many articles on each side of an article in the list of a
// term are looked at for related ones; it keeps the work per article constant.
const neighbours = 8

// related finds for each article up to three others that share the most with
// it: those the editor named, the same series, topics, country.
func (p *printer) related() map[*content.Article][]*content.Article {
	lists := map[string][]*content.Article{}
	place := map[string]map[*content.Article]int{}
	for _, a := range p.articles {
		for term := range weights(a) {
			if place[term] == nil {
				place[term] = map[*content.Article]int{}
			}
			place[term][a] = len(lists[term])
			lists[term] = append(lists[term], a)
		}
	}
	all := map[*content.Article][]*content.Article{}
	for _, a := range p.articles {
		score := map[*content.Article]int{}
		for term, weight := range weights(a) {
			at := place[term][a]
			for _, b := range lists[term][max(0, at-neighbours):min(len(lists[term]), at+neighbours+1)] {
				score[b] += weight
			}
		}
		for _, b := range a.Related {
			score[b] += 100
		}
		delete(score, a)
		all[a] = best(score, 3)
	}
	return all
}

// weights says how much each term of an article counts for relatedness.
func weights(a *content.Article) map[string]int {
	w := map[string]int{}
	if a.Front.Series != "" {
		w["series/"+a.Front.Series] = 4
	}
	for _, t := range a.Front.Topics {
		w["topic/"+t] = 3
	}
	if a.Front.Country != "" {
		w["country/"+a.Front.Country] = 1
	}
	return w
}

func best(score map[*content.Article]int, n int) []*content.Article {
	var all []*content.Article
	for a := range score {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *content.Article) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), b.Day().Compare(a.Day().Time), cmp.Compare(a.Permalink, b.Permalink))
	})
	return all[:min(n, len(all))]
}
