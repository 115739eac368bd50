package press

import (
	"encoding/xml"
	"unicode/utf8"

	"broadsheet/functions/internal/edition"
)

// openSearch declares the description by which a browser adds the site's search
// to its own (OpenSearch 1.1).
func (p *printer) openSearch() error {
	label, err := p.text("search.label")
	if err != nil {
		return err
	}
	name := p.site.Config.ShortName
	for utf8.RuneCountInString(name) > 16 { // the most a ShortName may have
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	d := openSearch{
		Name: name, Description: label + ": " + p.site.Config.Name, Language: p.site.Config.Language, InputEncoding: "UTF-8", OutputEncoding: "UTF-8",
		URLs: []openSearchURL{
			{Type: "text/html", Method: "get", Template: p.absolute(searchPath) + "?q={searchTerms}&page={startPage?}"},
			{Type: openSearchType, Rel: "self", Template: p.absolute("/opensearch.xml")},
		},
	}
	file(p, edition.Answer{Path: "/opensearch.xml", Type: openSearchType, Class: edition.Feed}, d, writeOpenSearch)
	return nil
}

const openSearchType = "application/opensearchdescription+xml"

type openSearch struct {
	XMLName        xml.Name        `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
	Name           string          `xml:"ShortName"`
	Description    string          `xml:"Description"`
	URLs           []openSearchURL `xml:"Url"`
	Language       string          `xml:"Language"`
	InputEncoding  string          `xml:"InputEncoding"`
	OutputEncoding string          `xml:"OutputEncoding"`
}

type openSearchURL struct {
	Type     string `xml:"type,attr"`
	Rel      string `xml:"rel,attr,omitempty"`
	Method   string `xml:"method,attr,omitempty"`
	Template string `xml:"template,attr"`
}

func writeOpenSearch(_ *frame, d openSearch) ([]byte, error) {
	b, err := xml.Marshal(d)
	return append([]byte(xml.Header), b...), err
}
