package content

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SlugFor returns a text as the last part of an address: small letters and
// digits with hyphens, without diacritics. A text in another script has none.
func SlugFor(s string) string {
	var plain strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		if !unicode.Is(unicode.Mn, r) {
			plain.WriteRune(r)
		}
	}
	slug := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(plain.String(), "-"), "-")
	if len(slug) > 60 {
		slug = slug[:60]
		if i := strings.LastIndexByte(slug, '-'); i > 0 {
			slug = slug[:i]
		}
	}
	return slug
}

// isSlug tells whether a word can stand in an address: small letters, digits and
// single hyphens between them.
func isSlug(s string) bool {
	hyphen := true // as if one stood before the word
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			hyphen = false
		case c == '-' && !hyphen:
			hyphen = true
		default:
			return false
		}
	}
	return !hyphen
}

// slug returns the slug of a file: its name, or its folder's for a bundle.
func (l *loader) slug(f File) string {
	slug := strings.TrimSuffix(path.Base(f.Path), ".md")
	if f.Bundle {
		slug = path.Base(f.Dir())
	}
	if !isSlug(slug) {
		f.source.add(Place{}, fmt.Sprintf("%q cannot stand in an address", slug), "rename it: small letters a to z, digits, single hyphens")
	}
	return slug
}
