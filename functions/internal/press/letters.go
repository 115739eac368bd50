package press

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/feed"
	"broadsheet/functions/internal/issue"
)

// letterData is what letter.html gets, of the web and of the mail.
type letterData struct {
	Letter   *content.Letter
	Articles []*content.Article
	Events   []*content.Event
	Plain    string        // the Markdown as text of a mail
	Mail     template.HTML // the Markdown with the styles of a mail

	Newer, Older *content.Letter
}

// lettersData is what letters.html gets.
type lettersData struct {
	Letters []*content.Letter
	Feed    *feedLink
	Choices choices // of the form
}

// letterFeed is what the feed of newsletters is written from.
type letterFeed struct {
	Link     feedLink
	Subtitle string
	Letters  []*content.Letter
	Docs     []*document
}

// lettersOut are the newsletters that are on the site, the newest first.
func (p *printer) lettersOut() []*content.Letter {
	var out []*content.Letter
	for _, l := range p.site.Letters {
		switch {
		case p.reached(l.Front.Date.Time):
			out = append(out, l)
		case p.options.Drafts:
			out = append(out, p.ribbonedLetter(l))
		}
	}
	return out
}

// letters declares the pages of newsletters, their archive, and the mails.
func (p *printer) letters() error {
	out := p.lettersOut()
	title, err := p.text("newsletter")
	if err != nil {
		return err
	}
	archive := content.Link{Label: title, URL: "/newsletter/"}
	for i, l := range out {
		v := p.letter(l)
		data := v.Data.(letterData)
		data.Plain, data.Mail = "", "" // are not shown here
		if i > 0 {
			data.Newer = out[i-1]
		}
		if i+1 < len(out) {
			data.Older = out[i+1]
		}
		v.Title, v.Summary, v.Data, v.Crumbs, v.Day = l.Front.Title, l.Front.Summary, data, []content.Link{archive}, l.Front.Date
		if err := p.print("letter", v); err != nil {
			return err
		}
	}
	v := page{Path: archive.URL, Title: title, Summary: p.site.Strings["newsletter.summary"], Kind: "list"}
	v.Feed = p.letterFeed(archive, v.Summary, out)
	c, err := p.choices(false)
	if err != nil {
		return err
	}
	v.Data = lettersData{out, v.Feed, c}
	if err := p.print("letters", v); err != nil {
		return err
	}
	for _, l := range p.site.Letters {
		if l.Language == p.language.Code {
			p.letterMail(fmt.Sprintf("letter/%d", l.Front.Number), "letter", p.letter(l), htmlType)
		}
	}
	if err := p.digests(); err != nil {
		return err
	}
	if p.prefix() == "" {
		p.letterIndex()
	}
	return nil
}

// letterFeed declares the three formats of the feed of newsletters. It has those
// that are in its language; there is none where that is nothing.
func (p *printer) letterFeed(archive content.Link, subtitle string, out []*content.Letter) *feedLink {
	data := letterFeed{Link: feedLink{archive.Label + " – " + p.facts.Config.ShortName, archive.URL}, Subtitle: subtitle}
	for _, l := range out {
		if !p.foreign(l.Language) && len(data.Letters) < feedSize {
			data.Letters, data.Docs = append(data.Letters, l), append(data.Docs, p.rendered[l.Permalink])
		}
	}
	if len(data.Letters) == 0 {
		return nil
	}
	file(p, edition.Answer{Path: archive.URL + feed.AtomName, Type: feed.AtomType, Class: edition.Feed}, data, func(f *frame, d letterFeed) ([]byte, error) { return f.letterFeed(d).Atom() })
	file(p, edition.Answer{Path: archive.URL + feed.RSSName, Type: feed.RSSType, Class: edition.Feed}, data, func(f *frame, d letterFeed) ([]byte, error) { return f.letterFeed(d).RSS() })
	file(p, edition.Answer{Path: archive.URL + feed.JSONName, Type: feed.JSONType, Class: edition.Feed}, data, func(f *frame, d letterFeed) ([]byte, error) { return f.letterFeed(d).JSON() })
	return &data.Link
}

