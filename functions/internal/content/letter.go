package content

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
)

// Letter is a newsletter: one page of the site and one mail, from the same
// source.
type Letter struct {
	File
	Translation
	Front     LetterFront
	Permalink string // /newsletter/12/
	Ribbon    string // as an article's
}

// LetterFront is the front matter of content/newsletter/N/index.md.
type LetterFront struct {
	Number    int    `yaml:"number,required"`  // as the folder says
	Title     string `yaml:"title,required"`   // of the page, and subject of the mail
	Summary   string `yaml:"summary,required"` // one sentence; mail programs show it beside the subject
	Date      Date   `yaml:"date,required"`    // from this day on it is on the site and may be sent
	NotAfter  Moment `yaml:"not_after"`        // from then on it is not sent any more; in UTC
	Subject   string `yaml:"subject"`          // of the mail, if it is not the title
	Preheader string `yaml:"preheader"`        // beside the subject, if it is not the summary

	Topics   []string `yaml:"topics" in:"topics"`   // for subscribers of these topics; none: for all
	Articles []string `yaml:"articles" form:"path"` // permalinks of reports that are listed
	Events   []string `yaml:"events" form:"path"`   // and of events

	Aliases []string `yaml:"aliases" form:"old"`
}

// Subject is the subject of the mail.
func (l *Letter) Subject() string { return cmp.Or(l.Front.Subject, l.Front.Title) }

// Preheader is what mail programs show beside the subject.
func (l *Letter) Preheader() string { return cmp.Or(l.Front.Preheader, l.Front.Summary) }

// maxSubject is how many characters of a subject mail programs show.
const maxSubject = 78

func (l *loader) letter(f File) {
	n := &Letter{}
	l.front(&f, &n.Front)
	n.File = f
	folder := path.Base(f.Dir())
	if number, err := strconv.Atoi(folder); err != nil || !f.Bundle || path.Dir(f.Dir()) != "newsletter" || number < 1 || folder != strconv.Itoa(number) {
		f.source.add(Place{}, "a newsletter stands in a folder named by its number", "move it to newsletter/12/index.md")
		return
	} else if n.Front.Number != 0 && n.Front.Number != number {
		f.source.add(f.source.at("number"), fmt.Sprintf("number is %d, the folder says %d", n.Front.Number, number), "rename the folder or correct the number")
	}
	n.Permalink = "/newsletter/" + folder + "/"
	l.claim(f.source, Place{1, 1}, n.Permalink)
	for i, old := range n.Front.Aliases {
		l.redirect(f.source, fmt.Sprintf("aliases[%d]", i), old, n.Permalink)
	}
	l.obey(f.source, n.Front, "")
	if len([]rune(n.Subject())) > maxSubject {
		f.source.add(f.source.at("title"), fmt.Sprintf("the subject of the mail has %d characters, mail programs show %d", len([]rune(n.Subject())), maxSubject), "shorten the title, or add a shorter subject")
	}
	if !n.Front.NotAfter.IsZero() && !n.Front.NotAfter.After(n.Front.Date.Time) {
		f.source.add(f.source.at("not_after"), "not_after comes before date: it could never be sent", "write a later day")
	}
	l.site.Letters = append(l.site.Letters, n)
	texts, own := l.translations(f)
	n.Translation = own
	for _, t := range texts {
		c := *n
		c.File, c.Front.Title, c.Front.Summary, c.Language = t.File, t.front.Title, t.front.Summary, t.code
		c.Front.Subject, c.Front.Preheader = "", "" // said by title and summary of the translation
		l.letters.note(t.code, n, &c)
	}
}

// letterReferences reports articles and events that are not there, and sorts the
// newest number first.
func (l *loader) letterReferences() {
	known := map[string][]string{}
	for _, a := range l.site.Articles {
		known["articles"] = append(known["articles"], a.Permalink)
	}
	for _, e := range l.site.Events {
		known["events"] = append(known["events"], e.Permalink)
	}
	for _, n := range l.site.Letters {
		for field, list := range map[string][]string{"articles": n.Front.Articles, "events": n.Front.Events} {
			for i, link := range list {
				at := fmt.Sprintf("%s[%d]", field, i)
				switch {
				case !slices.Contains(known[field], link):
					cure := cmp.Or(nearest(link, known[field]), "write its address as it is on the site, as /news/2018/slug/")
					e := l.site.readdress(n.At(at), link, func(path string) bool { return slices.Contains(known[field], path) })
					n.source.mendable(n.At(at), fmt.Sprintf("%s: nothing has the address %s", field, link), cure, e)
				case slices.Contains(list[:i], link):
					n.source.twice(at, link)
				}
			}
		}
	}
	slices.SortFunc(l.site.Letters, func(a, b *Letter) int { return cmp.Compare(b.Front.Number, a.Front.Number) })
}
