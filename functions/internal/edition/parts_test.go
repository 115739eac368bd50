package edition

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// assemble joins stretches of text; the even ones are parts.
func assemble(texts ...string) (body []byte, parts []Part) {
	for i, s := range texts {
		if i%2 == 0 {
			parts = append(parts, Part{len(body), len(body) + len(s)})
		}
		body = append(body, s...)
	}
	return body, parts
}

// TestParts prints bodies of random words in parts and takes them out again: what
// a client unpacks is the body, however far back it repeats itself.
func TestParts(t *testing.T) {
	words := strings.Fields("customs officers of <p> </p> <a\u00a0href=\"/news/2022/ Seoul")
	rapid.Check(t, func(t *rapid.T) {
		draw := func(most int) string {
			picked := rapid.SliceOfN(rapid.SampledFrom(words), 0, most).Draw(t, "words")
			return strings.Repeat(strings.Join(picked, " "), rapid.SampledFrom([]int{1, 1, 2, 700}).Draw(t, "times"))
		}
		shared := []string{draw(60), draw(9), draw(60)}
		w, want := &Writer{}, map[string][]byte{}
		for _, path := range []string{"/a", "/b", "/c"} {
			var texts []string
			for range rapid.IntRange(1, 4).Draw(t, "parts") {
				texts = append(texts, rapid.SampledFrom(shared).Draw(t, "part"), draw(60))
			}
			body, parts := assemble(texts...)
			want[path] = body
			w.Add(Answer{Path: path, Type: htmlType, Body: body, Parts: parts})
		}
		data, err := w.Bytes(inParts())
		if err != nil {
			t.Fatal(err)
		}
		e, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		for path, body := range want {
			v, ok := e.Answer(path, asOf())
			if !ok || !v.Compressed() || v.Has(Brotli) {
				t.Fatalf("%s: found %v, compressed %v, Brotli %v", path, ok, v.Compressed(), v.Has(Brotli))
			}
			zr, err := gzip.NewReader(bytes.NewReader(v.Body(Gzip)))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(zr); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%s unpacks to %d bytes, want %d, error %v: %s", path, len(got), len(body), err, cmp.Diff(string(body), string(got)))
			}
		}
	})
}

// TestPartsOnce keeps what many pages share once.
func TestPartsOnce(t *testing.T) {
	size := func(pages int) int {
		w := &Writer{}
		for i := range pages {
			body, parts := assemble(string(text("masthead"))+noise(3000), "page "+noise(20)[:i+1], string(text("foot"))+noise(3000))
			w.Add(Answer{Path: "/" + strings.Repeat("p", i+1), Type: htmlType, Body: body, Parts: parts})
		}
		return len(printed(t, w, inParts()))
	}
	if two, ten := size(2), size(10); ten-two > 8*300 {
		t.Errorf("8 pages more take %d bytes, want some hundred each", ten-two)
	}
}

// noise is text that cannot be compressed much.
func noise(n int) string {
	b := make([]byte, n)
	for i, x := 0, uint32(1); i < n; i++ {
		x = x*1664525 + 1013904223
		b[i] = '!' + byte(x>>24)%90
	}
	return string(b)
}

// TestPartsLarge has a part that is longer than the window of gzip, so that text
// on both sides of it cannot be copied across.
func TestPartsLarge(t *testing.T) {
	same := noise(500)
	const window = 1 << 15
	body, parts := assemble("", same, noise(window-200), same+"<p>", noise(70_000), same)
	w := &Writer{}
	w.Add(Answer{Path: "/", Type: htmlType, Body: body, Parts: parts})
	v, _ := open(t, printed(t, w, inParts())).Answer("/", asOf())
	if got := unpack(t, v, Gzip); !bytes.Equal(got, body) {
		t.Error("the body is another")
	}
}

// TestFeedInParts: where pages are packed in parts a feed is in gzip alone, and one
// of a few lines that gzip would make larger stays as it is.
func TestFeedInParts(t *testing.T) {
	long := strings.Repeat("<entry>Officers were trained in Seoul.</entry>", 50)
	for path, want := range map[string]struct {
		body       string
		compressed bool
	}{"/feed.xml": {long, true}, "/robots.txt": {"Allow: /", false}} {
		w := &Writer{}
		w.Add(Answer{Path: path, Type: "text/plain", Class: Feed, Body: []byte(want.body)})
		data, err := w.Bytes(inParts())
		if err != nil {
			t.Fatal(err)
		}
		e, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := e.Answer(path, asOf())
		if !ok || v.Has(Gzip) != want.compressed || v.Has(Identity) == want.compressed || v.Has(Brotli) {
			t.Errorf("%s: found %v, gzip %v, as it is %v, Brotli %v", path, ok, v.Has(Gzip), v.Has(Identity), v.Has(Brotli))
		}
	}
}
