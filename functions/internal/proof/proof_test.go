package proof_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/proof"
	"broadsheet/functions/internal/render"
	"broadsheet/functions/internal/sitetest"
)

// head is a front matter in order.
const head = `---
title: A workshop
summary: What it was about.
start: 2020-03-01
activity: workshop
mode: onsite
topics: [aeo]
sources: ["https://example.org/"]
---
`

// TestRealContent: our own reports have nothing that a proofreader marks.
func TestRealContent(t *testing.T) {
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range proof.Warnings(site) {
		t.Error(w)
	}
}

func TestWarnings(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"wrong form", "Officers of Vietnam came.", `1:13: warning: "Vietnam" is not how this site says Viet Nam; write Viet Nam`},
		{"wrong form over two lines", "It was *Timor\nLeste*.", `1:9: warning: "Timor Leste" is not how this site says Timor-Leste`},
		{"part of the right form", "Brunei Darussalam, not more.", ""},
		{"and the wrong one beside it", "Brunei Darussalam is Brunei.", `1:22: warning: "Brunei" is not how this site says Brunei Darussalam`},
		{"name of an administration", "The General Department of Vietnam Customs.", ""},
		{"part of a word", "Vietnamese officers.", ""},
		{"code, quotation and address", "`Vietnam`\n\n> Vietnam said so.\n\n[There](https://example.org/Vietnam)", ""},
		{"city in a list", "Fiji, Hong Kong and Japan came.", `1:7: warning: "Hong Kong" is not how this site says Hong Kong, China`},
		{"city at the end of a list", "Fiji, Japan and Macao came.", `1:17: warning: "Macao" is not how this site says Macao, China`},
		{"city", "They met in Hong Kong, went to Macao and came back.", ""},
		{"member in a list", "Fiji, Hong Kong, China and Japan came.", ""},
		{"one letter more", "The Asian Developement Bank.", `1:11: warning: "Asian Developement Bank" is one letter from the name Asian Development Bank`},
		{"another letter", "The World Customs Organisation.", `1:19: warning: "World Customs Organisation" is one letter from the name World Customs Organization`},
		{"in the first word", "The Marshal Islands.", `1:5: warning: "Marshal Islands" is one letter from the name Marshall Islands`},
		{"two letters changed about", "The Solomno Islands.", `1:5: warning: "Solomno Islands" is one letter from the name Solomon Islands`},
		{"country of one word", "In the Philipines.", `1:8: warning: "Philipines" is one letter from the name Philippines`},
		{"of that country", "Indonesian, Malaysian and Australian officers, and a Philippine one.", ""},
		{"several of them", "Two Asian Development Banks.", ""},
		{"another name", "The Oceania Customs Organisation.", ""},
		{"small letters", "the world trade organisation", ""},
		{"characters before", "Überall: Vietnam", `1:10: warning: "Vietnam"`},
		{"wide table", "| administration | administration | administration |\n|---|---|---|\n| a | b | c |", "1:1: warning: the table is about 343 pixels wide, a phone has 280 for it"},
		{"narrow table", "| Year | Members | Days |\n|---|---|---|\n| 2020 | 12 members came | 3 |", ""},
		{"level skipped", "## One\n\n#### Two", "3:1: warning: a heading of level 4 follows one of level 2; begin it with ###"},
		{"levels back", "## One\n\n### Two\n\n## Three", ""},
		{"own host", "See [us](https://broadsheet.example/about).", "1:5: warning: the link https://broadsheet.example/about names the host of this site; write /about/"},
		{"another host", "See [us](https://broadsheet.example.org/about/).", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := warnings(t, head+test.body+"\n")
			line := strings.Count(head, "\n")
			want := test.want
			if want != "" {
				var number int
				var rest string
				if _, err := fmt.Sscanf(want, "%d:%s", &number, &rest); err != nil {
					t.Fatal(err)
				}
				_, rest, _ = strings.Cut(want, ":")
				want = fmt.Sprintf("news/2020/a.md:%d:%s", line+number, rest)
			}
			if len(got) > 1 || len(got) == 0 && want != "" || len(got) == 1 && (want == "" || !strings.HasPrefix(got[0].String(), want)) {
				t.Errorf("got  %v\nwant %s", got, want)
			}
		})
	}
}

// TestFrontMatter: titles and notes are read, too; addresses and words of
// vocabularies are not.
func TestFrontMatter(t *testing.T) {
	text := strings.Replace(head, "title: A workshop", "title: A workshop in Vietnam\naliases: [/Vietnam/]\ncountry: vn\nhost: Customs of Laos", 1)
	got := fmt.Sprint(warnings(t, text+"Text.\n"))
	if !strings.Contains(got, `news/2020/a.md:2:8: warning: "Vietnam"`) || !strings.Contains(got, `news/2020/a.md:5:7: warning: "Laos"`) || strings.Count(got, "warning") != 2 {
		t.Error(got)
	}
}

