package content_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

// TestEdits spoils one line of an article in a way that can be meant once only,
// and expects the edit that comes with the problem to bring the line back as it
// was meant, with all else byte for byte.
func TestEdits(t *testing.T) {
	const file = "news/2020/a/index.md"
	for _, test := range []struct{ name, old, spoilt, want string }{
		{"slashes", "start: 2020-03-01", "start: 2020/03/01 # the first", "start: 2020-03-01 # the first"},
		{"month in letters", "start: 2020-03-01", "start:  1 march 2020", "start:  2020-03-01"},
		{"American", "start: 2020-03-01", `start: "March 1, 2020"`, `start: "2020-03-01"`},
		{"short", "start: 2020-03-01", "start: 2020-3-1", "start: 2020-03-01"},
		{"time of ISO 8601", "mode: onsite", "mode: onsite\npublished: 2020-03-05T09:30", "mode: onsite\npublished: 2020-03-05 09:30"},
		{"capital", "topics: [aeo]", "topics: [drugs, AEO]", "topics: [drugs, aeo]"},
		{"space", "topics: [aeo]", "topics: ['Risk management', aeo]", "topics: ['risk-management', aeo]"},
		{"underscore in a block", "topics: [aeo]", "topics:\n  - risk_management # first\n  - aeo", "topics:\n  - risk-management # first\n  - aeo"},
		{"label", "mode: onsite", "mode: onsite\ncountry: Viet Nam", "mode: onsite\ncountry: vn"},
		{"few words", "mode: onsite", "mode: On-site", "mode: onsite"},
		{"field in capitals", "mode: onsite", "Mode: onsite", "mode: onsite"},
		{"field with another sign", "mode: onsite", "mode: onsite\nMembers Count: 3", "mode: onsite\nmembers_count: 3"},
		{"field of another spelling", "mode: onsite", "mode: onsite\norganizers: [WCO]", "mode: onsite\norganisers: [WCO]"},
		{"twice in a row", "topics: [aeo]", "topics: [aeo, drugs, aeo]", "topics: [aeo, drugs]"},
		{"twice in a block", "topics: [aeo]", "topics:\n  - aeo\n  - drugs\n  - aeo", "topics:\n  - aeo\n  - drugs"},
		{"related without its slash", "mode: onsite", "mode: onsite\nrelated: [/news/2022/siren]", "mode: onsite\nrelated: [/news/2022/siren/]"},
		{"related on our host", "mode: onsite", "mode: onsite\nrelated: [\"https://broadsheet.example/news/2022/siren/\"]", "mode: onsite\nrelated: [\"/news/2022/siren/\"]"},
		{"related at its old address", "mode: onsite", "mode: onsite\nrelated: [/article-detail/641/]", "mode: onsite\nrelated: [/news/2022/siren/]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := sitetest.Files(t, "")
			spoilt := strings.Replace(article, test.old, test.spoilt, 1)
			text, edits := edited(t, files, file, spoilt)
			if len(edits) != 1 {
				t.Fatalf("%d edits were made, want 1", len(edits))
			}
			if diff := cmp.Diff(strings.Replace(article, test.old, test.want, 1), text); diff != "" {
				t.Errorf("the file (-want +got):\n%s", diff)
			}
			if again, edits := edited(t, files, file, text); again != text || len(edits) > 0 {
				t.Errorf("a second time changes %v", edits)
			}
		})
	}
}

