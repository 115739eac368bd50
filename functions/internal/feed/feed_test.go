package feed_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/feed"
)

func september(d int) time.Time { return time.Date(2022, time.September, d, 0, 0, 0, 0, time.UTC) }

func example() *feed.Feed {
	return &feed.Feed{
		ID: "https://site.example/topics/drugs/", Title: "Drugs & precursors", Subtitle: "Reports", Language: "en", Author: "A small office",
		Home: "https://news.example.org/topics/drugs/", Base: "https://news.example.org/topics/drugs/", Updated: september(23),
		Entries: []feed.Entry{
			{
				ID: "https://site.example/news/2022/siren/", URL: "https://news.example.org/news/2022/siren/", Title: "Seoul <debriefing>",
				Summary: "Officers & guests.", HTML: "<p>It was a <a href=\"https://news.example.org/\">seminar</a> &amp; more.</p>",
				Image: "https://news.example.org/assets/siren.png", Day: september(22), Published: september(23),
				Authors: []string{"Jane Doe"}, Topics: []feed.Topic{{Slug: "drugs", Label: "Drugs & precursors"}},
			},
			{ID: "b", URL: "https://news.example.org/b/", Title: "Older", Day: september(2)},
		},
	}
}

func TestAtom(t *testing.T) {
	b, err := example().Atom()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Links   []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Entries []struct {
			ID        string   `xml:"id"`
			Title     string   `xml:"title"`
			Updated   string   `xml:"updated"`
			Published []string `xml:"published"`
			Author    []string `xml:"author>name"`
			Content   string   `xml:"content"`
			Category  []struct {
				Term string `xml:"term,attr"`
			} `xml:"category"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.Lang != "en" || got.ID != "https://site.example/topics/drugs/" || got.Updated != "2022-09-23T00:00:00+00:00" {
		t.Errorf("the head of the feed is %+v", got)
	}
	if got.Links[0].Rel != "self" || got.Links[0].Href != "https://news.example.org/topics/drugs/feed.xml" || got.Links[1].Href != "https://news.example.org/topics/drugs/" {
		t.Errorf("links %+v", got.Links)
	}
	first, second := got.Entries[0], got.Entries[1]
	if first.Title != "Seoul <debriefing>" || first.Updated != "2022-09-22T00:00:00+00:00" || first.Published[0] != "2022-09-23T00:00:00+00:00" || first.Author[0] != "Jane Doe" || first.Category[0].Term != "drugs" || first.Content != example().Entries[0].HTML {
		t.Errorf("first entry %+v", first)
	}
	if second.Published != nil || second.Updated != "2022-09-02T00:00:00+00:00" {
		t.Errorf("an entry whose publication is not known says %+v", second)
	}
}

func TestRSS(t *testing.T) {
	b, err := example().RSS()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version string `xml:"version,attr"`
		Channel struct {
			Built string `xml:"lastBuildDate"`
			Self  struct {
				Href string `xml:"href,attr"`
			} `xml:"http://www.w3.org/2005/Atom link"`
			Items []struct {
				GUID struct {
					Permanent string `xml:"isPermaLink,attr"`
					ID        string `xml:",chardata"`
				} `xml:"guid"`
				Published []string `xml:"pubDate"`
				Creator   string   `xml:"http://purl.org/dc/elements/1.1/ creator"`
				Content   string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
			} `xml:"item"`
		} `xml:"channel"`
	}
	if err := xml.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	c := got.Channel
	if got.Version != "2.0" || c.Built != "Fri, 23 Sep 2022 00:00:00 +0000" || c.Self.Href != "https://news.example.org/topics/drugs/rss.xml" {
		t.Errorf("the channel is %+v", got)
	}
	first := c.Items[0]
	if first.GUID.Permanent != "false" || first.GUID.ID != "https://site.example/news/2022/siren/" || first.Published[0] != "Fri, 23 Sep 2022 00:00:00 +0000" || first.Creator != "Jane Doe" || first.Content != example().Entries[0].HTML {
		t.Errorf("first item %+v", first)
	}
	if c.Items[1].Published != nil {
		t.Error("a date is invented")
	}
}

func TestJSONFeed(t *testing.T) {
	b, err := example().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	items := got["items"].([]any)
	want := map[string]any{
		"id": "https://site.example/news/2022/siren/", "url": "https://news.example.org/news/2022/siren/", "title": "Seoul <debriefing>",
		"content_html": example().Entries[0].HTML, "summary": "Officers & guests.", "image": "https://news.example.org/assets/siren.png",
		"date_published": "2022-09-23T00:00:00+00:00", "authors": []any{map[string]any{"name": "Jane Doe"}}, "tags": []any{"Drugs & precursors"},
	}
	if diff := cmp.Diff(want, items[0]); diff != "" {
		t.Errorf("first item (-want +got):\n%s", diff)
	}
	if got["version"] != "https://jsonfeed.org/version/1.1" || got["feed_url"] != "https://news.example.org/topics/drugs/feed.json" {
		t.Errorf("the head is %v", got)
	}
	empty, err := (&feed.Feed{}).JSON()
	if err != nil || !strings.Contains(string(empty), `"items":[]`) {
		t.Errorf("a feed without entries is %s, %v", empty, err)
	}
}

func TestAbsolute(t *testing.T) {
	in := `<p><a href="/about/">us</a> <a href="https://x.example/">x</a> <a href="#y">y</a> <img src="/a.png" srcset="/a.png 400w, /b.png 800w" alt="=&quot;/"></p>`
	want := `<p><a href="https://n.example/about/">us</a> <a href="https://x.example/">x</a> <a href="#y">y</a> <img src="https://n.example/a.png" srcset="https://n.example/a.png 400w, https://n.example/b.png 800w" alt="=&quot;/"></p>`
	if got := feed.Absolute(in, "https://n.example"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// places returns the addresses a sitemap lists, and its last days.
func places(t *testing.T, body []byte) (locs, days []string) {
	t.Helper()
	var got struct {
		URLs []struct {
			Loc     string `xml:"loc"`
			LastMod string `xml:"lastmod"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for _, u := range got.URLs {
		locs, days = append(locs, u.Loc), append(days, u.LastMod)
	}
	return locs, days
}

func TestSitemaps(t *testing.T) {
	urls := []feed.URL{{Loc: "https://n.example/", LastMod: september(3)}, {Loc: "https://n.example/a/", LastMod: september(9)}, {Loc: "https://n.example/b/"}}
	one, err := feed.Sitemaps("https://n.example", urls, 3)
	if err != nil || len(one) != 1 || one[0].Name != "sitemap.xml" {
		t.Fatalf("%d files, %v", len(one), err)
	}
	locs, days := places(t, one[0].Body)
	if diff := cmp.Diff([]string{"https://n.example/", "https://n.example/a/", "https://n.example/b/"}, locs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2022-09-03", "2022-09-09", ""}, days); diff != "" {
		t.Error(diff)
	}
	split, err := feed.Sitemaps("https://n.example", urls, 2)
	if err != nil || len(split) != 3 || !strings.Contains(string(split[0].Body), "<sitemapindex") {
		t.Fatalf("%d files, %v", len(split), err)
	}
	locs, days = places(t, split[0].Body)
	if diff := cmp.Diff([]string{"https://n.example/sitemap-1.xml", "https://n.example/sitemap-2.xml"}, locs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2022-09-09", ""}, days); diff != "" {
		t.Error(diff)
	}
	if locs, _ = places(t, split[2].Body); len(locs) != 1 || split[2].Name != "sitemap-2.xml" {
		t.Errorf("the second part is %s with %v", split[2].Name, locs)
	}
}

func TestSitemapLanguages(t *testing.T) {
	files, err := feed.Sitemaps("https://n.example", []feed.URL{{Loc: "https://n.example/", Versions: []feed.Version{{"en", "https://n.example/"}, {"fr", "https://n.example/fr/"}}}}, 10)
	if err != nil || !strings.Contains(string(files[0].Body), `<xhtml:link rel="alternate" hreflang="fr" href="https://n.example/fr/"></xhtml:link>`) {
		t.Errorf("%s, %v", files[0].Body, err)
	}
}

func TestNewsSitemap(t *testing.T) {
	body, err := feed.NewsSitemap("https://n.example/news/", []feed.News{
		{Loc: "https://n.example/new/", Title: "New & true", Language: "en", Publication: "Office", Published: september(9)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if locs, _ := places(t, body); len(locs) != 1 || locs[0] != "https://n.example/new/" {
		t.Errorf("the news are %v", locs)
	}
	for _, want := range []string{"<news:title>New &amp; true</news:title>", "<news:publication_date>2022-09-09T00:00:00+00:00</news:publication_date>", "<news:name>Office</news:name>"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("there is no %s in\n%s", want, body)
		}
	}
	quiet, err := feed.NewsSitemap("https://n.example/news/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if locs, _ := places(t, quiet); len(locs) != 1 || locs[0] != "https://n.example/news/" {
		t.Errorf("without news it names %v", locs)
	}
}

func TestSecurity(t *testing.T) {
	s := feed.Security{Contact: "https://n.example/contact/", Canonical: "https://n.example/.well-known/security.txt", Languages: []string{"en", "fr"}, AsOf: september(10).Add(7 * time.Hour)}
	want := "Contact: https://n.example/contact/\nExpires: 2023-09-05T00:00:00Z\nPreferred-Languages: en, fr\nCanonical: https://n.example/.well-known/security.txt\n"
	if diff := cmp.Diff(want, string(s.Text())); diff != "" {
		t.Error(diff)
	}
}
