package press

import (
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/feed"
)

// feedSize is how many entries a feed has.
const feedSize = 30

// feedLink is a feed as pages name it: its title and the address of the list it
// belongs to, after which the names of its files stand.
type feedLink struct{ Title, Base string }

// feedData is what a feed is written from.
type feedData struct {
	Link     feedLink
	Subtitle string
	Articles []*content.Article
	Docs     []*document
	Shares   []string // addresses of pictures, empty where there is none
}

// feeds declares the three formats of a feed and returns its link. A feed has
// what there is in its language; there is none where that is nothing.
func (p *printer) feeds(base, title, subtitle string, articles []*content.Article) *feedLink {
	data := feedData{Link: feedLink{title, base}, Subtitle: subtitle}
	for _, a := range articles {
		if p.foreign(a.Language) || len(data.Articles) == feedSize {
			continue
		}
		data.Articles = append(data.Articles, a)
		data.Docs = append(data.Docs, p.rendered[a.Permalink])
		picture := ""
		if s := p.shares[a]; s != nil {
			picture = s.URL
		}
		data.Shares = append(data.Shares, picture)
	}
	if len(data.Articles) == 0 {
		return nil
	}
	for _, format := range []struct {
		name, contentType string
		write             func(*frame, feedData) ([]byte, error)
	}{
		{feed.AtomName, feed.AtomType, writeAtom},
		{feed.RSSName, feed.RSSType, writeRSS},
		{feed.JSONName, feed.JSONType, writeJSON},
	} {
		file(p, edition.Answer{Path: base + format.name, Type: format.contentType, Class: edition.Feed}, data, format.write)
	}
	return &data.Link
}

func writeAtom(f *frame, d feedData) ([]byte, error) { return f.feed(d).Atom() }
func writeRSS(f *frame, d feedData) ([]byte, error)  { return f.feed(d).RSS() }
func writeJSON(f *frame, d feedData) ([]byte, error) { return f.feed(d).JSON() }

// feed turns articles into entries. What is known for ever is named by the
// content's own url, so that feeds of a copy under another SITE_URL, or after a
// move, do not show everything as new.
func (f *frame) feed(d feedData) *feed.Feed {
	config := f.facts.Config
	out := &feed.Feed{
		ID: config.URL + f.address(d.Link.Base), Title: d.Link.Title, Subtitle: d.Subtitle, Language: config.Language,
		Author: config.Name, Home: f.absolute(d.Link.Base), Base: f.absolute(d.Link.Base), Icon: f.absolute(f.icon),
	}
	for i, a := range d.Articles {
		e := feed.Entry{
			ID: config.URL + f.address(a.Permalink), URL: f.absolute(a.Permalink), Title: a.Front.Title, Summary: a.Front.Summary,
			HTML: feed.Absolute(string(f.localise([]byte(d.Docs[i].HTML()))), f.baseURL), Day: a.Day().Time, Published: a.Appears,
		}
		if a.Front.Byline != "" {
			e.Authors = []string{a.Front.Byline}
		}
		if d.Shares[i] != "" {
			e.Image = f.absolute(d.Shares[i])
		}
		for _, t := range a.Front.Topics {
			e.Topics = append(e.Topics, feed.Topic{Slug: t, Label: f.facts.Topics.Label(t)})
		}
		if e.Day.After(out.Updated) {
			out.Updated = e.Day
		}
		out.Entries = append(out.Entries, e)
	}
	return out
}