func warnings(t *testing.T, text string) content.Problems {
	t.Helper()
	files := sitetest.Files(t, "")
	files["news/2020/a.md"] = &fstest.MapFile{Data: []byte(text)}
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return proof.Warnings(site)
}

func TestLayout(t *testing.T) {
	for _, test := range []struct{ name, file, old, want string }{
		{"byte order mark", "a.md", "\xef\xbb\xbf" + head + "x\n", head + "x\n"},
		{"Windows", "a.md", strings.ReplaceAll(head+"x\n", "\n", "\r\n"), head + "x\n"},
		{"spaces in front matter", "a.md", strings.ReplaceAll(head, "onsite", "onsite  \t") + "x\n", head + "x\n"},
		{"spaces in text", "a.md", head + "x \n \ny\t\n", head + "x\n\ny\n"},
		{"line break", "a.md", head + "x  \ny\n", head + "x  \ny\n"},
		{"code", "a.md", head + "```\nx \n```\n", head + "```\nx \n```\n"},
		{"literal text", "a.yaml", "a: |\n  x \n  y\nb: c \n", "a: |\n  x \n  y\nb: c\n"},
		{"comment", "a.yaml", "a: b # c \n# d\t\n", "a: b # c\n# d\n"},
		{"no end", "a.yaml", "a: b", "a: b\n"},
		{"no end of a literal text", "a.yaml", "a: |\n  x", "a: |\n  x"},
		{"letters in two parts", "a.md", head + "Cafe\u0301 [re\u0301sume\u0301](re\u0301sume\u0301.png)\n", head + "Café [résumé](re\u0301sume\u0301.png)\n"},
		{"sign of its own", "a.md", head + "5 \u2126, \uf9b4\n", head + "5 \u2126, \uf9b4\n"},
		{"not YAML", "a.yaml", "a: [b \n", "a: [b \n"},
		{"no front matter", "a.md", "Text \n", "Text \n"},
		{"not UTF-8", "a.yaml", "a: \xe9 \n", "a: \xe9 \n"},
		{"empty", "a.yaml", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, changes := proof.Layout(test.file, []byte(test.old))
			if string(got) != test.want || (len(changes) > 0) != (test.old != test.want) {
				t.Errorf("got %q with %v, want %q", got, changes, test.want)
			}
		})
	}
}

// TestLayoutKeepsMeaning spoils the layout of real files at random. What Layout
// makes of them is read as what they were before, and a second time changes
// nothing. The real files themselves stay as they are.
func TestLayoutKeepsMeaning(t *testing.T) {
	var names []string
	files := map[string][]byte{}
	err := fs.WalkDir(broadsheet.Content(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !proof.IsText(name) {
			return err
		}
		names = append(names, name)
		files[name], err = fs.ReadFile(broadsheet.Content(), name)
		if got, changes := proof.Layout(name, files[name]); !bytes.Equal(got, files[name]) {
			t.Errorf("%s: %v", name, changes)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "name")
		spoilt := spoil(t, files[name])
		got, _ := proof.Layout(name, spoilt)
		if again, changes := proof.Layout(name, got); !bytes.Equal(again, got) {
			t.Fatalf("%s: a second time changes %v", name, changes)
		}
		if !equal(name, spoilt, got) {
			t.Fatalf("%s means something else:\n%q\n%q", name, spoilt, got)
		}
		if bytes.Contains(got, []byte("\r\n")) || bytes.HasPrefix(got, []byte("\xef\xbb\xbf")) {
			t.Fatalf("%s still has a mark or line ends of Windows", name)
		}
	})
}

// spoil adds what editors leave behind.
func spoil(t *rapid.T, text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	for range rapid.IntRange(1, 5).Draw(t, "lines") {
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		if lines[i] != "---" {
			lines[i] += rapid.SampledFrom([]string{" ", "  ", "\t", " \t "}).Draw(t, "blank")
		}
		if rapid.Bool().Draw(t, "decomposed") {
			lines[i] = norm.NFD.String(lines[i])
		}
	}
	spoilt := strings.Join(lines, rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end"))
	return []byte(rapid.SampledFrom([]string{"", "\xef\xbb\xbf"}).Draw(t, "mark") + spoilt)
}

// equal compares two texts as readers of the site see them.
func equal(name string, a, b []byte) bool {
	read := func(text []byte) (head, body []byte) {
		text = norm.NFC.Bytes(bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte("\r\n"), []byte("\n")))
		if !strings.HasSuffix(name, ".md") {
			return text, nil
		}
		head, body, _, _ = content.Split(text)
		return head, render.HTML(body)
	}
	headA, htmlA := read(a)
	headB, htmlB := read(b)
	return content.SameYAML(headA, headB) && bytes.Equal(htmlA, htmlB)
}