func (f *frame) letterFeed(d letterFeed) *feed.Feed {
	config := f.facts.Config
	out := &feed.Feed{
		ID: config.URL + f.address(d.Link.Base), Title: d.Link.Title, Subtitle: d.Subtitle, Language: config.Language,
		Author: config.Name, Home: f.absolute(d.Link.Base), Base: f.absolute(d.Link.Base), Icon: f.absolute(f.icon), Updated: d.Letters[0].Front.Date.Time,
	}
	for i, l := range d.Letters {
		day := l.Front.Date.Time
		out.Entries = append(out.Entries, feed.Entry{
			ID: config.URL + f.address(l.Permalink), URL: f.absolute(l.Permalink), Title: l.Front.Title, Summary: l.Front.Summary,
			HTML: feed.Absolute(string(f.localise([]byte(d.Docs[i].HTML()))), f.baseURL), Day: day, Published: day,
		})
	}
	return out
}

// letter is a newsletter as both its page and its mail show it.
func (v *view) letter(l *content.Letter) page {
	data := letterData{Letter: l, Plain: v.plain[l.Permalink]}
	doc := v.rendered[l.Permalink]
	data.Mail = v.mailHTML(doc.HTML())
	for _, link := range l.Front.Articles {
		if i := slices.IndexFunc(v.site.Articles, func(a *content.Article) bool { return a.Permalink == link }); i >= 0 {
			data.Articles = append(data.Articles, v.site.Articles[i])
		}
	}
	for _, link := range l.Front.Events {
		if i := slices.IndexFunc(v.site.Events, func(e *content.Event) bool { return e.Permalink == link }); i >= 0 {
			data.Events = append(data.Events, v.site.Events[i])
		}
	}
	return page{Path: l.Permalink, Title: l.Subject(), Summary: l.Preheader(), Kind: "letter", Doc: doc, Data: data}
}

// letterMail declares the three blanks of a mail that is sent to many: subject,
// text and HTML.
func (p *printer) letterMail(name, template string, v page, kind string) {
	p.plainBlank(name+"/subject", v.Title)
	f := p.frame
	for _, part := range []struct{ name, contentType string }{{"text", plainType}, {"html", kind}} {
		p.declare(edition.KindBlank, name+"/"+part.name, edition.Answer{Type: part.contentType}, func() key { return p.digest.sum(p.key, "mail", template, v, part.name, part.contentType) }, func() ([]byte, error) {
			text, html, err := f.mail(template, v)
			if part.name == "html" {
				return html, err
			}
			return text, err
		})
	}
}

// digestData is what the templates digest and card get.
type digestData struct {
	Kind    string
	Article *content.Article
}

// digests declares what digests are put together from: a mail around the items
// of each kind, and a card of each article that is new or will be.
func (p *printer) digests() error {
	for _, kind := range []issue.Kind{issue.Article, issue.Weekly, issue.Monthly} {
		subject, err := p.text("letter." + string(kind) + ".subject")
		if err != nil {
			return err
		}
		// Not text/html: its items are HTML, which Fill must leave alone.
		p.letterMail("letter/"+string(kind), "digest", page{Title: strings.NewReplacer("{title}", edition.Slot("title"), "{list}", p.site.Config.Newsletter.Name).Replace(subject), Data: digestData{Kind: string(kind)}}, plainType)
	}
	for _, a := range p.news4mail() {
		if a.Language == p.language.Code {
			p.letterMail("letter/card"+a.Permalink, "card", p.card(a), plainType)
		}
	}
	return nil
}

func (v *view) card(a *content.Article) page {
	return page{Path: a.Permalink, Title: a.Front.Title, Data: digestData{Article: a}}
}

// mailable is how old an article may be to have a card: the longest digest covers
// a month and may be late.
const mailable = 62 * 24 * time.Hour

// news4mail are the articles that a digest may still have.
func (p *printer) news4mail() []*content.Article {
	var all []*content.Article
	for _, a := range p.site.Articles {
		known := !a.Front.Published.IsZero() && (!a.Front.Draft || p.options.Drafts)
		if known && a.Appears.After(p.options.AsOf.Add(-mailable)) {
			all = append(all, a)
		}
	}
	return all
}
