package proof

import (
	"bytes"
	"path"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// Change is one thing that Layout writes otherwise.
type Change struct {
	Line     int // the first, where there are several
	Old, New string
}

// IsText tells whether a file of the content folder is one that editors write.
func IsText(name string) bool {
	return slices.Contains([]string{".md", ".yaml"}, path.Ext(name))
}

// Layout returns a file without what editors leave behind unseen: a byte order
// mark, line ends of Windows, spaces at the end of lines, letters that are written
// in two parts, no line end at the end. It leaves a file alone that it cannot
// read, and whatever its Markdown or YAML would notice, as the two spaces of a
// line break.
func Layout(name string, old []byte) ([]byte, []Change) {
	plain := unmarked(old)
	if !utf8.Valid(old) || !same(name, plain, plain) {
		return old, nil
	}
	var changes []Change
	text := old
	step := func(next []byte, change Change) {
		if !bytes.Equal(next, text) && same(name, unmarked(text), unmarked(next)) {
			text = next
			changes = append(changes, change)
		}
	}
	step(bytes.TrimPrefix(text, []byte(mark)), Change{1, "byte order mark", "none"})
	step(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), Change{1 + bytes.Count(text[:max(bytes.Index(text, []byte("\r\n")), 0)], []byte("\n")), "line ends of Windows", "line ends"})
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		step(append(slices.Clone(text), '\n'), Change{1 + bytes.Count(text, []byte("\n")), "no line end at the end", "line end"})
	}
	lines := slices.Collect(bytes.Lines(text))
	for number := range lines {
		for _, mend := range []struct {
			line     func([]byte) []byte
			old, new string
		}{{trimmed, "spaces at the end", "none"}, {composed, "letters in two parts", "letters in one"}} {
			line := mend.line(lines[number])
			if bytes.Equal(line, lines[number]) {
				continue
			}
			next := slices.Clone(lines)
			next[number] = line
			step(bytes.Join(next, nil), Change{1 + number, mend.old, mend.new})
			lines = slices.Collect(bytes.Lines(text))
		}
	}
	return text, changes
}

const mark = "\xef\xbb\xbf"

// unmarked is a text as the reader of content takes it.
func unmarked(text []byte) []byte {
	return bytes.ReplaceAll(bytes.TrimPrefix(text, []byte(mark)), []byte("\r\n"), []byte("\n"))
}

// same tells whether both texts can be read and mean the same. Letters in one
// part and in two are the same, except in addresses and names of files.
func same(name string, a, b []byte) bool {
	if path.Ext(name) == ".yaml" {
		return content.SameYAML(norm.NFC.Bytes(a), norm.NFC.Bytes(b))
	}
	headA, bodyA, _, ok := content.Split(a)
	headB, bodyB, _, _ := content.Split(b)
	if !ok || !content.SameYAML(norm.NFC.Bytes(headA), norm.NFC.Bytes(headB)) {
		return false
	}
	return bytes.Equal(norm.NFC.Bytes(render.HTML(bodyA)), norm.NFC.Bytes(render.HTML(bodyB)))
}

// trimmed is a line without spaces at its end.
func trimmed(line []byte) []byte {
	end := len(bytes.TrimRight(line, " \t\n"))
	if bytes.HasSuffix(line, []byte("\n")) {
		return append(slices.Clone(line[:end]), '\n')
	}
	return line[:end]
}

// composed joins letters with the marks that are written behind them. A sign that
// Unicode would replace by another one alone stays: in a name it may be meant. So
// do addresses and names of files between round brackets.
func composed(line []byte) []byte {
	if norm.NFC.IsNormal(line) {
		return line
	}
	var out bytes.Buffer
	for len(line) > 0 {
		if bytes.HasPrefix(line, []byte("](")) {
			end := max(bytes.IndexByte(line, ')'), len("]("))
			out.Write(line[:end])
			line = line[end:]
			continue
		}
		_, size := utf8.DecodeRune(line)
		n := max(norm.NFC.NextBoundary(line, true), size)
		if n > size {
			out.Write(norm.NFC.Bytes(line[:n]))
		} else {
			out.Write(line[:n])
		}
		line = line[n:]
	}
	return out.Bytes()
}
