package press_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// attributes returns an attribute of all elements that match a selector.
func attributes(t *testing.T, page, selector, name string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range cascadia.QueryAll(root, cascadia.MustCompile(selector)) {
		all = append(all, attribute(n, name))
	}
	return all
}

// TestFeeds: each list of a term has a feed in three formats with its own
// articles only, and its page names them.
func TestFeeds(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	var atom struct {
		ID      string `xml:"id"`
		Entries []struct {
			ID      string `xml:"id"`
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(body(t, e, "/topics/drugs/feed.xml")), &atom); err != nil {
		t.Fatal(err)
	}
	if atom.ID != "https://broadsheet.example/topics/drugs/" || len(atom.Entries) != 1 || atom.Entries[0].ID != "https://broadsheet.example/news/2022/siren/" {
		t.Errorf("the feed of drugs is %+v", atom)
	}
	if want := `<a href="https://news.example.org/about/#history">`; !strings.Contains(atom.Entries[0].Content, want) {
		t.Errorf("the text has no %s:\n%s", want, atom.Entries[0].Content)
	}
	for path, contentType := range map[string]string{
		"/feed.xml": "application/atom+xml; charset=utf-8", "/rss.xml": "application/rss+xml; charset=utf-8", "/feed.json": "application/feed+json; charset=utf-8",
		"/countries/kr/rss.xml": "application/rss+xml; charset=utf-8", "/pillars/wco-tools/feed.json": "application/feed+json; charset=utf-8",
	} {
		if v, ok := e.Answer(path, asOf()); !ok || v.Type() != contentType || v.Class() != edition.Feed {
			t.Errorf("%s is not there as %s", path, contentType)
		}
	}
	got := attributes(t, body(t, e, "/topics/drugs/"), `link[rel="alternate"][type]`, "href")
	if want := []string{"/topics/drugs/feed.xml", "/topics/drugs/rss.xml", "/topics/drugs/feed.json"}; !slices.Equal(got, want) {
		t.Errorf("the page of drugs names the feeds %v", got)
	}
	if _, ok := e.Answer("/fr/feed.xml", asOf()); ok {
		t.Error("there is a French feed, though nothing is in French")
	}
	if got := attributes(t, body(t, e, "/about/"), `link[rel="alternate"][type]`, "href"); !slices.Contains(got, "/feed.xml") {
		t.Errorf("a plain page names the feeds %v", got)
	}
}

// TestFrenchFeed has what is in French, and leads to French pages.
func TestFrenchFeed(t *testing.T) {
	e, err := build(t, french)
	if err != nil {
		t.Fatal(err)
	}
	var feed struct {
		Language string
		Self     string `json:"feed_url"`
		Items    []struct {
			ID, URL, Title string
			HTML           string `json:"content_html"`
		}
	}
	if err := json.Unmarshal([]byte(body(t, e, "/fr/feed.json")), &feed); err != nil {
		t.Fatal(err)
	}
	if feed.Language != "fr" || feed.Self != "https://news.example.org/fr/feed.json" || len(feed.Items) != 1 {
		t.Fatalf("the feed is %+v", feed)
	}
	item := feed.Items[0]
	if item.ID != "https://broadsheet.example/fr/news/2022/siren/" || item.URL != "https://news.example.org/fr/news/2022/siren/" || item.Title != "Bilan à Séoul" || !strings.Contains(item.HTML, `href="https://news.example.org/fr/about/#history"`) {
		t.Errorf("its entry is %+v", item)
	}
	if got := attributes(t, body(t, e, "/fr/topics/drugs/"), `link[rel="alternate"][type]`, "href"); got[0] != "/fr/topics/drugs/feed.xml" {
		t.Errorf("the French page of drugs names the feeds %v", got)
	}
}

// TestFeedsOfTheRealSite: every feed of the site can be read and has entries.
func TestFeedsOfTheRealSite(t *testing.T) {
	e := realSite(t)
	n := 0
	for path := range e.Paths {
		switch {
		case strings.HasSuffix(path, "/feed.xml"), strings.HasSuffix(path, "/rss.xml"):
			d := xml.NewDecoder(strings.NewReader(body(t, e, path)))
			d.Strict = true
			for {
				_, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", path, err)
				}
			}
			n++
		case strings.HasSuffix(path, "/feed.json"):
			var feed struct{ Items []any }
			if err := json.Unmarshal([]byte(body(t, e, path)), &feed); err != nil || len(feed.Items) == 0 {
				t.Errorf("%s has %d entries, %v", path, len(feed.Items), err)
			}
			n++
		}
	}
	if n < 150 {
		t.Errorf("there are %d feeds, want at least 150", n)
	}
}

