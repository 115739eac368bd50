package content_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

// publication is a front matter in order, for tests that spoil one line of it.
const publication = `---
title: A report
summary: What is in it.
period: 2020/21
date: 2021-10
language: en
pages: 40
file: report.pdf
file_pages: 2
sample: true
---
Text.
`

func withPublication(t *testing.T, old, new string) fstest.MapFS {
	files := sitetest.Files(t, "")
	files["publications/annual-report/2020-21/index.md"] = &fstest.MapFile{Data: []byte(strings.Replace(publication, old, new, 1))}
	files["publications/annual-report/2020-21/report.pdf"] = &fstest.MapFile{Data: []byte("%PDF-1.4\n")}
	files["publications/annual-report/2020-21/notes.txt"] = &fstest.MapFile{Data: []byte("hello\n")}
	return files
}

func TestPublication(t *testing.T) {
	site, err := content.Load(withPublication(t, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	p := site.Publications[0]
	if p.Permalink != "/publications/annual-report/2020-21/" || p.Series != "annual-report" || p.Front.Date.String() != "2021-10" {
		t.Errorf("%s in %s of %s", p.Permalink, p.Series, p.Front.Date)
	}
	d := p.Download
	if d.URL != p.Permalink+"report.pdf" || d.Type != "application/pdf" || len(d.Body) != 9 || p.FilePages() != 2 {
		t.Errorf("%s of type %s with %d bytes and %d pages", d.URL, d.Type, len(d.Body), p.FilePages())
	}
	// printf '%%PDF-1.4\n' | sha256sum
	if d.Hash != "e5c62df5dab5c87b6a015ef3d43597074d1eec433b15f51aec63b8582d0e4ab4" {
		t.Errorf("hash %s", d.Hash)
	}
}

func TestPublicationProblems(t *testing.T) {
	const file = "publications/annual-report/2020-21/index.md"
	for _, test := range []struct{ name, old, new, want string }{
		{"date of another form", "date: 2021-10", "date: October 2021", `5:7: date is "October 2021"; write a year, month or day, as 2012, 2012-07 or 2012-07-03`},
		{"month that does not exist", "date: 2021-10", "date: 2021-13", `5:7: date is "2021-13"`},
		{"missing file", "file: report.pdf", "file: raport.pdf", `8:7: there is no file publications/annual-report/2020-21/raport.pdf`},
		{"file of another kind", "file: report.pdf", "file: report.exe", `8:7: file "report.exe" cannot be offered`},
		{"file elsewhere", "file: report.pdf", "file: ../report.pdf", `8:7: file "../report.pdf" cannot be offered`},
		{"not what it says", "file: report.pdf", "file: notes.pdf", `8:7: there is no file`},
		{"sample of nothing", "file: report.pdf\n", "", `9:9: sample and file_pages tell of a file, but there is none`},
		{"language in words", "language: en", "language: English", `6:11: language "English"; write the code of two letters`},
		{"no language", "language: en\n", "", `2:1: field "language" is missing`},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, withPublication(t, test.old, test.new), file, test.want)
		})
	}
	t.Run("not a PDF", func(t *testing.T) {
		files := withPublication(t, "", "")
		files["publications/annual-report/2020-21/report.pdf"] = &fstest.MapFile{Data: []byte("<html>")}
		expect(t, files, file, "8:7: report.pdf is not a PDF file")
	})
	t.Run("too large for one answer", func(t *testing.T) {
		files := withPublication(t, "", "")
		files["publications/annual-report/2020-21/report.pdf"] = &fstest.MapFile{Data: make([]byte, 4_000_001)}
		expect(t, files, file, "8:7: report.pdf has 4000001 bytes, at most 4000000 are carried")
	})
	t.Run("unknown series", func(t *testing.T) {
		files := withPublication(t, "", "")
		files["publications/leaflet/a/index.md"] = &fstest.MapFile{Data: []byte("---\ntitle: T\nsummary: S\nlanguage: en\n---\n")}
		expect(t, files, "publications/leaflet/a/index.md", ` the series "leaflet" is not in data/publications.yaml`)
	})
	t.Run("outside a series", func(t *testing.T) {
		files := withPublication(t, "", "")
		files["publications/a.md"] = &fstest.MapFile{Data: []byte("---\ntitle: T\nsummary: S\nlanguage: en\n---\n")}
		expect(t, files, "publications/a.md", " a publication stands in a folder of its own below its series")
	})
}

// TestDirectoryProblems are mistakes in the data files of the directories.
func TestDirectoryProblems(t *testing.T) {
	const members = "subregions: [{slug: north, label: North}]\nmembers:\n"
	for _, test := range []struct{ file, text, want string }{
		{"data/members.yaml", members + "  - {country: xx, subregion: north}\n", `3:15: members[0].country: "xx" is not in data/countries.yaml`},
		{"data/members.yaml", members + "  - {country: th, subregion: nort}\n", `3:30: subregion "nort" is not among subregions; did you mean "north"?`},
		{"data/members.yaml", members + "  - {country: th, subregion: north}\n  - {country: th, subregion: north}\n", `4:15: "th" is given twice`},
		{"data/members.yaml", members + "  - {country: th, subregion: north, url: customs.go.th}\n", `3:42: "customs.go.th" is not a web address`},
		{"data/members.yaml", members + "  - {country: th, subregion: north, adminstration: Thai Customs}\n", `3:37: unknown field "adminstration"; did you mean "administration"?`},
		{"data/entities.yaml", "training_centres:\n  - {slug: a, country: th, label: A}\nlaboratories:\n  - {slug: a, country: th, label: A}\n", `4:12: slug "a" is given twice`},
		{"data/entities.yaml", "intelligence_office:\n  name: RILO\n  hosts: [{country: th}]\n", `3:21: neither from nor seen says when that was`},
		{"data/vice_chairs.yaml", "- {country: th, from: 2020, to: 2019-12}\n", `1:33: to 2019-12 is before from 2020`},
		{"data/vice_chairs.yaml", "- {country: th, from: early}\n", `1:23: [0].from is "early"; write a year, month or day`},
		{"data/publications.yaml", "series:\n  - {slug: a, label: A, drawing: office}\n  - {slug: a, label: B, drawing: office}\n", `3:12: slug "a" is given twice`},
	} {
		t.Run(test.want, func(t *testing.T) {
			expect(t, sitetest.Files(t, "-- "+test.file+" --\n"+test.text), test.file, test.want)
		})
	}
}

// TestWithoutDirectories: an office without members and publications has no
// such files.
func TestWithoutDirectories(t *testing.T) {
	files := sitetest.Files(t, "")
	for _, name := range []string{"members", "entities", "vice_chairs", "publications"} {
		delete(files, "data/"+name+".yaml")
	}
	if _, err := content.Load(files); err != nil {
		t.Error(err)
	}
}
