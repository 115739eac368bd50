package render

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// TestFold: texts that are written into templates look as those that are called,
// wherever they stand.
func TestFold(t *testing.T) {
	texts := map[string]string{"menu": `Über "uns" & <more>`, "script": "javascript:alert(1)", "two": "a b"}
	text := func(key string) (string, error) {
		if s, ok := texts[key]; ok {
			return s, nil
		}
		return "", errors.New("there is no text " + key)
	}
	called := 0
	funcs := map[string]any{"t": func(key string) (string, error) { called++; return text(key) }}
	page := func(source string, fold bool) string {
		t.Helper()
		fsys := fstest.MapFS{"templates/web/page.html": {Data: []byte(source)}}
		templates, err := ParseTemplates(fsys, funcs, func(key string) (string, error) {
			if !fold {
				return "", errors.New("not now")
			}
			return text(key)
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := templates.Page("page", map[string]bool{"Yes": true})
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	for source, calls := range map[string]int{
		`<p>{{t "menu"}}</p>`: 0,
		`<nav aria-label="{{t "menu"}}">{{- t "two" -}}  </nav>`:           0,
		`<title>{{if .Yes}}{{t "menu"}}{{else}}{{t "two"}}{{end}}</title>`: 0,
		`<a href="{{t "script"}}">x</a>`:                                   1,
		`<a href="/x?{{if .Yes}}{{t "script"}}{{end}}">x</a>`:              1,
		`<p title={{t "two"}}>x</p>`:                                       1,
		`<script>var x = {{t "menu"}}</script>`:                            1,
		`<p>{{t "menu" | printf "%s!"}}</p>`:                               1,
		`<p>{{t "missing"}}</p>`:                                           1,
	} {
		called = 0
		got := page(source, true)
		if called != calls {
			t.Errorf("%s calls t %d times, want %d", source, called, calls)
		}
		if want := page(source, false); got != want {
			t.Errorf("%s gives\n%s, without folding\n%s", source, got, want)
		}
	}
	if got := page(`<p>{{t "missing"}}</p>`, true); !strings.Contains(got, "page.html:1:") {
		t.Errorf("a text that is missing gives %q, want its place", got)
	}
}
