// Package render turns Markdown into HTML and templates into pages and mails.
//
// Markdown is CommonMark with tables. Raw HTML is refused, so that no editor
// can publish a script by mistake; so are headings of the first level (the page
// has one already), pictures without alternative text and links to what is not
// a web address. Every refusal is a content.Problem with its place.
package render

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"broadsheet/functions/internal/asset"
	"broadsheet/functions/internal/content"
)

// Document is a Markdown body as HTML and what was seen on the way.
type Document struct {
	HTML     template.HTML
	Text     string // the words alone, for search and counts
	Headings []Heading
	Links    []Link   // internal links, for whoever knows all addresses
	Pictures []string // by their paths in the content folder; what they look like shows in HTML
}

// Heading is a heading with the fragment that leads to it.
type Heading struct {
	Level    int
	ID, Text string
}

// Link is an internal link and where it stands.
type Link struct {
	URL string
	content.Place
	Target content.Place // of the address itself; zero if it stands elsewhere
}

// Markdown renders the bodies of one site. It is safe for concurrent use.
type Markdown struct {
	goldmark goldmark.Markdown
	assets   *asset.Set
	language parser.ContextKey // of the body being parsed
}

// NewMarkdown returns a Markdown that takes pictures from assets.
func NewMarkdown(assets *asset.Set) *Markdown {
	m := &Markdown{assets: assets, language: parser.NewContextKey()}
	m.goldmark = goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Typographer),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithInlineParsers(util.Prioritized(spaces{m.language}, 900))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(pictures{}, 100))),
	)
	return m
}

// Render renders the body of a file, which is written in a language. The
// problems, if any, say what the editor has to mend.
func (m *Markdown) Render(f content.File, language string) (Document, content.Problems) {
	context := parser.NewContext()
	context.Set(m.language, language)
	root := m.goldmark.Parser().Parse(text.NewReader(f.Body), parser.WithContext(context))
	w := &walker{file: f, assets: m.assets, ids: map[string]bool{}}
	// The walker returns no error of its own.
	_ = ast.Walk(root, w.visit)
	w.fragments()
	var out bytes.Buffer
	if err := m.goldmark.Renderer().Render(&out, f.Body, root); err != nil {
		w.problem(0, err.Error(), "")
	}
	w.doc.HTML = template.HTML(out.String())
	w.doc.Text = strings.Join(strings.Fields(w.words.String()), " ")
	return w.doc, w.problems
}

type walker struct {
	file     content.File
	assets   *asset.Set
	doc      Document
	words    strings.Builder
	ids      map[string]bool
	own      []Link // links to fragments of this page
	problems content.Problems
}

// at returns the place of a byte offset of the body.
func (w *walker) at(offset int) content.Place {
	before := w.file.Body[:min(max(offset, 0), len(w.file.Body))]
	line := bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return content.Place{Line: w.file.BodyLine + line + 1, Column: column}
}

// target returns where the address of a link stands that begins at an offset.
func (w *walker) target(offset int, address string) content.Place {
	rest := w.file.Body[max(offset, 0):]
	written := []byte("](" + address)
	i := bytes.Index(rest, written)
	if i < 0 || !bytes.ContainsAny(rest[i+len(written):min(i+len(written)+1, len(rest))], ") \t\n") {
		return content.Place{}
	}
	return w.at(max(offset, 0) + i + len("]("))
}

func (w *walker) problem(offset int, what, cure string) {
	at := w.at(offset)
	w.problems = append(w.problems, content.Problem{File: w.file.Path, Line: at.Line, Column: at.Column, What: what, Cure: cure})
}

func (w *walker) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		if n.Type() == ast.TypeBlock {
			w.words.WriteByte('\n')
		}
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Text:
		w.words.Write(n.Segment.Value(w.file.Body))
		if n.SoftLineBreak() || n.HardLineBreak() {
			w.words.WriteByte(' ')
		}
	case *ast.String:
		w.words.WriteString(html.UnescapeString(string(n.Value))) // the typographer writes references
	case *ast.HTMLBlock, *ast.RawHTML:
		w.problem(n.Pos(), "raw HTML", "write it as Markdown; HTML is not taken from content")
	case *ast.Heading:
		w.heading(n)
	case *ast.Link:
		w.link(n)
	case *ast.AutoLink:
		n.SetAttributeString("rel", []byte("external"))
	case *ast.Image:
		w.image(n)
	}
	return ast.WalkContinue, nil
}

