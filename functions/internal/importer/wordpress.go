package importer

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// wxr is what is used of a WordPress eXtended RSS document (WXR 1.2). Names are
// matched without their namespace, which has the version in it.
type wxr struct {
	Items []wxrItem `xml:"channel>item"`
}

type wxrItem struct {
	Title      string   `xml:"title"`
	Link       string   `xml:"link"`
	Bodies     []wxrXML `xml:"encoded"` // content:encoded and excerpt:encoded
	ID         string   `xml:"post_id"`
	Date       string   `xml:"post_date_gmt"`
	LocalDate  string   `xml:"post_date"`
	Name       string   `xml:"post_name"`
	Status     string   `xml:"status"`
	Type       string   `xml:"post_type"`
	Password   string   `xml:"post_password"`
	Attachment string   `xml:"attachment_url"`
	Categories []struct {
		Domain string `xml:"domain,attr"`
		Name   string `xml:",chardata"`
	} `xml:"category"`
	Meta []struct {
		Key   string `xml:"meta_key"`
		Value string `xml:"meta_value"`
	} `xml:"postmeta"`
}

type wxrXML struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
}

// ReadWordPress reads the file that WordPress writes at Tools, Export.
func ReadWordPress(r io.Reader) ([]Entry, []Notice, error) {
	var doc wxr
	d := xml.NewDecoder(r)
	d.Strict = false // exports of plugins have bare ampersands
	d.Entity = xml.HTMLEntity
	if err := d.Decode(&doc); err != nil {
		return nil, nil, fmt.Errorf("this is no whole WordPress export: %w; export it again at Tools, Export", err)
	}
	if len(doc.Items) == 0 {
		return nil, nil, fmt.Errorf("this is XML, but no WordPress export: it has no channel with items")
	}
	pictures := map[string]string{} // by the id of the attachment
	for _, it := range doc.Items {
		if it.Type == "attachment" {
			pictures[it.ID] = it.Attachment
		}
	}
	var entries []Entry
	var notices []Notice
	machinery := map[string]int{}
	for _, it := range doc.Items {
		if it.Type != "post" && it.Type != "page" && it.Type != "attachment" {
			machinery[it.Type]++
			continue
		}
		e, notice := it.entry(pictures)
		if notice.What != "" {
			notices = append(notices, notice)
		}
		if e.Where != "" {
			entries = append(entries, e)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(machinery)) {
		notices = append(notices, Notice{name, fmt.Sprintf("%d items of this type have no counterpart", machinery[name]), "write anew what is needed of them; menus stand in site.yaml"})
	}
	return entries, notices, nil
}

// entry returns the entry of an item, or why it has none.
func (it wxrItem) entry(pictures map[string]string) (Entry, Notice) {
	where := strings.TrimSpace(it.Title)
	if where == "" {
		where = "item " + it.ID
	}
	skip := func(what, cure string) (Entry, Notice) { return Entry{}, Notice{where, what, cure} }
	switch {
	case it.Type == "attachment":
		return Entry{}, Notice{} // a picture comes with the post that shows it
	case it.Status == "trash" || it.Status == "auto-draft" || it.Status == "inherit":
		return skip("is in the bin or was never saved", "restore it there and export again if it is needed")
	case it.Status == "private" || it.Password != "":
		return skip("is private or has a password; this site shows everything to everybody", "publish it there and export again if it is meant for all")
	}
	e := Entry{
		Page: it.Type == "page", Draft: it.Status != "publish" && it.Status != "future", Title: strings.TrimSpace(it.Title), Slug: it.Name,
		Published: it.published(), Address: it.Link, Where: where,
	}
	for _, b := range it.Bodies {
		switch {
		case strings.Contains(b.XMLName.Space, "excerpt"):
			e.Summary = strings.TrimSpace(b.Text)
		default:
			e.HTML = paragraphs(b.Text)
		}
	}
	for _, c := range it.Categories {
		if name := strings.TrimSpace(c.Name); (c.Domain == "category" || c.Domain == "post_tag") && name != "Uncategorized" {
			e.Tags = append(e.Tags, name)
		}
	}
	for _, m := range it.Meta {
		if m.Key == "_thumbnail_id" {
			e.Picture = pictures[m.Value]
		}
	}
	return e, Notice{}
}

func (it wxrItem) published() time.Time {
	for _, s := range []string{it.Date, it.LocalDate} {
		if t, err := time.Parse(time.DateTime, s); err == nil && t.Year() > 1970 {
			return t
		}
	}
	return time.Time{} // a draft has 0000-00-00
}

var (
	blockComment = regexp.MustCompile(`(?s)<!--\s*/?wp:.*?-->`)
	blockTag     = regexp.MustCompile(`(?i)^</?(address|article|aside|blockquote|div|dl|fieldset|figure|footer|form|h[1-6]|header|hr|iframe|li|main|nav|object|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul|video)[\s/>]`)
)

// paragraphs does what WordPress does to a text when it shows it: a blank line
// ends a paragraph. Texts of the block editor have their paragraphs already.
func paragraphs(text string) string {
	if blockComment.MatchString(text) {
		return blockComment.ReplaceAllString(text, "")
	}
	var out strings.Builder
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for part := range strings.SplitSeq(text, "\n\n") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case blockTag.MatchString(part) || strings.Contains(text, "<pre") && strings.Contains(part, "</pre"):
			out.WriteString(part + "\n\n")
		default:
			out.WriteString("<p>" + strings.ReplaceAll(part, "\n", "<br>\n") + "</p>\n\n")
		}
	}
	return out.String()
}
