package press_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// printed prints a site with a cache, nil for a clean build.
func printed(t *testing.T, files fstest.MapFS, cache *press.Cache) []byte {
	t.Helper()
	reader := &content.Reader{}
	if cache != nil {
		reader = cache.Reader()
	}
	site, err := reader.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(files, site, press.Options{AsOf: asOf(), Commit: "c0ffee", Gzip: 1, Parts: true, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func picture(t *testing.T, shade uint8) string {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, 8, 6))
	p.Set(1, 1, color.Gray{Y: shade})
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// edits are what editors and designers do, each drawn at random.
func edits(t *testing.T, files fstest.MapFS, random *rand.Rand) (what string) {
	n := random.IntN(1000)
	write := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	replace := func(name, old, new string) {
		text := string(files[name].Data)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %q", name, old)
		}
		write(name, strings.Replace(text, old, new, 1))
	}
	// line replaces what stands behind the first "name: " of a file.
	line := func(file, name, value string) {
		text := string(files[file].Data)
		start := strings.Index(text, "\n"+name+": ") + len(name) + 3
		end := start + strings.IndexByte(text[start:], '\n')
		write(file, text[:start]+value+text[end:])
	}
	generated := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool {
		return !strings.Contains(name, "/report-") || strings.HasSuffix(name, ".fr.md")
	})
	article := generated[random.IntN(len(generated))]
	all := map[string]func(){
		"title of an article":   func() { line(article, "title", fmt.Sprintf("Title %d", n)) },
		"summary of an article": func() { line(article, "summary", fmt.Sprintf("Summary %d.", n)) },
		"text of an article":    func() { write(article, string(files[article].Data)+fmt.Sprintf("\nMore %d.\n", n)) },
		"topic of an article":   func() { line(article, "topics", []string{"[aeo]", "[drugs]", "[ipr, aeo]"}[n%3]) },
		"funds of an article":   func() { line(article, "funds", []string{"[oco]", "[jica]"}[n%2]) },
		"publication in future": func() { line(article, "mode", "online\npublished: 2026-12-0"+fmt.Sprint(1+n%9)) },
		"another article": func() {
			write(fmt.Sprintf("news/2020/report-x%d.md", n), string(files["news/2021/online.md"].Data))
			line(fmt.Sprintf("news/2020/report-x%d.md", n), "start", "2020-05-05")
			line(fmt.Sprintf("news/2020/report-x%d.md", n), "published", "2020-06-05")
		},
		"an article in French": func() {
			write(strings.TrimSuffix(article, ".md")+".fr.md", fmt.Sprintf("---\ntitle: Titre %d\nsummary: S\n---\nTexte.\n", n))
		},
		"text of a page": func() {
			write("pages/contact.md", fmt.Sprintf("---\ntitle: Contact\nsummary: How to reach us.\n---\nBy mail %d.\n", n))
		},
		"title of a page":  func() { line("pages/contact.md", "title", fmt.Sprintf("Contact %d", n)) },
		"label of a topic": func() { replace("data/topics.yaml", "label: ", fmt.Sprintf("label: %d ", n)) },
		"label in French":  func() { line("data/topics.fr.yaml", "canine", fmt.Sprintf("Chiens %d", n)) },
		"a partner":        func() { replace("data/partners.yaml", "name: ", fmt.Sprintf("name: %d ", n)) },
		"a text":           func() { line("strings/en.yaml", "home", fmt.Sprintf("Home %d", n)) },
		"a text in French": func() { line("strings/fr.yaml", "home", fmt.Sprintf("Accueil %d", n)) },
		"name of the site": func() { line("site.yaml", "short_name", fmt.Sprintf("Office %d", n)) },
		"a redirect": func() {
			write("redirects.yaml", fmt.Sprintf("- {from: /home/, to: /}\n- {from: /old-%d/, to: /news/}\n", n))
		},
		"template of a page": func() {
			write("templates/web/page.html", string(files["templates/web/page.html"].Data)+fmt.Sprintf("<!-- %d -->\n{{/* %d */}}", n, n))
		},
		"layout": func() {
			replace("templates/web/layout/base.html", "<body", fmt.Sprintf("<body data-n=%q", fmt.Sprint(n)))
		},
		"template of a mail": func() { write("templates/mail/link.txt", string(files["templates/mail/link.txt"].Data)+fmt.Sprint(n)) },
		"style":              func() { write("assets/css/9-edited.css", fmt.Sprintf("main{order:%d}", n)) },
		"drawing":            func() { replace("assets/drawings/office.svg", "<svg ", fmt.Sprintf("<svg data-n=%q ", fmt.Sprint(n))) },
		"picture":            func() { write("news/2022/siren/ship.png", picture(t, uint8(n))) },
		"nothing":            func() {},
	}
	names := slices.Sorted(maps.Keys(all))
	what = names[random.IntN(len(names))]
	all[what]()
	return what
}

