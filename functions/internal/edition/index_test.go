package edition

import (
	"bytes"
	"strings"
	"testing"
)

// TestIndex: a search index comes back byte for byte under the path of its page,
// is no answer to any URL, and may be larger than an answer.
func TestIndex(t *testing.T) {
	w := &Writer{}
	large := bytes.Repeat([]byte("index"), MaxBody/5+1)
	w.AddIndex("/search", large)
	w.AddIndex("/fr/search", []byte("petit"))
	e := open(t, printed(t, w, defaultPrint()))
	for path, want := range map[string][]byte{"/search": large, "/fr/search": []byte("petit")} {
		if got, ok := e.Index(path, asOf()); !ok || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; want %d", path, len(got), ok, len(want))
		}
		if _, ok := e.Answer(path, asOf()); ok {
			t.Errorf("%s answers with its index", path)
		}
	}
	if _, ok := e.Index("/de/search", asOf()); ok {
		t.Error("there is an index that nobody added")
	}
	w = &Writer{}
	w.Add(Answer{Path: "/large", Type: "application/pdf", Body: large})
	if _, err := w.Bytes(defaultPrint()); err == nil || !strings.Contains(err.Error(), "/large has 41") {
		t.Errorf("an answer of that size is taken: %v", err)
	}
}

// TestRaw: HTML of the site stands as it is, what visitors typed beside it does
// not, and a part may hang on either.
func TestRaw(t *testing.T) {
	b := blank(t, htmlType, `<ol title="`+Slot("query")+`">`+Raw("results")+"</ol>"+When("results")+"some"+Done()+When("none")+Raw("none")+Done())
	got := string(b.Fill(map[string]string{"results": "<li>a &amp; b</li>", "query": `"><li>`}))
	if want := `<ol title="&#34;&gt;&lt;li&gt;"><li>a &amp; b</li></ol>some`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if names := strings.Join(b.Names(), " "); names != "none query results" {
		t.Errorf("the names are %q", names)
	}
}
