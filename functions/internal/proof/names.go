package proof

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/render"
)

// names are how a site in one language spells what it has names for.
type names struct {
	wrong    []wrong
	exact    map[string]bool    // names, and their words in a row
	starting map[string][]spelt // names by their first word
	second   map[string][]spelt // and by their second
	single   []string           // countries of one long word
	words    map[string]bool    // every word of a name
}

// spelt is a name and its words.
type spelt struct {
	name  string
	words []string
}

// wrong is a form that texts should not use.
type wrong struct {
	form, right string
	within      []string       // names that have it in them and are right
	listed      *regexp.Regexp // if not nil, it is wrong only in what matches this
}

// longWord is how many letters a name of one word must have for another word
// that differs in one letter to be a mistake rather than another word.
const longWord = 7

func newNames(site *content.Site) names {
	n := names{exact: map[string]bool{}, starting: map[string][]spelt{}, second: map[string][]spelt{}, words: map[string]bool{}}
	all := slices.Collect(namesOf(site))
	for _, name := range all {
		n.add(name)
	}
	for _, t := range site.Countries.Terms {
		if len(strings.Fields(t.Label)) == 1 && utf8.RuneCountInString(t.Label) >= longWord {
			n.single = append(n.single, t.Label)
		}
	}
	for _, v := range []content.Vocabulary{site.Countries, site.Topics, site.Funds, site.Series, site.Pillars} {
		for _, t := range v.Terms {
			for _, form := range t.Wrong {
				n.wrong = append(n.wrong, wrong{form: form, right: t.Label, within: within(all, form)})
			}
			if t.City != "" {
				n.wrong = append(n.wrong, wrong{form: t.City, right: t.Label, within: within(all, t.City), listed: listed(site.Countries, t.City)})
			}
		}
	}
	return n
}

// namesOf yields the names that vocabularies and directories have.
func namesOf(site *content.Site) iter.Seq[string] {
	return func(yield func(string) bool) {
		var all []string
		for _, v := range []content.Vocabulary{site.Countries, site.Topics, site.Funds, site.Series, site.Pillars} {
			for _, t := range v.Terms {
				all = append(all, t.Label, t.Short)
			}
		}
		for _, g := range site.Partners {
			for _, p := range g.Partners {
				all = append(all, p.Name)
			}
		}
		for _, m := range site.Members.Members {
			all = append(all, m.Administration)
		}
		for _, list := range [][]content.Entity{site.Entities.TrainingCentres, site.Entities.Laboratories, site.Entities.DogCentres} {
			for _, e := range list {
				all = append(all, e.Label, e.Name)
			}
		}
		for _, s := range site.PublicationSeries {
			all = append(all, s.Label)
		}
		for _, s := range site.Spots {
			all = append(all, s.Name)
		}
		for _, name := range all {
			if name != "" && !yield(name) {
				return
			}
		}
	}
}

func (n *names) add(name string) {
	words := []string{}
	capitals := 0
	for _, w := range tokens(name) {
		words = append(words, w.word)
		n.words[w.word] = true
		if first, _ := utf8.DecodeRuneInString(w.word); unicode.IsUpper(first) {
			capitals++
		}
	}
	joined := strings.Join(words, " ")
	if n.exact[joined] {
		return
	}
	n.exact[joined] = true
	if len(words) < 2 || capitals < 2 {
		return
	}
	s := spelt{name, words}
	n.starting[words[0]] = append(n.starting[words[0]], s)
	n.second[words[1]] = append(n.second[words[1]], s)
}

// within returns the names that have a form in them, the longest first.
func within(all []string, form string) []string {
	var longer []string
	for _, name := range all {
		if name != form && strings.Contains(name, form) {
			longer = append(longer, name)
		}
	}
	slices.SortFunc(longer, func(a, b string) int { return len(b) - len(a) })
	return longer
}

// listed matches a city beside a country in a list of them.
func listed(countries content.Vocabulary, city string) *regexp.Regexp {
	var labels []string
	for _, t := range countries.Terms {
		labels = append(labels, regexp.QuoteMeta(t.Label))
	}
	country, between := `(?:`+strings.Join(labels, "|")+`)`, `(?:, and |, | and | et )`
	form := regexp.QuoteMeta(city)
	return regexp.MustCompile(`\b` + country + between + `(` + form + `)\b|\b(` + form + `)` + between + country + `\b`)
}

// names reports names that are spelt otherwise.
func (p *page) names(n names, r render.Reading) {
	for field, text := range content.Prose(p.front) {
		at := p.At(field)
		p.misspelt(n, text, func(int) content.Place { return at })
	}
	for _, passage := range r.Passages {
		p.misspelt(n, passage.Text, passage.At)
	}
}

