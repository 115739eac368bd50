package content_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

const translation = `-- news/2021/online.fr.md --
---
title: Une réunion à l'écran
summary: Personne n'a voyagé.
---
Court.
`

func TestLanguages(t *testing.T) {
	site, err := content.Load(sitetest.Files(t, translation))
	if err != nil {
		t.Fatal(err)
	}
	fr := site.In("fr")
	if got := site.Config.Languages; len(got) != 2 || got[0].Code != "en" || got[1].Code != "fr" {
		t.Errorf("languages %v, want en before fr", got)
	}
	if site.In("en") != site || fr == site || fr.Config.Language != "fr" {
		t.Error("In does not give the site of the language")
	}
	if got := fr.Config.Menu[0]; got.Label != "Actualités" || got.URL != "/news/" {
		t.Errorf("the first entry of the French menu is %v", got)
	}
	if got := fr.Strings["colon"]; got != "\u00a0:" {
		t.Errorf("the French colon is %q", got)
	}
	if got, want := fr.Topics.Label("drugs"), "Drogues et précurseurs"; got != want || site.Topics.Label("drugs") == want {
		t.Errorf("the topic is called %q in French and %q in English", got, site.Topics.Label("drugs"))
	}
	original, translated := site.Articles[1], fr.Articles[1]
	if original.Front.Title != "A meeting on screens" || original.Language != "en" || len(original.Languages) != 2 {
		t.Errorf("the original is %q in %s, there are %v", original.Front.Title, original.Language, original.Languages)
	}
	if translated.Front.Title != "Une réunion à l'écran" || translated.Language != "fr" || strings.TrimSpace(string(translated.Body)) != "Court." {
		t.Errorf("the translation is %q in %s: %q", translated.Front.Title, translated.Language, translated.Body)
	}
	if translated.Front.Start != original.Front.Start || translated.Permalink != original.Permalink || len(translated.Front.Topics) == 0 {
		t.Error("the translation does not have the rest of the original")
	}
	if untranslated := fr.Articles[0]; untranslated != site.Articles[0] || untranslated.Language != "en" || len(untranslated.Languages) != 1 {
		t.Errorf("an article without translation is in %s, there are %v", untranslated.Language, untranslated.Languages)
	}
}

// TestLanguageProblems are mistakes in translations.
func TestLanguageProblems(t *testing.T) {
	edit := func(name, old, new string) func(fstest.MapFS) {
		return func(files fstest.MapFS) {
			text := string(files[name].Data)
			if !strings.Contains(text, old) {
				t.Fatalf("%s has no %q", name, old)
			}
			files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
		}
	}
	write := func(name, text string) func(fstest.MapFS) {
		return func(files fstest.MapFS) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	}
	for _, test := range []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"missing text", edit("strings/fr.yaml", "home: Accueil\n", ""), `strings/fr.yaml: the text "home" is missing; add it; in strings/en.yaml it is "Home"`},
		{"text too many", edit("strings/fr.yaml", "home: Accueil\n", "home: Accueil\nhomme: x\n"), `the text "homme" is not in strings/en.yaml; did you mean "home"?`},
		{"other verbs", edit("strings/fr.yaml", "Page %d sur %d", "Page %s sur %d"), `list.page has other %s and %d than in strings/en.yaml; there it is "Page %d of %d"`},
		{"verbs in another order", edit("strings/fr.yaml", `"%s, page %d"`, `"Page %d : %s"`), `list.page-title has other %s and %d`},
		{"no texts", func(files fstest.MapFS) { delete(files, "strings/fr.yaml") }, "strings/fr.yaml: the file is missing"},
		{"unknown term", edit("data/topics.fr.yaml", "drugs: ", "drug: "), `"drug" is not in data/topics.yaml; did you mean "drugs"?`},
		{"empty label", write("data/funds.fr.yaml", "oco:\n"), "data/funds.fr.yaml:1:5: oco is empty; write it"},
		{"unknown menu entry", edit("site.fr.yaml", "  /news/: ", "  /new/: "), "menu has no entry /new/ in site.yaml"},
		{"field of the original", write("pages/about.fr.md", "---\ntitle: Nous\nsummary: S\nupdated: 2020-01-01\n---\n"), `pages/about.fr.md:4:1: unknown field "updated"; known fields: title, summary`},
		{"no original", write("pages/team.fr.md", "---\ntitle: Nous\nsummary: S\n---\n"), "pages/team.fr.md: a translation without an original; write pages/team.md, or rename this file"},
		{"no such language", write("pages/about.de.md", "---\ntitle: Wir\nsummary: S\n---\n"), `pages/about.de.md: "about.de" cannot stand in an address`},
		{"first language not listed", edit("site.yaml", "  - {code: en, name: English}\n", ""), `language "en" is not among languages; add it there with its name`},
		{"language twice", edit("site.yaml", "  - {code: en, name: English}\n", "  - {code: en, name: English}\n  - {code: fr, name: Encore}\n"), `language "fr" is given twice`},
		{"no language", edit("site.yaml", "code: fr", "code: French"), `"French" is no language; write its code, as fr or pt-BR`},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := sitetest.Files(t, "")
			test.change(files)
			if _, err := content.Load(files); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
	// %[2]s and the like let a language have another order of words.
	files := sitetest.Files(t, "")
	edit("strings/fr.yaml", `"%s, page %d"`, `"Page %[2]d : %[1]s"`)(files)
	if _, err := content.Load(files); err != nil {
		t.Error(err)
	}
}
