package content

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"time"
)

// Article is a report in the news: what happened, where, who took part.
type Article struct {
	File // where it was read from
	Translation
	Front     ArticleFront
	Permalink string // /news/2022/siren-debriefing/
	// Appears and Expires are the instants from which the article is there and is
	// there no more; zero: always was, and always will be.
	Appears, Expires time.Time
	// Ribbon says on a laptop why visitors do not see the article; the press sets it.
	Ribbon string
}

// ArticleFront is the front matter of an article.
type ArticleFront struct {
	Title   string `yaml:"title,required"`
	Summary string `yaml:"summary,required"` // one sentence for lists, feeds and mail

	Start     Date   `yaml:"start,required"` // first day of what is reported
	End       Date   `yaml:"end"`            // last day, the same as Start if left out
	DatesNote string `yaml:"dates_note"`
	Published Moment `yaml:"published"` // a day, or a day and time of the site's zone; only where it is known
	Expires   Moment `yaml:"expires"`   // the last day, or the time at which it goes
	Draft     bool   `yaml:"draft"`     // shown on a laptop only

	Place   string `yaml:"place"`
	Country string `yaml:"country" in:"countries"` // code of data/countries.yaml
	Venue   string `yaml:"venue"`

	Activity   string   `yaml:"activity,required" in:"activities"`        // slug of data/activities.yaml
	Mode       string   `yaml:"mode,required" one:"onsite online hybrid"` // onsite, online or hybrid
	Organisers []string `yaml:"organisers" alias:"organizers"`
	Host       string   `yaml:"host"`
	Funds      []string `yaml:"funds" in:"funds"`
	Topics     []string `yaml:"topics,required" in:"topics"`
	Pillar     string   `yaml:"pillar" in:"pillars"`
	Series     string   `yaml:"series" in:"series"`
	Edition    int      `yaml:"edition"` // the how-manieth of its series

	Participants     int       `yaml:"participants"`
	ParticipantsNote string    `yaml:"participants_note"`
	Members          []string  `yaml:"members" in:"countries"` // codes of data/countries.yaml
	MembersCount     int       `yaml:"members_count"`
	MembersNote      string    `yaml:"members_note"`
	Guests           []string  `yaml:"guests"`
	People           []Person  `yaml:"people"`
	Seizures         []Seizure `yaml:"seizures"`

	Byline     string   `yaml:"byline"`
	Document   string   `yaml:"document"`
	Note       string   `yaml:"note"` // what the sources leave open
	Sources    []string `yaml:"sources,required" form:"source"`
	Confidence string   `yaml:"confidence" one:"medium low"` // medium or low where a source is weak
	Related    []string `yaml:"related" form:"path"`         // permalinks
	Aliases    []string `yaml:"aliases" form:"old"`          // old addresses
	LegacyIDs  []int    `yaml:"legacy_ids"`                  // numbers of the old site's /article-detail/
}

// Person is somebody in an official role.
type Person struct {
	Name string `yaml:"name,required"`
	Role string `yaml:"role"`
	Part string `yaml:"part"`
}

// Seizure is one line of an operation's result.
type Seizure struct {
	What     string `yaml:"what,required"`
	Quantity int    `yaml:"quantity,required"`
	Unit     string `yaml:"unit,required"`
}

// LastDay is the last day of what is reported.
func (a *Article) LastDay() Date {
	if a.Front.End.IsZero() {
		return a.Front.Start
	}
	return a.Front.End
}

// Day is the day the article is sorted by: its publication where that is
// known, otherwise the last day of what it reports.
func (a *Article) Day() Date {
	if a.Front.Published.IsZero() {
		return a.LastDay()
	}
	return a.Front.Published.Day()
}

// Newer compares two articles by when they appeared, for lists that begin with
// the newest.
func (a *Article) Newer(b *Article) int {
	return cmp.Or(b.Day().Compare(a.Day().Time), b.Front.Published.Compare(a.Front.Published.Time), cmp.Compare(a.Permalink, b.Permalink))
}

// timed resolves when the article is there, by the clocks of the site's zone.
func (a *Article) timed(zone *time.Location) {
	if p := a.Front.Published; !p.IsZero() {
		a.Appears = p.in(zone)
	}
	if e := a.Front.Expires; !e.IsZero() {
		if !e.Timed {
			e.Time = e.AddDate(0, 0, 1)
		}
		a.Expires = e.in(zone)
	}
}

// Year is the year in the article's permalink.
func (a *Article) Year() int { return a.Front.Start.Year() }

