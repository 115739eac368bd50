package content_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

const frenchNames = `-- data/names.fr.yaml --
Seoul: Séoul
Korea Customs Service: Service des douanes ; Corée
pills: comprimés
`

// TestNamesOfALanguage: fact boxes of a language have its names, whether the
// text is translated or not, and the first language keeps its own.
func TestNamesOfALanguage(t *testing.T) {
	site, err := content.Load(sitetest.Files(t, frenchNames))
	if err != nil {
		t.Fatal(err)
	}
	boxes := map[string]string{}
	for _, code := range []string{"en", "fr"} {
		f := site.In(code).Articles[0].Front
		boxes[code] = strings.Join([]string{f.Title, f.Place, f.Organisers[0], f.Seizures[0].What, f.Seizures[0].Unit}, " | ")
	}
	want := map[string]string{
		"en": "Debriefing in Seoul | Seoul | Korea Customs Service | amphetamine pills | pills",
		"fr": "Debriefing in Seoul | Séoul | Service des douanes\u202f; Corée | amphetamine pills | comprimés",
	}
	if diff := cmp.Diff(want, boxes); diff != "" {
		t.Errorf("fact boxes (-want +got):\n%s", diff)
	}
	for code, place := range map[string]string{"en": "Seoul", "fr": "Séoul"} {
		if _, ok := site.In(code).Spot(place, "kr"); !ok {
			t.Errorf("%s does not know where %s lies", code, place)
		}
	}
}

func TestNameProblems(t *testing.T) {
	for line, want := range map[string]string{
		"Seoull: Séoul":        `data/names.fr.yaml:1:9: nothing says "Seoull"; write it exactly as the article, event or data file has it, or take the line out`,
		"Seoul:":               `data/names.fr.yaml:1:7: Seoul is empty; write it`,
		"Seoul: S\nSeoul: S":   `data/names.fr.yaml:2:1: "Seoul" is given twice; keep one of them`,
		"Seoul: [a]":           `data/names.fr.yaml:1:8: Seoul is a list; write text`,
		"kg of something: ein": `nothing says "kg of something"`,
	} {
		_, err := content.Load(sitetest.Files(t, "-- data/names.fr.yaml --\n"+line+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}