func TestSitemap(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		URLs []struct {
			Loc     string `xml:"loc"`
			LastMod string `xml:"lastmod"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal([]byte(body(t, e, "/sitemap.xml")), &set); err != nil {
		t.Fatal(err)
	}
	days := map[string]string{}
	for _, u := range set.URLs {
		days[strings.TrimPrefix(u.Loc, "https://news.example.org")] = u.LastMod
	}
	for path, want := range map[string]string{"/": "2022-09-22", "/news/2022/siren/": "2022-09-22", "/news/2021/online/": "2021-02-03", "/topics/aeo/": "2021-02-03", "/news/2022/": "2022-09-22", "/about/": ""} {
		if got, ok := days[path]; !ok || got != want {
			t.Errorf("%s was changed on %q, want %q", path, got, want)
		}
	}
	for path := range e.Paths {
		v, _ := e.Answer(path, asOf())
		if strings.HasPrefix(path, "/fr/") {
			continue // see /fr/sitemap.xml
		}
		if _, ok := days[path]; !ok && v.Class() == edition.Page && !strings.Contains(path, "/page/") && !strings.HasPrefix(path, "/search") {
			t.Errorf("%s is not in the sitemap", path)
		}
	}
	french := body(t, e, "/fr/sitemap.xml")
	for path, want := range map[string]bool{"/fr/": false, "/fr/topics/": true, "/fr/news/2022/siren/": false, "/topics/": false} {
		if got := strings.Contains(french, "<loc>https://news.example.org"+path+"</loc>"); got != want {
			t.Errorf("the French sitemap has %s: %v, want %v", path, got, want)
		}
	}
	if want := `hreflang="en" href="https://news.example.org/topics/"`; !strings.Contains(french, want) {
		t.Errorf("the French sitemap does not name %s", want)
	}
	if robots := body(t, e, "/robots.txt"); !strings.Contains(robots, "Sitemap: https://news.example.org/sitemap.xml\nSitemap: https://news.example.org/sitemap-news.xml\nSitemap: https://news.example.org/fr/sitemap.xml\n") {
		t.Errorf("robots.txt is\n%s", robots)
	}
}

// TestNewsSitemap: an article is news from its publication for two days.
func TestNewsSitemap(t *testing.T) {
	e, err := build(t, "-- news/2026/now.md --\n---\ntitle: Now & here\nsummary: S\nstart: 2026-10-30\npublished: 2026-12-01\nactivity: meeting\nmode: online\ntopics: [aeo]\nsources: [x]\n---\nText.\n")
	if err != nil {
		t.Fatal(err)
	}
	for when, want := range map[time.Time]bool{
		time.Date(2026, 11, 30, 16, 59, 59, 0, time.UTC): false, // in Bangkok it is one second to December
		time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC):   true,
		time.Date(2026, 12, 2, 16, 59, 59, 0, time.UTC):  true,
		time.Date(2026, 12, 2, 17, 0, 0, 0, time.UTC):    false,
	} {
		v, ok := e.Answer("/sitemap-news.xml", when)
		if !ok {
			t.Fatal("there is no news sitemap")
		}
		if got := strings.Contains(unpacked(t, v), "<news:title>Now &amp; here</news:title>"); got != want {
			t.Errorf("at %s the article is news: %v, want %v", when, got, want)
		}
	}
}

func TestSecurityText(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	text := body(t, e, "/.well-known/security.txt")
	for _, want := range []string{"Contact: https://news.example.org/contact/\n", "Expires: 2027-10-27T00:00:00Z\n", "Canonical: https://news.example.org/.well-known/security.txt\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

// TestManifest: the icons it names are there, in the sizes it names.
func TestManifest(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Name  string
		Icons []struct{ Src, Sizes string }
	}
	if err := json.Unmarshal([]byte(body(t, e, "/site.webmanifest")), &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Icons) != 4 || m.Name == "" {
		t.Errorf("the manifest is %+v", m)
	}
	for _, icon := range m.Icons {
		picture, err := png.DecodeConfig(strings.NewReader(body(t, e, icon.Src)))
		if err != nil || icon.Sizes != map[int]string{192: "192x192", 512: "512x512"}[picture.Width] {
			t.Errorf("%s is %d wide, the manifest says %s; %v", icon.Src, picture.Width, icon.Sizes, err)
		}
	}
	page := body(t, e, "/")
	if got := attributes(t, page, `link[rel="manifest"]`, "href"); !slices.Equal(got, []string{"/site.webmanifest"}) {
		t.Errorf("the home page names the manifest %v", got)
	}
	touch := attributes(t, page, `link[rel="apple-touch-icon"]`, "href")
	if picture, err := png.DecodeConfig(strings.NewReader(body(t, e, touch[0]))); err != nil || picture.Width != 180 {
		t.Errorf("the icon of home screens is %+v, %v", picture, err)
	}
	favicon := body(t, e, "/favicon.ico")
	if picture, err := png.DecodeConfig(strings.NewReader(favicon[22:])); err != nil || picture.Width != 32 || favicon[:4] != "\x00\x00\x01\x00" {
		t.Errorf("favicon.ico holds %+v, %v", picture, err)
	}
}

// TestShares: the newest articles have a share picture of their own, older ones
// the picture of the site.
func TestShares(t *testing.T) {
	files := sitetest.Files(t, "")
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := press.Build(files, site, press.Options{AsOf: asOf(), BaseURL: "https://news.example.org", Gzip: 1, Shares: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	for page, prefix := range map[string]string{"/news/2022/siren/": "/assets/share-siren.", "/news/2021/online/": "/assets/share.", "/": "/assets/share."} {
		url := attributes(t, body(t, e, page), `meta[property="og:image"]`, "content")
		path, ok := strings.CutPrefix(url[0], "https://news.example.org")
		if !ok || !strings.HasPrefix(path, prefix) {
			t.Errorf("%s is shared with %s", page, url)
			continue
		}
		v, _ := e.Answer(path, asOf())
		picture, err := png.DecodeConfig(bytes.NewReader([]byte(unpacked(t, v))))
		if err != nil || picture.Width != 1200 || picture.Height != 630 || v.Class() != edition.Picture {
			t.Errorf("%s is %+v of class %d, %v", path, picture, v.Class(), err)
		}
	}
}

// linked reads the JSON-LD of a page, by type.
func linked(t *testing.T, page string) map[string]map[string]any {
	t.Helper()
	var data struct {
		Graph []map[string]any `json:"@graph"`
	}
	if err := json.Unmarshal([]byte(words(t, page, `script[type="application/ld+json"]`)[0]), &data); err != nil {
		t.Fatal(err)
	}
	byType := map[string]map[string]any{}
	for _, n := range data.Graph {
		byType[n["@type"].(string)] = n
	}
	return byType
}

func TestLinkedData(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	home := linked(t, body(t, e, "/"))
	if home["Organization"]["foundingDate"] != "2004" || home["WebSite"]["potentialAction"].(map[string]any)["target"].(map[string]any)["urlTemplate"] != "https://news.example.org/search?q={search_term_string}" {
		t.Errorf("the home page says %v", home)
	}
	siren := linked(t, body(t, e, "/news/2022/siren/"))
	article := siren["NewsArticle"]
	if _, invented := article["datePublished"]; invented || article["headline"] != "Debriefing in Seoul" {
		t.Errorf("the article says %v", article)
	}
	about := article["about"].(map[string]any)
	if about["startDate"] != "2022-09-20" || about["endDate"] != "2022-09-22" || article["contentLocation"].(map[string]any)["address"].(map[string]any)["addressCountry"] != "KR" {
		t.Errorf("the event reported is %v at %v", about, article["contentLocation"])
	}
	crumbs := siren["BreadcrumbList"]["itemListElement"].([]any)
	if len(crumbs) != 4 || crumbs[2].(map[string]any)["item"] != "https://news.example.org/news/2022/" {
		t.Errorf("the breadcrumbs are %v", crumbs)
	}
	online := linked(t, body(t, e, "/news/2021/online/"))["NewsArticle"]
	if online["datePublished"] != "2021-02-03" || online["about"].(map[string]any)["location"].(map[string]any)["@type"] != "VirtualLocation" {
		t.Errorf("the meeting on screens says %v", online)
	}
}

// TestMapOfAnArticle: the picture of a report says in words what it shows.
func TestMapOfAnArticle(t *testing.T) {
	e, err := build(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/news/2022/siren/":  "Map of the region with a ring at Seoul, Korea. Marked as having taken part: Thailand.",
		"/news/2021/online/": "A screen with a map of the region. The meeting was held online.",
		"/countries/kr/":     "Map with the land of Korea marked.",
	} {
		if got := attributes(t, body(t, e, path), `svg.map[role="img"]`, "aria-label"); !slices.Equal(got, []string{want}) {
			t.Errorf("the map of %s says %q, want %q", path, got, want)
		}
	}
}

// TestWeight: the home page of the real site with its style sheet stays below
// 30 KB over the wire.
func TestWeight(t *testing.T) {
	e := realSite(t)
	page, _ := e.Answer("/", asOf())
	sheet, _ := e.Answer(attributes(t, body(t, e, "/"), `link[rel="stylesheet"]`, "href")[0], asOf())
	if n := len(page.Body(edition.Gzip)) + len(sheet.Body(edition.Gzip)); n > 30_000 {
		t.Errorf("the home page and its style sheet have %d bytes in gzip 6, at most 30000 are allowed", n)
	} else {
		t.Logf("%d bytes", n)
	}
	if all := attributes(t, body(t, e, "/"), `link[rel="stylesheet"], script[src]`, "href"); len(all) != 1 {
		t.Errorf("the home page loads %v", all)
	}
}
