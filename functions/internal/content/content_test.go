package content_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

// article is a front matter in order, for tests that spoil one line of it.
const article = `---
title: A workshop
summary: What it was about.
start: 2020-03-01
end: 2020-03-03
activity: workshop
mode: onsite
topics: [aeo]
sources: ["https://example.org/"]
---
Text.
`

func TestRealContentIsInOrder(t *testing.T) {
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	if len(site.Articles) < 12 {
		t.Errorf("%d articles, want at least 12", len(site.Articles))
	}
}

func TestArticle(t *testing.T) {
	site, err := content.Load(sitetest.Files(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	a := site.Articles[0]
	if a.Permalink != "/news/2022/siren/" || a.LastDay().String() != "2022-09-22" || a.Day() != a.LastDay() {
		t.Errorf("permalink %s, last day %s, day %s", a.Permalink, a.LastDay(), a.Day())
	}
	if diff := cmp.Diff([]string{"kr", "th"}, a.Countries()); diff != "" {
		t.Errorf("countries (-want +got):\n%s", diff)
	}
	if got := site.Articles[1].Day().String(); got != "2021-02-03" {
		t.Errorf("an article with a publication date is sorted by %s, want 2021-02-03", got)
	}
	var redirects []string
	for _, r := range site.Redirects {
		redirects = append(redirects, r.From+" "+r.To)
	}
	want := []string{"/article-detail.php?id=641 /news/2022/siren/", "/article-detail/641/ /news/2022/siren/", "/home/ /"}
	if diff := cmp.Diff(want, redirects); diff != "" {
		t.Errorf("redirects (-want +got):\n%s", diff)
	}
}

// TestProblems spoils one line of an article and expects one problem at the
// right place with the right cure.
func TestProblems(t *testing.T) {
	const file = "news/2020/a/index.md"
	for _, test := range []struct{ name, old, new, want string }{
		{"unknown field", "mode: onsite", "mode: onsite\norganizers: [WCO]", `8:1: unknown field "organizers"; did you mean "organisers"?`},
		{"far from any field", "mode: onsite", "mode: onsite\nzzz: 1", `8:1: unknown field "zzz"; known fields: title, summary`},
		{"given twice", "mode: onsite", "mode: onsite\nmode: online", `8:1: field "mode" is given twice; keep one of them`},
		{"missing", "title: A workshop\n", "", `2:1: field "title" is missing; add a line title: …`},
		{"empty", "title: A workshop", "title:", `2:7: title is empty; write it`},
		{"date that does not exist", "start: 2020-03-01", "start: 2020-02-30", `4:8: start is "2020-02-30"; write a date that exists, as 2022-09-20`},
		{"date of another form", "start: 2020-03-01", "start: 1 March 2020", `4:8: start is "1 March 2020"; write a date that exists`},
		{"end before start", "end: 2020-03-03", "end: 2020-02-03", `5:6: end 2020-02-03 is before start 2020-03-01`},
		{"very long", "end: 2020-03-03", "end: 2021-03-03", `5:6: from 2020-03-01 to 2021-03-03 is more than 60 days`},
		{"published before start", "mode: onsite", "mode: onsite\npublished: 2020-01-01", `8:12: published 2020-01-01 is before start 2020-03-01`},
		{"unknown topic", "topics: [aeo]", "topics: [aoe]", `8:10: topics[0]: "aoe" is not in data/topics.yaml; did you mean "aeo"?`},
		{"topic twice", "topics: [aeo]", "topics: [aeo, aeo]", `8:15: "aeo" is given twice`},
		{"unknown country", "mode: onsite", "mode: onsite\ncountry: zz", `8:10: country: "zz" is not in data/countries.yaml`},
		{"wrong type", "topics: [aeo]", "topics: aeo", `8:9: topics is "aeo"; write a list, as [aeo]`},
		{"number as text", "mode: onsite", "mode: onsite\nparticipants: many", `8:15: participants is "many"; write a whole number`},
		{"mapping for text", "mode: onsite", "mode: {a: b}", `7:7: mode is a mapping; write text`},
		{"unknown mode", "mode: onsite", "mode: offsite", `7:7: mode "offsite"; write onsite, online or hybrid`},
		{"unknown confidence", "mode: onsite", "mode: onsite\nconfidence: high", `8:13: confidence "high"; write medium or low`},
		{"no such related article", "mode: onsite", "mode: onsite\nrelated: [/news/1999/x/]", `8:11: related: no article has the address /news/1999/x/`},
		{"broken YAML", "mode: onsite", "mode: [onsite", `this is not YAML`},
		{"nested field", "mode: onsite", "mode: onsite\npeople: [{name: X, rôle: Y}]", `8:20: unknown field "rôle"; did you mean "role"?`},
		{"alias of YAML", "mode: onsite", "mode: &m onsite\nplace: *m", `8:8: aliases (*name) are not used in content`},
		{"not closed", "sources: [\"https://example.org/\"]\n---\n", "sources: []\n", `1:1: the front matter is missing or not closed`},
		{"other year", "start: 2020-03-01", "start: 2019-03-01", `4:8: start is in 2019, the folder says 2020`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(article, test.old) {
				t.Fatalf("the article has no %q to spoil", test.old)
			}
			files := sitetest.Files(t, "")
			files[file] = &fstest.MapFile{Data: []byte(strings.Replace(article, test.old, test.new, 1))}
			_, err := content.Load(files)
			if err == nil {
				t.Fatal("no problem was found")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), file) {
				t.Errorf("got  %s\nwant %s:%s", err, file, test.want)
			}
		})
	}
}

