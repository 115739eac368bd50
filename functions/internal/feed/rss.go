package feed

import (
	"encoding/xml"
	"time"
)

type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Content string     `xml:"xmlns:content,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language,omitempty"`
	Built       string    `xml:"lastBuildDate"`
	Self        atomLink  `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	GUID        rssGUID  `xml:"guid"`
	Published   string   `xml:"pubDate,omitempty"`
	Creators    []string `xml:"dc:creator"`
	Categories  []string `xml:"category"`
	Description string   `xml:"description"`
	Content     string   `xml:"content:encoded"`
}

type rssGUID struct {
	IsPermaLink bool   `xml:"isPermaLink,attr"`
	ID          string `xml:",chardata"`
}

// RSS writes the feed as RSS 2.0 by the profile of the RSS Advisory Board.
func (f *Feed) RSS() ([]byte, error) {
	out := rss{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/",
		Content: "http://purl.org/rss/1.0/modules/content/",
		Channel: rssChannel{
			Title: f.Title, Link: f.Home, Description: f.Subtitle, Language: f.Language, Built: f.Updated.Format(time.RFC1123Z),
			Self: atomLink{Rel: "self", Type: "application/rss+xml", Href: f.Base + RSSName},
		},
	}
	for _, e := range f.Entries {
		item := rssItem{
			Title: e.Title, Link: e.URL, GUID: rssGUID{e.ID == e.URL, e.ID},
			Creators: e.Authors, Description: e.Summary, Content: e.HTML,
		}
		if !e.Published.IsZero() {
			item.Published = e.Published.Format(time.RFC1123Z)
		}
		for _, t := range e.Topics {
			item.Categories = append(item.Categories, t.Label)
		}
		out.Channel.Items = append(out.Channel.Items, item)
	}
	return marshal(out)
}
