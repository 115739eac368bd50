package press

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// item is a publication with the cover that is drawn for it.
type item struct {
	*content.Publication
	Series content.PublicationSeries
	Tone   int    // of the cover, one of three
	Size   string // of its file, as "44 kB"
	Sheets int    // pages of its file
}

// tones is how many looks of covers there are; the style sheet has them.
const tones = 3

// publicationsData is what publications.html gets.
type publicationsData struct {
	Groups    []publicationGroup
	Elsewhere []content.Periodical
	Total     int
}

// publicationGroup is a series with its items, the newest first.
type publicationGroup struct {
	content.PublicationSeries
	URL   string
	Items []item
}

// publicationData is what publication.html gets.
type publicationData struct {
	Item item
	item
	Newer, Older *item
	Citation     string
}

// publications prints the list of all, of each series, and a page for each item
// with its file.
func (p *printer) publications() error {
	title, err := p.text("publications")
	if err != nil {
		return err
	}
	summary := p.site.Strings["publications.summary"]
	groups := p.publicationGroups()
	data := publicationsData{Groups: groups, Elsewhere: p.site.Elsewhere, Total: len(p.site.Publications)}
	if err := p.print("publications", page{Path: "/publications/", Title: title, Summary: summary, Kind: "list", Data: data}); err != nil {
		return err
	}
	crumbs := []content.Link{{Label: title, URL: "/publications/"}}
	for _, g := range groups {
		alone := publicationsData{Groups: []publicationGroup{g}, Total: len(g.Items)}
		if err := p.print("publications", page{Path: g.URL, Title: g.Label, Summary: summary, Kind: "list", Crumbs: crumbs, Data: alone}); err != nil {
			return err
		}
		for i := range g.Items {
			if err := p.publication(g, i, append(crumbs[:1:1], content.Link{Label: g.Label, URL: g.URL})); err != nil {
				return err
			}
		}
	}
	return nil
}

