package content

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// excerptWidth is how many characters of a line an excerpt shows.
const excerptWidth = 76

// Excerpt shows the line of a problem in the text of its file, with a caret under
// the place. It is empty for a problem of the whole file. Of a long line only what
// stands around the place is shown.
func (p Problem) Excerpt(text []byte) string {
	if p.Line < 1 {
		return ""
	}
	from, to := lineAt(text, p.Line)
	if from == len(text) && from > 0 {
		return ""
	}
	line := []rune(strings.ToValidUTF8(string(text[from:to]), string(utf8.RuneError)))
	at := min(max(p.Column-1, 0), len(line))
	before, after := "", ""
	if first := at - excerptWidth/2; len(line) > excerptWidth && first > 0 {
		line, at, before = line[first:], at-first, "…"
	}
	if len(line) > excerptWidth {
		line, after = line[:excerptWidth], "…"
	}
	number := fmt.Sprintf("%5d", p.Line)
	return fmt.Sprintf("%s | %s%s%s\n%s | %s%s^", number, before, printable(line), after, strings.Repeat(" ", len(number)), blank([]rune(before)), blank(line[:at]))
}

// printable replaces what would move the cursor of a terminal, or nothing at all.
func printable(line []rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, string(line))
}

// blank is as wide as a text, so that what stands below lines up. Tabs stay tabs.
func blank(text []rune) string {
	var out strings.Builder
	for _, r := range text {
		kind := width.LookupRune(r).Kind()
		switch {
		case r == '\t':
			out.WriteByte('\t')
		case unicode.Is(unicode.Mn, r):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			out.WriteString("  ")
		default:
			out.WriteByte(' ')
		}
	}
	return out.String()
}
