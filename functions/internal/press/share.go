package press

import (
	"encoding/hex"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/draw"
	"broadsheet/functions/internal/edition"
)

// DefaultShares is a good value of Options.Shares: about the reports of two busy
// years, two and a half megabytes and half a second of the first build.
const DefaultShares = 200

// sharePicture is what others show where they link to a page.
type sharePicture struct {
	URL           string
	Width, Height int
	Alternative   string
}

// share is what a share picture is drawn from.
type share struct {
	Scene draw.Scene
	Card  draw.Card
}

// shareSite declares the picture of the whole site, which pages without one of
// their own have.
func (p *printer) shareSite() {
	config := p.facts.Config
	p.common = p.declareShare("share", share{
		Scene: draw.Scene{Members: p.region()},
		Card:  draw.Card{Title: config.Name, Line: config.Locality, Owner: config.ShortName},
	}, config.Name)
}

// shareArticles declares the pictures of the newest articles. Older ones have
// none of their own: a picture is ten kilobytes and some milliseconds, and nobody
// shares what is ten years old.
func (p *printer) shareArticles() {
	for _, a := range p.articles[:min(p.options.Shares, len(p.articles))] {
		f := p.frame
		if f.foreign(a.Language) {
			f = p.views[0].frame
		}
		card := draw.Card{Title: a.Front.Title, Line: f.dates(a.Front.Start, a.Front.End) + " · " + f.placeOf(siteOf(a)), Owner: f.facts.Config.ShortName}
		card.Kicker = f.facts.Topics.Label(a.Front.Topics[0])
		p.shares[a] = p.declareShare("share-"+content.Slug(a.Permalink), share{p.scene(siteOf(a), a.Front.Members), card}, a.Front.Title)
	}
}

// declareShare declares a share picture. Its address has the hash of what it is
// drawn from, so that pages can name it before it is drawn; a page that did not
// change keeps its picture, whatever else of the site was edited. A title that
// is not translated has one picture in all languages.
func (p *printer) declareShare(name string, s share, alternative string) *sharePicture {
	k := p.digest.sum("share", s)
	url := "/assets/" + name + "." + hex.EncodeToString(k[:6]) + ".png"
	studio := p.studio
	if !p.drawn[url] {
		p.drawn[url] = true
		p.sheets = append(p.sheets, sheet{kind: edition.KindAnswer, name: url, sum: func() key { return k }, make: func() (edition.Answer, error) {
			body, err := studio.easel.Share(studio.draw(s.Scene).Map, s.Card)
			return edition.Answer{Path: url, Type: "image/png", Class: edition.Picture, Body: body}, err
		}})
	}
	return &sharePicture{URL: url, Width: draw.ShareWidth, Height: draw.ShareHeight, Alternative: alternative}
}
