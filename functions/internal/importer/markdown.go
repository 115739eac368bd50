package importer

import (
	"bytes"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"broadsheet/functions/internal/content"
)

// text is an entry's text as Markdown, and the pictures that stand beside it.
type text struct {
	markdown string
	plain    string
	pictures map[string][]byte // by file name
	missed   int               // pictures, where no folder has any
	notices  []Notice
}

// translator turns HTML into the Markdown that content takes: no raw HTML, no
// heading of the first level, links that lead somewhere, pictures beside the
// text and with words.
type translator struct {
	pictures fs.FS             // may be nil
	moved    map[string]string // old path to permalink
	hosts    map[string]bool   // hosts of the old site
	entry    Entry
	noticed  map[Notice]bool // so that each is told once
	out      text
}

func (t *translator) notice(what, cure string) {
	n := Notice{t.entry.Where, what, cure}
	if t.noticed[n] {
		return
	}
	if t.noticed == nil {
		t.noticed = map[Notice]bool{}
	}
	t.noticed[n] = true
	t.out.notices = append(t.out.notices, n)
}

func (t *translator) translate() (text, error) {
	doc, err := html.ParseFragment(strings.NewReader(t.entry.HTML), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return text{}, err
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	for _, n := range doc {
		body.AppendChild(n)
	}
	t.out.pictures = map[string][]byte{}
	t.clean(body)
	t.head(body)
	t.out.plain = textOf(body)
	var whole bytes.Buffer
	if err := html.Render(&whole, body); err != nil {
		return text{}, err
	}
	convert := converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(commonmark.WithListEndComment(false)), table.NewTablePlugin()))
	markdown, err := convert.ConvertString(whole.String())
	if err != nil {
		return text{}, err
	}
	t.out.markdown = strings.TrimSpace(markdown)
	return t.out, nil
}

var shortcode = regexp.MustCompile(`\[/?([a-z][a-z0-9_-]+)(?: [^\]\n]*)?\]`)

// clean removes from a text what the site does not take, and mends what it does.
func (t *translator) clean(body *html.Node) {
	for _, n := range cascadia.QueryAll(body, cascadia.MustCompile("script, style, iframe, object, embed, form, video, audio, svg, canvas, noscript")) {
		if n.Data != "style" && n.Data != "noscript" {
			t.notice("a "+n.Data+" was left out "+attribute(n, "src"), "link to what it showed, or describe it in words")
		}
		n.Parent.RemoveChild(n)
	}
	for _, n := range cascadia.QueryAll(body, cascadia.MustCompile("h1")) {
		n.Data, n.DataAtom = "h2", atom.H2
	}
	for _, n := range cascadia.QueryAll(body, cascadia.MustCompile("img")) {
		t.image(n)
	}
	for _, n := range cascadia.QueryAll(body, cascadia.MustCompile("a")) {
		t.link(n)
	}
	for n := range body.Descendants() {
		if n.Type != html.TextNode || n.Parent.Data == "code" || n.Parent.Data == "pre" {
			continue
		}
		n.Data = shortcode.ReplaceAllStringFunc(n.Data, func(s string) string {
			name := shortcode.FindStringSubmatch(s)[1]
			if name != "caption" && name != "wp_caption" {
				t.notice("the shortcode ["+name+"] was left out", "put in its place what it showed")
			}
			return ""
		})
	}
}

// head puts the picture of the entry in front of its text.
func (t *translator) head(body *html.Node) {
	if t.entry.Picture == "" || t.out.pictures[pictureName(t.entry.Picture)] != nil {
		return
	}
	img := &html.Node{Type: html.ElementNode, Data: "img", DataAtom: atom.Img, Attr: []html.Attribute{{Key: "src", Val: t.entry.Picture}, {Key: "alt", Val: ""}}}
	p := &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P}
	p.AppendChild(img)
	body.InsertBefore(p, body.FirstChild)
	t.image(img)
}