// TestCacheChangesNothing: after any edits a build with the cache of the build
// before, in memory or on disk, gives the same bytes as a clean one.
func TestCacheChangesNothing(t *testing.T) {
	files := sitetest.Files(t, "")
	maps.Copy(files, sitetest.Generate(5))
	files["news/2022/siren/index.md"].Data = append(files["news/2022/siren/index.md"].Data, "\n![A ship](ship.png)\n"...)
	files["news/2022/siren/ship.png"] = &fstest.MapFile{Data: []byte(picture(t, 0))}
	disk := filepath.Join(t.TempDir(), "cache", "bodies")
	memory := press.NewCache()
	random := rand.New(rand.NewPCG(4, 2026))
	var done []string
	for range 16 {
		for range 1 + random.IntN(3) {
			done = append(done, edits(t, files, random))
		}
		want := printed(t, files, nil)
		if !bytes.Equal(printed(t, files, memory), want) {
			t.Fatalf("the cache in memory gives another edition after %q", done[max(0, len(done)-4):])
		}
		onDisk, err := press.OpenCache(disk, [32]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(printed(t, files, onDisk), want) {
			t.Fatalf("the cache on disk gives another edition after %q", done[max(0, len(done)-4):])
		}
		if err := onDisk.Save(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCacheFile: what another program wrote and what is torn is not used, and a
// cache that did not change is not written again.
func TestCacheFile(t *testing.T) {
	files := sitetest.Files(t, "")
	name := filepath.Join(t.TempDir(), "bodies")
	open := func(program byte) *press.Cache {
		c, err := press.OpenCache(name, [32]byte{program})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := open(1)
	want := printed(t, files, first)
	if err := first.Save(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := open(1).Len(); n < 100 {
		t.Errorf("%d bodies came back, want at least 100", n)
	}
	if n := open(2).Len(); n != 0 {
		t.Errorf("another program takes %d bodies", n)
	}
	for at := 0; at < len(good); at += 1 + len(good)/200 {
		torn := slices.Clone(good)
		torn[at] ^= 0x55
		for _, data := range [][]byte{torn, good[:at]} {
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
			if n := open(1).Len(); n != 0 {
				t.Fatalf("%d bodies are taken from a file that is torn at %d", n, at)
			}
		}
	}
	if !bytes.Equal(printed(t, files, open(1)), want) {
		t.Error("a torn cache changes the edition")
	}
	if err := os.WriteFile(name, good, 0o644); err != nil {
		t.Fatal(err)
	}
	again := open(1)
	printed(t, files, again)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := again.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("a cache that did not change is written")
	}
}

// TestCacheTorn: whatever of the files of a cache is torn or of another program,
// the edition after an edit is that of a clean build.
func TestCacheTorn(t *testing.T) {
	files := sitetest.Files(t, "")
	dir := t.TempDir()
	build := func(program byte, edited int) {
		t.Helper()
		files["pages/contact.md"] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: Contact\nsummary: How.\n---\nBy mail %d.\n", edited)}
		cache, err := press.OpenCache(filepath.Join(dir, "bodies"), [32]byte{program})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(printed(t, files, cache), printed(t, files, nil)) {
			t.Fatalf("the cache of program %d changes the edition after edit %d", program, edited)
		}
		if err := cache.Save(); err != nil {
			t.Fatal(err)
		}
	}
	build(1, 0)
	build(2, 1)
	build(2, 2)
	for i, name := range []string{"files", "words", "bodies"} {
		good, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		flipped := slices.Clone(good)
		flipped[len(good)/2] ^= 1
		for j, torn := range [][]byte{flipped, good[:len(good)/2], {}} {
			if err := os.WriteFile(filepath.Join(dir, name), torn, 0o644); err != nil {
				t.Fatal(err)
			}
			build(2, 10+3*i+j)
		}
	}
}

// TestCacheGrows: an edit adds to the file of the bodies; the file is written anew
// before most of it is of no use.
func TestCacheGrows(t *testing.T) {
	files := sitetest.Files(t, "")
	layout := string(files["templates/web/layout/base.html"].Data)
	name := filepath.Join(t.TempDir(), "bodies")
	build := func() os.FileInfo {
		t.Helper()
		cache, err := press.OpenCache(name, [32]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		printed(t, files, cache)
		if err := cache.Save(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := build()
	files["pages/contact.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Contact\nsummary: How.\n---\nBy pigeon.\n")}
	if second := build(); !os.SameFile(first, second) || second.Size() <= first.Size() {
		t.Errorf("after an edit the file has %d bytes, before it %d; the same file: %v", second.Size(), first.Size(), os.SameFile(first, second))
	}
	for n := range 8 {
		files["templates/web/layout/base.html"] = &fstest.MapFile{Data: []byte(strings.Replace(layout, "<body", fmt.Sprintf("<body data-n=%q", fmt.Sprint(n)), 1))}
		if size := build().Size(); size > 3*first.Size()+1<<20 {
			t.Fatalf("the file has grown from %d bytes to %d", first.Size(), size)
		}
	}
}
