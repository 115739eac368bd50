package web

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/search"
)

// addSearch adds an index of 25 reports and one that is scheduled, and the
// blanks of the search page, with all their values.
func addSearch(t testing.TB, w *edition.Writer) {
	t.Helper()
	var docs []*search.Prepared
	for i := range 25 {
		d := search.Document{Title: fmt.Sprintf("Report %d", i), Summary: "Operation SIREN"}
		d.Card = fmt.Appendf(nil, "<li>Report %d</li>", i)
		d.Facets = []search.Value{
			{Facet: "year", Slug: fmt.Sprint(2020 + i%3), Label: fmt.Sprint(2020 + i%3)},
			{Facet: "topic", Slug: "drugs", Label: "Drugs & more"}, {Facet: "country", Slug: fmt.Sprintf("c%02d", i), Label: "Country"},
		}
		docs = append(docs, search.Prepare(d))
	}
	docs = append(docs, search.Prepare(search.Document{Title: "Embargo", From: asOf().Add(time.Hour), Card: []byte("<li>Embargo</li>")}))
	index, err := search.Build(docs)
	if err != nil {
		t.Fatal(err)
	}
	w.AddIndex("/search", index)
	pad := strings.Repeat("<p>once more</p>", 20)
	for name, text := range map[string]string{
		"search/ask":   "box [{{query}}]" + pad,
		"search/none":  "none [{{query}}] corrected [{{corrected}}|{{correctedhref}}] all [{{allhref}}]" + pad,
		"search/found": "found {{count}} of [{{query}}] page [{{page}}/{{pages}}] previous [{{previous}}] next [{{next}}] {{!results}} years [{{!year}}] topics [{{!topic}}] countries [{{!country}}] corrected [{{corrected}}|{{correctedhref}}] partial [{{partial}}] narrowed [{{narrowed}}]" + pad,
		"search/value": `<a href="{{href}}">{{label}} {{count}} {{chosen}}</a>`,
	} {
		for strings.Contains(text, "{{") {
			before, rest, _ := strings.Cut(text, "{{")
			value, after, _ := strings.Cut(rest, "}}")
			mark := edition.Slot(value)
			if raw, ok := strings.CutPrefix(value, "!"); ok {
				mark = edition.Raw(raw)
			}
			text = before + mark + after
		}
		if err := w.AddBlank(name, edition.Answer{Type: htmlType, Class: edition.Page, Body: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSearch(t *testing.T) {
	now := asOf()
	s := newSite(t, func(o *Options) { o.Now = func() time.Time { return now } })
	for _, c := range []struct {
		target     string
		status     int
		has, lacks []string
	}{
		{"/search", 200, []string{"box []"}, nil},
		{"/search?q=", 200, []string{"box []"}, nil},
		{"/search?q=+%22+", 200, []string{"box [&#34;]"}, nil},
		{"/search?q=siren", 200, []string{"found 25 of [siren]", "page [1/3]", "previous []", "next [/search?q=siren&amp;page=2]", "<li>Report 0</li>", "<li>Report 9</li>"}, []string{"Report 10", "Embargo"}},
		{"/search?q=siren&page=3", 200, []string{"page [3/3]", "previous [/search?q=siren&amp;page=2]", "next []", "<li>Report 24</li>"}, []string{"Report 19"}},
		{"/search?q=report", 200, []string{"<li><mark>Report</mark> 0</li>"}, nil},
		{"/search?q=sirn", 200, []string{"found 25 of [sirn]", "corrected [siren|/search?q=siren]"}, nil},
		{"/search?q=siren+unknown", 200, []string{"found 25", "partial [1]"}, nil},
		// Facets: years newest first, one value narrows nothing, no more than there is room for.
		{"/search?q=siren", 200, []string{`years [<a href="/search?q=siren&amp;year=2022">2022 8 </a><a href="/search?q=siren&amp;year=2021">`, "topics []"}, []string{"c12"}},
		{"/search?q=siren&year=2021&page=1", 200, []string{"found 8", "page [/]", `years [<a href="/search?q=siren">2021 8 1</a><a href="/search?q=siren&amp;year=2022">2022 8 </a>`, "narrowed [1]"}, nil},
		{"/search?q=siren&topic=drugs&year=2021", 200, []string{"found 8", `topics [<a href="/search?q=siren&amp;year=2021">Drugs &amp; more 8 1</a>]`, `<a href="/search?q=siren&amp;year=2022&amp;topic=drugs">2022`}, nil},
		// Nothing is found.
		{"/search?q=qqqq", 200, []string{"none [qqqq] corrected [|] all [/search?q=qqqq]"}, nil},
		{"/search?q=qqqq&year=2021", 200, []string{"none [qqqq]"}, nil},
		{"/search?q=embargo", 200, []string{"none [embargo]"}, []string{"Embargo"}},
		// Pages that are not there.
		{"/search?q=siren&page=4", 404, nil, nil},
		{"/search?q=siren&page=0", 404, nil, nil},
		{"/search?q=siren&page=-1", 404, nil, nil},
		{"/search?q=siren&page=9223372036854775807", 404, nil, nil},
		{"/search?q=siren&page=1e3", 404, nil, nil},
		// Values that no report has.
		{"/search?q=siren&year=1900", 404, nil, nil},
		{"/search?q=siren&year=abc", 404, nil, nil},
		{"/search?year=9999", 404, nil, nil},
		{"/search?q=siren&topic=zz&year=2021", 404, nil, nil},
		{"/search?topic=2021", 404, nil, nil},
		{"/search?q=siren&country=%ff", 404, nil, nil},
		{"/search?q=siren&country=", 200, []string{"found 25"}, nil},
		// Hostile.
		{"/search?q=%3Cscript%3Esiren", 200, []string{"[&lt;script&gt;siren]", "/search?q=%3Cscript%3Esiren&amp;page=2"}, []string{"<script"}},
		{"/search?q=%ff%fesiren", 200, []string{"found 25 of [\ufffdsiren]"}, nil},
		{"/search?q=%zz", 200, []string{"box []"}, nil},
		{"/search?q=q7zslotidq7zend", 200, []string{"none [q7zslotidq7zend]"}, nil},
		{"/search?q=" + strings.Repeat("siren+", 1700), 200, []string{"found 25"}, nil},
		{"/search?q=" + strings.Repeat("%E6%9D%B1", 1100), 200, []string{"none"}, nil},
	} {
		w := s.get(s.Pages(), "GET", c.target)
		name := c.target[:min(60, len(c.target))]
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, c.status)
		}
		for _, text := range c.has {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: lacks %q in\n%s", name, text, w.Body)
			}
		}
		for _, text := range c.lacks {
			if strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: has %q in\n%s", name, text, w.Body)
			}
		}
		if line := s.line(t); c.status == 200 && line["route"] != "/search" {
			t.Errorf("%s: the log has route %v", name, line["route"])
		}
	}
	now = now.Add(time.Hour)
	if w := s.get(s.Pages(), "GET", "/search?q=embargo"); !strings.Contains(w.Body.String(), "<mark>Embargo</mark>") {
		t.Errorf("what was scheduled is not found at its time:\n%s", w.Body)
	}
}

