package importer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	markdowntext "github.com/yuin/goldmark/text"
)

func TestSummaryOf(t *testing.T) {
	long := strings.Repeat("word ", 30) + "end. " + strings.Repeat("more ", 30)
	if got := summaryOf(long); !strings.HasSuffix(got, "end.") {
		t.Errorf("a long text is cut after %q, not behind its sentence", got)
	}
	for _, text := range []string{strings.Repeat("字", 200), strings.Repeat("word ", 100), "short", ""} {
		got := summaryOf(text)
		if !utf8.ValidString(got) || len(got) > summaryLength+len("…") {
			t.Errorf("summaryOf(%.20q) = %q", text, got)
		}
	}
}

func TestParagraphs(t *testing.T) {
	for in, want := range map[string]string{
		"One\nline\n\nTwo":                              "<p>One<br>\nline</p>\n\n<p>Two</p>\n\n",
		"<ul>\n<li>a</li>\n</ul>":                       "<ul>\n<li>a</li>\n</ul>\n\n",
		"<!-- wp:paragraph --><p>x</p><!-- /wp:p -->":   "<p>x</p>",
		"Before\n\n<blockquote>q</blockquote>\n\nAfter": "<p>Before</p>\n\n<blockquote>q</blockquote>\n\n<p>After</p>\n\n",
	} {
		if got := paragraphs(in); got != want {
			t.Errorf("paragraphs(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzTranslate: whatever HTML an export has, the Markdown of it has none.
func FuzzTranslate(f *testing.F) {
	f.Add(`<h1>a</h1><p onclick="x">b <script>alert(1)</script></p>`)
	f.Add("<a href='javascript:x'>y</a> [gallery] &lt;script&gt;")
	f.Fuzz(func(t *testing.T, s string) {
		tr := &translator{entry: Entry{HTML: s, Where: "fuzz"}}
		out, err := tr.translate()
		if err != nil {
			t.Skip()
		}
		if strings.Contains(strings.ToLower(out.markdown), "](javascript:") {
			t.Errorf("%q became %q", s, out.markdown)
		}
		source := []byte(out.markdown)
		_ = ast.Walk(goldmark.DefaultParser().Parse(markdowntext.NewReader(source)), func(n ast.Node, _ bool) (ast.WalkStatus, error) {
			if n.Kind() == ast.KindHTMLBlock || n.Kind() == ast.KindRawHTML {
				t.Errorf("%q became %q, which has HTML", s, out.markdown)
			}
			return ast.WalkContinue, nil
		})
	})
}
