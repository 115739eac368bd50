package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is how many bytes of a word count; more is no word that anybody types.
const maxWord = 64

// words calls yield with each word of a text as the index has it, and with the
// range of bytes where it stands, until yield returns false.
//
// A word is a run of letters, digits and their marks. In scripts that put no
// spaces between words each pair of neighbouring characters is a word.
func words(text string, yield func(word string, start, end int) bool) {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !wordly(r) {
			at += size
			continue
		}
		end := at + size
		for end < len(text) {
			next, size := utf8.DecodeRuneInString(text[end:])
			if !wordly(next) || dense(next) != dense(r) && !unicode.Is(unicode.Inherited, next) {
				break
			}
			end += size
		}
		if dense(r) {
			if !pairs(text[at:end], at, yield) {
				return
			}
		} else if word := fold(cut(text[at:end], 4*maxWord)); word != "" && !yield(cut(word, maxWord), at, end) {
			return
		}
		at = end
	}
}

// pairs yields the pairs of characters of a run; a single one stands alone.
func pairs(run string, at int, yield func(string, int, int) bool) bool {
	_, before := utf8.DecodeRuneInString(run)
	if before == len(run) {
		return yield(fold(run), at, at+len(run))
	}
	for start, i := 0, before; i < len(run); {
		_, size := utf8.DecodeRuneInString(run[i:])
		if !yield(fold(run[start:i+size]), at+start, at+i+size) {
			return false
		}
		start, i = i, i+size
	}
	return true
}

// wordly tells whether a character is part of a word.
func wordly(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || unicode.Is(unicode.M, r))
}

// dense tells whether a character belongs to a script that puts no spaces
// between words. Korean does, but its words take endings, so that pairs find
// more.
func dense(r rune) bool {
	return r >= 0x0e00 && (r <= 0x0eff || // Thai, Lao
		r >= 0x1000 && r <= 0x109f || // Myanmar
		r >= 0x1780 && r <= 0x17ff || // Khmer
		r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r == 'ー' || r == 'ｰ')
}

// fold returns a word as the index has it: small letters without accents, in
// their usual width. Marks that make another letter, as the vowels of Thai and
// Devanagari, stay.
func fold(word string) string {
	plain := true
	for i := range len(word) {
		if c := word[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return word
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(word) {
		r = unicode.ToLower(r)
		if r < utf8.RuneSelf || dense(r) {
			b.WriteRune(r)
			continue
		}
		if s := spelt(r); s != "" {
			b.WriteString(s)
			continue
		}
		for _, part := range norm.NFD.String(string(r)) {
			if !unicode.Is(unicode.Mn, part) || !unicode.Is(unicode.Inherited, part) {
				b.WriteRune(part)
			}
		}
	}
	return b.String()
}

// spelt returns letters as people type them who do not have them on their
// keyboard and that Unicode does not take apart.
func spelt(r rune) string {
	switch r {
	case 'ß', 'ẞ':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ł':
		return "l"
	case 'ħ':
		return "h"
	case 'ı':
		return "i"
	case 'ŋ':
		return "ng"
	case 'ς':
		return "σ"
	case 'ʻ', 'ʼ', 'ˈ':
		return "" // the ʻokina of Pacific languages is left out by most who type
	}
	return ""
}

// cut shortens a text to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
