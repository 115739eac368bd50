package figure

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
)

// CSV writes all tables as one, a line for each count, as RFC 4180 says.
func CSV(tables []Table) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	// A bytes.Buffer takes everything, so that Write has no error to give.
	_ = w.Write([]string{"figure", "key", "label", "part", "count"})
	for _, t := range tables {
		for _, r := range t.Rows {
			for i, n := range r.Counts {
				_ = w.Write([]string{safe(t.Name), safe(r.Key), safe(r.Label), safe(t.Parts[i].Label), strconv.Itoa(n)})
			}
		}
	}
	w.Flush()
	return b.Bytes()
}

// safe keeps a text from being run as a formula by the program that opens the
// table: an apostrophe in front makes it text (OWASP, CSV injection).
func safe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

// document is the form of the JSON file.
type document struct {
	Site    string      `json:"site"`
	URL     string      `json:"url"`
	Figures []jsonTable `json:"figures"`
}

type jsonTable struct {
	Name  string            `json:"name"`
	Parts map[string]string `json:"parts"` // labels by key
	Rows  []jsonRow         `json:"rows"`
}

type jsonRow struct {
	Key    string         `json:"key"`
	Label  string         `json:"label"`
	URL    string         `json:"url,omitempty"`
	Counts map[string]int `json:"counts"` // by key of the part
}

// JSON writes all tables. absolute makes whole URLs of addresses of the site.
func JSON(site, url string, tables []Table, absolute func(string) string) ([]byte, error) {
	d := document{Site: site, URL: url, Figures: []jsonTable{}}
	for _, t := range tables {
		out := jsonTable{Name: t.Name, Parts: map[string]string{}, Rows: []jsonRow{}}
		for _, p := range t.Parts {
			out.Parts[p.Key] = p.Label
		}
		for _, r := range t.Rows {
			row := jsonRow{Key: r.Key, Label: r.Label, Counts: map[string]int{}}
			if r.URL != "" {
				row.URL = absolute(r.URL)
			}
			for i, n := range r.Counts {
				row.Counts[t.Parts[i].Key] = n
			}
			out.Rows = append(out.Rows, row)
		}
		d.Figures = append(d.Figures, out)
	}
	b, err := json.MarshalIndent(d, "", " ")
	return append(b, '\n'), err
}
