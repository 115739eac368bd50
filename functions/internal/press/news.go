package press

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"broadsheet/functions/internal/content"
)

// pageSize is how many articles stand on one page of a list.
const pageSize = 12

// newest is how many articles are new, and so read often: those of a busy year.
const newest = 100

// homeData is what home.html gets.
type homeData struct {
	Lead   *content.Article
	Map    *locator // of the lead
	Latest []*content.Article
	Topics []termCount
	Years  []periodCount
	Total  int
	Next   []entry         // events to come
	Paper  *item           // latest publication
	Letter *content.Letter // latest newsletter
}

// articleData is what article.html gets.
type articleData struct {
	*content.Article
	Related []*content.Article
	Newer   *content.Article
	Older   *content.Article

	// What follows is made with the page, see finishArticle.
	Citation string // how a scholar names the article
	Map      *locator

	share *sharePicture // of its own
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
	Title        string // of the page, where it is not the heading
	Lede         string
	Articles     []*content.Article
	Total        int
	Number, Of   int    // page Number of Of
	Newer, Older string // addresses of the neighbouring pages of the list
	Years        *periods
	Months       *periods
	Drawing      string
	Also         []content.Link // pages about the same
	Map          *locator       // in place of the drawing
	Feed         *feedLink
}

func (p *printer) home() error {
	intro := p.rendered["/"]
	if intro == nil {
		return content.Problems{{File: "pages/index.md", What: "the file is missing", Cure: "write title, summary and a short introduction of the home page"}}
	}
	front := p.pageAt("/").Front
	data := homeData{Topics: p.terms(topics(p.site)), Total: len(p.articles)}
	data.Next = p.calendar().Upcoming
	data.Next = data.Next[:min(3, len(data.Next))]
	data.Paper = p.latestPublication()
	if out := p.lettersOut(); len(out) > 0 {
		data.Letter = out[0]
	}
	data.Years, _ = p.years()
	slices.SortStableFunc(data.Topics, func(a, b termCount) int { return cmp.Compare(b.Count, a.Count) })
	if len(p.articles) > 0 {
		data.Lead, data.Map = p.articles[0], p.locator(siteOf(p.articles[0]), p.articles[0].Front.Members)
		data.Latest = p.articles[1:min(11, len(p.articles))]
	}
	return p.print("home", page{Path: "/", Title: front.Title, Summary: front.Summary, Kind: "home", Doc: intro, Data: data, Day: day(p.articles)})
}

// news prints the articles and the lists by page, year and month.
func (p *printer) news() error {
	p.allArticles()
	years, _ := p.years()
	all := listData{Heading: p.site.Strings["news"], Years: &periods{years, "/news/"}, Drawing: "office", Feed: p.feed}
	if err := p.list("/news/", p.articles, all, nil); err != nil {
		return err
	}
	return p.archive()
}

// articleSheets are the pages of all articles as they are declared. They are the
// same at every instant at which the same articles are there.
type articleSheets struct {
	articles []*content.Article
	sheets   []sheet
	listed   []listed
}

// allArticles declares the pages of all articles, or takes them from the instant
// before.
func (p *printer) allArticles() {
	if known := p.view.news; known != nil && slices.Equal(known.articles, p.articles) {
		p.sheets, p.listed = append(p.sheets, known.sheets...), append(p.listed, known.listed...)
		for _, a := range p.articles {
			p.paths[a.Permalink] = p.rendered[a.Permalink]
		}
		return
	}
	sheets, list := len(p.sheets), len(p.listed)
	related := newRelations(p.articles)
	for i := range p.articles {
		p.article(i, related)
	}
	for i := sheets; i < len(p.sheets); i++ {
		p.sheets[i].sum = sync.OnceValue(p.sheets[i].sum)
	}
	p.view.news = &articleSheets{p.articles, slices.Clone(p.sheets[sheets:]), slices.Clone(p.listed[list:])}
}

// article prints the article at a place among those that are published.
func (p *printer) article(i int, related *relations) {
	a := p.articles[i]
	data := articleData{Article: a, Related: related.of(i), share: p.shares[a]}
	if i > 0 {
		data.Newer = p.articles[i-1]
	}
	if i+1 < len(p.articles) {
		data.Older = p.articles[i+1]
	}
	v := page{Path: a.Permalink, Title: a.Front.Title, Summary: a.Front.Summary, Kind: "article", Doc: p.rendered[a.Permalink], Share: data.share, Day: a.Day(), Seldom: i >= newest}
	v.Crumbs = []content.Link{{Label: p.site.Strings["news"], URL: "/news/"}, {Label: fmt.Sprint(a.Year()), URL: fmt.Sprintf("/news/%d/", a.Year())}}
	printFrom(p, "article", v, data, finishArticle)
}

// finishArticle adds what follows from the article alone.
func finishArticle(f *frame, v page, data articleData) (page, error) {
	a := data.Article
	var err error
	data.Citation, err = f.text("article.citation", f.facts.Config.ShortName, a.Front.Title, f.date(a.Day()), f.absolute(a.Permalink))
	data.Map = f.locator(siteOf(a), a.Front.Members)
	v.Data, v.About = data, f.describe(a, data.share)
	return v, err
}

// day is the newest day of what a list shows.
func day(articles []*content.Article) content.Date {
	if len(articles) == 0 {
		return content.Date{}
	}
	return articles[0].Day()
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
	name := cmp.Or(data.Title, data.Heading)
	summary := data.Lede
	if summary == "" {
		var err error
		if summary, err = p.text("list.summary", data.Heading); err != nil {
			return err
		}
	}
	for n := 1; n <= data.Of; n++ {
		data.Number = n
		data.Articles = articles[(n-1)*pageSize : min(n*pageSize, len(articles))]
		data.Newer, data.Older = address(n-1), address(n+1)
		v := page{Path: address(n), Title: name, Summary: summary, Kind: "list", Data: data, Crumbs: crumbs, Feed: data.Feed, Hidden: n > 1, Seldom: base != "/news/" || n > 1}
		v.Day = day(data.Articles)
		if n > 1 {
			title, err := p.text("list.page-title", name, n)
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
