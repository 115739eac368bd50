package press_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/sitetest"
)

const french = `
-- news/2022/siren/index.fr.md --
---
title: Bilan à Séoul
summary: Les agents de deux administrations ont fait le bilan d'une opération.
---
Le séminaire avait [sa propre page](/about/#history).
`

// TestTranslated: a translated article has its title, summary and text from the
// translation and everything else from the original.
func TestTranslated(t *testing.T) {
	e, err := build(t, french)
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, e, "/fr/news/2022/siren/")
	for selector, want := range map[string]string{
		"h1":            "Bilan à Séoul",
		".facts dl":     "Dates20–22 septembre 2022 LieuSeoul, Corée ModalitéSur place",
		".prose p":      "Le séminaire avait sa propre page.",
		".menu":         "Actualités Agenda Thèmes",
		".crumbs":       "Accueil Actualités 2022",
		".kicker":       "Drogues et précurseurs",
		".card h3":      "", // nothing related here
		".untranslated": "",
	} {
		if got := strings.Join(words(t, page, selector), " "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	for _, selector := range []string{
		`html[lang="fr"]`, `h1:not([lang])`,
		`link[rel="canonical"][href="https://news.example.org/fr/news/2022/siren/"]`,
		`link[rel="alternate"][hreflang="en"][href="https://news.example.org/news/2022/siren/"]`,
		`link[rel="alternate"][hreflang="fr"][href="https://news.example.org/fr/news/2022/siren/"]`,
		`link[rel="alternate"][hreflang="x-default"][href="https://news.example.org/news/2022/siren/"]`,
		`.languages a[hreflang="en"][lang="en"][href="/news/2022/siren/"]`,
		`.languages a[hreflang="fr"][aria-current="true"][href="/fr/news/2022/siren/"]`,
		`.prose a[href="/fr/about/#history"]`,
		`.join form[action="/subscription"] input[name="lang"][value="fr"]`,
		`link[rel="stylesheet"][href^="/assets/"]`,
	} {
		if len(words(t, page, selector)) != 1 {
			t.Errorf("the page has no %s", selector)
		}
	}
	if n := len(words(t, body(t, e, "/news/2022/siren/"), `link[hreflang]`)); n != 3 {
		t.Errorf("the original names %d languages, want 2 and x-default", n)
	}
}

// TestUntranslated: what is not translated is shown as it is, under a notice, and
// tells search engines and screen readers so.
func TestUntranslated(t *testing.T) {
	e, err := build(t, french)
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, e, "/fr/news/2021/online/")
	for _, selector := range []string{
		`html[lang="fr"]`, `.untranslated`, `h1[lang="en"]`, `.lede[lang="en"]`, `.foreign[lang="en"] p`,
		`link[rel="canonical"][href="https://news.example.org/news/2021/online/"]`,
	} {
		if len(words(t, page, selector)) != 1 {
			t.Errorf("the page has no %s", selector)
		}
	}
	for path, n := range map[string]int{"/fr/news/2021/online/": 0, "/news/2021/online/": 0, "/news/": 3, "/fr/news/": 3} {
		if got := len(words(t, body(t, e, path), `link[hreflang]`)); got != n {
			t.Errorf("%s names %d languages, want %d", path, got, n)
		}
	}
	// A card of a text that is not translated says so, too.
	if cards := words(t, body(t, e, "/fr/news/"), `.card h3[lang="en"]`); len(cards) != 1 || cards[0] != "A meeting on screens" {
		t.Errorf("cards in English on the French list: %q", cards)
	}
}

// TestEveryPageInEveryLanguage: each page of the first language has its like in
// the others, and links of a page stay in its language.
func TestEveryPageInEveryLanguage(t *testing.T) {
	e, err := build(t, french)
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for path := range e.Paths {
		if !strings.HasSuffix(path, "/") {
			continue
		}
		if !strings.HasPrefix(path, "/fr/") {
			if _, ok := e.Answer("/fr"+path, asOf()); !ok {
				t.Errorf("there is no /fr%s", path)
			}
			continue
		}
		pages++
		root, err := html.Parse(strings.NewReader(body(t, e, path)))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range cascadia.QueryAll(root, cascadia.MustCompile(`a[href^="/"]:not([hreflang])`)) {
			if href := attribute(n, "href"); !strings.HasPrefix(href, "/fr/") && strings.HasSuffix(href, "/") {
				t.Errorf("%s leads to %s", path, href)
			}
		}
		if len(cascadia.QueryAll(root, cascadia.MustCompile(".untranslated"))) == 1 && len(cascadia.QueryAll(root, cascadia.MustCompile("h1[lang]"))) != 1 {
			t.Errorf("%s is not translated, but its title does not say in which language it is", path)
		}
	}
	if pages < 20 {
		t.Errorf("%d pages were seen, want at least 20", pages)
	}
	for name, want := range map[string]string{
		"fr/error/404": "Il n’y a pas de page ici", "error/404": "There is no page here",
		"fr/subscription/confirm": "Confirmez votre abonnement", "fr/mail/confirm/subject": "Confirmez votre abonnement",
		"fr/mail/confirm/html": `lang="fr"`, "mail/confirm/html": `lang="en"`,
	} {
		if b, ok := e.Blank(name, asOf()); !ok || !strings.Contains(string(b.Fill(nil)), want) {
			t.Errorf("the blank %s lacks %q", name, want)
		}
	}
}

// TestThirdLanguage needs files only.
func TestThirdLanguage(t *testing.T) {
	files := sitetest.Files(t, french)
	site := strings.Replace(string(files["site.yaml"].Data), "  - {code: fr, name: Français}\n", "  - {code: fr, name: Français}\n  - {code: de, name: Deutsch}\n", 1)
	files["site.yaml"] = &fstest.MapFile{Data: []byte(site)}
	german := strings.NewReplacer("\nnews: News\n", "\nnews: Nachrichten\n", `date.day: "{d} {m} {y}"`, `date.day: "{d}. {m} {y}"`, "month.2: February", "month.2: Februar").Replace(string(files["strings/en.yaml"].Data))
	files["strings/de.yaml"] = &fstest.MapFile{Data: []byte(german)}
	files["pages/about.de.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Wir\nsummary: Wer wir sind.\n---\n\nWir sind klein.\n\n## History\n")}
	e, err := buildFiles(t, files)
	if err != nil {
		t.Fatal(err)
	}
	if got := words(t, body(t, e, "/de/news/"), "h1"); got[0] != "Nachrichten" {
		t.Errorf("the German list is called %q", got)
	}
	if got := words(t, body(t, e, "/de/about/"), "h1"); got[0] != "Wir" {
		t.Errorf("the German page is called %q", got)
	}
	if got := words(t, body(t, e, "/de/news/2021/online/"), `.facts time[datetime="2021-02-03"]`); got[0] != "3. Februar 2021" {
		t.Errorf("a date in German is %q", got)
	}
	if got := words(t, body(t, e, "/about/"), ".languages li"); len(got) != 3 {
		t.Errorf("the languages are %q", got)
	}
	if v, ok := e.Answer("/de/", asOf()); !ok || v.Class() != edition.Page {
		t.Error("there is no German home page")
	}
}
