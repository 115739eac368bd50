package press

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"broadsheet/functions/internal/content"
)

// periodCount is a year or month with how many articles it has.
type periodCount struct {
	Label, URL string
	Count      int
}

// periods are years or months as the lists of all of them show them: one part of
// a page for all pages of a list.
type periods struct {
	List    []periodCount
	Current string // the address among them that this is
}

// archive prints the lists by year and by month.
func (p *printer) archive() error {
	news := content.Link{Label: p.site.Strings["news"], URL: "/news/"}
	years, of := p.years()
	for i, year := range years {
		months, ofMonth := p.months(of[i])
		data := listData{Heading: year.Label, Years: &periods{years, year.URL}, Months: &periods{months, year.URL}, Drawing: "office"}
		if err := p.list(year.URL, of[i], data, []content.Link{news}); err != nil {
			return err
		}
		for j, month := range months {
			data := listData{Heading: month.Label, Months: &periods{months, month.URL}, Drawing: "office"}
			crumbs := []content.Link{news, {Label: year.Label, URL: year.URL}}
			if err := p.list(month.URL, ofMonth[j], data, crumbs); err != nil {
				return err
			}
		}
	}
	return nil
}

// years returns the years that have articles, newest first, and the articles of
// each.
func (p *printer) years() ([]periodCount, [][]*content.Article) {
	return tally(p.articles, (*content.Article).Year, func(year int) periodCount {
		return periodCount{Label: strconv.Itoa(year), URL: fmt.Sprintf("/news/%d/", year)}
	})
}

// months does the same with the months of the articles of one year.
func (p *printer) months(articles []*content.Article) ([]periodCount, [][]*content.Article) {
	return tally(articles, func(a *content.Article) int { return a.Year()*100 + int(a.Front.Start.Month()) }, func(n int) periodCount {
		year, month := n/100, n%100
		first := content.Date{Time: time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)}
		return periodCount{Label: p.month(first), URL: fmt.Sprintf("/news/%d/%02d/", year, month)}
	})
}

// tally sorts articles by the number of their period, highest first.
func tally(articles []*content.Article, period func(*content.Article) int, name func(int) periodCount) (counts []periodCount, of [][]*content.Article) {
	in := map[int][]*content.Article{}
	for _, a := range articles {
		n := period(a)
		in[n] = append(in[n], a)
	}
	numbers := slices.SortedFunc(maps.Keys(in), func(a, b int) int { return cmp.Compare(b, a) })
	for _, n := range numbers {
		count := name(n)
		count.Count = len(in[n])
		counts, of = append(counts, count), append(of, in[n])
	}
	return counts, of
}