// image takes a picture along if its file is at hand.
func (t *translator) image(n *html.Node) {
	src := attribute(n, "src")
	name := pictureName(src)
	file := t.find(src)
	switch {
	case file == nil && t.pictures == nil:
		t.out.missed++
	case file == nil:
		t.notice("the picture "+short(src)+" is not in the folder of pictures", "put it there and import again")
	case !strings.Contains(" .jpg .jpeg .png .gif ", " "+path.Ext(name)+" "):
		t.notice("the picture "+short(src)+" is of a kind that is not taken", "save it as JPEG or PNG")
		file = nil
	}
	if file == nil {
		n.Parent.RemoveChild(n)
		return
	}
	t.out.pictures[name] = file
	alt := strings.TrimSpace(attribute(n, "alt"))
	if alt == "" {
		alt = "Picture without a description"
		t.notice("the picture "+name+" has no alternative text", "say in its square brackets what it shows")
	}
	n.Attr = []html.Attribute{{Key: "src", Val: name}, {Key: "alt", Val: alt}}
}

func pictureName(src string) string {
	u, err := url.Parse(src)
	if err != nil {
		return ""
	}
	ext := strings.ToLower(path.Ext(u.Path))
	return content.SlugFor(strings.TrimSuffix(path.Base(u.Path), path.Ext(u.Path))) + ext
}

// resolve returns a reference as seen from the entry's old address.
func (t *translator) resolve(reference string) (*url.URL, error) {
	base, err := url.Parse(t.entry.Address)
	if err != nil {
		base = &url.URL{}
	}
	return base.Parse(reference)
}

// find looks for the file of an address: at its path, and at that without its
// first folders.
func (t *translator) find(src string) []byte {
	u, err := t.resolve(src)
	if err != nil || t.pictures == nil || src == "" {
		return nil
	}
	for rest := strings.TrimPrefix(path.Clean("/"+u.Path), "/"); rest != ""; {
		if b, err := fs.ReadFile(t.pictures, rest); err == nil {
			return b
		}
		_, next, found := strings.Cut(rest, "/")
		if !found {
			break
		}
		rest = next
	}
	return nil
}

// link lets a link lead to where its target is now.
func (t *translator) link(n *html.Node) {
	href := strings.TrimSpace(attribute(n, "href"))
	u, err := t.resolve(href)
	keep := func(target string) { n.Attr = []html.Attribute{{Key: "href", Val: target}} }
	switch {
	case href == "" || err != nil || strings.TrimSpace(textOf(n)) == "" && cascadia.Query(n, cascadia.MustCompile("img")) == nil:
		unwrap(n)
		return
	case strings.HasPrefix(href, "#"):
		// Headings get other fragments here.
		t.notice("the link "+short(href)+" within the page was left out", "link to the heading's words in small letters with hyphens")
		unwrap(n)
	case t.moved[pathOf(u)] != "" && (u.Host == "" || t.hosts[u.Host]):
		keep(t.moved[pathOf(u)])
	case u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "mailto":
		keep(u.String())
	default:
		t.notice("the link "+short(href)+" leads to nothing that was imported", "link to where it is now")
		unwrap(n)
	}
	// A picture that links to its large self needs no link.
	if cascadia.Query(n, cascadia.MustCompile("img")) != nil && strings.TrimSpace(textOf(n)) == "" {
		unwrap(n)
	}
}

func pathOf(u *url.URL) string { return Entry{Address: u.String()}.oldPath() }

func short(s string) string {
	if len(s) > 80 {
		return s[:77] + "…"
	}
	return s
}

// unwrap puts the children of an element in its place.
func unwrap(n *html.Node) {
	if n.Parent == nil {
		return
	}
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
}

func removeAll(n *html.Node, selector string) {
	for _, m := range cascadia.QueryAll(n, cascadia.MustCompile(selector)) {
		if m.Parent != nil {
			m.Parent.RemoveChild(m)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf returns the words below a node, with one space between them.
func textOf(n *html.Node) string {
	var b strings.Builder
	for m := range n.Descendants() {
		switch {
		case m.Type == html.TextNode:
			b.WriteString(m.Data)
		case m.DataAtom == atom.P || m.DataAtom == atom.Br || m.DataAtom == atom.Li || m.DataAtom == atom.Td || m.DataAtom == atom.H2:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func inner(n *html.Node) string {
	var b bytes.Buffer
	for c := range n.ChildNodes() {
		_ = html.Render(&b, c) // a buffer takes everything
	}
	return b.String()
}

// words returns the words of a piece of HTML.
func words(s string) string {
	n, err := html.Parse(strings.NewReader(s))
	if err != nil {
		return s
	}
	return textOf(n)
}
