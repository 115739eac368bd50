package content

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Language is a language of the site.
type Language struct {
	Code string `yaml:"code,required"` // BCP 47, as fr or pt-BR; first part of its addresses
	Name string `yaml:"name,required"` // in the language itself
}

// In returns the site in a language: texts, names, labels, and those articles
// and pages that are translated. What is not stays as it is; its Language says
// so.
func (s *Site) In(code string) *Site {
	if t, ok := s.translations[code]; ok {
		return t
	}
	return s
}

// Translation is what an article or page has in every language: the languages
// there is a text in and which this is.
type Translation struct {
	Language  string   // of title, summary and text
	Languages []string // in which there is a text, in the order of site.yaml
}

// translatedFront is the front matter of a translation.
type translatedFront struct {
	Title   string `yaml:"title,required"`
	Summary string `yaml:"summary,required"`
}

// siteTexts is site.<language>.yaml: what site.yaml says in words. Entries of
// menus are named by their address.
type siteTexts struct {
	Name        string            `yaml:"name"`
	ShortName   string            `yaml:"short_name"`
	Tagline     string            `yaml:"tagline"`
	Description string            `yaml:"description"`
	Locality    string            `yaml:"locality"`
	Notice      string            `yaml:"notice"`
	Menu        map[string]string `yaml:"menu"`
	Footer      map[string]string `yaml:"footer"`
	Newsletter  struct {
		Name    string `yaml:"name"`
		Sender  string `yaml:"sender"`
		Address string `yaml:"address"`
	} `yaml:"newsletter"`
}

// languages checks the languages of site.yaml and makes the site of each.
func (l *loader) languages(s *source) {
	c := &l.site.Config
	if len(c.Languages) == 0 {
		c.Languages = []Language{{Code: c.Language, Name: c.Language}}
	}
	code := regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	l.site.translations = map[string]*Site{}
	own := false
	for i, lang := range c.Languages {
		at := s.at(fmt.Sprintf("languages[%d].code", i))
		switch {
		case !code.MatchString(lang.Code):
			s.add(at, fmt.Sprintf("%q is no language", lang.Code), "write its code, as fr or pt-BR")
		case lang.Code == c.Language:
			own = true
		case l.site.translations[lang.Code] != nil:
			s.add(at, fmt.Sprintf("language %q is given twice", lang.Code), "keep one of them")
		default:
			l.site.translations[lang.Code] = &Site{}
		}
	}
	if i := slices.IndexFunc(c.Languages, func(l Language) bool { return l.Code == c.Language }); i > 0 {
		first := c.Languages[i]
		c.Languages = slices.Insert(slices.Delete(c.Languages, i, i+1), 0, first)
	}
	if !own && c.Language != "" {
		s.add(s.at("language"), fmt.Sprintf("language %q is not among languages", c.Language), "add it there with its name")
	}
}

// translateFacts reads what each language says in other words than the first.
func (l *loader) translateFacts() {
	for code, t := range l.site.translations {
		t.Facts = l.site.Facts
		t.Config.Language = code
		l.siteTexts(code, t)
		l.strings(code, t)
		for _, v := range t.vocabularies() {
			v.Terms = slices.Clone(v.Terms)
			terms := words{}
			for i := range v.Terms {
				term := &v.Terms[i]
				terms.add(term.Slug, &term.Label, &term.Note)
				terms[term.Slug+".short"] = &term.Short
			}
			l.words(v.File, code, terms)
		}
		t.Partners = slices.Clone(t.Partners)
		groups := words{}
		for i := range t.Partners {
			groups.add(t.Partners[i].Slug, &t.Partners[i].Label, nil)
		}
		l.words("data/partners.yaml", code, groups)
		t.PublicationSeries = slices.Clone(t.PublicationSeries)
		series := words{}
		for i := range t.PublicationSeries {
			series.add(t.PublicationSeries[i].Slug, &t.PublicationSeries[i].Label, &t.PublicationSeries[i].Note)
		}
		l.words("data/publications.yaml", code, series)
		t.Members.Subregions = slices.Clone(t.Members.Subregions)
		regions := words{}
		for i := range t.Members.Subregions {
			regions.add(t.Members.Subregions[i].Slug, &t.Members.Subregions[i].Label, nil)
		}
		t.Members.Members = slices.Clone(t.Members.Members)
		for i := range t.Members.Members {
			m := &t.Members.Members[i]
			regions[m.Country+".note"] = &m.Note
		}
		l.words("data/members.yaml", code, regions)
		entities := words{}
		for _, list := range []*[]Entity{&t.Entities.TrainingCentres, &t.Entities.Laboratories, &t.Entities.DogCentres} {
			*list = slices.Clone(*list)
			for i := range *list {
				e := &(*list)[i]
				entities.add(e.Slug, &e.Label, &e.Note)
			}
		}
		l.words("data/entities.yaml", code, entities)
	}
}

