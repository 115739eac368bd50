package edition

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
)

// Blank is a preprinted page or mail with fields left empty. It lets a program
// answer with the site's own look without linking a template: the press
// renders the template once, at build time, with marks in it; the program
// fills in the values.
//
// In a template, Slot stands for a value in text or inside a quoted attribute,
// and what stands between When and Done is kept only if the value of that name
// is not empty:
//
//	<p>Error {{slot "id"}}</p>
//	<ol>{{raw "results"}}</ol>
//	<input type="checkbox" {{when "weekly"}} checked {{done}}>
type Blank struct {
	Type   string
	Class  Class
	pieces []byte
}

// A mark must come through html/template unchanged in every place a value can
// stand: text, attribute value, attribute name and URL. That leaves lower-case
// letters and digits.
const (
	markSlot = "q7zslot"
	markRaw  = "q7zraw"
	markWhen = "q7zwhen"
	markDone = "q7zdone"
	markEnd  = "q7zend"
)

// Slot returns the mark for the value of that name (lower-case letters and
// digits). A value inside a URL must be fit for it when it is filled in: Fill
// escapes for HTML only.
//
// A mark inside a tag, as between input and >, must not have src, uri or url in
// its name: html/template takes it for an attribute that holds a URL.
func Slot(name string) string { return markSlot + name + markEnd }

// Raw returns the mark for a value that is HTML already: other blanks of the
// edition that were filled in, and cards of a search index. It stands as it is.
func Raw(name string) string { return markRaw + name + markEnd }

// When returns the mark that opens a part kept only if the value of that name
// is not empty. Parts do not nest.
func When(name string) string { return markWhen + name + markEnd }

// Done returns the mark that closes the part opened by When.
func Done() string { return markDone + markEnd }

const (
	pieceText byte = iota
	pieceSlot
	pieceWhen
	pieceDone
	pieceRaw
)

// markPattern matches one mark. The name is matched reluctantly, so that two
// marks side by side are not taken for one.
func markPattern() *regexp.Regexp {
	return regexp.MustCompile(`q7z(slot|raw|when|done)([a-z0-9]*?)q7zend`)
}

// parseMarks turns text with marks into the stored form: a sequence of kind,
// length and bytes.
func parseMarks(text []byte) ([]byte, error) {
	var out []byte
	put := func(kind byte, b []byte) {
		out = append(out, kind)
		out = binary.AppendUvarint(out, uint64(len(b)))
		out = append(out, b...)
	}
	marks := markPattern()
	before, _, stray := bytes.Cut(marks.ReplaceAllLiteral(text, nil), []byte(markEnd))
	if stray {
		return nil, fmt.Errorf("the name in %q is not of lower-case letters and digits only", tail(before))
	}
	open, at := false, 0
	for _, m := range marks.FindAllSubmatchIndex(text, -1) {
		if m[0] > at {
			put(pieceText, text[at:m[0]])
		}
		at = m[1]
		kind, name := string(text[m[2]:m[3]]), text[m[4]:m[5]]
		switch {
		case kind == "slot":
			put(pieceSlot, name)
		case kind == "raw":
			put(pieceRaw, name)
		case kind == "when" && !open:
			open = true
			put(pieceWhen, name)
		case kind == "done" && open:
			open = false
			put(pieceDone, nil)
		default:
			return nil, fmt.Errorf("%q after %q: parts open with when, close with done and do not nest", kind, tail(text[:m[0]]))
		}
	}
	if open {
		return nil, fmt.Errorf("a part opened with when is not closed with done")
	}
	if at < len(text) {
		put(pieceText, text[at:])
	}
	return out, nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-30):] }

// Fill returns the page or mail with the values in it. Values are escaped for
// HTML if the blank's type is text/html and stand as they are otherwise; a
// name without a value stays empty.
func (b Blank) Fill(values map[string]string) []byte {
	escape := func(s string) string { return s }
	if strings.HasPrefix(b.Type, "text/html") {
		escape = html.EscapeString
	}
	var out bytes.Buffer
	shown := true
	for kind, text := range b.each {
		switch {
		case kind == pieceWhen:
			shown = values[string(text)] != ""
		case kind == pieceDone:
			shown = true
		case kind == pieceText && shown:
			out.Write(text)
		case kind == pieceSlot && shown:
			out.WriteString(escape(values[string(text)]))
		case kind == pieceRaw && shown:
			out.WriteString(values[string(text)])
		}
	}
	return out.Bytes()
}

// Names returns the names of the values that the blank takes, sorted.
func (b Blank) Names() []string {
	var names []string
	for kind, text := range b.each {
		if kind == pieceSlot || kind == pieceRaw || kind == pieceWhen {
			names = append(names, string(text))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// each yields the pieces in order and stops at a torn one.
func (b Blank) each(yield func(kind byte, text []byte) bool) {
	for rest := b.pieces; len(rest) > 1; {
		kind := rest[0]
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return
		}
		if !yield(kind, rest[1+n:1+n+int(size)]) {
			return
		}
		rest = rest[1+n+int(size):]
	}
}
