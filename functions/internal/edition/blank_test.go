package edition

import (
	"bytes"
	"html/template"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func blank(t testing.TB, contentType, text string) Blank {
	t.Helper()
	w := &Writer{}
	if err := w.AddBlank("b", Answer{Type: contentType, Class: Private, Body: []byte(text)}); err != nil {
		t.Fatal(err)
	}
	b, ok := open(t, printed(t, w, defaultPrint())).Blank("b", asOf())
	if !ok || b.Type != contentType || b.Class != Private {
		t.Fatalf("the blank comes back as %v, type %q, class %d", ok, b.Type, b.Class)
	}
	return b
}

// TestMarksInTemplates holds what blanks stand on: html/template lets marks
// through in each place a value can stand.
func TestMarksInTemplates(t *testing.T) {
	const source = `<p title="{{slot "intitle"}}">{{slot "intext"}}</p>` +
		`<a href="/confirm?t={{slot "inquery"}}">x</a><a href="{{slot "wholehref"}}">y</a><a href="/x/{{slot "inpath"}}/">z</a>` +
		`<form action="?t={{slot "inaction"}}"><input value={{slot "unquoted"}}>` +
		`<input type="checkbox" {{when "weekly"}} checked {{done}}>{{when "part"}}<b>{{slot "part"}}</b>{{done}}` +
		`<img srcset="{{slot "insrcset"}} 2x" style="width:{{slot "incss"}}">{{slot "a"}}{{slot "b"}}<title>{{slot "intitleelement"}}</title>`
	tmpl, err := template.New("").Funcs(template.FuncMap{"slot": Slot, "when": When, "done": Done}).Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, nil); err != nil {
		t.Fatal(err)
	}
	b := blank(t, htmlType, out.String())
	names := []string{"a", "b", "inaction", "incss", "inpath", "inquery", "insrcset", "intext", "intitle", "intitleelement", "part", "unquoted", "weekly", "wholehref"}
	if diff := cmp.Diff(names, b.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s\nof\n%s", diff, out.String())
	}
	values := map[string]string{}
	for _, name := range names {
		values[name] = "v" + name
	}
	got := string(b.Fill(values))
	for _, want := range []string{
		`title="vintitle"`, `>vintext<`, `"/confirm?t=vinquery"`, `href="vwholehref"`, `"/x/vinpath/"`, `action="?t=vinaction"`, `value=vunquoted>`,
		`type="checkbox"  checked >`, `<b>vpart</b>`, `srcset="vinsrcset 2x"`, `width:vincss`, `vavb<`, `<title>vintitleelement</title>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
}

func TestFill(t *testing.T) {
	const hostile = `"><script>alert('x')</script>&amp;`
	for name, c := range map[string]struct {
		kind, text string
		values     map[string]string
		want       string
	}{
		"a value":                      {htmlType, "a" + Slot("x") + "z", map[string]string{"x": "1"}, "a1z"},
		"no value":                     {htmlType, "a" + Slot("x") + "z", nil, "az"},
		"a value twice":                {htmlType, Slot("x") + Slot("x"), map[string]string{"x": "1"}, "11"},
		"escaped in HTML":              {htmlType, `<p title="` + Slot("x") + `">`, map[string]string{"x": hostile}, `<p title="&#34;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;">`},
		"as it is in text":             {"text/plain; charset=utf-8", Slot("x"), map[string]string{"x": hostile}, hostile},
		"a mark in a value stays text": {htmlType, Slot("x"), map[string]string{"x": Slot("y"), "y": "no"}, Slot("y")},
		"a part shown":                 {htmlType, "a" + When("x") + "<b>" + Slot("y") + "</b>" + Done() + "z", map[string]string{"x": "1", "y": "2"}, "a<b>2</b>z"},
		"a part hidden":                {htmlType, "a" + When("x") + "<b>" + Slot("y") + "</b>" + Done() + "z", map[string]string{"y": "2"}, "az"},
		"a part of its own value":      {htmlType, When("x") + Slot("x") + Done(), map[string]string{"x": "1"}, "1"},
		"two parts":                    {htmlType, When("x") + "1" + Done() + When("y") + "2" + Done(), map[string]string{"y": "1"}, "2"},
		"no marks":                     {htmlType, "plain", nil, "plain"},
		"nothing":                      {htmlType, "", nil, ""},
		"names like marks":             {htmlType, Slot("q7zslot") + Slot("end"), map[string]string{"q7zslot": "1", "end": "2"}, "12"},
		"a long text":                  {htmlType, strings.Repeat("x", 300) + Slot("x"), map[string]string{"x": "1"}, strings.Repeat("x", 300) + "1"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(blank(t, c.kind, c.text).Fill(c.values))); diff != "" {
				t.Error("(-want +got):\n" + diff)
			}
		})
	}
}

func TestBlankRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"parts that nest":       {When("a") + When("b") + Done() + Done(), "do not nest"},
		"a part not closed":     {"x" + When("a"), "not closed"},
		"a part not opened":     {"some text" + Done(), `"done" after "some text"`},
		"a name with a capital": {"before " + Slot("Token"), "lower-case letters and digits"},
		"a name with a hyphen":  {Slot("a") + "b" + When("is-it") + Done(), "lower-case letters and digits"},
	} {
		err := (&Writer{}).AddBlank("some/name", Answer{Type: htmlType, Body: []byte(c.text)})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"some/name"`) {
			t.Errorf("%s: got %v, want an error with %q and the name", name, err, c.want)
		}
	}
}

// TestFillModel compares Fill with replacing marks one after the other.
func TestFillModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "b", "ab", "q7z", "0"})
		values := map[string]string{}
		for _, n := range []string{"a", "b", "ab"} {
			values[n] = rapid.StringMatching(`[a-z<&"]{0,5}`).Draw(t, n)
		}
		var text, want strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "pieces") {
			n, plain := name.Draw(t, "name"), rapid.StringMatching(`[x-z <>"\n]{0,9}`).Draw(t, "text")
			shown := template.HTMLEscapeString(values[n])
			switch rapid.SampledFrom([]string{"text", "slot", "part"}).Draw(t, "kind") {
			case "text":
				text.WriteString(plain)
				want.WriteString(plain)
			case "slot":
				text.WriteString(Slot(n))
				want.WriteString(shown)
			case "part":
				text.WriteString(When(n) + plain + Slot(n) + Done())
				if shown != "" {
					want.WriteString(plain + shown)
				}
			}
		}
		pieces, err := parseMarks([]byte(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		if got := string((Blank{Type: htmlType, pieces: pieces}).Fill(values)); got != want.String() {
			t.Fatalf("got %q, want %q of %q", got, want.String(), text.String())
		}
	})
}
