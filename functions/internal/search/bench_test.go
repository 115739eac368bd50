package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// generate makes articles of a length and with words as common and as rare as
// in natural language (Zipf).
func generate(n int) []Document {
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.07, 4, 39_999)
	text := func(words int) string {
		var b strings.Builder
		for range words {
			b.WriteString(ranked(int(zipf.Uint64())))
			b.WriteByte(' ')
		}
		return b.String()
	}
	docs := make([]Document, n)
	for i := range docs {
		title, summary := text(6+random.IntN(5)), text(14+random.IntN(12))
		year := fmt.Sprint(2004 + random.IntN(22))
		topic, country := fmt.Sprintf("topic-%d", random.IntN(20)), fmt.Sprintf("c%d", random.IntN(35))
		docs[i] = Document{
			Title: title, Summary: summary, Body: text(120 + random.IntN(180)), Tags: []string{topic, country, "seminar"},
			Facets: []Value{{"year", year, year}, {"topic", topic, "Topic " + topic}, {"country", country, "Country " + country}},
			Card:   []byte(`<article class="result"><h3><a href="/news/` + year + `/x/">` + title + `</a></h3><p class="meta">` + year + `</p><p class="summary">` + summary + `</p></article>`),
		}
	}
	return docs
}

// ranked is the word that comes in place n when words are sorted by how common
// they are.
func ranked(n int) string {
	if known := vocabulary(); n < len(known) {
		return known[n]
	}
	var b strings.Builder
	for syllables := "kalimoretusanivedopihacubegy"; n > 0; n /= 14 {
		b.WriteString(syllables[n%14*2 : n%14*2+2])
	}
	return b.String()
}

func BenchmarkSearch(b *testing.B) {
	x := openAll(b, generate(10_000))
	for name, q := range map[string]Query{
		"one word":          {Text: ranked(300)},
		"two words":         {Text: ranked(100) + " " + ranked(400)},
		"a typo":            {Text: ranked(3000) + "x"},
		"in nearly all":     {Text: "customs"},
		"two in nearly all": {Text: "valuation kyoto"},
		"two letters":       {Text: "kyoto ka"},
		"a common typo":     {Text: "valuatoin"},
		"filtered":          {Text: "valuation", Filters: []Value{{Facet: "year", Slug: "2020"}}},
		"page 9":            {Text: "custom", Offset: 80},
		"nothing":           {Text: "qqqqqqqq"},
		"hostile":           {Text: strings.Repeat("customs custom costums drug drugs drags seminar seminars semina origin original valuation an the of ", 100)},
	} {
		q.Now, q.Limit = noon(), 10
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var took []float64
			for b.Loop() {
				started := time.Now()
				x.Search(q)
				took = append(took, float64(time.Since(started).Nanoseconds()))
			}
			// The mean of a busy machine says more about the machine.
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2], "median-ns")
			b.ReportMetric(float64(x.Search(q).Total), "found")
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	data := openAll(b, generate(10_000)).data
	for b.Loop() {
		if _, err := Open(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data))/1e6, "MB")
}

func BenchmarkPrepare(b *testing.B) {
	docs := generate(1000)
	for b.Loop() {
		for _, d := range docs {
			Prepare(d)
		}
	}
}

// BenchmarkBuildAgain is an index in which one document of ten thousand is new.
func BenchmarkBuildAgain(b *testing.B) {
	var all []*Prepared
	docs := generate(10_000)
	for _, d := range docs {
		all = append(all, Prepare(d))
	}
	v := NewVocabulary()
	for b.Loop() {
		all[5000] = Prepare(docs[5000])
		if _, err := v.Build(all); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	var all []*Prepared
	for _, d := range generate(10_000) {
		all = append(all, Prepare(d))
	}
	for b.Loop() {
		if _, err := Build(all); err != nil {
			b.Fatal(err)
		}
	}
}
