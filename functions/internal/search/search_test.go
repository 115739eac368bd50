package search

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// card is a document whose card is its title, so that tests read well.
func card(title, summary, body string, tags ...string) Document {
	return Document{Title: title, Summary: summary, Body: body, Tags: tags, Card: []byte(title)}
}

func open(t testing.TB, docs ...Document) *Index {
	t.Helper()
	var all []*Prepared
	for _, d := range docs {
		all = append(all, Prepare(d))
	}
	data, err := Build(all)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// titles returns the cards found, without marks.
func titles(r Result) []string {
	var all []string
	for _, c := range r.Cards {
		all = append(all, unmarked(c))
	}
	return all
}

func unmarked(card []byte) string {
	return strings.NewReplacer("<mark>", "", "</mark>", "").Replace(string(card))
}

func small(t testing.TB) *Index {
	return open(t,
		card("Operation SIREN", "Seizures of drugs", "Officers in Seoul looked back on the operation."),
		card("Canine school", "Dogs that find drugs", "A seminar in Incheon.", "Korea (Republic of)"),
		card("Réunion à Nouméa", "Les douanes du Pacifique", "Un séminaire sur l'origine."),
		card("東京税関のセミナー", "税関職員の研修", "麻薬取締り"),
		card("Hải quan Việt Nam", "Đào tạo", "Straße, Łódź, Ærø, Kaʻahumanu"),
		card("กรมศุลกากร", "การฝึกอบรม", "กรุงเทพ"),
		card("Customs seminar", "About valuation of goods", "Valuation, valuation and more valuation."),
	)
}

func TestFinds(t *testing.T) {
	x := small(t)
	for query, want := range map[string][]string{
		"siren":              {"Operation SIREN"},
		"SIREN operation":    {"Operation SIREN"},
		"drugs":              {"Operation SIREN", "Canine school"},
		"drugs incheon":      {"Canine school"},
		"korea":              {"Canine school"},
		"reunion noumea":     {"Réunion à Nouméa"},
		"RÉUNION":            {"Réunion à Nouméa"},
		"re\u0301union":      {"Réunion à Nouméa"},
		"ｏｐｅｒａｔｉｏｎ":          {"Operation SIREN"},
		"税関":                 {"東京税関のセミナー"},
		"東京税関":               {"東京税関のセミナー"},
		"東":                  {"東京税関のセミナー"},
		"ｾﾐﾅｰ":               {"東京税関のセミナー"},
		"京都":                 nil,
		"dao tao":            {"Hải quan Việt Nam"},
		"strasse":            {"Hải quan Việt Nam"},
		"lodz aero kaahuman": {"Hải quan Việt Nam"},
		"ศุลกากร":            {"กรมศุลกากร"},
		"valu":               {"Customs seminar"},
		"valu customs":       {"Customs seminar"},  // not a beginning: the last word alone is one
		"opration":           {"Operation SIREN"},  // one too few
		"operration":         {"Operation SIREN"},  // one too many
		"oparation":          {"Operation SIREN"},  // wrong
		"opeartion":          {"Operation SIREN"},  // swapped
		"xperation":          {"Operation SIREN"},  // at the start
		"operatioon":         {"Operation SIREN"},  // at the end
		"seuol":              {"Operation SIREN"},  // swapped at the end
		"seminaire":          {"Réunion à Nouméa"}, // no typo of seminar while it is there itself
		"operxtiom":          nil,
		"s1ren":              {"Operation SIREN"},
		"zzz":                nil,
		"2031":               nil,
		"drug incheon":       {"Canine school"},
		"seminars customs":   {"Customs seminar"},
	} {
		r := x.Search(Query{Text: query, Now: noon(), Limit: 10})
		if diff := cmp.Diff(want, titles(r)); diff != "" || r.Total != len(want) {
			t.Errorf("%q: total %d (-want +got):\n%s", query, r.Total, diff)
		}
	}
}

// TestOrder: a word in the title counts more than in tags, summary and body, a
// rare word more than a common one, and equals stand as they were added.
func TestOrder(t *testing.T) {
	x := open(t,
		card("1", "nothing here", "plain text and a mention of valuation in the middle of it"),
		card("2", "a valuation summary", "plain"),
		card("3", "nothing", "plain", "Valuation"),
		card("valuation 4", "nothing", "plain"),
		card("5 origin", "x", "plain text"),
		card("6 origin", "x", "plain text"),
		card("7 origin", "x", "plain text"),
		card("8", "", ""), card("9", "", ""), card("10", "", ""),
	)
	for query, want := range map[string]string{
		"valuation":        "valuation 4,3,2,1",
		"origin":           "5 origin,6 origin,7 origin",
		"plain text":       "5 origin,6 origin,7 origin,1", // a word of more than half is not needed
		"plain":            "2,3,valuation 4,5 origin,6 origin,7 origin,1",
		"valuation origin": "5 origin,6 origin,7 origin,valuation 4,3,2,1", // no document has both
	} {
		if got := strings.Join(titles(x.Search(Query{Text: query, Now: noon(), Limit: 10})), ","); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	if !x.Search(Query{Text: "valuation origin", Now: noon()}).Partial || x.Search(Query{Text: "valuation plain", Now: noon()}).Partial {
		t.Error("partial is said of the wrong one")
	}
}

// TestCommonWords: a word that most documents have is not asked for.
func TestCommonWords(t *testing.T) {
	x := open(t, card("the customs of Fiji", "", ""), card("the customs of Samoa", "", ""), card("Tonga customs", "", ""))
	if got := titles(x.Search(Query{Text: "the tonga", Now: noon(), Limit: 9})); len(got) != 1 || got[0] != "Tonga customs" {
		t.Errorf("got %v", got)
	}
	if got := titles(x.Search(Query{Text: "the customs", Now: noon(), Limit: 9})); len(got) != 2 {
		t.Errorf("of common words alone all are asked for; got %v", got)
	}
}

func TestCorrected(t *testing.T) {
	x := small(t)
	for query, want := range map[string]string{
		"Operation SIRENX!": "Operation siren!",
		"operation siren":   "",
		"zzz":               "",
		"canne dugs":        "canine drugs",
		"opp":               "",
		"":                  "",
	} {
		if got := x.Search(Query{Text: query, Now: noon()}).Corrected; got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// TestClock: what is not yet or no longer valid is not found, not counted, and
// does not change the order of the rest.
func TestClock(t *testing.T) {
	docs := []Document{card("one drugs", "", ""), card("two drugs", "", ""), card("three origin", "", ""), card("four", "", "drugs")}
	docs[1].From = noon().Add(time.Hour)
	docs[2].Until = noon().Add(time.Hour)
	docs[0].Facets = []Value{{"topic", "drugs", "Drugs"}}
	docs[1].Facets = []Value{{"topic", "drugs", "Drugs"}}
	x := open(t, docs...)
	for after, want := range map[time.Duration]string{
		0:                       "one drugs,four / four,one drugs,three origin",
		time.Hour - time.Second: "one drugs,four / four,one drugs,three origin",
		time.Hour:               "one drugs,two drugs,four / four,one drugs,two drugs",
	} {
		now := noon().Add(after)
		drugs := x.Search(Query{Text: "drugs", Now: now, Limit: 9})
		any := x.Search(Query{Text: "one two three four", Now: now, Limit: 9})
		got := strings.Join(titles(drugs), ",") + " / " + strings.Join(titles(any), ",")
		if got != want {
			t.Errorf("after %v: %s, want %s", after, got, want)
		}
		if n := strings.Count(strings.Split(want, " / ")[0], " drugs"); drugs.Facets[0].Count != n {
			t.Errorf("after %v: %d counted, want %d", after, drugs.Facets[0].Count, n)
		}
		// An index of the valid ones alone answers the same.
		var valid []Document
		for _, d := range docs {
			if !now.Before(d.From) && (d.Until.IsZero() || now.Before(d.Until)) {
				valid = append(valid, d)
			}
		}
		if diff := cmp.Diff(open(t, valid...).Search(Query{Text: "drugs", Now: now, Limit: 9}), drugs); diff != "" {
			t.Errorf("after %v (-alone +together):\n%s", after, diff)
		}
	}
}

func TestFacetsAndPages(t *testing.T) {
	var docs []Document
	for i := range 25 {
		d := card(fmt.Sprintf("report %02d", i), "", "")
		d.Facets = []Value{{"year", fmt.Sprint(2020 + i%2), ""}, {"topic", fmt.Sprintf("t%d", i%5), fmt.Sprintf("Topic %d", i%5)}}
		docs = append(docs, d)
	}
	x := open(t, docs...)
	page := x.Search(Query{Text: "report", Now: noon(), Offset: 20, Limit: 10})
	if diff := cmp.Diff([]string{"report 20", "report 21", "report 22", "report 23", "report 24"}, titles(page)); diff != "" || page.Total != 25 {
		t.Errorf("total %d (-want +got):\n%s", page.Total, diff)
	}
	for _, q := range []Query{{Offset: 1 << 40, Limit: 10}, {Offset: -5, Limit: 0}, {Offset: 25, Limit: -3}} {
		q.Text, q.Now = "report", noon()
		if r := x.Search(q); len(r.Cards) != 0 || r.Total != 25 {
			t.Errorf("offset %d, limit %d: %d cards of %d", q.Offset, q.Limit, len(r.Cards), r.Total)
		}
	}
	// A filter narrows what is found and the counts of other facets, not of its own.
	r := x.Search(Query{Text: "report", Now: noon(), Limit: 1, Filters: []Value{{Facet: "year", Slug: "2020"}}})
	want := []Count{
		{Value{"topic", "t0", "Topic 0"}, 3}, {Value{"topic", "t1", "Topic 1"}, 2}, {Value{"topic", "t2", "Topic 2"}, 3},
		{Value{"topic", "t3", "Topic 3"}, 2}, {Value{"topic", "t4", "Topic 4"}, 3}, {Value{"year", "2020", ""}, 13}, {Value{"year", "2021", ""}, 12},
	}
	if diff := cmp.Diff(want, r.Facets); diff != "" || r.Total != 13 {
		t.Errorf("total %d (-want +got):\n%s", r.Total, diff)
	}
	if r := x.Search(Query{Text: "report", Now: noon(), Limit: 1, Filters: []Value{{Facet: "year", Slug: "1999"}}}); r.Total != 0 {
		t.Errorf("a year that nobody has lets %d through", r.Total)
	}
}

// TestMarks: words are marked in the text only, never in a tag or a character
// reference, and pairs of characters become one mark.
func TestMarks(t *testing.T) {
	for _, c := range []struct{ card, query, want string }{
		{`<a href="/drugs/" title="drugs">Drugs &amp; dogs</a>`, "drugs amp", `<a href="/drugs/" title="drugs"><mark>Drugs</mark> &amp; dogs</a>`},
		{`O&#39;Hara and O'Hara`, "hara", `O&#39;<mark>Hara</mark> and O'<mark>Hara</mark>`},
		{`Réunion à Nouméa`, "reunion noumea", `<mark>Réunion</mark> à <mark>Nouméa</mark>`},
		{`東京税関の研修`, "京税関", `東<mark>京税関</mark>の研修`},
		{`東京税関の研修`, "東京 研修", `<mark>東京</mark>税関の<mark>研修</mark>`},
		{`operations operational`, "operation", `<mark>operations</mark> <mark>operational</mark>`},
		{`a <b>drugs`, "drugs", `a <b><mark>drugs</mark>`},
		{`drugs <broken drugs`, "drugs", `<mark>drugs</mark> <broken drugs`},
		{``, "drugs", ``},
	} {
		text := strings.NewReplacer("<", " <", ">", "> ", "&amp;", " ", "&#39;", " ").Replace(c.card)
		x := open(t, Document{Title: text + " drugs", Card: []byte(c.card)})
		r := x.Search(Query{Text: c.query, Now: noon(), Limit: 1})
		if len(r.Cards) != 1 || string(r.Cards[0]) != c.want {
			t.Errorf("%q: %q, want %q", c.query, r.Cards, c.want)
		}
	}
}

func TestHostile(t *testing.T) {
	x := small(t)
	for name, text := range map[string]string{
		"empty": "", "blank": " \t\n", "signs": `"'<>&;%_*?()[]{}|\^$#@!~` + "`", "bytes": "\xff\xfe\x00\xc3", "marks": strings.Repeat("\u0301", 5000),
	} {
		if r := x.Search(Query{Text: text, Now: noon(), Limit: 10}); r.Total != 0 && name != "marks" {
			t.Errorf("%s: %d found", name, r.Total)
		}
	}
	for _, text := range []string{strings.Repeat("drugs ", 2000), strings.Repeat("a", 10<<10), strings.Repeat("東", 10<<10), strings.Repeat("drugs,", 100) + " \xff"} {
		started := time.Now()
		x.Search(Query{Text: text, Now: noon(), Limit: 10})
		if took := time.Since(started); took > time.Second {
			t.Errorf("%.10q… took %v", text, took)
		}
	}
	if r := x.Search(Query{Text: strings.Repeat("drugs ", 2000), Now: noon(), Limit: 10}); r.Total != 2 {
		t.Errorf("a word that is there again and again: %d found", r.Total)
	}
	if r := open(t).Search(Query{Text: "drugs", Now: noon(), Limit: 10, Filters: []Value{{Facet: "year", Slug: "2020"}}}); r.Total != 0 || len(r.Cards) != 0 {
		t.Error("an index of nothing finds something")
	}
}

func TestOpenRefuses(t *testing.T) {
	whole := small(t).data
	longer := append(bytes.Clone(whole), 0)
	counts := bytes.Clone(whole)
	counts[27] = 0xff
	for name, data := range map[string][]byte{
		"nothing": nil, "foreign": []byte(strings.Repeat("PK\x03\x04", 40)), "torn": whole[:len(whole)/2], "short": whole[:20], "longer": longer, "more terms than bytes": counts,
	} {
		if _, err := Open(data); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
