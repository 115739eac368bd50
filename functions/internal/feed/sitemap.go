package feed

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// The limits of the sitemap protocol (sitemaps.org) and of news sitemaps.
const (
	MaxURLs  = 50_000
	MaxNews  = 1_000
	NewsDays = 2 // what is older is no news
)

// URL is a page in a sitemap.
type URL struct {
	Loc      string
	LastMod  time.Time // zero if it is not known
	Versions []Version // the page in every language it has, its own included
}

// Version is a page in one language.
type Version struct{ Language, Loc string }

// News is an article in a news sitemap.
type News struct {
	Loc, Title, Language, Publication string
	Published                         time.Time
}

type urlSet struct {
	XMLName xml.Name   `xml:"urlset"`
	NS      string     `xml:"xmlns,attr"`
	XHTML   string     `xml:"xmlns:xhtml,attr,omitempty"`
	News    string     `xml:"xmlns:news,attr,omitempty"`
	URLs    []urlEntry `xml:"url"`
}

type urlEntry struct {
	Loc     string      `xml:"loc"`
	LastMod string      `xml:"lastmod,omitempty"`
	News    *newsEntry  `xml:"news:news"`
	Links   []xhtmlLink `xml:"xhtml:link"`
}

type xhtmlLink struct {
	Rel      string `xml:"rel,attr"`
	Language string `xml:"hreflang,attr"`
	Href     string `xml:"href,attr"`
}

type newsEntry struct {
	Publication struct {
		Name     string `xml:"news:name"`
		Language string `xml:"news:language"`
	} `xml:"news:publication"`
	Date  string `xml:"news:publication_date"`
	Title string `xml:"news:title"`
}

type siteIndex struct {
	XMLName xml.Name   `xml:"sitemapindex"`
	NS      string     `xml:"xmlns,attr"`
	Maps    []urlEntry `xml:"sitemap"`
}

const sitemapNS = "http://www.sitemaps.org/schemas/sitemap/0.9"

// File is a machine page with its name at the root of the site.
type File struct {
	Name string
	Body []byte
}

// Sitemaps writes sitemap.xml. A site with more pages than one file may list
// gets an index there and its pages in sitemap-1.xml and so on. base is the
// site's address without a slash at the end.
func Sitemaps(base string, urls []URL, perFile int) ([]File, error) {
	if len(urls) <= perFile {
		body, err := sitemap(urls)
		return []File{{"sitemap.xml", body}}, err
	}
	index := siteIndex{NS: sitemapNS}
	files := []File{{Name: "sitemap.xml"}}
	for n := 1; len(urls) > 0; n++ {
		part := urls[:min(perFile, len(urls))]
		urls = urls[len(part):]
		body, err := sitemap(part)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("sitemap-%d.xml", n)
		entry := urlEntry{Loc: base + "/" + name}
		var newest time.Time
		for _, u := range part {
			if u.LastMod.After(newest) {
				newest = u.LastMod
			}
		}
		if !newest.IsZero() {
			entry.LastMod = newest.Format(time.DateOnly)
		}
		index.Maps = append(index.Maps, entry)
		files = append(files, File{name, body})
	}
	var err error
	files[0].Body, err = marshal(index)
	return files, err
}

func sitemap(urls []URL) ([]byte, error) {
	set := urlSet{NS: sitemapNS}
	for _, u := range urls {
		e := urlEntry{Loc: u.Loc}
		if !u.LastMod.IsZero() {
			e.LastMod = u.LastMod.Format(time.DateOnly)
		}
		for _, v := range u.Versions {
			set.XHTML = "http://www.w3.org/1999/xhtml"
			e.Links = append(e.Links, xhtmlLink{"alternate", v.Language, v.Loc})
		}
		set.URLs = append(set.URLs, e)
	}
	return marshal(set)
}

// NewsSitemap writes a news sitemap of the articles of the last NewsDays. Where
// there are none it names the list of news alone, since a sitemap without a page
// is not valid.
func NewsSitemap(list string, articles []News) ([]byte, error) {
	set := urlSet{NS: sitemapNS, News: "http://www.google.com/schemas/sitemap-news/0.9"}
	for _, a := range articles {
		n := &newsEntry{Date: instant(a.Published), Title: a.Title}
		n.Publication.Name, n.Publication.Language = a.Publication, a.Language
		set.URLs = append(set.URLs, urlEntry{Loc: a.Loc, News: n})
	}
	if len(set.URLs) == 0 {
		set.URLs = []urlEntry{{Loc: list}}
	}
	return marshal(set)
}

// Security is the content of security.txt.
type Security struct {
	Contact   string // an address: https: or mailto:
	Canonical string
	Languages []string
	AsOf      time.Time
}

// Text writes security.txt (RFC 9116). It expires 360 days after the site was
// printed, so that it is in force for less than a year, as the RFC recommends,
// and one commit gives one text.
func (s Security) Text() []byte {
	expires := s.AsOf.UTC().Truncate(24*time.Hour).AddDate(0, 0, 360)
	return fmt.Appendf(nil, "Contact: %s\nExpires: %s\nPreferred-Languages: %s\nCanonical: %s\n",
		s.Contact, expires.Format(time.RFC3339), strings.Join(s.Languages, ", "), s.Canonical)
}
