package feed

import "encoding/xml"

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"xml:lang,attr,omitempty"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle,omitempty"`
	Updated  string      `xml:"updated"`
	Author   atomPerson  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Icon     string      `xml:"icon,omitempty"`
	Entries  []atomEntry `xml:"entry"`
}

type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Published  string         `xml:"published,omitempty"`
	Authors    []atomPerson   `xml:"author"`
	Link       atomLink       `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    string         `xml:"summary,omitempty"`
	Content    atomText       `xml:"content"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// Atom writes the feed in the format of RFC 4287.
func (f *Feed) Atom() ([]byte, error) {
	out := atomFeed{
		Lang: f.Language, ID: f.ID, Title: f.Title, Subtitle: f.Subtitle, Updated: instant(f.Updated),
		Author: atomPerson{Name: f.Author, URI: f.Home}, Icon: f.Icon,
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: f.Base + AtomName},
			{Rel: "alternate", Type: "text/html", Href: f.Home},
		},
	}
	for _, e := range f.Entries {
		entry := atomEntry{
			ID: e.ID, Title: e.Title, Updated: instant(e.Day), Summary: e.Summary,
			Link:    atomLink{Rel: "alternate", Type: "text/html", Href: e.URL},
			Content: atomText{Type: "html", Text: e.HTML},
		}
		if !e.Published.IsZero() {
			entry.Published = instant(e.Published)
		}
		for _, name := range e.Authors {
			entry.Authors = append(entry.Authors, atomPerson{Name: name})
		}
		for _, t := range e.Topics {
			entry.Categories = append(entry.Categories, atomCategory{t.Slug, t.Label})
		}
		out.Entries = append(out.Entries, entry)
	}
	return marshal(out)
}
