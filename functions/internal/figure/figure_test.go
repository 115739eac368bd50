package figure_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/google/go-cmp/cmp"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/figure"
	"broadsheet/functions/internal/sitetest"
)

// article writes one for a txtar archive.
func article(name, start, activity, rest string) string {
	return fmt.Sprintf("-- news/%s.md --\n---\ntitle: T\nsummary: S\nstart: %s\nactivity: %s\nmode: onsite\nsources: [x]\n%s\n---\n", name, start, activity, rest)
}

func load(t *testing.T) *content.Site {
	t.Helper()
	site, err := content.Load(sitetest.Files(t,
		"-- news/2022/siren/index.md --\n-- news/2021/online.md --\n"+
			"-- data/topics.yaml --\n- {slug: aeo, label: \"=AEO\"}\n- {slug: drugs, label: Drugs & dogs}\n- {slug: valuation, label: Value}\n"+
			"-- data/topics.fr.yaml --\n"+
			article("2018/a", "2018-03-01", "workshop", "country: th\ntopics: [drugs]\nmembers: [th, kr]\nfunds: [ccf-japan]")+
			article("2018/b", "2018-04-01", "meeting", "country: be\ntopics: [drugs, aeo]\nmembers: [kr]")+
			article("2020/c", "2020-04-01", "meeting", "topics: [drugs]")))
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// rows writes a table as one text.
func rows(table figure.Table) string {
	var lines []string
	for _, r := range table.Rows {
		lines = append(lines, fmt.Sprint(r.Label, " ", r.Counts, " ", r.URL))
	}
	return strings.Join(lines, "\n")
}

func TestAll(t *testing.T) {
	site := load(t)
	tables := figure.All(&site.Facts, site.Articles)
	for i, want := range []string{
		// A year without reports stands as a gap, and leads nowhere.
		"2018 [1 1] /news/2018/\n2019 [0 0] \n2020 [0 1] /news/2020/",
		// An activity with two topics counts for both; the largest comes first.
		"Drugs & dogs [1 2] /topics/drugs/\n=AEO [0 1] /topics/aeo/",
		"Customs Cooperation Fund of Japan [1 0] /funds/ccf-japan/",
		// One has no place and is not online.
		"Belgium [0 1] /countries/be/\nThailand [1 0] /countries/th/\nNot said [0 1] ",
		// Korea counts once in 2018; Belgium is no member.
		"2018 [2] /news/2018/\n2019 [0] \n2020 [0] /news/2020/",
	} {
		if diff := cmp.Diff(want, rows(tables[i])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tables[i].Name, diff)
		}
	}
	members := tables[5]
	if len(members.Rows) != 35 || rows(figure.Table{Rows: members.Rows[:2]}) != "Korea [2] /members/kr/\nThailand [1] /members/th/" {
		t.Errorf("%d members, the first %s", len(members.Rows), rows(figure.Table{Rows: members.Rows[:3]}))
	}
	if n := figure.Reached(&site.Facts, site.Articles); n != 2 {
		t.Errorf("%d members reached, want 2", n)
	}
}

// TestRealFigures: every report counts once in the figure by year, and the
// figures by year and by country have the same sum.
func TestRealFigures(t *testing.T) {
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	tables := figure.All(&site.Facts, site.Articles)
	if got := tables[0].Total(); got != len(site.Articles) {
		t.Errorf("by year %d, there are %d reports", got, len(site.Articles))
	}
	if got := tables[3].Total(); got != len(site.Articles) {
		t.Errorf("by country %d, there are %d reports", got, len(site.Articles))
	}
}

func TestData(t *testing.T) {
	site := load(t)
	tables := figure.All(&site.Facts, site.Articles)
	lines, err := csv.NewReader(strings.NewReader(string(figure.CSV(tables)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"figure", "key", "label", "part", "count"}, lines[0]); diff != "" {
		t.Error(diff)
	}
	found := 0
	for _, line := range lines {
		if line[1] == "aeo" {
			found++
			if line[2] != "'=AEO" {
				t.Errorf("the label of aeo is %q; a program for tables would run it", line[2])
			}
		}
	}
	if found != 2 {
		t.Errorf("aeo has %d lines, want one for each part", found)
	}
	b, err := figure.JSON("A site", "https://example.org/stats/", tables, func(path string) string { return "https://example.org" + path })
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Figures []struct {
			Name  string
			Parts map[string]string
			Rows  []struct {
				Key, Label, URL string
				Counts          map[string]int
			}
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	row := doc.Figures[1].Rows[1]
	if row.Label != "=AEO" || row.URL != "https://example.org/topics/aeo/" || row.Counts["others"] != 1 || doc.Figures[1].Parts["others"] == "" {
		t.Errorf("%+v of %+v", row, doc.Figures[1].Parts)
	}
}

// TestChart reads a drawing as a browser does: it has a name and a description,
// a bar for every part that is not empty, and numbers.
func TestChart(t *testing.T) {
	site := load(t)
	topics := figure.All(&site.Facts, site.Articles)[1]
	c := figure.Chart{Table: topics, Title: "By <topic>", Description: "What it shows"}
	for name, drawing := range map[string]string{"bars": string(c.Bars()), "columns": string(c.Columns())} {
		t.Run(name, func(t *testing.T) {
			root, err := html.Parse(strings.NewReader(drawing))
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			texts := ""
			for n := range root.Descendants() {
				if n.Type == html.ElementNode {
					count[n.Data]++
				}
				if n.Type == html.TextNode {
					texts += n.Data + "|"
				}
			}
			if count["rect"] != 3 || count["svg"] != 1 || count["title"] != 1 || count["desc"] != 1 {
				t.Errorf("elements %v, want three bars in one drawing", count)
			}
			if !strings.HasPrefix(texts, "By <topic>|What it shows|") || !strings.Contains(texts, "Drugs & dogs|") || !strings.Contains(texts, "|3|") {
				t.Errorf("texts %s", texts)
			}
			if !strings.Contains(drawing, `role="img" aria-labelledby="activities-by-topic-title activities-by-topic-desc"`) {
				t.Error("the drawing has no name")
			}
			if strings.Contains(drawing, "style=") || strings.Contains(drawing, "NaN") {
				t.Error("a style inside the page is against the content security policy")
			}
		})
	}
}

// TestEmpty: a site without reports has figures without rows, and nothing is
// divided by zero.
func TestEmpty(t *testing.T) {
	site := load(t)
	for _, table := range figure.All(&site.Facts, nil) {
		c := figure.Chart{Table: table}
		if table.Total() != 0 || strings.Contains(string(c.Columns()+c.Bars()), "NaN") {
			t.Errorf("%s: %s", table.Name, rows(table))
		}
	}
}