// TestProblemsBetweenFiles are mistakes that take two files to make.
func TestProblemsBetweenFiles(t *testing.T) {
	for _, test := range []struct{ name, overlay, want string }{
		{"duplicate slug", "-- news/2020/a/index.md --\n" + article + "-- news/2020/a.md --\n" + article,
			"news/2020/a.md:1:1: the address /news/2020/a/ is taken by news/2020/a/index.md; rename one of the two"},
		{"alias that is a page", "-- news/2020/a.md --\n" + strings.Replace(article, "mode: onsite", "mode: onsite\naliases: [/about/]", 1),
			"news/2020/a.md:8:11: the address /about/ is taken by pages/about.md"},
		{"legacy id given twice", "-- news/2020/a.md --\n" + strings.Replace(article, "mode: onsite", "mode: onsite\nlegacy_ids: [641]", 1),
			"the address /article-detail/641/ is taken by news/2020/a.md"},
		{"slug in capitals", "-- news/2020/Big News.md --\n" + article,
			`news/2020/Big News.md: "Big News" cannot stand in an address; rename it`},
		{"article outside a year", "-- news/a.md --\n" + article, "news/a.md: an article stands in a folder of its year"},
		{"unknown partner group", "-- data/partners.yaml --\ngroups: [{slug: a, label: A}]\npartners: [{slug: x, name: X, group: b}]\n",
			`data/partners.yaml:2:38: group "b" is not among groups`},
		{"term given twice", "-- data/topics.yaml --\n- {slug: aeo, label: A}\n- {slug: aeo, label: B}\n- {slug: drugs, label: C}\n- {slug: risk-management, label: D}\n",
			`data/topics.yaml:2:3: slug "aeo" is given twice`},
		{"missing file", "-- data/funds.yaml --\n", "data/funds.yaml: the file is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := content.Load(sitetest.Files(t, test.overlay))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestAllProblemsAtOnce: an editor mends a file in one go, not line by line.
func TestAllProblemsAtOnce(t *testing.T) {
	spoilt := strings.NewReplacer("mode: onsite", "mode: off", "[aeo]", "[nope]", "start: 2020-03-01", "start: soon").Replace(article)
	_, err := content.Load(sitetest.Files(t, "-- news/2020/a.md --\n"+spoilt))
	var problems content.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatalf("got %v, want 3 problems", err)
	}
	for i, line := range []int{4, 7, 8} {
		if problems[i].Line != line {
			t.Errorf("problem %d is in line %d, want %d", i, problems[i].Line, line)
		}
	}
}

// only fails unless the problems of a site are one, with this text.
func only(t *testing.T, files fstest.MapFS, want string) {
	t.Helper()
	if _, err := content.Load(files); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestSiteFirst: a mistake in site.yaml is not blamed on files that are read by
// what it says, as translations are.
func TestSiteFirst(t *testing.T) {
	files := sitetest.Files(t, translation)
	files["site.yaml"] = &fstest.MapFile{Data: append(files["site.yaml"].Data, "bad: [\n"...)}
	_, err := content.Load(files)
	var problems content.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != "site.yaml" || problems[0].Line == 0 {
		t.Errorf("got %v, want one problem of site.yaml", err)
	}
}

// TestOneCause: what cannot be read is one problem, and neither names that only
// it says nor texts that only it has are others.
func TestOneCause(t *testing.T) {
	for name, want := range map[string]string{
		"news/2022/siren/index.md": "the front matter is missing or not closed; begin the file with a line ---, then fields as name: value, then a line ---",
		"pages/about.md":           "the front matter is missing or not closed; begin the file with a line ---, then fields as name: value, then a line ---",
	} {
		files := sitetest.Files(t, frenchNames)
		files[name] = &fstest.MapFile{Data: []byte("Nothing but text.\n")}
		only(t, files, name+":1:1: "+want)
	}
	for _, name := range []string{"topics", "countries", "funds", "series", "publications", "members"} {
		name = "data/" + name + ".yaml"
		files := sitetest.Files(t, frenchNames)
		files[name] = &fstest.MapFile{Data: append([]byte("- {slug: [\n"), files[name].Data...)}
		_, err := content.Load(files)
		if problems, ok := errors.AsType[content.Problems](err); !ok || len(problems) != 1 || problems[0].File != name {
			t.Errorf("%s that cannot be read: %v, want one problem", name, err)
		}
	}
}

// TestOrigin: addresses of pages begin at the root of a host.
func TestOrigin(t *testing.T) {
	for url, want := range map[string]string{
		"https://example.org/news":  `url "https://example.org/news" is more than the host of the site; the site stands at the root of a host: write https://example.org`,
		"https://example.org/?a=b":  `url "https://example.org/?a=b" is more than the host of the site; the site stands at the root of a host: write https://example.org`,
		"example.org":               `"example.org" is not a web address; begin it with https://`,
		"https://example.org/":      "",
		"http://example.org:8080":   "",
		"https://me@example.org/":   `url "https://me@example.org/" is more than the host of the site; the site stands at the root of a host: write https://example.org`,
		"https://example.org/#news": `url "https://example.org/#news" is more than the host of the site; the site stands at the root of a host: write https://example.org`,
	} {
		files := sitetest.Files(t, "")
		files["site.yaml"] = &fstest.MapFile{Data: bytes.Replace(files["site.yaml"].Data, []byte("https://broadsheet.example\n"), []byte("\""+url+"\"\n"), 1)}
		if _, err := content.Load(files); err == nil && want != "" || err != nil && (want == "" || !strings.HasSuffix(err.Error(), ": "+want)) {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

// TestNotUTF8: a file of another encoding is told with the place of its first
// foreign character.
func TestNotUTF8(t *testing.T) {
	for name, spoil := range map[string][2]string{
		"news/2022/siren/index.md": {"---\ntitle: D\xe9briefing\n---\nText.\n", "2:9"},
		"pages/about.md":           {"---\ntitle: À\nsummary: B\n---\nCaf\xc3\xa9, caf\xe9.\n", "5:10"},
		"pages/about.fr.md":        {"\xff\xfe-\x00-\x00-\x00", "1:1"},
		"site.yaml":                {"name: Office \x96\n", "1:14"},
		"strings/en.yaml":          {"home: H\xf4me\n", "1:8"},
		"strings/fr.yaml":          {"home: Accueil \xe0\n", "1:15"},
		"data/names.fr.yaml":       {"Seoul: S\xe9oul\n", "1:9"},
		"redirects.yaml":           {"# \xed\xa0\x80\n", "1:3"},
		"templates/web/page.html":  {"<p>\xe9", "1:4"},
		"assets/css/1-base.css":    {"a{}\n/* \xe9 */", "2:4"},
	} {
		files := sitetest.Files(t, "")
		files[name] = &fstest.MapFile{Data: []byte(spoil[0])}
		only(t, files, name+":"+spoil[1]+": this character is not UTF-8; save the file as UTF-8")
	}
	files := sitetest.Files(t, "")
	files["pages/about.md"] = &fstest.MapFile{Data: []byte("---\ntitle: \ufffd is UTF-8\nsummary: B\n---\n")}
	if _, err := content.Load(files); err != nil {
		t.Error(err)
	}
}

func TestNoContent(t *testing.T) {
	if _, err := content.Load(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "site.yaml") {
		t.Errorf("an empty folder gives %v, want an error that names site.yaml", err)
	}
}

// TestWindowsFile: files written on Windows begin with a byte order mark and
// have CRLF.
func TestWindowsFile(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(article, "\n", "\r\n")
	files := sitetest.Files(t, "")
	files["news/2020/a.md"] = &fstest.MapFile{Data: []byte(text)}
	if _, err := content.Load(files); err != nil {
		t.Error(err)
	}
}

// FuzzFrontMatter: whatever an editor types, Load answers with problems and
// does not panic.
func FuzzFrontMatter(f *testing.F) {
	f.Add(article)
	f.Add("---\n---\n")
	f.Add("---\n- a\n---\n")
	f.Add("---\na: &x [*x]\n---\n")
	files := sitetest.Files(f, "")
	f.Fuzz(func(t *testing.T, text string) {
		files["news/2020/a.md"] = &fstest.MapFile{Data: []byte(text)}
		_, err := content.Load(files)
		var problems content.Problems
		if err != nil && !errors.As(err, &problems) {
			t.Errorf("%T: %v", err, err)
		}
	})
}