func (s *Site) vocabularies() []*Vocabulary {
	return []*Vocabulary{&s.Topics, &s.Funds, &s.Pillars, &s.Series, &s.Countries, &s.Activities}
}

// words are what a data file says in words, by slug; a note is slug.note.
type words map[string]*string

func (w words) add(slug string, label, note *string) {
	w[slug] = label
	if note != nil {
		w[slug+".note"] = note
	}
}

// words reads data/<name>.<language>.yaml, a map from slugs to labels, over what
// the data file says. There may be no such file, and what it leaves out stays as
// it is in the first language.
func (l *loader) words(file, code string, known words) {
	name := strings.TrimSuffix(file, ".yaml") + "." + code + ".yaml"
	if !l.exists(name) || !l.exists(file) || l.spoilt[file] {
		return
	}
	var texts map[string]string
	s := l.yaml(name, &texts)
	for slug, text := range texts {
		word, ok := known[slug]
		switch {
		case !ok:
			s.add(s.at(slug), fmt.Sprintf("%q is not in %s", slug, file), cureOf(slug, slices.Collect(maps.Keys(known)), "take the line out"))
		case text == "":
			s.add(s.at(slug), slug+" is empty", "write it")
		default:
			*word = Typeset(code, text)
		}
	}
}

func cureOf(name string, known []string, otherwise string) string {
	slices.Sort(known)
	if cure := nearest(name, known); cure != "" {
		return cure
	}
	return otherwise
}

func (l *loader) exists(name string) bool {
	_, err := fs.Stat(l.fsys, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && l.err == nil {
		l.err = err
	}
	return err == nil
}

// siteTexts puts the words of site.<language>.yaml over those of site.yaml.
func (l *loader) siteTexts(code string, t *Site) {
	name := "site." + code + ".yaml"
	if !l.exists(name) {
		return
	}
	var texts siteTexts
	s := l.yaml(name, &texts)
	c := &t.Config
	for _, text := range []struct {
		into *string
		text string
	}{
		{&c.Name, texts.Name}, {&c.ShortName, texts.ShortName}, {&c.Tagline, texts.Tagline}, {&c.Description, texts.Description},
		{&c.Locality, texts.Locality}, {&c.Notice, texts.Notice},
		{&c.Newsletter.Name, texts.Newsletter.Name}, {&c.Newsletter.Sender, texts.Newsletter.Sender}, {&c.Newsletter.Address, texts.Newsletter.Address},
	} {
		if text.text != "" {
			*text.into = Typeset(code, text.text)
		}
	}
	menu := func(field string, links []Link, labels map[string]string) []Link {
		links = slices.Clone(links)
		for url, label := range labels {
			i := slices.IndexFunc(links, func(l Link) bool { return l.URL == url })
			if i < 0 {
				s.add(s.at(field+"."+url), fmt.Sprintf("%s has no entry %s in site.yaml", field, url), "write the address as it is there")
				continue
			}
			links[i].Label = Typeset(code, label)
		}
		return links
	}
	c.Menu, c.Footer = menu("menu", c.Menu, texts.Menu), menu("footer", c.Footer, texts.Footer)
}

// strings reads the texts of the interface in another language. They have the
// same keys as those of the first, and the same %s and %d in each.
func (l *loader) strings(code string, t *Site) {
	name := "strings/" + code + ".yaml"
	first := "strings/" + l.site.Config.Language + ".yaml"
	t.Strings = nil
	s := l.yaml(name, &t.Strings)
	if t.Strings == nil || l.site.Strings == nil {
		return // reported
	}
	for key, text := range l.site.Strings {
		own, ok := t.Strings[key]
		switch {
		case !ok:
			s.add(Place{}, fmt.Sprintf("the text %q is missing", key), fmt.Sprintf("add it; in %s it is %q", first, text))
		case !maps.Equal(verbs(own), verbs(text)):
			s.add(s.at(key), fmt.Sprintf("%s has other %%s and %%d than in %s", key, first), fmt.Sprintf("there it is %q; write %%[2]s for the second where the order is another", text))
		}
	}
	for key, text := range t.Strings {
		t.Strings[key] = Typeset(code, text)
		if _, ok := l.site.Strings[key]; !ok {
			s.add(s.at(key), fmt.Sprintf("the text %q is not in %s", key, first), cureOf(key, slices.Collect(maps.Keys(l.site.Strings)), "take the line out"))
		}
	}
}

// verbs returns the kind of each value that the program fills into a text, by
// its number: %[2]s lets a language have another order of words.
func verbs(text string) map[int]string {
	kinds := map[int]string{}
	next := 1
	for _, m := range regexp.MustCompile(`%(?:\[(\d)\])?([sd])`).FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			next = n
		}
		kinds[next] = m[2]
		next++
	}
	return kinds
}

