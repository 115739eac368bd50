package render_test

import (
	"strings"
	"testing"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

func TestSpacesOfALanguage(t *testing.T) {
	m := render.NewMarkdown(nil)
	for _, test := range []struct{ language, markdown, want string }{
		{"fr", "Pourquoi ? Ainsi ; et : voilà !", "Pourquoi\u202f? Ainsi\u202f; et\u00a0: voilà\u202f!"},
		{"fr", "Il dit « oui » et *« non »*.", "Il dit «\u00a0oui\u00a0» et <em>«\u00a0non\u00a0»</em>."},
		{"fr", "Un *mot* ; un [lien](/a/?b) ?", "Un <em>mot</em>\u202f; un <a href=\"/a/?b\">lien</a>\u202f?"},
		{"fr", "`a ; b`", "<code>a ; b</code>"},
		{"fr", "    a ; b", "a ; b"},
		{"fr", "a  \nb ;", "a<br>\nb\u202f;"},
		{"fr", "a\n; b", "a\n; b"},
		{"fr", "## Quoi ?", "Quoi\u202f?</h2>"},
		{"fr", "| a | b |\n| :- | :- |\n| x ; y | z |", "<td style=\"text-align:left\">x\u202f; y</td>"},
		{"en", "What ? « so » ;", "What ? « so » ;"},
	} {
		doc, problems := m.Render(content.File{Path: "a.md", Body: []byte(test.markdown)}, test.language)
		if len(problems) > 0 || !strings.Contains(string(doc.HTML), test.want) {
			t.Errorf("%s %q: %q %v, want %q", test.language, test.markdown, doc.HTML, problems, test.want)
		}
	}
	doc, _ := m.Render(content.File{Path: "a.md", Body: []byte("Quoi ?")}, "fr")
	if doc.Text != "Quoi ?" && doc.Text != "Quoi\u202f?" {
		t.Errorf("the words are %q", doc.Text)
	}
}
