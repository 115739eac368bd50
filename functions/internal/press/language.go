package press

import (
	"bytes"
	"path"
	"strings"

	"broadsheet/functions/internal/content"
)

// otherLanguage leads to a page in a language.
type otherLanguage struct {
	content.Language
	URL     string // from the root of the site
	Current bool
}

// languages of one page of the site; for a page without an address of its own,
// the home pages.
func (f *frame) otherLanguages(address string) []otherLanguage {
	if len(f.languages) < 2 {
		return nil
	}
	if address == "" {
		address = "/"
	}
	var all []otherLanguage
	for _, l := range f.languages {
		all = append(all, otherLanguage{l, f.prefixOf(l) + address, l == f.language})
	}
	return all
}

// alternate is the same page in another language, for machines.
type alternate struct {
	Language string // or x-default
	URL      string // whole
}

// alternates of a page: the languages it is translated into. A page without
// text of its own is in all languages.
func (f *frame) alternates(v page) []alternate {
	in := map[string]bool{}
	for _, l := range f.languages {
		in[l.Code] = v.Doc == nil
	}
	if v.Doc != nil {
		for _, code := range v.Doc.Languages {
			in[code] = true
		}
	}
	var all []alternate
	for _, l := range f.languages {
		if in[l.Code] {
			all = append(all, alternate{l.Code, f.baseURL + f.prefixOf(l) + v.Path})
		}
	}
	if len(all) < 2 || !in[f.language.Code] {
		return nil
	}
	return append(all, alternate{"x-default", f.baseURL + v.Path})
}

// prefix is what stands before the addresses of the language: /fr.
func (f *frame) prefix() string { return f.prefixOf(f.language) }

func (f *frame) prefixOf(l content.Language) string {
	if l == f.languages[0] {
		return ""
	}
	return "/" + l.Code
}

// foreign tells whether a text is in another language than the page around it.
func (f *frame) foreign(language string) bool { return language != "" && language != f.language.Code }

// shared tells whether there is one thing at an address for all languages:
// assets and other files, the form. Feeds and other XML and JSON, calendars and
// pages are made for each language.
func shared(address string) bool {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	for _, prefix := range []string{"/assets/", "/subscription", "/.well-known/", "/-/"} {
		if strings.HasPrefix(address, prefix) {
			return true
		}
	}
	switch path.Ext(address) {
	case "", ".xml", ".json", ".ics":
		return false
	}
	return true
}

// address puts the language before an address.
func (f *frame) address(of string) string {
	if shared(of) {
		return of
	}
	return f.prefix() + of
}

// absolute returns the whole URL of an address of this site in the language of
// the page.
func (f *frame) absolute(address string) string { return f.baseURL + f.address(address) }

// localise puts the language before the addresses of links and forms of a page.
// A link with hreflang says which language it leads to and is left alone.
// Parts are left alone: they were localised when they were rendered.
func (f *frame) localise(html []byte) []byte {
	if f.prefix() == "" {
		return html
	}
	var out bytes.Buffer
	written := 0
	for at := 0; ; {
		i := bytes.Index(html[at:], []byte(`="/`))
		if i < 0 {
			out.Write(html[written:])
			return out.Bytes()
		}
		if part := bytes.IndexByte(html[at:at+i], partFrom); part >= 0 {
			at += part + bytes.IndexByte(html[at+part:], partTo)
			continue
		}
		value := at + i + 2
		at = value + max(0, bytes.IndexByte(html[value:], '"'))
		before := html[:value-2]
		leads := bytes.HasSuffix(before, []byte(" href")) || bytes.HasSuffix(before, []byte(" action"))
		tag := html[max(0, bytes.LastIndexByte(before, '<')) : value+max(0, bytes.IndexByte(html[value:], '>'))]
		if !leads || bytes.Contains(tag, []byte(" hreflang=")) || shared(string(html[value:at])) {
			continue
		}
		out.Write(html[written:value])
		out.WriteString(f.prefix())
		written = value
	}
}