// translation is the text of a file in another language.
type translation struct {
	File
	code  string
	front translatedFront
}

// translations reads the texts that stand beside a file: index.fr.md beside
// index.md. Everything but title, summary and text comes from the original.
func (l *loader) translations(f File) (all []translation, own Translation) {
	own.Language = l.site.Config.Language
	for _, lang := range l.site.Config.Languages {
		name := strings.TrimSuffix(f.Path, ".md") + "." + lang.Code + ".md"
		switch {
		case lang.Code == own.Language:
			own.Languages = append(own.Languages, lang.Code)
		case l.texts[name]:
			l.texts[name] = false // has its original
			own.Languages = append(own.Languages, lang.Code)
			t := translation{File: File{Path: name, Bundle: f.Bundle, source: l.source(name)}, code: lang.Code}
			l.front(&t.File, &t.front)
			t.front.Title, t.front.Summary = Typeset(lang.Code, t.front.Title), Typeset(lang.Code, t.front.Summary)
			all = append(all, t)
		}
	}
	return all, own
}

// isTranslation tells whether a file is the text of another one in another
// language of the site.
func (l *loader) isTranslation(name string) bool {
	stem := strings.TrimSuffix(name, ".md")
	return l.site.translations[strings.TrimPrefix(path.Ext(stem), ".")] != nil
}

// orphans reports translations without an original.
func (l *loader) orphans() {
	for name, unclaimed := range l.texts {
		if unclaimed {
			stem := strings.TrimSuffix(name, ".md")
			l.source(name).add(Place{}, "a translation without an original", "write "+strings.TrimSuffix(stem, path.Ext(stem))+".md, or rename this file")
		}
	}
}

// translated holds the translations of one kind, by language and original.
type translated[T any] map[string]map[*T]*T

func (all translated[T]) note(code string, original, translation *T) {
	if all[code] == nil {
		all[code] = map[*T]*T{}
	}
	all[code][original] = translation
}

// of returns the translation of an original if there is one, else the original.
func (all translated[T]) of(code string, original *T) *T {
	if t := all[code][original]; t != nil {
		return t
	}
	return original
}

// in returns a list with the translations into a language that there are.
func (all translated[T]) in(code string, originals []*T) []*T {
	list := slices.Clone(originals)
	for i, o := range list {
		list[i] = all.of(code, o)
	}
	return list
}

// translateLists makes the lists of each language from the finished ones of the
// first. Names that nothing says are problems only if all else is in order: what
// could not be read may say them.
func (l *loader) translateLists(inOrder bool) {
	for code, t := range l.site.translations {
		l.names(code, inOrder)
		t.Articles, t.Pages = l.articles.in(code, l.site.Articles), l.pages.in(code, l.site.Pages)
		t.Events, t.Publications = l.events.in(code, l.site.Events), l.publications.in(code, l.site.Publications)
		t.Letters = l.letters.in(code, l.site.Letters)
		t.Redirects, t.translations = l.site.Redirects, l.site.translations
		for i, original := range l.site.Events {
			if original.Report == nil {
				continue
			}
			e := *t.Events[i] // reports were resolved after the translations were read
			e.Report = original.Report
			if report := l.articles[code][original.Report]; report != nil {
				e.Report = report
			}
			t.Events[i] = &e
		}
	}
}
