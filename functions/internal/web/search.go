package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/search"
)

// A search page is put together from blanks of the edition, so that all its
// markup stands in templates:
//
//	search/ask     the page before anything was asked
//	search/found   the page of results
//	search/none    the page that helps when there are none
//	search/value   one value of a facet, a link that narrows or widens
//
// The results are the cards of the index. Parameters are q, page and one for
// each facet.

// hitsPerPage is how many results stand on a page.
const hitsPerPage = 10

// mostValues is how many values of a facet are offered.
const mostValues = 12

// facetNames are the facets of the index, in the order of their parameters.
func facetNames() []string { return []string{"year", "topic", "country"} }

// searching is a request for a search page.
type searching struct {
	path    string
	text    string // what was typed, without space around it
	page    int    // from 1
	filters []search.Value
}

// search answers the search page at the request's path. It is an ordinary page:
// the same words give the same answer to everybody, so that it may be stored as
// one.
func (s *Site) search(w http.ResponseWriter, r *http.Request, index []byte) error {
	x, err := search.Open(index)
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	q := searching{path: r.URL.Path, page: 1}
	params := r.URL.Query()
	q.text = strings.ToValidUTF8(strings.TrimSpace(params.Get("q")), "�")
	for _, facet := range facetNames() {
		slug := params.Get(facet)
		if slug == "" {
			continue
		}
		value := search.Value{Facet: facet, Slug: slug}
		if !x.Knows(value) { // no link leads there
			return &Error{Status: http.StatusNotFound}
		}
		q.filters = append(q.filters, value)
	}
	if number := params.Get("page"); number != "" {
		if q.page, err = strconv.Atoi(number); err != nil || q.page < 1 {
			return &Error{Status: http.StatusNotFound}
		}
	}
	found := x.Search(search.Query{
		Text: q.text, Filters: q.filters, Now: s.options.Now(), Limit: hitsPerPage,
		Offset: (min(q.page, x.Len()+1) - 1) * hitsPerPage, // a page too high is past the last
	})
	switch {
	case found.Empty:
		return s.searchPage(w, r, "search/ask", map[string]string{"query": q.text})
	case found.Total == 0:
		return s.searchPage(w, r, "search/none", s.values(r, q, found))
	case len(found.Cards) == 0:
		return &Error{Status: http.StatusNotFound}
	}
	return s.searchPage(w, r, "search/found", s.values(r, q, found))
}

// values fills in what both pages show of a search. Each part of the templates
// that is not always there hangs on one of the values.
func (s *Site) values(r *http.Request, q searching, found search.Result) map[string]string {
	pages := (found.Total + hitsPerPage - 1) / hitsPerPage
	values := map[string]string{
		"query": q.text, "count": grouped(found.Total), "results": string(bytes.Join(found.Cards, nil)),
	}
	set := func(name string, is bool, value string) {
		if is {
			values[name] = value
		}
	}
	set("one", found.Total == 1, "1")
	set("many", found.Total > 1, grouped(found.Total))
	set("partial", found.Partial, "1")
	if found.Corrected != "" {
		values["corrected"] = found.Corrected
		values["correctedhref"] = searching{path: q.path, text: found.Corrected, filters: q.filters}.href(1)
	}
	set("pages", pages > 1, grouped(pages))
	set("page", pages > 1, grouped(q.page))
	set("previous", q.page > 1, q.href(q.page-1))
	set("next", q.page < pages, q.href(q.page+1))
	set("narrowed", len(q.filters) > 0, "1")
	values["allhref"] = searching{path: q.path, text: q.text}.href(1)
	value, ok := s.blank(r, "search/value")
	for _, facet := range facetNames() {
		var rows bytes.Buffer
		for _, v := range q.offered(found.Facets, facet) {
			if ok {
				rows.Write(value.Fill(v))
			}
		}
		values[facet] = rows.String()
	}
	return values
}

