package web

import (
	"net/http"
	"testing"

	"broadsheet/functions/internal/edition"
)

// TestOtherRelease: while two releases answer, a page of one asks the other for
// its files. It gets the file of the same name, which nobody may keep under that
// address; a name that stands for two files, or for none, is not guessed at.
func TestOtherRelease(t *testing.T) {
	var w edition.Writer
	for path, body := range map[string]string{
		"/assets/style.aaaaaaaaaaaa.css": "p{}", "/assets/style-print.bbbbbbbbbbbb.css": "q{}",
		"/assets/lead.cccccccccccc.webp": "one", "/assets/lead.dddddddddddd.webp": "two", "/assets/icon.eeeeeeeeeeee.svg": "svg", "/news/": "news",
	} {
		w.Add(edition.Answer{Path: path, Type: "text/css; charset=utf-8", Class: edition.Asset, Body: []byte(body)})
	}
	if err := w.AddBlank("error/404", edition.Answer{Type: "text/html; charset=utf-8", Class: edition.Missing, Body: []byte("missing " + edition.Slot("id"))}); err != nil {
		t.Fatal(err)
	}
	data, err := w.Bytes(edition.Print{AsOf: asOf(), Compressor: levels(1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *Options) { o.Edition = func() *edition.Edition { return e } })
	for path, want := range map[string]struct {
		status int
		body   string
		cache  string
	}{
		"/assets/style.aaaaaaaaaaaa.css":  {http.StatusOK, "p{}", cacheForever},
		"/assets/style.0123456789ab.css":  {http.StatusOK, "p{}", cacheNever},
		"/assets/icon.0123456789ab.svg":   {http.StatusOK, "svg", cacheNever},
		"/assets/lead.0123456789ab.webp":  {status: http.StatusNotFound},
		"/assets/style.0123456789ab.svg":  {status: http.StatusNotFound},
		"/assets/style.0123456789abc.css": {status: http.StatusNotFound},
		"/assets/style.ABCDEFABCDEF.css":  {status: http.StatusNotFound},
		"/assets/sty.0123456789ab.css":    {status: http.StatusNotFound},
		"/news/x.0123456789ab.css":        {status: http.StatusNotFound},
	} {
		got := s.get(s.Pages(), http.MethodGet, path)
		if got.Code != want.status || want.body != "" && (got.Body.String() != want.body || got.Header().Get("Cache-Control") != want.cache) {
			t.Errorf("%s: %d %q, %q; want %+v", path, got.Code, got.Body, got.Header().Get("Cache-Control"), want)
		}
	}
}
