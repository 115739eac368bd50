package render

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"broadsheet/functions/internal/content"
)

// plainWidth is how wide the lines of a plain text mail are (RFC 3676 asks for
// less than 80).
const plainWidth = 72

// Plain writes the Markdown of a file as the text of a mail: from its tree, not
// from its HTML. address turns the target of a link into what stands in the
// text. What is wrong with the Markdown is Render's to say.
func (m *Markdown) Plain(f content.File, address func(target string) string) string {
	root := m.goldmark.Parser().Parse(text.NewReader(f.Body))
	w := &plainWriter{source: f.Body, address: address}
	w.blocks(root, "", "")
	return strings.TrimSpace(w.out.String()) + "\n"
}

// plainWriter writes blocks, each with what stands before its first line and
// before the others.
type plainWriter struct {
	source  []byte
	address func(string) string
	out     strings.Builder
}

func (w *plainWriter) blocks(parent ast.Node, first, rest string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n, first, rest)
		first = rest
	}
}

func (w *plainWriter) block(n ast.Node, first, rest string) {
	switch n := n.(type) {
	case *ast.Heading:
		words := w.inline(n)
		line := "-"
		if n.Level <= 2 {
			line = "="
		}
		w.out.WriteString(first + words + "\n" + rest + strings.Repeat(line, min(plainWidth, utf8.RuneCountInString(words))) + "\n\n")
	case *ast.List:
		w.list(n, first, rest)
	case *ast.Blockquote:
		w.blocks(n, first+"> ", rest+"> ")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		for i := range n.Lines().Len() {
			at := n.Lines().At(i)
			w.out.WriteString(rest + "    " + string(bytes.TrimRight(at.Value(w.source), "\n")) + "\n")
		}
		w.out.WriteString("\n")
	case *ast.ThematicBreak:
		w.out.WriteString(first + "* * *\n\n")
	case *extast.Table:
		w.table(n, rest)
	case *ast.TextBlock: // a paragraph of a tight list
		w.out.WriteString(Wrap(w.inline(n), first, rest))
	default:
		w.out.WriteString(Wrap(w.inline(n), first, rest) + "\n")
	}
}

func (w *plainWriter) list(n *ast.List, first, rest string) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "* "
		if n.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		w.blocks(item, first+mark, rest+strings.Repeat(" ", len(mark)))
		first = rest
	}
	if n.IsTight {
		w.out.WriteString("\n")
	}
}

// table writes each row as a line of its cells with their headings.
func (w *plainWriter) table(n *extast.Table, before string) {
	var heads []string
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, w.inline(cell))
		}
		if row.Kind() == extast.KindTableHeader {
			heads = cells
			continue
		}
		for i, cell := range cells {
			if i < len(heads) && heads[i] != "" && cell != "" {
				cells[i] = heads[i] + ": " + cell
			}
		}
		w.out.WriteString(Wrap(strings.Join(cells, "; "), before+"* ", before+"  "))
	}
	w.out.WriteString("\n")
}

// inline writes the words of a block. A link stands behind its words, in angle
// brackets (RFC 3986, appendix C), so that no line break can cut it.
func (w *plainWriter) inline(n ast.Node) string {
	var words strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			words.Write(c.Segment.Value(w.source))
			switch {
			case c.HardLineBreak():
				words.WriteString("\n")
			case c.SoftLineBreak():
				words.WriteString(" ")
			}
		case *ast.String:
			words.WriteString(entities().Replace(string(c.Value)))
		case *ast.Link:
			words.WriteString(w.inline(c) + " <" + w.address(string(c.Destination)) + ">")
		case *ast.AutoLink:
			words.WriteString("<" + string(c.URL(w.source)) + ">")
		case *ast.Image:
			words.WriteString("[" + w.inline(c) + "]")
		default:
			words.WriteString(w.inline(c))
		}
	}
	return words.String()
}

// entities are what the typographer writes.
func entities() *strings.Replacer {
	return strings.NewReplacer("&lsquo;", "‘", "&rsquo;", "’", "&ldquo;", "“", "&rdquo;", "”", "&ndash;", "–", "&mdash;", "—", "&hellip;", "…", "&laquo;", "«", "&raquo;", "»")
}

// Wrap breaks text into lines, the first behind one text and the others behind
// another. A word that is too long, as an address is, keeps its line whole.
func Wrap(text, first, rest string) string {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, width := first, utf8.RuneCountInString(first)
		empty := true
		for word := range strings.FieldsSeq(paragraph) {
			n := utf8.RuneCountInString(word)
			if !empty && width+1+n > plainWidth {
				out.WriteString(line + "\n")
				line, width, empty = rest, utf8.RuneCountInString(rest), true
			}
			if !empty {
				line, width = line+" ", width+1
			}
			line, width, empty = line+word, width+n, false
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
		first = rest
	}
	return out.String()
}
