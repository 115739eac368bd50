package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/press"
)

// question is one field of front matter that an editor is asked for.
type question struct {
	field    string // of the front matter, and the flag
	ask      string
	value    string // if nothing is answered
	optional bool
	words    func(*content.Site) []string // the only answers, or the only words of a list
}

// form is how one kind of content is begun.
type form struct {
	front     func() any                            // a pointer to its front matter
	dir       func(fields map[string]string) string // below the content folder; slug comes behind it
	text      string                                // to begin with
	questions []question
}

func terms(v func(*content.Site) content.Vocabulary) func(*content.Site) []string {
	return func(s *content.Site) []string { return slugs(v(s).Terms) }
}

func slugs(all []content.Term) []string {
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Slug
	}
	return names
}

func words(names ...string) func(*content.Site) []string {
	return func(*content.Site) []string { return names }
}

// forms are the kinds that can be begun.
func forms() map[string]form {
	title := question{field: "title", ask: "Title"}
	summary := question{field: "summary", ask: "Summary, one sentence for lists, feeds and mail"}
	place := []question{
		{field: "place", ask: "Place, a town", optional: true},
		{field: "country", ask: "Country, its code", optional: true, words: terms(func(s *content.Site) content.Vocabulary { return s.Countries })},
		{field: "mode", ask: "How it is held", value: "onsite", words: words("onsite", "online", "hybrid")},
	}
	topics := question{field: "topics", ask: "Topics, with commas between them", words: terms(func(s *content.Site) content.Vocabulary { return s.Topics })}
	days := []question{{field: "start", ask: "First day, as 2026-09-20"}, {field: "end", ask: "Last day, if it is another", optional: true}}
	today := now().Format("2006-01-02")
	return map[string]form{
		"news": {
			front: func() any { return new(content.ArticleFront) }, dir: func(f map[string]string) string { return path.Join("news", f["start"][:min(4, len(f["start"]))]) },
			text: "Say here in two or three sentences what happened, where and who took part.\n\n## What was discussed\n\nWrite on.",
			questions: slices.Concat([]question{title, summary}, days, place, []question{
				{field: "activity", ask: "What it was", words: terms(func(s *content.Site) content.Vocabulary { return s.Activities })}, topics,
				{field: "sources", ask: "Where the facts are from, a web address"},
			}),
		},
		"event": {
			front: func() any { return new(content.EventFront) }, dir: func(map[string]string) string { return "events" }, text: "Say here what will be done and for whom.",
			questions: slices.Concat([]question{title, summary, {field: "start", ask: "Start: a day as 2026-09-20, or with a time as 2026-09-20 09:30"}, {field: "end", ask: "End, if it is another day or time", optional: true},
				{field: "zone", ask: "Zone of the times, as Asia/Bangkok", optional: true}}, place, []question{topics,
				{field: "registration", ask: "Web address of the registration form", optional: true},
				{field: "status", value: "scheduled", ask: "Status", words: words("scheduled", "postponed", "cancelled")}, {field: "updated", ask: "Day of this change", value: today}}),
		},
		"publication": {
			front: func() any { return new(content.PublicationFront) }, dir: func(f map[string]string) string { return path.Join("publications", f["series"]) }, text: "Say here what is in it.",
			questions: []question{{field: "series", ask: "Series", words: publicationSeries}, title, summary, {field: "period", ask: "Period it covers, as 2025/26", optional: true},
				{field: "date", ask: "When it came out, as 2026, 2026-07 or 2026-07-03", optional: true}, {field: "language", ask: "Language, its code", value: "en"}, {field: "pages", ask: "Number of pages", optional: true}},
		},
		"issue": {
			front: func() any { return new(content.LetterFront) }, dir: func(map[string]string) string { return "newsletter" },
			text: "Say here what this newsletter is about.\n\n## What is new\n\nWrite on; `broadsheet issue preview` shows the mail.",
			questions: []question{{field: "title", ask: "Title, which is the subject of the mail"}, summary, {field: "date", ask: "Day from which it is on the site and may be sent", value: today},
				{field: "number", ask: "Number; the next one if left out", optional: true}, {field: "not_after", ask: "Time after which it is not sent any more, in UTC", optional: true},
				{field: "topics", ask: "Topics whose subscribers get it; all if left out", optional: true, words: topics.words},
				{field: "articles", ask: "Reports it lists, their addresses as /news/2026/slug/", optional: true}, {field: "events", ask: "Events it lists, their addresses", optional: true}},
		},
		"page": {
			front: func() any { return new(content.PageFront) }, dir: func(map[string]string) string { return "pages" }, text: "Write here.",
			questions: []question{title, summary},
		},
	}
}

func publicationSeries(s *content.Site) []string {
	names := make([]string, len(s.PublicationSeries))
	for i, series := range s.PublicationSeries {
		names[i] = series.Slug
	}
	return names
}

func newCommands() []command {
	var all []command
	for _, kind := range []string{"news", "event", "publication", "issue", "page"} {
		what := map[string]string{"news": "an article", "event": "an event", "publication": "a publication", "issue": "a newsletter", "page": "a plain page"}[kind]
		all = append(all, command{
			name:    "new " + kind,
			summary: "begin " + what,
			about: "Asks for what is needed, or takes it from flags, and writes a folder with front matter that passes the check. " +
				"Nothing that is there already is touched. Without a terminal every answer has to come as a flag.",
			json:    "one JSON object: file; then nothing is asked",
			example: "broadsheet new " + kind,
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				form := forms()[kind]
				fields := map[string]*string{"slug": f.String("slug", "", "last part of the `address`; made from the title if left out")}
				for _, q := range form.questions {
					fields[q.field] = f.String(q.field, "", strings.ToLower(q.ask[:1])+q.ask[1:])
				}
				return func(ctx context.Context, p *program, _ []string) error {
					answers := map[string]string{}
					for name, value := range fields {
						answers[name] = strings.TrimSpace(*value)
					}
					return p.begin(ctx, kind, form, answers)
				}
			},
		})
	}
	return all
}

