package press_test

import (
	"bytes"
	"compress/gzip"
	"image"
	"image/png"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

func asOf() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

// build prints a small site with an overlay.
func build(t *testing.T, overlay string) (*edition.Edition, error) {
	t.Helper()
	return buildFiles(t, sitetest.Files(t, overlay))
}

func buildFiles(t *testing.T, files fstest.MapFS) (*edition.Edition, error) {
	t.Helper()
	site, err := content.Load(files)
	if err != nil {
		return nil, err
	}
	b, err := press.Build(files, site, press.Options{AsOf: asOf(), Commit: "c0ffee", BaseURL: "https://news.example.org/", Gzip: 1})
	if err != nil {
		return nil, err
	}
	return edition.Open(b)
}

// realSite prints the content folder of this repository.
func realSite(t *testing.T) *edition.Edition {
	t.Helper()
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(broadsheet.Content(), site, press.Options{AsOf: asOf(), Gzip: 6})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// body returns the unpacked body of an answer.
func body(t *testing.T, e *edition.Edition, path string) string {
	t.Helper()
	v, ok := e.Answer(path, asOf())
	if !ok {
		t.Fatalf("there is no %s", path)
	}
	return unpacked(t, v)
}

// unpacked returns the body of an answer as it was printed.
func unpacked(t *testing.T, v edition.Version) string {
	t.Helper()
	if !v.Has(edition.Gzip) {
		return string(v.Body(edition.Identity))
	}
	return unzip(t, v)
}

func unzip(t *testing.T, v edition.Version) string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(v.Body(edition.Gzip)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// words returns the text of the elements that match a selector.
func words(t *testing.T, page, selector string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range cascadia.QueryAll(root, cascadia.MustCompile(selector)) {
		all = append(all, strings.Join(strings.Fields(text(n)), " "))
	}
	return all
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(text(c))
	}
	return b.String()
}

func TestArticlePage(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, e, "/news/2022/siren/")
	for selector, want := range map[string]string{
		"h1":             "Debriefing in Seoul",
		".facts dl":      "Dates20–22 September 2022 PlaceSeoul, Korea ModeOn site",
		"#seizures":      "Seizures",
		"table td":       "29 000",
		".citation":      "ROCB A/P, “Debriefing in Seoul”, 22 September 2022. https://news.example.org/news/2022/siren/",
		".crumbs":        "Home News 2022",
		".partner-links": "Partner Links",
		".disclaimer":    "demonstration made from public facts",
	} {
		if got := strings.Join(words(t, page, selector), " "); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
	for _, selector := range []string{
		`form.subscribe[method="post"][action="/subscription"] input[name="email"][type="email"][autocomplete="email"]`,
		`form.subscribe button[name="action"][value="subscribe"]`,
		`form.subscribe button[name="action"][value="unsubscribe"]`,
		`link[rel="canonical"][href="https://news.example.org/news/2022/siren/"]`,
	} {
		if len(words(t, page, selector)) != 1 {
			t.Errorf("the page has no %s", selector)
		}
	}
}

func TestAliases(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"/article-detail/641/":       "/news/2022/siren/",
		"/article-detail.php?id=641": "/news/2022/siren/",
		"/home/":                     "/",
	} {
		if got, ok := e.Alias(from, asOf()); !ok || got != want {
			t.Errorf("%s leads to %q, want %q", from, got, want)
		}
	}
}

// TestProblems are mistakes that show only when the site is printed.
func TestProblems(t *testing.T) {
	report := func(body string) string {
		return "-- news/2020/a.md --\n---\ntitle: T\nsummary: S\nstart: 2020-01-01\nactivity: meeting\nmode: online\ntopics: [aeo]\nsources: [x]\n---\n" + body + "\n"
	}
	for _, test := range []struct{ name, overlay, want string }{
		{"broken link", report("\nSee [that](/news/2020/b/)."), "news/2020/a.md:11:5: the link /news/2020/b/ leads to no page; check the address"},
		{"no slash at the end", report("See [us](/about)."), "news/2020/a.md:10:5: the link /about leads to no page; write /about/"},
		{"broken fragment", report("See [us](/about/#future)."), "news/2020/a.md:10:5: the page /about/ has no heading #future"},
		{"broken fragment of its own", report("## One\n\n[two](#two)"), "news/2020/a.md:12:1: no heading of this page has the fragment #two"},
		{"relative link", report("[x](b.html)"), `news/2020/a.md:10:1: the link "b.html" is relative`},
		{"script link", report("[x](javascript:alert)"), `news/2020/a.md:10:1: links may not begin with "javascript:"`},
		{"link without words", report("[](/about/)"), "news/2020/a.md:10:1: a link without words"},
		{"raw HTML", report("a <b>b</b>"), "news/2020/a.md:10:3: raw HTML; write it as Markdown"},
		{"HTML block", report("<script>alert(1)</script>"), "news/2020/a.md:10:1: raw HTML"},
		{"first-level heading", report("# Big"), "news/2020/a.md:10:1: a heading of the first level; begin headings with ##"},
		{"no alternative text", report("![](a.png)"), "news/2020/a.md:10:1: the picture a.png has no alternative text; say between the square brackets what it shows"},
		{"missing picture", report("text\n\n![A ship](ship.png)"), "news/2020/a.md:12:1: there is no file news/2020/ship.png"},
		{"not a picture", report("![A ship](ship.png)") + "-- news/2020/ship.png --\nnothing\n", "news/2020/a.md:10:1: news/2020/ship.png is not a JPEG, PNG, GIF or WebP picture"},
		{"picture elsewhere", report("![A ship](/assets/ship.png)"), "news/2020/a.md:10:1: the picture /assets/ship.png does not stand beside the text"},
		{"redirect to nowhere", "-- redirects.yaml --\n- {from: /home/, to: /}\n- {from: /old/, to: /new/}\n", "redirects.yaml:2:3: the link /new/ leads to no page"},
		{"template that is missing", "-- pages/about.md --\n---\ntitle: A\nsummary: S\ntemplate: fancy\n---\n## History\n", "templates/web/fancy.html: the template is missing"},
		{"template with a mistake", "-- templates/web/page.html --\n{{template \"head\" .}}\n{{.Nothing}}\n", "templates/web/page.html:2:2:"},
		{"unknown text", "-- templates/web/page.html --\n{{t \"nope\"}}\n", `there is no text "nope" in strings/en.yaml`},
		{"no home page", "-- pages/index.md --\n", "pages/index.md: the file is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := build(t, test.overlay)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestPicture: a picture of a bundle comes in sizes and formats under
// fingerprinted addresses, and says its size so that the page does not jump when
// it arrives.
func TestPicture(t *testing.T) {
	files := sitetest.Files(t, "")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 400))); err != nil {
		t.Fatal(err)
	}
	files["news/2022/siren/ship.png"] = &fstest.MapFile{Data: b.Bytes()}
	text := string(files["news/2022/siren/index.md"].Data) + "\n![A *container* ship & a \"quay\"](ship.png)\n"
	files["news/2022/siren/index.md"] = &fstest.MapFile{Data: []byte(text)}
	e, err := buildFiles(t, files)
	if err != nil {
		t.Fatal(err)
	}
	page := body(t, e, "/news/2022/siren/")
	const url = `(/assets/siren-ship-\d+\.[0-9a-f]+\.(?:webp|png))`
	found := regexp.MustCompile(`<picture><source type="image/webp" srcset="` + url + ` 480w, ` + url + ` 600w" sizes="[^"]+"><img src="` + url + `" srcset="` + url + ` 480w, ` + url + ` 600w" sizes="[^"]+" alt="A container ship &amp; a “quay”" width="600" height="400" loading="lazy" decoding="async"></picture>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no such picture:\n%s", page)
	}
	for _, url := range found[1:] {
		v, ok := e.Answer(url, asOf())
		if !ok || v.Class() != edition.Picture || v.Type() != "image/"+strings.TrimPrefix(path.Ext(url), ".") {
			t.Errorf("%s is not in the edition as a picture", url)
		}
	}
}

// TestPlaceNamedOnce: a place that its country is named after stands there once.
func TestPlaceNamedOnce(t *testing.T) {
	files := sitetest.Files(t, "")
	report := files["news/2022/siren/index.md"]
	report.Data = []byte(strings.NewReplacer("place: Seoul", "place: Hong Kong", "country: kr", "country: hk").Replace(string(report.Data)))
	e, err := buildFiles(t, files)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ page, selector, want string }{
		{"/news/2022/siren/", ".facts dl", "PlaceHong Kong, China ModeOn site"},
		{"/news/2022/siren/", ".map-where", "Hong Kong, China"},
		{"/events/", ".agenda .meta", "20–22 September 2022 · Hong Kong, China"},
	} {
		if got := strings.Join(words(t, body(t, e, c.page), c.selector), " "); !strings.Contains(got, c.want) {
			t.Errorf("%s of %s is %q, want %q in it", c.selector, c.page, got, c.want)
		}
	}
}

// TestPictureRefused: what is no picture, or not one for a page, is reported
// where the text names it.
func TestPictureRefused(t *testing.T) {
	files := sitetest.Files(t, "")
	files["news/2022/siren/ship.jpg"] = &fstest.MapFile{Data: []byte("\xff\xd8 no picture")}
	files["news/2022/siren/notes.png"] = &fstest.MapFile{Data: []byte("notes")}
	text := string(files["news/2022/siren/index.md"].Data) + "\n![A ship](ship.jpg)\n![Notes](notes.png)\n![None](none.png)\n"
	files["news/2022/siren/index.md"] = &fstest.MapFile{Data: []byte(text)}
	_, err := buildFiles(t, files)
	if err == nil {
		t.Fatal("it was printed")
	}
	for _, want := range []string{
		"news/2022/siren/index.md:24:1: news/2022/siren/ship.jpg is a damaged JPEG picture (", "); export it again",
		"news/2022/siren/index.md:25:1: news/2022/siren/notes.png is not a JPEG, PNG, GIF or WebP picture; export it as JPEG",
		"news/2022/siren/index.md:26:1: there is no file news/2022/siren/none.png; put the picture beside index.md",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

// TestBytesDoNotDependOnTheRun: builds of the same content in other folders, at
// other times and on other numbers of processors give the same bytes, however
// maps and processors happen to order the work.
func TestBytesDoNotDependOnTheRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []byte
	for _, processors := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(processors)
		dir := filepath.Join(t.TempDir(), "content")
		if err := os.CopyFS(dir, broadsheet.Content()); err != nil {
			t.Fatal(err)
		}
		fsys := os.DirFS(dir)
		site, err := content.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		b, err := press.Build(fsys, site, press.Options{AsOf: asOf(), Gzip: 1, Brotli: 1})
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, b) {
			t.Fatalf("a build on %d processors differs", processors)
		}
		first = b
	}
}

// TestFit: levels may be left to the press, and are refused if there are none
// such.
func TestFit(t *testing.T) {
	files := sitetest.Files(t, "")
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(files, site, press.Options{AsOf: asOf(), Gzip: 1, Brotli: press.Fit})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := e.Answer("/", asOf()); !ok || !v.Has(edition.Brotli) {
		t.Error("a small site has no Brotli")
	}
	if _, err := press.Build(files, site, press.Options{AsOf: asOf(), Gzip: 10}); err == nil || !strings.Contains(err.Error(), "gzip goes from 0 to 9") {
		t.Errorf("level 10: %v", err)
	}
}

// TestNotPublishedYet: what is dated later than the edition is not in it.
func TestNotPublishedYet(t *testing.T) {
	e, err := build(t, "-- news/2026/later.md --\n---\ntitle: Later\nsummary: S\nstart: 2026-10-30\npublished: 2026-12-01\nactivity: meeting\nmode: online\ntopics: [aeo]\nsources: [x]\n---\nText.\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := e.Answer("/news/2026/later/", asOf()); ok {
		t.Error("an article of December is in an edition of November")
	}
	if strings.Contains(body(t, e, "/"), "Later") {
		t.Error("the home page names an article that is not published")
	}
}

// TestEveryLinkOfTheRealSite reads every page of the real site and follows
// every internal link in it, those of templates included.
func TestEveryLinkOfTheRealSite(t *testing.T) {
	e := realSite(t)
	pages := 0
	for path := range e.Paths {
		if _, ok := e.Answer(path, asOf()); !ok || !strings.HasSuffix(path, "/") {
			continue // a file, or a page that is there only later
		}
		pages++
		root, err := html.Parse(strings.NewReader(body(t, e, path)))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, n := range cascadia.QueryAll(root, cascadia.MustCompile("[id]")) {
			if id := attribute(n, "id"); ids[id] {
				t.Errorf("%s has the id %q twice", path, id)
			} else {
				ids[id] = true
			}
		}
		for _, n := range cascadia.QueryAll(root, cascadia.MustCompile("a[href], link[href], img[src], form[action]")) {
			target := attribute(n, "href") + attribute(n, "src") + attribute(n, "action")
			address, fragment, _ := strings.Cut(target, "#")
			_, found := e.Answer(address, asOf())
			_, searched := e.Index(address, asOf())
			switch {
			case strings.HasPrefix(target, "http"), strings.HasPrefix(target, "mailto:"), address == "/subscription":
			case address == "":
				if !ids[fragment] {
					t.Errorf("%s links to %s, which it does not have", path, target)
				}
			case !found && !searched:
				t.Errorf("%s links to %s, which is not there", path, target)
			}
		}
		if n := len(cascadia.QueryAll(root, cascadia.MustCompile("h1"))); n != 1 {
			t.Errorf("%s has %d h1", path, n)
		}
		if strings.Contains(body(t, e, path), "q7z") {
			t.Errorf("%s has a mark of a blank in it", path)
		}
	}
	if pages < 80 {
		t.Errorf("%d pages were read, want at least 80", pages)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestTooLarge: a page that Lambda could not carry is a finding with its file.
func TestTooLarge(t *testing.T) {
	files := sitetest.Files(t, "")
	long := strings.Repeat("Words that nobody will read to their end. ", 100_000)
	files["news/2022/siren/index.md"].Data = append(files["news/2022/siren/index.md"].Data, long...)
	_, err := buildFiles(t, files)
	const want = "news/2022/siren/index.md: /news/2022/siren/ has 4.2 MB, an answer may have 4.1; make the file smaller or split it"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %.600v, want %s", err, want)
	}
}