// TestSearchBody: compressed or not the body is the same, HEAD has its length,
// and its tag gives 304.
func TestSearchBody(t *testing.T) {
	s := newSite(t)
	plain := s.get(s.Pages(), "GET", "/search?q=siren")
	for range 3 { // compressors are used again
		zipped := s.get(s.Pages(), "GET", "/search?q=siren", "Accept-Encoding", "gzip, br")
		if got := decode(t, zipped.Body, zipped.Header().Get("Content-Encoding")); string(got) != plain.Body.String() {
			t.Fatalf("another body: %.80s", got)
		}
		if zipped.Header().Get("ETag") == plain.Header().Get("ETag") {
			t.Error("two encodings have one tag")
		}
	}
	head := s.get(s.Pages(), "HEAD", "/search?q=siren")
	if head.Body.Len() != 0 || head.Header().Get("Content-Length") != fmt.Sprint(plain.Body.Len()) {
		t.Errorf("HEAD has %d bytes and says %s", head.Body.Len(), head.Header().Get("Content-Length"))
	}
	if w := s.get(s.Pages(), "GET", "/search?q=siren", "If-None-Match", plain.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("its own tag gives %d", w.Code)
	}
}

// TestSearchTorn: an index that cannot be opened is our fault.
func TestSearchTorn(t *testing.T) {
	var w edition.Writer
	w.AddIndex("/search", []byte("torn"))
	data, err := w.Bytes(edition.Print{AsOf: asOf()})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *Options) { o.Edition = func() *edition.Edition { return e } })
	if w := s.get(s.Pages(), "GET", "/search?q=siren"); w.Code != 500 {
		t.Errorf("status %d", w.Code)
	}
}

// FuzzSearch: whatever is asked comes back escaped, and every link leads to a
// search that answers.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"siren", `"><script>`, "\xff", "東京", "a&page=2", "+%", "q7zslotqueryq7zend"} {
		f.Add(seed, "2", "2021")
	}
	s := newSite(f)
	f.Fuzz(func(t *testing.T, text, page, year string) {
		target := "/search?" + url.Values{"q": {text}, "page": {page}, "year": {year}}.Encode()
		w := s.get(s.Pages(), "GET", target)
		if w.Code != 200 && w.Code != 404 {
			t.Fatalf("%q: status %d", target, w.Code)
		}
		body := w.Body.String()
		if strings.Contains(body, "<script") {
			t.Fatalf("%q is not escaped", target)
		}
		for rest := body; ; {
			_, after, ok := strings.Cut(rest, `<a href="`)
			if !ok {
				break
			}
			href, tail, _ := strings.Cut(after, `"`)
			if again := s.get(s.Pages(), "GET", html.UnescapeString(href)); again.Code != 200 {
				t.Fatalf("%q has a link to %q, which is %d", target, href, again.Code)
			}
			rest = tail
		}
	})
}

func BenchmarkSearchPage(b *testing.B) {
	s := newSite(b)
	r, _ := http.NewRequest("GET", "/search?q=operation+siren", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	h, w := s.Wrap(s.Pages()), &discard{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		s.log.Reset()
		h.ServeHTTP(w, r)
	}
}