// TestNoEdit: what may mean two things, or something new, is left to the editor.
func TestNoEdit(t *testing.T) {
	for _, test := range []struct{ name, old, spoilt string }{
		{"day or month", "start: 2020-03-01", "start: 05/03/2020"},
		{"no such day", "start: 2020-03-01", "start: 2020/02/30"},
		{"misspelt topic", "topics: [aeo]", "topics: [drug]"},
		{"code of a country", "mode: onsite", "mode: onsite\ncountry: kp"},
		{"field that is there", "mode: onsite", "mode: onsite\nMode: online"},
		{"twice with a comment", "topics: [aeo]", "topics:\n  - aeo\n  - aeo # again"},
		{"seconds", "mode: onsite", "mode: onsite\npublished: 2020-03-05T09:30:59"},
		{"related to nothing", "mode: onsite", "mode: onsite\nrelated: [/news/2022/nothing]"},
		{"escaped", "topics: [aeo]", `topics: ["A\x45O"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			spoilt := strings.Replace(article, test.old, test.spoilt, 1)
			if text, edits := edited(t, sitetest.Files(t, ""), "news/2020/a/index.md", spoilt); text != spoilt {
				t.Errorf("edits %v", edits)
			}
		})
	}
}

// edited loads a site with a file in it and makes the edits that come with the
// problems of that file. All that have an edit must be gone then.
func edited(t *testing.T, files fstest.MapFS, file, text string) (string, []content.Edit) {
	t.Helper()
	files[file] = &fstest.MapFile{Data: []byte(text)}
	_, err := content.Load(files)
	var problems content.Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var edits []content.Edit
	for _, p := range problems {
		if !p.Edit.IsZero() {
			edits = append(edits, p.Edit)
		}
	}
	mended, made := content.Apply([]byte(text), edits)
	return string(mended), made
}

// TestApply: an edit whose text is not there is left out, and of two that overlap
// the second.
func TestApply(t *testing.T) {
	text := "één: twee\r\nb: [x, y]\r\n"
	for _, test := range []struct {
		name string
		edit content.Edit
		want string
	}{
		{"characters, not bytes", content.Edit{Place: content.Place{Line: 1, Column: 6}, Old: "twee", New: "2"}, "één: 2\r\nb: [x, y]\r\n"},
		{"not there", content.Edit{Place: content.Place{Line: 1, Column: 5}, Old: "twee", New: "2"}, text},
		{"behind the line", content.Edit{Place: content.Place{Line: 1, Column: 60}, Old: "twee", New: "2"}, text},
		{"behind the file", content.Edit{Place: content.Place{Line: 9, Column: 1}, Old: "twee", New: "2"}, text},
		{"item", content.Edit{Place: content.Place{Line: 2, Column: 8}, Old: "y"}, "één: twee\r\nb: [x]\r\n"},
		{"first item", content.Edit{Place: content.Place{Line: 2, Column: 5}, Old: "x"}, text},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, _ := content.Apply([]byte(text), []content.Edit{test.edit, test.edit}); string(got) != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("word ", 60)
	for _, test := range []struct {
		name, text   string
		line, column int
		want         string
	}{
		{"place", "a: 1\nstart: 2020-02-30\n", 2, 8, "    2 | start: 2020-02-30\n      |        ^"},
		{"last line without an end", "a: 1", 1, 1, "    1 | a: 1\n      | ^"},
		{"tab", "\ta: 1", 1, 5, "    1 | \ta: 1\n      | \t   ^"},
		{"wide and combining characters", "海関e\u0301 x\n", 1, 6, "    1 | 海関e\u0301 x\n      |       ^"},
		{"behind the end", "ab\r\n", 1, 9, "    1 | ab\n      |   ^"},
		{"not UTF-8 and a bell", "a\xff\x07b", 1, 2, "    1 | a\ufffd\ufffdb\n      |  ^"},
		{"middle of a long line", long, 1, 151, "    1 | …" + long[112:188] + "…\n      | " + strings.Repeat(" ", 39) + "^"},
		{"whole file", "ab", 0, 0, ""},
		{"no such line", "ab\n", 7, 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := content.Problem{Line: test.line, Column: test.column}.Excerpt([]byte(test.text))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEditsMakeNothingWorse spoils an article at random, in ways that can be mended
// and in others. Edits never add a problem, what is left when they are made has no
// edit, and an article without a problem stays as it is.
func TestEditsMakeNothingWorse(t *testing.T) {
	const file = "news/2020/a/index.md"
	lines := map[string][]string{
		"start: 2020-03-01": {"start: 2020/03/01", "start: 01/03/2020", "Start: March 1, 2020", "start: [2020/03/01]", "start: 2020/13/01"},
		"mode: onsite":      {"Mode: On-Site", "mode: onsite # as always", "mode: off-site", "mode: \"On Site\"", "mode:   on_site"},
		"topics: [aeo]":     {"topics: [AEO, aeo]", "topics: [ aeo,aeo ]", "topics:\n- aeo\n- AEO", "topics: [aoe]", "topics: AEO", "Topics: [\"Aeo\", 'aeo']"},
		"title: A workshop": {"title: ' A  workshop '", "TITLE: x", "title: &a x", "title: |\n  Aeo\n  AEO"},
		"end: 2020-03-03":   {"end: 3 March 2020", "end: 2020-03-03 12:00", "End : 2020.3.3", "end:"},
		"Text.":             {"Text  \nand AEO", "start: 2020/03/01", "---\nmode: On-Site\n---"},
	}
	files := sitetest.Files(t, "")
	rapid.Check(t, func(rt *rapid.T) {
		text := article
		for _, line := range slices.Sorted(maps.Keys(lines)) {
			if rapid.Bool().Draw(rt, "spoil") {
				text = strings.Replace(text, line, rapid.SampledFrom(lines[line]).Draw(rt, "line"), 1)
			}
		}
		problems := func(text string) (n int) {
			files[file] = &fstest.MapFile{Data: []byte(text)}
			_, err := content.Load(files)
			found, _ := errors.AsType[content.Problems](err)
			return len(found)
		}
		before := problems(text)
		mended, edits := edited(t, files, file, text)
		if before == 0 && mended != text {
			rt.Fatalf("there was nothing wrong with %q", text)
		}
		for round := 0; len(edits) > 0; round++ {
			if n := problems(mended); n > before || round > 4 {
				rt.Fatalf("%d problems before, %d after %v: %q", before, n, edits, mended)
			}
			mended, edits = edited(t, files, file, mended)
		}
	})
}
