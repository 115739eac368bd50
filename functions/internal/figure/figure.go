// Package figure counts what the reports of a site tell and draws it: how many
// activities there were by year, topic, fund and country, and which members
// took part. Nothing is typed by hand, so that a figure can not disagree with
// the reports.
//
// All counts and gives Tables; Columns and Bars draw a Table as SVG that stands
// inside a page; CSV and JSON write all tables for other programs.
package figure

import (
	"cmp"
	"slices"
	"strconv"

	"broadsheet/functions/internal/content"
)

// Table is one figure: rows of counts, each in the same parts.
type Table struct {
	Name  string // activities-by-year
	Parts []Part
	Rows  []Row
}

// Part is one column of a table.
type Part struct{ Key, Label string }

// Row is one line of a table.
type Row struct {
	Key, Label string
	URL        string // of the reports it counts, may be empty
	Counts     []int  // one for each part
}

// Total is the sum of a row.
func (r Row) Total() int {
	sum := 0
	for _, n := range r.Counts {
		sum += n
	}
	return sum
}

// Total is the sum of all rows.
func (t Table) Total() int {
	sum := 0
	for _, r := range t.Rows {
		sum += r.Total()
	}
	return sum
}

// most is the largest total of a row, at least 1.
func (t Table) most() int {
	most := 1
	for _, r := range t.Rows {
		most = max(most, r.Total())
	}
	return most
}

// All counts the articles. The labels are those of facts, in its language.
func All(facts *content.Facts, articles []*content.Article) []Table {
	c := counter{facts: facts, articles: articles}
	return []Table{
		c.activities("activities-by-year", c.years(), func(a *content.Article) []string { return []string{strconv.Itoa(a.Year())} }),
		largestFirst(c.activities("activities-by-topic", terms(facts.Topics, "topics"), func(a *content.Article) []string { return a.Front.Topics })),
		largestFirst(c.activities("activities-by-fund", terms(facts.Funds, "funds"), func(a *content.Article) []string { return a.Front.Funds })),
		largestFirst(c.activities("activities-by-country", c.places(), placesOf)),
		c.membersByYear(),
		largestFirst(c.byMember()),
	}
}

// Reached returns how many members have taken part in an activity, or were its
// place.
func Reached(facts *content.Facts, articles []*content.Article) int {
	reached := map[string]bool{}
	for _, a := range articles {
		for _, code := range membersOf(facts, a) {
			reached[code] = true
		}
	}
	return len(reached)
}

// IsWorkshop says whether an article reports a workshop or the like, and not a
// meeting.
func IsWorkshop(facts *content.Facts, a *content.Article) bool {
	return slices.Contains(facts.Workshops, a.Front.Activity)
}

type counter struct {
	facts    *content.Facts
	articles []*content.Article
}

// activities counts articles by keys, workshops apart from everything else.
func (c counter) activities(name string, rows []Row, keys func(*content.Article) []string) Table {
	return c.count(name, []string{"workshops", "others"}, rows, func(a *content.Article) ([]string, int) {
		if IsWorkshop(c.facts, a) {
			return keys(a), 0
		}
		return keys(a), 1
	})
}

// count fills the rows: of tells for an article the keys of the rows it counts
// in, and the part.
func (c counter) count(name string, parts []string, rows []Row, of func(*content.Article) (keys []string, part int)) Table {
	t := Table{Name: name, Rows: rows}
	for _, key := range parts {
		t.Parts = append(t.Parts, Part{Key: key, Label: c.facts.Strings["stats.part."+key]})
	}
	place := map[string]int{}
	for i := range rows {
		rows[i].Counts = make([]int, len(parts))
		place[rows[i].Key] = i
	}
	for _, a := range c.articles {
		keys, part := of(a)
		for _, key := range keys {
			if i, ok := place[key]; ok {
				rows[i].Counts[part]++
			}
		}
	}
	return t
}

// years returns a row for every year from the first to the last, those without
// an article too, so that a gap shows as one.
func (c counter) years() []Row {
	first, last := 0, -1
	for i, a := range c.articles {
		if i == 0 {
			first, last = a.Year(), a.Year()
		}
		first, last = min(first, a.Year()), max(last, a.Year())
	}
	with := map[int]bool{}
	for _, a := range c.articles {
		with[a.Year()] = true
	}
	var rows []Row
	for year := first; year <= last; year++ {
		row := Row{Key: strconv.Itoa(year), Label: strconv.Itoa(year)}
		if with[year] {
			row.URL = "/news/" + row.Key + "/"
		}
		rows = append(rows, row)
	}
	return rows
}

func terms(v content.Vocabulary, folder string) []Row {
	rows := make([]Row, len(v.Terms))
	for i, t := range v.Terms {
		rows[i] = Row{Key: t.Slug, Label: t.Label, URL: "/" + folder + "/" + t.Slug + "/"}
	}
	return rows
}

// places are the countries, and the two rows for what took place in none.
func (c counter) places() []Row {
	return append(terms(c.facts.Countries, "countries"),
		Row{Key: online, Label: c.facts.Strings["mode.online"]},
		Row{Key: unknown, Label: c.facts.Strings["stats.unknown"]})
}

// Keys of places that are no country; they are longer than a code of one.
const (
	online  = "online"
	unknown = "unknown"
)

func placesOf(a *content.Article) []string {
	switch {
	case a.Front.Country != "":
		return []string{a.Front.Country}
	case a.Front.Mode == "online":
		return []string{online}
	}
	return []string{unknown}
}

// membersOf returns the members an article names: those that took part and the
// one where it took place.
func membersOf(facts *content.Facts, a *content.Article) []string {
	return slices.DeleteFunc(a.Countries(), func(code string) bool {
		_, ok := facts.Members.Of(code)
		return !ok
	})
}

// membersByYear counts for each year the members that were reached, each once.
func (c counter) membersByYear() Table {
	seen := map[string]bool{}
	rows := c.years()
	t := c.count("members-by-year", []string{"members"}, rows, func(*content.Article) ([]string, int) { return nil, 0 })
	for _, a := range c.articles {
		year := strconv.Itoa(a.Year())
		for _, code := range membersOf(c.facts, a) {
			if seen[year+code] {
				continue
			}
			seen[year+code] = true
			i := slices.IndexFunc(rows, func(r Row) bool { return r.Key == year })
			rows[i].Counts[0]++
		}
	}
	return t
}

// byMember counts for each member the reports that name it. All members are in
// it, those that no report names too.
func (c counter) byMember() Table {
	rows := make([]Row, len(c.facts.Members.Members))
	for i, m := range c.facts.Members.Members {
		rows[i] = Row{Key: m.Country, Label: c.facts.Countries.Label(m.Country), URL: "/members/" + m.Country + "/"}
	}
	return c.count("reports-by-member", []string{"reports"}, rows, func(a *content.Article) ([]string, int) { return membersOf(c.facts, a), 0 })
}

// largestFirst sorts the rows by their totals and drops empty ones, except those
// of members.
func largestFirst(t Table) Table {
	if t.Name != "reports-by-member" {
		t.Rows = slices.DeleteFunc(t.Rows, func(r Row) bool { return r.Total() == 0 })
	}
	slices.SortStableFunc(t.Rows, func(a, b Row) int { return cmp.Compare(b.Total(), a.Total()) })
	return t
}