// begin asks for what is missing, writes the file and checks the site with it.
// If the check finds fault with the file, it is taken away again.
func (p *program) begin(ctx context.Context, kind string, f form, answers map[string]string) error {
	fsys, dir, err := p.contentFS()
	if err != nil {
		return err
	}
	if dir == "" {
		return errors.New("there is no content folder here to write into; go to the folder of the site, or name it with CONTENT_DIR")
	}
	site, err := content.Load(fsys)
	if err != nil {
		return fmt.Errorf("the content has to be in order first, see `broadsheet check`: %w", err)
	}
	if err := p.answer(ctx, kind, f.questions, answers, site); err != nil {
		return err
	}
	if kind == "issue" { // its folder is its number
		answers["number"] = cmp.Or(answers["number"], nextLetter(site))
		answers["slug"] = answers["number"]
	}
	slug := cmp.Or(answers["slug"], content.SlugFor(answers["title"]))
	if slug == "" || slug != content.SlugFor(slug) {
		return usageError(fmt.Sprintf("-slug %q: write small letters and digits with hyphens, as regional-meeting-2026", slug))
	}
	name := path.Join(f.dir(answers), slug, "index.md")
	delete(answers, "slug")
	if kind == "publication" {
		delete(answers, "series") // its folder says it
	}
	front := f.front()
	if err := content.Fill(front, answers); err != nil {
		return usageError(err.Error())
	}
	file, err := content.Compose(front, f.text)
	if err != nil {
		return err
	}
	return p.put(fsys, dir, name, file)
}

// nextLetter is the number after the newest newsletter's.
func nextLetter(site *content.Site) string {
	highest := 0
	for _, l := range site.Letters {
		highest = max(highest, l.Front.Number)
	}
	return strconv.Itoa(highest + 1)
}

// put writes a new file and checks the whole site with it.
func (p *program) put(fsys fs.FS, dir, name string, file []byte) error {
	where := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(where), 0o755); err != nil {
		return err
	}
	w, err := os.OpenFile(where, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; choose another -slug", where)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(file)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	site, err := content.Load(fsys)
	if err == nil {
		_, err = press.Build(fsys, site, press.Options{AsOf: now(), BaseURL: p.config.SiteURL})
	}
	if err != nil {
		_ = os.Remove(where)
		_ = os.Remove(filepath.Dir(where)) // if it is empty
		return fmt.Errorf("nothing was written: %w", err)
	}
	return p.result(struct {
		File string `json:"file"`
	}{where}, "%s\nNext: write the text there, look at it with `make run`, then `broadsheet check`.\n", where)
}

// answer fills in what is missing: by asking at a terminal, otherwise from the
// usual values. It refuses what is in no vocabulary.
func (p *program) answer(ctx context.Context, kind string, questions []question, answers map[string]string, site *content.Site) error {
	var missing []string
	in := bufio.NewReader(p.stdin)
	for _, q := range questions {
		err := q.check(answers[q.field], site)
		switch {
		case answers[q.field] != "" && err != nil:
			return usageError(fmt.Sprintf("-%s: %v", q.field, err))
		case answers[q.field] != "":
		case p.interactive && !p.json:
			if err := p.ask(ctx, in, q, answers, site); err != nil {
				return err
			}
		case q.value != "":
			answers[q.field] = q.value
		case !q.optional:
			missing = append(missing, "-"+q.field)
		}
	}
	if len(missing) > 0 {
		return usageError(fmt.Sprintf("new %s needs %s; see `broadsheet help new %s`", kind, strings.Join(missing, ", "), kind))
	}
	return nil
}

// ask asks until the answer can be taken.
func (p *program) ask(ctx context.Context, in *bufio.Reader, q question, answers map[string]string, site *content.Site) error {
	prompt := q.ask
	if q.words != nil && len(q.words(site)) <= 12 {
		prompt += " (" + strings.Join(q.words(site), ", ") + ")"
	}
	if q.value != "" {
		prompt += " [" + q.value + "]"
	} else if q.optional {
		prompt += " [none]"
	}
	for {
		fmt.Fprint(p.stdout, prompt+": ")
		line, err := p.line(ctx, in)
		if ctx.Err() != nil {
			return fmt.Errorf("%w; nothing was written", ctx.Err())
		}
		if err != nil {
			return errors.New("the input ended; nothing was written")
		}
		text := cmp.Or(line, q.value)
		if err := q.check(text, site); err != nil {
			fmt.Fprintf(p.stdout, "  %v\n", err)
			continue
		}
		answers[q.field] = text
		return nil
	}
}

// check says what is wrong with an answer.
func (q question) check(text string, site *content.Site) error {
	if text == "" {
		if q.optional {
			return nil
		}
		return errors.New("this is needed")
	}
	if q.words == nil {
		return nil
	}
	known := q.words(site)
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if slices.Contains(known, word) {
			continue
		}
		if best := content.Nearest(word, known); best != "" {
			return fmt.Errorf("%q is not known; did you mean %q?", word, best)
		}
		return fmt.Errorf("%q is not known; choose among %s", word, strings.Join(known, ", "))
	}
	return nil
}