func (p *page) misspelt(n names, text string, at func(int) content.Place) {
	for _, w := range n.wrong {
		plain := text
		for _, name := range w.within {
			plain = strings.ReplaceAll(plain, name, strings.Repeat("\x00", len(name)))
		}
		for _, i := range w.find(plain) {
			p.warn(at(i), fmt.Sprintf("%q is not how this site says %s", w.form, w.right), "write "+w.right, content.Edit{})
		}
	}
	words := tokens(text)
	for i, word := range words {
		right, length, differs := n.near(words[i:])
		if right == "" {
			continue
		}
		last := words[i+length-1]
		written := text[word.from : last.from+len(last.word)]
		p.warn(at(words[i+differs].from), fmt.Sprintf("%q is one letter from the name %s", written, right), "write "+right+", or add the other name to its file in data/", content.Edit{})
	}
}

// find returns where a form stands as words of their own.
func (w wrong) find(text string) []int {
	var found []int
	if w.listed != nil {
		for _, m := range w.listed.FindAllStringSubmatchIndex(text, -1) {
			found = append(found, max(m[2], m[4]))
		}
		return found
	}
	for from := 0; ; {
		i := strings.Index(text[from:], w.form)
		if i < 0 {
			return found
		}
		start, end := from+i, from+i+len(w.form)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !inWord(before) && !inWord(after) {
			found = append(found, start)
		}
		from = end
	}
}

// near returns the name that words begin with but for one letter, how many of them
// it has and which of them differs; empty if there is none or if they are a name.
func (n names) near(words []token) (name string, length, differs int) {
	for _, list := range [][]spelt{n.starting[words[0].word], n.after(words)} {
		for _, s := range list {
			if len(s.words) > len(words) {
				continue
			}
			if at := s.differsAt(words); at >= 0 && !n.isName(words[:len(s.words)]) {
				return s.name, len(s.words), at
			}
		}
	}
	for _, name := range n.single {
		if word := words[0].word; !n.words[word] && oneLetter(name, word) && !strings.HasPrefix(word, name) && !strings.HasPrefix(name, word) {
			return name, 1, 0
		}
	}
	return "", 0, 0
}

// differsAt returns the only word of a name that some words have otherwise, by
// one letter; -1 if they are equal or differ in more.
func (s spelt) differsAt(words []token) int {
	at := -1
	for i, word := range s.words {
		switch {
		case word == words[i].word:
		case at < 0 && oneLetter(word, words[i].word):
			at = i
		default:
			return -1
		}
	}
	return at
}

func (n names) isName(words []token) bool {
	joined := make([]string, len(words))
	for i, w := range words {
		joined[i] = w.word
	}
	return n.exact[strings.Join(joined, " ")]
}

func (n names) after(words []token) []spelt {
	if len(words) < 2 {
		return nil
	}
	return n.second[words[1].word]
}

// oneLetter tells whether a word is a name with one letter more, less, another or
// two changed about. An s at the end makes a plural, a capital another sentence,
// and a number another thing.
func oneLetter(name, word string) bool {
	a, b := []rune(name), []rune(word)
	if len(a) < 4 || len(b) < 4 || a[0] != b[0] && unicode.ToLower(a[0]) == unicode.ToLower(b[0]) || unicode.IsUpper(a[0]) != unicode.IsUpper(b[0]) {
		return false
	}
	if name+"s" == word || word+"s" == name || strings.ContainsFunc(name+word, unicode.IsDigit) {
		return false
	}
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	a, b = a[start:len(a)-end], b[start:len(b)-end]
	switch {
	case len(a) <= 1 && len(b) <= 1:
		return len(a)+len(b) > 0
	case len(a) == 2 && len(b) == 2:
		return a[0] == b[1] && a[1] == b[0]
	}
	return false
}

// token is a word and where it begins.
type token struct {
	word string
	from int
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// tokens divides a text into words; hyphens and apostrophes within them belong to
// them.
func tokens(text string) []token {
	var all []token
	from := -1
	for i, r := range text {
		inner := from >= 0 && (r == '-' || r == '\'' || r == '’')
		switch {
		case inWord(r):
			if from < 0 {
				from = i
			}
		case from >= 0 && !inner:
			all = append(all, token{strings.TrimRight(text[from:i], "-'’"), from})
			from = -1
		}
		if r == 0 {
			all = append(all, token{"", i})
		}
	}
	if from >= 0 {
		all = append(all, token{strings.TrimRight(text[from:], "-'’"), from})
	}
	return all
}
