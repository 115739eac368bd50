package sitetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing/fstest"
	"time"
)

// Generate makes n articles for measurements, always the same ones: 120 to 300
// words each in paragraphs, a heading, now and then a list and a link to an
// older article; days from 2004 on, a few topics, countries and funds that are
// much more frequent than the others. They use the vocabularies of the real
// site.
func Generate(n int) fstest.MapFS {
	files := fstest.MapFS{}
	var permalinks []string
	for i := range n {
		random := rand.New(rand.NewPCG(uint64(i), 2004))
		// The same number of articles in each of 22 years, in order of time.
		day := time.Date(2004, 9, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*22*365/max(n, 1))
		slug := fmt.Sprintf("report-%d", i)
		file := fmt.Sprintf("news/%d/%s/index.md", day.Year(), slug)
		link := ""
		if i > 0 && random.IntN(3) == 0 {
			link = permalinks[random.IntN(i)]
		}
		files[file] = &fstest.MapFile{Data: []byte(generated(random, i, day, link))}
		permalinks = append(permalinks, fmt.Sprintf("/news/%d/%s/", day.Year(), slug))
	}
	return files
}

func generated(random *rand.Rand, i int, day time.Time, link string) string {
	// frequent draws the first of a list more often than the last.
	frequent := func(list string) string {
		words := strings.Fields(list)
		return words[int(float64(len(words))*random.Float64()*random.Float64())]
	}
	some := func(list string, n int) string {
		var chosen []string
		for range n {
			if w := frequent(list); !strings.Contains(" "+strings.Join(chosen, " ")+" ", " "+w+" ") {
				chosen = append(chosen, w)
			}
		}
		return strings.Join(chosen, ", ")
	}
	const countries = "th cn jp kr my vn id in ph fj lk mn kh la np bd sg au nz mv pg ws to hk mo ir pk"
	const topics = "risk-management rules-of-origin drugs aeo e-commerce wildlife valuation canine postal ipr laboratories data-analytics training-centres environment governance accreditation"
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s %d\nsummary: %s\n", title(sentence(random, 4+random.IntN(5))), i, sentence(random, 12+random.IntN(10))+".")
	fmt.Fprintf(&b, "start: %s\nend: %s\n", day.Format(time.DateOnly), day.AddDate(0, 0, random.IntN(5)).Format(time.DateOnly))
	fmt.Fprintf(&b, "place: %s\ncountry: %s\nactivity: %s\nmode: %s\n", title(sentence(random, 1)), frequent(countries), frequent("workshop seminar meeting webinar conference visit"), frequent("onsite online hybrid"))
	fmt.Fprintf(&b, "topics: [%s]\nfunds: [%s]\nmembers: [%s]\nparticipants: %d\n", some(topics, 1+random.IntN(3)), frequent("ccf-japan ccf-korea ccf-china oco"), some(countries, random.IntN(12)), 10+random.IntN(60))
	fmt.Fprintf(&b, "organisers: [ROCB A/P, %s]\npillar: %s\nsources: [\"https://example.org/%d\"]\n---\n\n", title(sentence(random, 3)), frequent("wco-tools needs-and-delivery partnerships communication"), i)
	for left, part := 120+random.IntN(180), 0; left > 0; part++ {
		switch {
		case part == 2:
			fmt.Fprintf(&b, "## %s\n\n", title(sentence(random, 3)))
		case part == 3 && random.IntN(3) == 0:
			for range 3 {
				fmt.Fprintf(&b, "- %s\n", sentence(random, 6))
			}
			b.WriteString("\n")
			left -= 18
		}
		for range 2 + random.IntN(3) {
			n := 8 + random.IntN(16)
			left -= n
			b.WriteString(title(sentence(random, n)) + ". ")
		}
		if part == 1 && link != "" {
			fmt.Fprintf(&b, "There was [%s](%s).", sentence(random, 4), link)
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

// sentence is n words that customs officers use, and the small ones between.
func sentence(random *rand.Rand, n int) string {
	const words = `customs officers members workshop region training experts administration experience seminar risk trade goods border
control programme participants session practice information exchange support capacity building strategic plan partners delegates
discussion presentation origin valuation classification tariff cargo container seizure passenger intelligence laboratory sample
analysis detection dog handler airport seaport post parcel commerce facilitation agreement procedure release audit accreditation
instrument convention standard guideline project fund donor delivery needs assessment evaluation follow-up recommendation challenge
island economy digital data mirror statistics fraud revenue protection security supply chain authorised operator mutual recognition
wildlife timber waste ozone chemical precursor medicine counterfeit trademark design harmonised online national regional annual new
common practical good joint first second final three five ten several many other current better`
	const small = "the of and in to for with on by from at their a as"
	nouns, joints := strings.Fields(words), strings.Fields(small)
	out := make([]string, n)
	for i := range out {
		if i%2 == 1 && random.IntN(3) > 0 {
			out[i] = joints[random.IntN(len(joints))]
			continue
		}
		// Squaring makes a few words common, as in any language.
		f := random.Float64()
		out[i] = nouns[int(f*f*float64(len(nouns)))]
	}
	return strings.Join(out, " ")
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
