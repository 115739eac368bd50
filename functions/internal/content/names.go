package content

import (
	"fmt"
	"slices"
)

// names are what a language calls places, organisations and other short texts
// of fact boxes and directories, by what they are called in the first language. They are those
// of data/names.<language>.yaml; what it leaves out stays as it is.
type names struct {
	texts map[string]string
	used  map[string]bool
}

// names puts the names of a language into its directories, articles and events,
// also into those whose text is not translated. Where inOrder it reports those
// that nothing says.
func (l *loader) names(code string, inOrder bool) {
	name := "data/names." + code + ".yaml"
	if !l.exists(name) {
		return
	}
	n := names{used: map[string]bool{}}
	s := l.yaml(name, &n.texts)
	for original, text := range n.texts {
		if text == "" {
			s.add(s.at(original), original+" is empty", "write it")
		}
		n.texts[original] = Typeset(code, text)
	}
	for _, original := range l.site.Articles {
		if named := n.article(l.articles.of(code, original)); named != nil {
			l.articles.note(code, original, named)
		}
	}
	for _, original := range l.site.Events {
		if named := n.event(l.events.of(code, original)); named != nil {
			l.events.note(code, original, named)
		}
	}
	n.facts(&l.site.translations[code].Facts)
	for original := range n.texts {
		if inOrder && !n.used[original] {
			s.add(s.at(original), fmt.Sprintf("nothing says %q", original), "write it exactly as the article, event or data file has it, or take the line out")
		}
	}
}

// article returns a copy in which names are replaced, nil if there are none.
func (n names) article(a *Article) *Article {
	named := *a
	f := &named.Front
	changed := n.replace(&f.Place, &f.Venue, &f.Host, &f.DatesNote, &f.ParticipantsNote, &f.MembersNote, &f.Byline, &f.Document, &f.Note)
	changed = n.list(&f.Organisers) || changed
	changed = n.list(&f.Guests) || changed
	f.People, f.Seizures = slices.Clone(f.People), slices.Clone(f.Seizures)
	for i := range f.People {
		changed = n.replace(&f.People[i].Role, &f.People[i].Part) || changed
	}
	for i := range f.Seizures {
		changed = n.replace(&f.Seizures[i].What, &f.Seizures[i].Unit) || changed
	}
	if !changed {
		return nil
	}
	return &named
}

// event is article for events.
func (n names) event(e *Event) *Event {
	named := *e
	f := &named.Front
	changed := n.replace(&f.Place, &f.Venue, &f.Host)
	changed = n.list(&f.Organisers) || changed
	if !changed {
		return nil
	}
	return &named
}

// facts replaces the names of directories.
func (n names) facts(f *Facts) {
	f.Spots = slices.Clone(f.Spots) // which are found by their names
	for i := range f.Spots {
		n.replace(&f.Spots[i].Name)
	}
	f.Members.Members = slices.Clone(f.Members.Members)
	for i := range f.Members.Members {
		n.replace(&f.Members.Members[i].Administration)
	}
	for _, entities := range []*[]Entity{&f.Entities.TrainingCentres, &f.Entities.Laboratories, &f.Entities.DogCentres} {
		*entities = slices.Clone(*entities)
		for i := range *entities {
			e := &(*entities)[i]
			n.replace(&e.Label, &e.Name, &e.Place) // notes have their own file
		}
	}
	n.replace(&f.Entities.Intelligence.Name)
	f.Elsewhere = slices.Clone(f.Elsewhere)
	for i := range f.Elsewhere {
		n.replace(&f.Elsewhere[i].Publisher, &f.Elsewhere[i].Rhythm)
		n.list(&f.Elsewhere[i].Seen)
	}
	for i := range f.Partners {
		f.Partners[i].Partners = slices.Clone(f.Partners[i].Partners)
		for j := range f.Partners[i].Partners {
			n.replace(&f.Partners[i].Partners[j].Name)
		}
	}
}

func (n names) list(texts *[]string) bool {
	changed := false
	*texts = slices.Clone(*texts)
	for i := range *texts {
		changed = n.replace(&(*texts)[i]) || changed
	}
	return changed
}

func (n names) replace(texts ...*string) bool {
	changed := false
	for _, text := range texts {
		if named, ok := n.texts[*text]; ok {
			n.used[*text] = true
			*text = named
			changed = true
		}
	}
	return changed
}
