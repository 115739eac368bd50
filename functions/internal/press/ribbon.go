package press

import (
	"strings"

	"broadsheet/functions/internal/content"
)

// ribboned returns an article that visitors do not see, with the reason on its
// ribbon: it is a draft, or it is not there yet or no more.
func (p *printer) ribboned(a *content.Article) *content.Article {
	shown := *a
	switch text := p.site.Strings; {
	case a.Front.Draft:
		shown.Ribbon = text["ribbon.draft"]
	case !a.Appears.IsZero() && !p.reached(a.Appears):
		shown.Ribbon = p.appears(a.Front.Published)
	default:
		shown.Ribbon = text["ribbon.expired"]
	}
	p.veiled[a.Permalink] = true
	return &shown
}

// ribbonedLetter does the same for a newsletter of a later day.
func (p *printer) ribbonedLetter(l *content.Letter) *content.Letter {
	shown := *l
	shown.Ribbon = p.appears(content.Moment{Time: l.Front.Date.Time})
	p.veiled[l.Permalink] = true
	return &shown
}

// appears writes "Appears on 3 March 2027", with the time if there is one.
func (f *frame) appears(m content.Moment) string {
	pattern := "ribbon.appears"
	if m.Timed {
		pattern = "ribbon.appears.time"
	}
	return strings.Replace(f.day(pattern, m, m), "{time}", m.Format("15:04"), 1)
}
