package content

import (
	"strings"
	"unicode/utf8"
)

// NoBreak returns the space that the typography of a language wants in place of
// a plain one between two characters, 0 if the plain one is right. French sets a
// narrow no-break space before ; ! ? and a wide one before : and inside « »,
// which keyboards do not have: editors type plain spaces.
func NoBreak(language string, before, after rune) rune {
	const narrow, wide = '\u202f', '\u00a0'
	base, _, _ := strings.Cut(language, "-")
	switch {
	case base != "fr" || before == ' ':
		return 0
	case strings.ContainsRune(";!?", after):
		return narrow
	case after == ':' || after == '»' || before == '«':
		return wide
	}
	return 0
}

// Typeset puts the right spaces into a text without markup. The package render
// does it in Markdown, where code and addresses stay as they are.
func Typeset(language, text string) string {
	var out strings.Builder
	before := rune(0)
	for i, r := range text {
		if r == ' ' {
			after, _ := utf8.DecodeRuneInString(text[i+1:])
			if space := NoBreak(language, before, after); space != 0 {
				r = space
			}
		}
		out.WriteRune(r)
		before = r
	}
	return out.String()
}