// Countries returns the codes of all countries the article is about: where it
// took place and which members took part, each once.
func (a *Article) Countries() []string {
	codes := []string{}
	seen := map[string]bool{"": true}
	for _, c := range append([]string{a.Front.Country}, a.Front.Members...) {
		if !seen[c] {
			seen[c] = true
			codes = append(codes, c)
		}
	}
	return codes
}

// checkDates reports dates that contradict each other.
func (a *Article) checkDates(s *source) {
	f := a.Front
	if f.Start.IsZero() {
		return // reported already
	}
	if !f.End.IsZero() && f.End.Before(f.Start.Time) {
		s.add(s.at("end"), fmt.Sprintf("end %s is before start %s", f.End, f.Start), "check both dates")
	}
	if !f.End.IsZero() && f.End.Sub(f.Start.Time) > 60*24*time.Hour {
		s.add(s.at("end"), fmt.Sprintf("from %s to %s is more than 60 days", f.Start, f.End), "check both dates")
	}
	if !f.Published.IsZero() && f.Published.Before(f.Start.Time) {
		s.add(s.at("published"), fmt.Sprintf("published %s is before start %s", f.Published, f.Start), "a report follows its event: check both dates")
	}
	if !f.Expires.IsZero() && !a.Expires.After(a.Appears) {
		s.add(s.at("expires"), fmt.Sprintf("expires %s is before published %s", f.Expires, f.Published), "check both dates")
	}
}

func (l *loader) article(f File) {
	a := &Article{}
	l.front(&f, &a.Front)
	a.File = f
	slug := l.slug(f)
	dir := path.Dir(f.Path)
	if f.Bundle {
		dir = path.Dir(dir)
	}
	year := path.Base(dir)
	if n, err := strconv.Atoi(year); err != nil || path.Dir(dir) != "news" || len(year) != 4 {
		f.source.add(Place{}, "an article stands in a folder of its year", "move it to news/2022/slug/index.md")
	} else if !a.Front.Start.IsZero() && n != a.Year() {
		f.source.add(f.source.at("start"), fmt.Sprintf("start is in %d, the folder says %s", a.Year(), year), "move the folder or correct the date")
	}
	a.Permalink = "/news/" + year + "/" + slug + "/"
	l.claim(f.source, Place{1, 1}, a.Permalink)
	for i, old := range a.Front.Aliases {
		l.redirect(f.source, fmt.Sprintf("aliases[%d]", i), old, a.Permalink)
	}
	for i, id := range a.Front.LegacyIDs {
		field := fmt.Sprintf("legacy_ids[%d]", i)
		l.redirect(f.source, field, fmt.Sprintf("/article-detail/%d/", id), a.Permalink)
		l.redirect(f.source, field, fmt.Sprintf("/article-detail.php?id=%d", id), a.Permalink)
	}
	l.obey(f.source, a.Front, "")
	a.timed(l.zone)
	a.checkDates(f.source)
	l.site.Articles = append(l.site.Articles, a)
	texts, own := l.translations(f)
	a.Translation = own
	for _, t := range texts {
		b := *a
		b.File, b.Front.Title, b.Front.Summary, b.Language = t.File, t.front.Title, t.front.Summary, t.code
		l.articles.note(t.code, a, &b)
	}
}

// relate checks permalinks between articles and sorts everything.
func (l *loader) relate() {
	byPermalink := map[string]*Article{}
	for _, a := range l.site.Articles {
		byPermalink[a.Permalink] = a
	}
	for _, a := range l.site.Articles {
		for i, link := range a.Front.Related {
			if byPermalink[link] == nil {
				at := a.At(fmt.Sprintf("related[%d]", i))
				e := l.site.readdress(at, link, func(path string) bool { return byPermalink[path] != nil })
				a.source.mendable(at, fmt.Sprintf("related: no article has the address %s", link), "write it as /news/2018/slug/", e)
			}
		}
	}
	l.reports(byPermalink)
	l.sortPublications()
	l.letterReferences()
	slices.SortFunc(l.site.Articles, (*Article).Newer)
	slices.SortFunc(l.site.Pages, func(a, b *Page) int { return cmp.Compare(a.Permalink, b.Permalink) })
	slices.SortFunc(l.site.Redirects, func(a, b Redirect) int { return cmp.Compare(a.From, b.From) })
	l.translateLists(len(l.problems) == 0)
	l.problems = slices.Compact(l.problems)
}
