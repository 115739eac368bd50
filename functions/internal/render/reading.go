package render

import (
	"bytes"
	"net/url"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"broadsheet/functions/internal/content"
)

// Reading is a Markdown body as a proofreader sees it.
type Reading struct {
	Passages []Passage // its prose: paragraphs, headings, cells; not code, addresses and quotations
	Headings []HeadingAt
	Tables   []Table
	Links    []Link // to other hosts
}

// Passage is a run of prose without markup; what interrupts it, as code does, is
// a NUL.
type Passage struct {
	Text    string
	offsets []int // of each byte, in the body
	walker  *walker
}

// At returns where a byte of the passage stands.
func (p Passage) At(i int) content.Place { return p.walker.at(p.offsets[i]) }

// HeadingAt is a heading and where it stands.
type HeadingAt struct {
	Level int
	content.Place
}

// Table is a table and the longest word of each of its columns, in characters.
type Table struct {
	Words []int
	content.Place
}

// Read reads the body of a file with the eyes of a proofreader.
func Read(f content.File) Reading {
	root := plainMarkdown().Parser().Parse(text.NewReader(f.Body))
	r := &reader{walker: &walker{file: f}}
	_ = ast.Walk(root, r.visit) // returns no error of its own
	return r.Reading
}

// HTML renders a body by the rules of CommonMark with tables, and nothing of
// this site: equal HTML is equal meaning.
func HTML(body []byte) []byte {
	var out bytes.Buffer
	if err := plainMarkdown().Convert(body, &out); err != nil {
		return nil // a bytes.Buffer takes everything
	}
	return out.Bytes()
}

func plainMarkdown() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.Table)) }

type reader struct {
	Reading
	walker *walker
}

func (r *reader) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Blockquote, *ast.CodeBlock, *ast.FencedCodeBlock, *ast.HTMLBlock:
		return ast.WalkSkipChildren, nil
	case *ast.Heading:
		r.Headings = append(r.Headings, HeadingAt{n.Level, r.walker.at(n.Pos())})
	case *extast.Table:
		r.Tables = append(r.Tables, Table{longestWords(n, r.walker.file.Body), r.walker.at(n.Pos())})
	case *ast.Link:
		target := string(n.Destination)
		if u, err := url.Parse(target); err == nil && u.Host != "" {
			r.Links = append(r.Links, Link{URL: target, Place: r.walker.at(n.Pos()), Target: r.walker.target(n.Pos(), target)})
		}
	}
	if first := n.FirstChild(); n.Type() == ast.TypeBlock && first != nil && first.Type() == ast.TypeInline {
		p := Passage{walker: r.walker}
		var words []byte
		p.gather(n, r.walker.file.Body, &words)
		p.Text = string(words)
		r.Passages = append(r.Passages, p)
	}
	return ast.WalkContinue, nil
}

// gather adds the words below a node.
func (p *Passage) gather(n ast.Node, body []byte, words *[]byte) {
	add := func(b []byte, offset int) {
		for i, c := range b {
			*words = append(*words, c)
			p.offsets = append(p.offsets, offset+i)
		}
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			add(c.Segment.Value(body), c.Segment.Start)
			if c.SoftLineBreak() || c.HardLineBreak() {
				add([]byte{' '}, c.Segment.Stop)
			}
		case *ast.CodeSpan, *ast.AutoLink, *ast.RawHTML:
			add([]byte{0}, max(c.Pos(), 0))
		default:
			p.gather(c, body, words)
		}
	}
}

// longestWords returns the length of the longest word of each column.
func longestWords(table *extast.Table, body []byte) []int {
	var columns []int
	for row := table.FirstChild(); row != nil; row = row.NextSibling() {
		i := 0
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if i == len(columns) {
				columns = append(columns, 0)
			}
			for _, word := range bytes.Fields([]byte(plain(cell, body))) {
				columns[i] = max(columns[i], len([]rune(string(word))))
			}
			i++
		}
	}
	return columns
}
