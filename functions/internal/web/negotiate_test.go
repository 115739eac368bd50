package web

import (
	"strings"
	"testing"

	"broadsheet/functions/internal/edition"
)

// TestChoose goes through Accept-Encoding as RFC 9110, section 12.5.3, has it.
func TestChoose(t *testing.T) {
	v, _ := testEdition(t).Answer("/", asOf())
	for _, c := range []struct {
		accept string // fields are separated by newlines; "-" means no field
		want   edition.Encoding
	}{
		{"-", edition.Identity},
		{"", edition.Identity},
		{"gzip", edition.Gzip},
		{"br", edition.Brotli},
		{"gzip, deflate, br, zstd", edition.Brotli},
		{"br;q=1.0, gzip;q=1.0", edition.Brotli},
		{"gzip;q=1.0, br;q=0.9", edition.Gzip},
		{"gzip;q=0.5, br;q=0.501", edition.Brotli},
		{"gzip;q=0.001", edition.Gzip},
		{"br;q=0, gzip", edition.Gzip},
		{"br;q=0", edition.Identity},
		{"br;q=0.000, gzip;q=0.0", edition.Identity},
		{"*", edition.Brotli},
		{"*;q=0.1", edition.Brotli},
		{"*, br;q=0", edition.Gzip},
		{"gzip, *;q=0", edition.Gzip},
		{"gzip;q=0.2, *", edition.Brotli},
		{"*;q=0", edition.Identity},
		{"identity", edition.Identity},
		{"identity;q=0", edition.Identity}, // nothing acceptable: a page all the same
		{"identity;q=0, gzip;q=0.1", edition.Gzip},
		{"identity, gzip;q=0.5", edition.Identity},
		{"identity;q=0.5, gzip;q=0.5", edition.Gzip},
		{"identity;q=0.1, gzip;q=0.5", edition.Gzip},
		{"deflate, zstd", edition.Identity},
		{"GZIP", edition.Gzip},
		{"x-gzip", edition.Gzip},
		{"x-br", edition.Identity},
		{" gzip ; Q=0.8 ,  br ; q = 0.7 ", edition.Gzip},
		{"gzip\nbr", edition.Brotli},
		{"br;q=0\ngzip", edition.Gzip},
		{"gzip;q=2", edition.Identity},
		{"gzip;q=-1", edition.Identity},
		{"gzip;q=NaN", edition.Identity},
		{"identity;q=NaN, gzip", edition.Gzip},
		{"gzip;q=", edition.Identity},
		{"gzip;q=high, br;q=0.1", edition.Brotli},
		{"gzip;level=9", edition.Gzip},
		{",,;q=1,", edition.Identity},
	} {
		var fields []string
		if c.accept != "-" {
			fields = strings.Split(c.accept, "\n")
		}
		if got := choose(v, fields); got != c.want {
			t.Errorf("Accept-Encoding %q: %q, want %q", c.accept, got, c.want)
		}
	}
	picture, _ := testEdition(t).Answer("/assets/seoul.abc.webp", asOf())
	if got := choose(picture, []string{"br, gzip"}); got != edition.Identity {
		t.Errorf("a picture goes out as %q", got)
	}
	var laptop edition.Writer
	laptop.Add(edition.Answer{Path: "/", Type: htmlType, Body: long("home")})
	data, err := laptop.Bytes(edition.Print{AsOf: asOf(), Compressor: levels(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := e.Answer("/", asOf()); choose(v, []string{"br, gzip"}) != edition.Gzip {
		t.Error("without Brotli in the edition, gzip is not chosen")
	}
}

// TestIfNoneMatch: lists, weak tags and "*" (RFC 9110, section 13.1.2).
func TestIfNoneMatch(t *testing.T) {
	s := newSite(t)
	etag := func(accept string) string {
		return s.get(s.Pages(), "GET", "/", "Accept-Encoding", accept).Header().Get("ETag")
	}
	gz, br, plain := etag("gzip"), etag("br"), etag("")
	if gz == br || gz == plain || br == plain {
		t.Fatalf("encodings share a tag: %s %s %s", gz, br, plain)
	}
	for _, c := range []struct {
		name   string
		fields []string
		status int
	}{
		{"none", nil, 200},
		{"the tag", []string{gz}, 304},
		{"weak", []string{"W/" + gz}, 304},
		{"any", []string{"*"}, 304},
		{"a list", []string{`"a", ` + gz + `,"b"`}, 304},
		{"a weak list", []string{`W/"a",W/` + gz}, 304},
		{"two fields", []string{`"a"`, gz}, 304},
		{"another", []string{`"a"`}, 200},
		{"of another encoding", []string{br + ", " + plain}, 200},
		{"without quotes", []string{strings.Trim(gz, `"`)}, 200},
		{"a part of it", []string{gz[:10] + `"`}, 200},
		{"lower-case w", []string{"w/" + gz}, 200},
		{"empty", []string{""}, 200},
	} {
		headers := []string{"Accept-Encoding", "gzip"}
		for _, f := range c.fields {
			headers = append(headers, "If-None-Match", f)
		}
		w := s.get(s.Pages(), "GET", "/", headers...)
		if w.Code != c.status || w.Header().Get("ETag") != gz {
			t.Errorf("%s: %d with ETag %s, want %d", c.name, w.Code, w.Header().Get("ETag"), c.status)
		}
		if w.Code == 304 && (w.Body.Len() > 0 || w.Header().Get("Content-Length") != "" || w.Header().Get("Content-Type") != "") {
			t.Errorf("%s: a 304 with a body: %v", c.name, w.Header())
		}
	}
}
