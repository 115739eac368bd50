package content_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

// told is what a load gives: all of the site that others can see, or the problems.
func told(site *content.Site, err error) string {
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, lang := range site.Config.Languages {
		in := site.In(lang.Code)
		for _, list := range []any{in.Articles, in.Events, in.Publications, in.Letters, in.Pages} {
			for v, i := reflect.ValueOf(list), 0; i < v.Len(); i++ {
				item := v.Index(i).Elem()
				f := item.FieldByName("File").Interface().(content.File)
				fmt.Fprintf(&b, "%s %x %d %q %+v %+v %v\n", f.Path, f.Sum, f.BodyLine, f.Body, item.FieldByName("Front"), item.FieldByName("Translation"), f.At("title"))
			}
		}
	}
	fmt.Fprintf(&b, "%+v %+v", site.Facts, site.Redirects)
	return b.String()
}

// TestReader: after any edits, mistakes among them, a Reader that knows the files
// of the load before, from this run or from what an earlier one kept, tells the
// same as one that knows nothing.
func TestReader(t *testing.T) {
	files := sitetest.Files(t, "")
	maps.Copy(files, sitetest.Generate(5))
	var same content.Reader
	kept := &content.Reader{}
	random := rand.New(rand.NewPCG(8, 2026))
	original := maps.Clone(files)
	for round := range 60 {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return !strings.HasSuffix(name, ".md") && name != "site.yaml" })
		name := names[random.IntN(len(names))]
		text := string(files[name].Data)
		lines := strings.SplitAfter(text, "\n")
		at := random.IntN(len(lines))
		switch random.IntN(6) {
		case 0:
			lines[at] += fmt.Sprintf("line %d\n", round)
		case 1:
			lines = slices.Delete(lines, at, at+1)
		case 2:
			lines = []string{strings.ReplaceAll(text, "\n", "\r\n")}
		case 3:
			lines = []string{"\ufeff" + text}
		default: // mended
			files = maps.Clone(original)
			lines = []string{string(original[names[0]].Data)}
			name = names[0]
		}
		files[name] = &fstest.MapFile{Data: []byte(strings.Join(lines, ""))}
		want := told(content.Load(files))
		if got := told(same.Load(files)); got != want {
			t.Fatalf("round %d, %s: the same reader tells\n%s\nwant\n%s", round, name, got, want)
		}
		if got := told(kept.Load(files)); got != want {
			t.Fatalf("round %d, %s: with what was kept a reader tells\n%s\nwant\n%s", round, name, got, want)
		}
		if data, isNew := kept.Keep(); isNew {
			kept = content.Kept(data)
		}
	}
}

// TestKeptTorn: what was kept and is torn is of no use, and does no harm.
func TestKeptTorn(t *testing.T) {
	files := sitetest.Files(t, "")
	var r content.Reader
	want := told(r.Load(files))
	data, _ := r.Keep()
	for at := 0; at < len(data); at += 1 + len(data)/100 {
		if got := told(content.Kept(data[:at]).Load(files)); got != want {
			t.Fatalf("cut at %d: %s", at, got)
		}
	}
	good := content.Kept(data)
	if got := told(good.Load(files)); got != want {
		t.Fatal(got)
	}
	if _, isNew := good.Keep(); isNew {
		t.Error("what is kept already is new")
	}
}

// TestReaderRole: a file that is a translation at one time and a page at another
// is read as what it is.
func TestReaderRole(t *testing.T) {
	files := sitetest.Files(t, "-- pages/more.md --\n---\ntitle: More\nsummary: S.\n---\nText.\n-- pages/more.fr.md --\n---\ntitle: Plus\nsummary: S.\n---\nTexte.\n")
	both := string(files["site.yaml"].Data)
	var r content.Reader
	for _, config := range []string{both, strings.Replace(both, "code: fr", "code: de", 1), both} {
		files["site.yaml"] = &fstest.MapFile{Data: []byte(config)}
		if got, want := told(r.Load(files)), told(content.Load(files)); got != want {
			t.Fatalf("a reader that knows the file tells\n%s\nwant\n%s", got, want)
		}
	}
}