// offered returns the values of a facet that are worth a link: those chosen
// first, years from the newest, others from the most common. A facet with one
// value narrows nothing.
func (q searching) offered(counts []search.Count, facet string) []map[string]string {
	var of []search.Count
	for _, c := range counts {
		if c.Facet == facet {
			of = append(of, c)
		}
	}
	chosen := func(c search.Count) bool {
		return slices.ContainsFunc(q.filters, func(f search.Value) bool { return f.Facet == facet && f.Slug == c.Slug })
	}
	if len(of) < 2 && !slices.ContainsFunc(of, chosen) {
		return nil
	}
	slices.SortStableFunc(of, func(a, b search.Count) int {
		switch {
		case chosen(a) != chosen(b):
			return map[bool]int{true: -1, false: 1}[chosen(a)]
		case facet == "year":
			return cmp.Compare(b.Slug, a.Slug)
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label))
	})
	var all []map[string]string
	for _, c := range of[:min(mostValues, len(of))] {
		v := map[string]string{"label": c.Label, "count": grouped(c.Count), "href": q.with(facet, c.Slug).href(1)}
		if chosen(c) {
			v["chosen"], v["href"] = "1", q.with(facet, "").href(1)
		}
		all = append(all, v)
	}
	return all
}

// with returns the search with another value of a facet, or without any.
func (q searching) with(facet, slug string) searching {
	var filters []search.Value
	for _, name := range facetNames() {
		if name == facet {
			if slug != "" {
				filters = append(filters, search.Value{Facet: facet, Slug: slug})
			}
			continue
		}
		for _, f := range q.filters {
			if f.Facet == name {
				filters = append(filters, f)
			}
		}
	}
	q.filters = filters
	return q
}

// href returns the address of one page of a search.
func (q searching) href(page int) string {
	var b strings.Builder
	b.WriteString(q.path + "?q=" + url.QueryEscape(q.text))
	for _, f := range q.filters {
		b.WriteString("&" + f.Facet + "=" + url.QueryEscape(f.Slug))
	}
	if page > 1 {
		b.WriteString("&page=" + strconv.Itoa(page))
	}
	return b.String()
}

// grouped writes a number as the pages have it, with spaces between
// thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

// searchPage sends a blank as an ordinary page: with a strong entity tag, and
// compressed, since nothing behind this program may do it.
func (s *Site) searchPage(w http.ResponseWriter, r *http.Request, name string, values map[string]string) error {
	b, ok := s.blank(r, name)
	if !ok {
		return fmt.Errorf("web: the edition has no blank %q", name)
	}
	body := b.Fill(values)
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12])
	weight := weights(r.Header["Accept-Encoding"])
	zipped := weight[edition.Gzip] > 0 && weight[edition.Gzip] >= weight[edition.Identity]
	if zipped {
		etag += ".gzip"
	}
	etag += `"`
	h := w.Header()
	s.SetClass(w, b.Class)
	if name != "search/ask" {
		h.Set("X-Robots-Tag", "noindex") // results are no pages of their own
	}
	h.Set("ETag", etag)
	h.Set("Vary", "Accept-Encoding")
	if matches(r.Header["If-None-Match"], etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if zipped {
		h.Set("Content-Encoding", "gzip")
		body = s.gzip(body)
	}
	h.Set("Content-Type", b.Type)
	send(w, r, http.StatusOK, body)
	return nil
}

// gzip compresses a page, quickly rather than well. A compressor has most of a
// megabyte of working memory, so they are kept.
func (s *Site) gzip(body []byte) []byte {
	var out bytes.Buffer
	zw, ok := s.compressors.Get().(*gzip.Writer)
	if !ok {
		zw, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed) // a level there is
	}
	zw.Reset(&out)
	_, _ = zw.Write(body) // a bytes.Buffer takes everything
	_ = zw.Close()
	s.compressors.Put(zw)
	return out.Bytes()
}
