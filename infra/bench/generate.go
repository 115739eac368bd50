package main

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// generate writes a content folder with n articles made of the sentences of the
// real ones: their length, words, topics, countries and dates are as in life.
// The same n gives the same files.
func generate(args []string) error {
	f := flag.NewFlagSet("generate", flag.ContinueOnError)
	from := f.String("content", "content", "the real content `folder`")
	to := f.String("o", "", "the `folder` to write")
	n := f.Int("n", 1000, "how many articles")
	languages := f.Bool("languages", false, "keep the other languages of the site; the articles are in the first")
	pictures := f.Int("pictures", 0, "every how-manieth article has a picture; 0: none")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *to == "" || *n < 1 {
		return fmt.Errorf("generate: name the folder with -o, and at least one article with -n")
	}
	g := &generator{random: rand.New(rand.NewPCG(20, uint64(*n))), to: *to, languages: *languages, sentences: map[string]bool{}}
	if err := g.copy(*from); err != nil {
		return err
	}
	if err := g.learn(*from); err != nil {
		return err
	}
	for i := range *n {
		if err := g.article(i, *pictures > 0 && i%*pictures == 0); err != nil {
			return err
		}
	}
	return nil
}

type generator struct {
	random    *rand.Rand
	to        string
	languages bool // keep all
	sentences map[string]bool
	text      []string // sentences, sorted
	titles    []string
	topics    []string
	countries []string
}

// copy takes everything over but the articles, what belongs to one of them and,
// unless it is wanted, what is in another language, and takes out links to what may not be there.
func (g *generator) copy(from string) error {
	links := regexp.MustCompile(`\[([^\]]*)\]\(/(news|newsletter|topics|series|pillars|funds|countries|members)/[^)]*\)`)
	languages := regexp.MustCompile(`(?m)^languages:\n(?:  .*\n)+`)
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == "news" || rel == "newsletter" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(g.to, rel), 0o755)
		}
		if !g.languages && (strings.HasSuffix(rel, ".fr.md") || strings.HasSuffix(rel, "fr.yaml")) {
			return nil
		}
		if strings.HasPrefix(rel, "data/names.") {
			return nil // names that only the real articles have
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		switch {
		case rel == "redirects.yaml":
			b = slices.Concat(slices.DeleteFunc(bytes.SplitAfter(b, []byte("\n")), func(line []byte) bool { return bytes.Contains(line, []byte("to: /news")) })...)
		case rel == "site.yaml" && !g.languages:
			b = languages.ReplaceAll(b, nil)
		case strings.HasSuffix(rel, ".md"):
			b = links.ReplaceAll(b, []byte("$1"))
			b = regexp.MustCompile(`(?m)^report: .*\n`).ReplaceAll(b, nil)
		}
		return os.WriteFile(filepath.Join(g.to, rel), b, 0o644)
	})
}

// learn reads the sentences and titles of the real articles and the slugs of
// topics and countries.
func (g *generator) learn(from string) error {
	files, err := filepath.Glob(filepath.Join(from, "news/*/*/index.md"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("generate: %s has no articles to learn from: %w", from, err)
	}
	links := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(string(b), "---\n")
		head, body, _ := strings.Cut(rest, "\n---\n")
		for line := range strings.SplitSeq(head, "\n") {
			if title, ok := strings.CutPrefix(line, "title: "); ok {
				g.titles = append(g.titles, strings.Trim(title, `"'`))
			}
		}
		for line := range strings.SplitSeq(links.ReplaceAllString(body, "$1"), "\n") {
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-") || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "!") {
				continue
			}
			for s := range strings.SplitSeq(line, ". ") {
				if s = strings.TrimSuffix(strings.TrimSpace(s), "."); strings.Count(s, " ") > 4 {
					g.sentences[s] = true
				}
			}
		}
	}
	for s := range g.sentences {
		g.text = append(g.text, s)
	}
	slices.Sort(g.text)
	for file, list := range map[string]*[]string{"topics": &g.topics, "countries": &g.countries} {
		b, err := os.ReadFile(filepath.Join(from, "data", file+".yaml"))
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`slug: ([a-z0-9-]+)`).FindAllStringSubmatch(string(b), -1) {
			*list = append(*list, m[1])
		}
	}
	return nil
}

func (g *generator) pick(list []string) string { return list[g.random.IntN(len(list))] }

// name is a word that few articles have, as names of people and places are.
func (g *generator) name() string {
	const syllables = "kalimoretusanivedopihacubegy"
	var b strings.Builder
	for range 2 + g.random.IntN(2) {
		at := g.random.IntN(14) * 2
		b.WriteString(syllables[at : at+2])
	}
	return strings.ToUpper(b.String()[:1]) + b.String()[1:]
}

// article writes 120 to 300 words, as the real ones have.
func (g *generator) article(i int, picture bool) error {
	day := time.Date(2004, 1, 5, 0, 0, 0, 0, time.UTC).AddDate(0, 0, g.random.IntN(22*365))
	slug := fmt.Sprintf("report-%05d", i)
	dir := filepath.Join(g.to, "news", day.Format("2006"), slug)
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %q\nsummary: %q\n", fmt.Sprintf("%s in %s, no. %d", g.pick(g.titles), g.name(), i+1), g.pick(g.text)+".")
	fmt.Fprintf(&b, "start: %s\nend: %s\nplace: %s\ncountry: %s\n", day.Format(time.DateOnly), day.AddDate(0, 0, g.random.IntN(5)).Format(time.DateOnly), g.name(), g.pick(g.countries))
	first, second := g.pick(g.topics), g.pick(g.topics)
	topics := first
	if second != first {
		topics += ", " + second
	}
	fmt.Fprintf(&b, "activity: seminar\nmode: onsite\ntopics: [%s]\nparticipants: %d\nsources: [\"https://example.org/%d\"]\n---\n\n", topics, 20+g.random.IntN(80), i)
	for want, words, paragraph := 120+g.random.IntN(180), 0, 0; words < want; {
		s := g.pick(g.text)
		words += 1 + strings.Count(s, " ")
		fmt.Fprintf(&b, "%s, %s said. ", s, g.name())
		switch paragraph++; {
		case paragraph%9 == 0:
			fmt.Fprintf(&b, "\n\n## What %s brought\n\n", g.name())
		case paragraph%3 == 0:
			b.WriteString("\n\n")
		}
	}
	if picture {
		b.WriteString("\n\n![The participants in front of the venue](group.jpg)")
	}
	b.WriteByte('\n')
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if picture {
		if err := g.picture(filepath.Join(dir, "group.jpg")); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "index.md"), []byte(b.String()), 0o644)
}

// picture draws what compresses like a photograph: slow changes and some noise.
func (g *generator) picture(name string) error {
	img := image.NewRGBA(image.Rect(0, 0, 1200, 800))
	tint := uint8(g.random.IntN(120))
	for y := range 800 {
		for x := range 1200 {
			noise := uint8(g.random.IntN(12))
			img.SetRGBA(x, y, color.RGBA{uint8(x/8) + noise, uint8(y/5) + noise, tint + noise, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 88}); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