func (w *walker) heading(n *ast.Heading) {
	if n.Level == 1 {
		w.problem(n.Pos(), "a heading of the first level", "begin headings with ##; the title is the page's only first-level heading")
	}
	id, _ := n.AttributeString("id")
	name, _ := id.([]byte)
	w.ids[string(name)] = true
	w.doc.Headings = append(w.doc.Headings, Heading{Level: n.Level, ID: string(name), Text: plain(n, w.file.Body)})
}

// link sorts a link by where it leads and refuses what no reader could follow.
func (w *walker) link(n *ast.Link) {
	target := string(n.Destination)
	u, err := url.Parse(target)
	switch {
	case err != nil || target == "":
		w.problem(n.Pos(), fmt.Sprintf("the link leads to %q", target), "write an address between the round brackets")
	case strings.TrimSpace(plain(n, w.file.Body)) == "" && !hasImage(n):
		w.problem(n.Pos(), "a link without words", "write between the square brackets where it leads")
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" {
			w.problem(n.Pos(), fmt.Sprintf("%q has no host", target), "write the whole address")
		}
		n.SetAttributeString("rel", []byte("external"))
	case u.Scheme == "mailto":
	case u.Scheme != "" || u.Host != "":
		w.problem(n.Pos(), fmt.Sprintf("links may not begin with %q", strings.SplitAfter(target, ":")[0]), "use https:// or an address of this site")
	case strings.HasPrefix(target, "#"):
		w.own = append(w.own, Link{URL: target, Place: w.at(n.Pos())})
	case strings.HasPrefix(target, "/"):
		w.doc.Links = append(w.doc.Links, Link{URL: target, Place: w.at(n.Pos()), Target: w.target(n.Pos(), target)})
	default:
		w.problem(n.Pos(), fmt.Sprintf("the link %q is relative", target), "begin it with /, as /news/2022/slug/")
	}
}

// fragments checks the links to headings of the page itself.
func (w *walker) fragments() {
	for _, l := range w.own {
		if !w.ids[l.URL[1:]] {
			w.problems = append(w.problems, content.Problem{File: w.file.Path, Line: l.Line, Column: l.Column,
				What: fmt.Sprintf("no heading of this page has the fragment %s", l.URL), Cure: "write the heading's words in small letters with hyphens"})
		}
	}
}

func (w *walker) image(n *ast.Image) {
	name := string(n.Destination)
	if strings.TrimSpace(plain(n, w.file.Body)) == "" {
		w.problem(n.Pos(), fmt.Sprintf("the picture %s has no alternative text", name), "say between the square brackets what it shows")
	}
	if strings.Contains(name, "/") || strings.Contains(name, ":") {
		w.problem(n.Pos(), fmt.Sprintf("the picture %s does not stand beside the text", name), "put the file into the folder of this index.md and write its name alone")
		return
	}
	file := path.Join(w.file.Dir(), name)
	w.doc.Pictures = append(w.doc.Pictures, file)
	p, err := w.assets.Picture(file)
	if err != nil {
		what, cure, ok := strings.Cut(err.Error(), "; ")
		if !ok {
			cure = "put the picture beside index.md and check its name"
		}
		w.problem(n.Pos(), what, cure)
		return
	}
	n.Destination = []byte(p.URL)
	n.SetAttributeString(pictureAttribute, p)
}

func hasImage(n ast.Node) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Kind() == ast.KindImage {
			return true
		}
	}
	return false
}

// plain returns the words below a node.
func plain(n ast.Node, source []byte) string {
	var words strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			words.Write(c.Segment.Value(source))
		case *ast.String:
			words.WriteString(html.UnescapeString(string(c.Value)))
		default:
			words.WriteString(plain(c, source))
		}
	}
	return words.String()
}
