package press

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image/color"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/draw"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/feed"
)

// listed is a page as the sitemap names it.
type listed struct {
	Path string
	Day  content.Date // zero if it is not known
	In   []alternate  // the page in all languages
}

const xmlType = "application/xml; charset=utf-8"

// machinePages declares what only programs read. They name the other pages, so
// that they come last.
func (p *printer) machinePages() error {
	robots := "User-agent: *\nDisallow: /subscription\nDisallow: /search?\n\n"
	security := feed.Security{Contact: p.absolute("/contact/"), Canonical: p.absolute("/.well-known/security.txt"), AsOf: p.options.AsOf}
	for _, v := range p.views {
		robots += "Sitemap: " + v.absolute("/sitemap.xml") + "\nSitemap: " + v.absolute("/sitemap-news.xml") + "\n"
		security.Languages = append(security.Languages, v.language.Code)
	}
	p.add(edition.Answer{Path: "/robots.txt", Type: plainType, Class: edition.Feed, Body: []byte(robots)})
	p.add(edition.Answer{Path: "/.well-known/security.txt", Type: plainType, Class: edition.Feed, Body: security.Text()})
	if err := p.sitemaps(); err != nil {
		return err
	}
	return p.manifest()
}

func (p *printer) sitemaps() error {
	var urls []feed.URL
	for _, l := range p.listed {
		u := feed.URL{Loc: p.absolute(l.Path), LastMod: l.Day.Time}
		for _, in := range l.In {
			u.Versions = append(u.Versions, feed.Version{Language: in.Language, Loc: in.URL})
		}
		urls = append(urls, u)
	}
	files, err := feed.Sitemaps(p.baseURL, urls, feed.MaxURLs)
	if err != nil {
		return fmt.Errorf("press: %w", err)
	}
	for _, f := range files {
		p.add(edition.Answer{Path: "/" + f.Name, Type: xmlType, Class: edition.Feed, Body: f.Body})
	}
	body, err := feed.NewsSitemap(p.absolute("/news/"), p.fresh())
	if err != nil {
		return fmt.Errorf("press: %w", err)
	}
	p.add(edition.Answer{Path: "/sitemap-news.xml", Type: xmlType, Class: edition.Feed, Body: body})
	return nil
}

// fresh returns the articles of the last two days, of those whose publication is
// known.
func (p *printer) fresh() []feed.News {
	var news []feed.News
	for _, a := range p.articles {
		if a.Appears.IsZero() || p.foreign(a.Language) || p.reached(a.Appears.AddDate(0, 0, feed.NewsDays)) || len(news) == feed.MaxNews {
			continue
		}
		news = append(news, feed.News{
			Loc: p.absolute(a.Permalink), Title: a.Front.Title, Language: p.facts.Config.Language,
			Publication: p.facts.Config.Name, Published: a.Appears,
		})
	}
	return news
}

// iconSizes are the PNG icons: what phones put on their home screens.
func iconSizes() []int { return []int{180, 192, 512} }

// paper is the ground of icons: the ground of light pages.
func paper() color.Color { return color.RGBA{0xfb, 0xfa, 0xf6, 0xff} }

// iconURL is the address of the icon in a size. It has the hash of the drawing
// that the icon is made from.
func iconURL(svg []byte, size int, d *digester) string {
	k := d.sum("icon", svg, size)
	return fmt.Sprintf("/assets/icon-%d.%s.png", size, hex.EncodeToString(k[:6]))
}

// iconOf returns the address of the icon in a size.
func (f *frame) iconOf(size int) string { return iconURL(f.iconSource, size, newDigester(nil)) }

// icons declares the icons in PNG, and the one that browsers ask for without
// being told.
func (p *printer) icons() error {
	for _, size := range iconSizes() {
		svg := p.iconSource
		a := edition.Answer{Type: "image/png", Class: edition.Picture}
		p.declare(edition.KindAnswer, iconURL(svg, size, p.digest), a, func() key { return p.digest.sum("icon", svg, size) }, func() ([]byte, error) {
			return draw.Icon(svg, size, paper(), .72)
		})
	}
	svg := p.iconSource
	a := edition.Answer{Type: "image/vnd.microsoft.icon", Class: edition.Download}
	p.declare(edition.KindAnswer, "/favicon.ico", a, func() key { return p.digest.sum("favicon", svg) }, func() ([]byte, error) {
		b, err := draw.Icon(svg, 32, paper(), .9)
		return ico(b, 32), err
	})
	return nil
}

// ico wraps a PNG as an icon file of one picture.
func ico(picture []byte, size byte) []byte {
	var b bytes.Buffer
	b.Write([]byte{0, 0, 1, 0, 1, 0, size, size, 0, 0, 1, 0, 32, 0})
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(picture))))
	b.Write(binary.LittleEndian.AppendUint32(nil, 22)) // where the picture begins
	b.Write(picture)
	return b.Bytes()
}

type manifest struct {
	Name        string         `json:"name"`
	ShortName   string         `json:"short_name"`
	Description string         `json:"description"`
	Language    string         `json:"lang"`
	Start       string         `json:"start_url"`
	Scope       string         `json:"scope"`
	ID          string         `json:"id"`
	Display     string         `json:"display"`
	Background  string         `json:"background_color"`
	Theme       string         `json:"theme_color"`
	Icons       []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

func (p *printer) manifest() error {
	if err := p.icons(); err != nil {
		return err
	}
	c := p.facts.Config
	m := manifest{
		Name: c.Name, ShortName: c.ShortName, Description: strings.TrimSpace(c.Description), Language: c.Language,
		Start: "/", Scope: "/", ID: "/", Display: "browser", Background: "#fbfaf6", Theme: "#0b4a63",
	}
	for _, size := range []int{192, 512} {
		for _, purpose := range []string{"any", "maskable"} {
			m.Icons = append(m.Icons, manifestIcon{iconURL(p.iconSource, size, p.digest), fmt.Sprintf("%dx%d", size, size), "image/png", purpose})
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	p.add(edition.Answer{Path: "/site.webmanifest", Type: "application/manifest+json; charset=utf-8", Class: edition.Feed, Body: append(b, '\n')})
	return err
}
