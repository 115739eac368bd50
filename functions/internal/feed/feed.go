// Package feed writes what machines read of a site: Atom (RFC 4287), RSS 2.0 and
// JSON Feed 1.1 for readers of news, iCalendar (RFC 5545) for calendars, sitemaps
// and security.txt (RFC 9116) for the rest.
//
// The caller gives finished values: absolute addresses, words, HTML with absolute
// links (see Absolute). Instants are written with a numeric zone. A date that is
// not known is the zero time and is left out, except where a format demands one:
// Atom's "updated" is then the day of the entry. The same input gives the same
// bytes.
package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Feed is a list of entries, newest first, with the page it belongs to.
type Feed struct {
	ID       string // never changes, also if the site moves
	Title    string
	Subtitle string
	Language string
	Author   string // the organisation
	Home     string // address of the page
	Base     string // what the names of the feed's three files stand after
	Icon     string // a square picture
	Updated  time.Time
	Entries  []Entry
}

// Entry is one article.
type Entry struct {
	ID        string // never changes
	URL       string
	Title     string
	Summary   string
	HTML      string // the text, with absolute links
	Image     string // address of a picture, empty if there is none
	Day       time.Time
	Published time.Time // zero if it is not known
	Authors   []string
	Topics    []Topic
}

// Topic is a category of an entry.
type Topic struct{ Slug, Label string }

// The names of the files of a feed.
const (
	AtomName = "feed.xml"
	RSSName  = "rss.xml"
	JSONName = "feed.json"
)

// The types the files are served as.
const (
	AtomType = "application/atom+xml; charset=utf-8"
	RSSType  = "application/rss+xml; charset=utf-8"
	JSONType = "application/feed+json; charset=utf-8"
)

// instant writes a time with a numeric zone, which RFC 3339 allows and which
// every reader understands.
func instant(t time.Time) string { return t.Format("2006-01-02T15:04:05-07:00") }

// Absolute puts base before the addresses in HTML that begin with a slash. The
// HTML is the press's own, in which attributes stand in double quotes and quotes
// in words are escaped.
func Absolute(html, base string) string {
	one := regexp.MustCompile(` (href|src)="/`)
	html = one.ReplaceAllString(html, ` $1="`+strings.ReplaceAll(base, "$", "$$")+"/")
	return regexp.MustCompile(` srcset="([^"]*)"`).ReplaceAllStringFunc(html, func(set string) string {
		set = strings.Replace(set, `srcset="/`, `srcset="`+base+"/", 1)
		return strings.ReplaceAll(set, ", /", ", "+base+"/")
	})
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(v); err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

type jsonFeed struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	HomePage    string       `json:"home_page_url"`
	Self        string       `json:"feed_url"`
	Description string       `json:"description,omitempty"`
	Icon        string       `json:"icon,omitempty"`
	Language    string       `json:"language,omitempty"`
	Authors     []jsonAuthor `json:"authors,omitempty"`
	Items       []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html"`
	Summary   string       `json:"summary,omitempty"`
	Image     string       `json:"image,omitempty"`
	Published string       `json:"date_published,omitempty"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
}

// JSON writes the feed as JSON Feed 1.1.
func (f *Feed) JSON() ([]byte, error) {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, HomePage: f.Home, Self: f.Base + JSONName,
		Description: f.Subtitle, Icon: f.Icon, Language: f.Language,
		Authors: []jsonAuthor{{Name: f.Author, URL: f.Home}}, Items: []jsonItem{},
	}
	for _, e := range f.Entries {
		item := jsonItem{ID: e.ID, URL: e.URL, Title: e.Title, HTML: e.HTML, Summary: e.Summary, Image: e.Image}
		if !e.Published.IsZero() {
			item.Published = instant(e.Published)
		}
		for _, name := range e.Authors {
			item.Authors = append(item.Authors, jsonAuthor{Name: name})
		}
		for _, t := range e.Topics {
			item.Tags = append(item.Tags, t.Label)
		}
		out.Items = append(out.Items, item)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	return b.Bytes(), nil
}