// publicationGroups returns the series that have items.
func (p *printer) publicationGroups() []publicationGroup {
	var groups []publicationGroup
	for n, s := range p.site.PublicationSeries {
		g := publicationGroup{PublicationSeries: s, URL: "/publications/" + s.Slug + "/"}
		for _, pub := range p.site.Publications {
			if pub.Series == s.Slug {
				g.Items = append(g.Items, itemOf(pub, s, n%tones))
			}
		}
		if len(g.Items) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func itemOf(pub *content.Publication, s content.PublicationSeries, tone int) item {
	i := item{Publication: pub, Series: s, Tone: tone, Sheets: pub.FilePages()}
	if pub.Download != nil {
		i.Size = size(len(pub.Download.Body))
	}
	return i
}

func (p *printer) publication(g publicationGroup, i int, crumbs []content.Link) error {
	data := publicationData{Item: g.Items[i], item: g.Items[i]}
	if i > 0 {
		data.Newer = &g.Items[i-1]
	}
	if i+1 < len(g.Items) {
		data.Older = &g.Items[i+1]
	}
	f := data.Front
	data.Citation = fmt.Sprintf("%s, “%s”", p.site.Config.ShortName, f.Title)
	if !f.Date.IsZero() {
		data.Citation += ", " + p.approx(f.Date)
	}
	data.Citation += ". " + p.absolute(data.Permalink)
	if d := data.Download; d != nil {
		p.add(edition.Answer{Path: d.URL, Type: d.Type, Class: edition.Download, Body: d.Body})
	}
	return p.print("publication", page{Path: data.Permalink, Title: f.Title, Summary: f.Summary, Kind: "publication", Doc: p.rendered[data.Permalink], Crumbs: crumbs, Data: data, About: p.describePublication(data.item)})
}

// describePublication is the item for machines, as schema.org has it.
func (p *printer) describePublication(i item) node {
	f := i.Front
	d := node{
		"@type": "PublicationIssue",
		"name":  f.Title, "description": f.Summary, "url": p.absolute(i.Permalink), "inLanguage": f.Language,
		"isPartOf": node{"@type": "Periodical", "name": i.Series.Label, "url": p.absolute("/publications/" + i.Series.Slug + "/")},
	}
	if f.Number > 0 {
		d["issueNumber"] = strconv.Itoa(f.Number)
	}
	if !f.Date.IsZero() {
		d["datePublished"] = f.Date.String()
	}
	return d
}

// latestPublication is the item that came out last, of those whose date is
// known; nil if there is none.
func (p *printer) latestPublication() *item {
	var latest *item
	for _, g := range p.publicationGroups() {
		for _, i := range g.Items {
			if !i.Front.Date.IsZero() && (latest == nil || i.Front.Date.String() > latest.Front.Date.String()) {
				latest = &i
			}
		}
	}
	return latest
}

// size writes a number of bytes for people, in units of 1000 as the signs k and
// M mean them, with a space that does not break.
func size(n int) string {
	switch {
	case n < 1000:
		return strconv.Itoa(n) + "\u00a0B"
	case n < 999_500:
		return strconv.Itoa((n+500)/1000) + "\u00a0kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + "\u00a0MB"
}

// approx writes a date of which parts may be unknown: "2012", "July 2012".
func (f *frame) approx(a content.Approx) string {
	if a.Month == 0 {
		return strconv.Itoa(a.Year)
	}
	d := content.Date{Time: time.Date(a.Year, time.Month(a.Month), max(1, a.Day), 0, 0, 0, 0, time.UTC)}
	if a.Day == 0 {
		return f.month(d)
	}
	return f.date(d)
}

// A cover is a sheet of A4 in millimetres.
const (
	coverLine  = 15 // letters on a line of the title
	coverLines = 5
)

// cover draws the cover of a publication from its series, title and period. It
// is decoration: all of it stands in words beside it.
func (f *frame) cover(i item) (template.HTML, error) {
	name := i.Front.Cover
	if name == "" {
		name = i.Series.Drawing
	}
	drawing, err := f.drawing(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="cover tone-%d" viewBox="0 0 210 297" aria-hidden="true" focusable="false"><rect class="cover-sheet" width="210" height="297" rx="3"/><rect class="cover-band" width="210" height="22" rx="3"/>`, i.Tone)
	fmt.Fprintf(&b, `<text class="cover-series" x="20" y="48">%s</text>`, html.EscapeString(clip(i.Series.Label, 30)))
	lines := wrap(i.Front.Title, coverLine, coverLines)
	for n, line := range lines {
		fmt.Fprintf(&b, `<text class="cover-title" x="20" y="%d">%s</text>`, 76+n*23, html.EscapeString(line))
	}
	at := 76 + len(lines)*23 - 8
	fmt.Fprintf(&b, `<path class="cover-rule" d="M20 %dh60"/>`, at)
	if mark := f.coverMark(i.Front); !strings.Contains(i.Front.Title, mark) {
		fmt.Fprintf(&b, `<text class="cover-mark" x="20" y="%d">%s</text>`, at+17, html.EscapeString(mark))
	}
	b.WriteString(strings.Replace(string(drawing), `<svg class="drawing" aria-hidden="true" focusable="false" `, `<svg class="cover-art" x="105" y="192" width="85" height="85" `, 1))
	b.WriteString("</svg>")
	return template.HTML(b.String()), nil
}

// coverMark is what tells an item from the others of its series.
func (f *frame) coverMark(front content.PublicationFront) string {
	switch {
	case !front.Date.IsZero():
		return f.approx(front.Date)
	case front.Period != "":
		return front.Period
	case front.Number > 0:
		return strconv.Itoa(front.Number)
	}
	return ""
}

// wrap breaks a text into lines of about width letters. What does not fit into
// the lines is cut with an ellipsis.
func wrap(text string, width, lines int) []string {
	var all []string
	for _, word := range strings.Fields(text) {
		last := len(all) - 1
		if last >= 0 && len([]rune(all[last]))+1+len([]rune(word)) <= width {
			all[last] += " " + word
		} else {
			all = append(all, word)
		}
	}
	if len(all) > lines {
		all = all[:lines]
		all[lines-1] = strings.TrimRight(all[lines-1], ",;:") + " …"
	}
	for i := range all {
		all[i] = clip(all[i], width+2)
	}
	return all
}

// clip cuts a text that is longer than n letters.
func clip(text string, n int) string {
	if letters := []rune(text); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return text
}
