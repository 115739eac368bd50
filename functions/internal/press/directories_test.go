package press_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/sitetest"
)

func TestPublicationPages(t *testing.T) {
	files := sitetest.Files(t, `
-- publications/annual-report/2020-21/index.md --
---
title: A <large> report with a title that has to be broken into many lines
summary: What is in it.
period: 2020/21
date: 2021-10
language: en
pages: 1200
file: report.pdf
file_pages: 2
sample: true
contents: [One, Two]
---
Text.
-- publications/annual-report/2019-20/index.md --
---
title: The report before
summary: It has no file.
period: 2019/20
language: en
---
`)
	pdf := []byte("%PDF-1.4\n" + strings.Repeat("x", 43_500))
	files["publications/annual-report/2020-21/report.pdf"] = &fstest.MapFile{Data: pdf}
	e, err := buildFiles(t, files)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(pdf)
	page := body(t, e, "/publications/annual-report/2020-21/")
	for selector, want := range map[string]string{
		".facts dl":  "Period2020/21 PublishedOctober 2021 LanguageEnglish Pages1 200",
		".download":  "The publication itself is not offered here.",
		".actions":   "report.pdf PDF, 44 kB, 2 pages",
		"details":    hex.EncodeToString(sum[:]),
		".citation":  "ROCB A/P, “A <large> report with a title that has to be broken into many lines”, October 2021. https://news.example.org/publications/annual-report/2020-21/",
		".older":     "The report before",
		"svg.cover":  "A <large>",
		".crumbs li": "Annual Report",
	} {
		if got := strings.Join(words(t, page, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	v, ok := e.Answer("/publications/annual-report/2020-21/report.pdf", asOf())
	if !ok || v.Type() != "application/pdf" || v.Class() != edition.Download || unpacked(t, v) != string(pdf) {
		t.Error("the file is not in the edition as it was given")
	}
	if got := strings.Join(words(t, body(t, e, "/publications/annual-report/2019-20/"), ".download p"), " "); !strings.Contains(got, "does not offer the file") {
		t.Errorf("without a file the page says %q", got)
	}
	if got := strings.Join(words(t, body(t, e, "/publications/"), ".shelf h2"), "|"); !strings.HasPrefix(got, "Annual Report|Published by others") {
		t.Errorf("the list has %s", got)
	}
	if got := strings.Join(words(t, body(t, e, "/"), ".paper-name"), "|"); !strings.HasPrefix(got, "A <large> report") {
		t.Errorf("the home page has %s", got)
	}
}

func TestMemberPages(t *testing.T) {
	e, err := build(t, calendarFiles)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(words(t, body(t, e, "/members/"), ".subregion h2"), "|"); got != "Sub-Continent 9 members|Far East 6 members|ASEAN 10 members|Australasia and Oceania 10 members" {
		t.Errorf("subregions: %s", got)
	}
	korea := body(t, e, "/members/kr/")
	for selector, want := range map[string]string{
		".facts dl": "Korea Customs Service",
		".facts":    "Host of RILO A/P2012–2023",
		".kept":     "RTC Korea, Regional training centre, Customs Border Control Training Institute, Cheonan",
		".card h3":  "Debriefing in Seoul",
	} {
		if got := strings.Join(words(t, korea, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	if got := strings.Join(words(t, body(t, e, "/members/af/"), ".prose p"), " "); !strings.Contains(got, "No report on this site names this member yet.") {
		t.Errorf("a member without reports: %s", got)
	}
	if !strings.Contains(body(t, e, "/countries/kr/"), `href="/members/kr/"`) {
		t.Error("the page of the country does not lead to the member")
	}
	for path, want := range map[string]string{
		"/countries/kr/": "Reports about Korea", "/members/kr/": "Korea", "/topics/drugs/": "Drugs and precursors",
		"/fr/countries/kr/": "Comptes rendus : Corée", "/fr/members/kr/": "Corée",
	} {
		if got := strings.Join(words(t, body(t, e, path), "title"), "|"); !strings.HasPrefix(got, want) {
			t.Errorf("%s has the title %q, want %q", path, got, want)
		}
	}
	if _, ok := e.Answer("/members/be/", asOf()); ok {
		t.Error("a country that is no member has a page of one")
	}
	if got := words(t, body(t, e, "/training-centres/"), "#training-centres ~ ul li h3"); len(got) != 10 {
		t.Errorf("training centres: %v", got)
	}
}

func TestStatsPage(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, e, "/stats/")
	if got := strings.Join(words(t, page, ".totals li"), "|"); got != "2 reports, 2021–2022|2 workshops, seminars and webinars|1 countries where something took place|2 of 35 members named in reports" {
		t.Errorf("totals: %s", got)
	}
	if got := strings.Join(words(t, page, "#activities-by-year ~ details tbody tr"), "|"); got != "2021 1 0 1|2022 1 0 1" && got != "2021101|2022101" {
		t.Errorf("by year: %s", got)
	}
	if !strings.Contains(body(t, e, "/stats/data.csv"), "activities-by-year,2022,2022,\"Workshops, seminars and webinars\",1\r\n") {
		t.Errorf("data: %s", body(t, e, "/stats/data.csv"))
	}
	if !strings.Contains(body(t, e, "/stats/data.json"), `"url": "https://news.example.org/news/2022/"`) {
		t.Errorf("data: %s", body(t, e, "/stats/data.json"))
	}
}
