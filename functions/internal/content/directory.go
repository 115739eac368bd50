package content

import (
	"fmt"
	"slices"
)

// Membership is data/members.yaml: the administrations the office works for.
type Membership struct {
	Source     string      `yaml:"source" form:"source"`
	Subregions []Subregion `yaml:"subregions,required"`
	Members    []Member    `yaml:"members,required"`
}

// Subregion is a group of members.
type Subregion struct {
	Slug  string `yaml:"slug,required" form:"slug"`
	Label string `yaml:"label,required"`
}

// Member is one member administration.
type Member struct {
	Country        string `yaml:"country,required" in:"countries"` // code of data/countries.yaml
	Subregion      string `yaml:"subregion,required"`
	Administration string `yaml:"administration"`
	URL            string `yaml:"url" form:"url"`
	Note           string `yaml:"note"`
}

// Of returns the member of a country.
func (m Membership) Of(country string) (Member, bool) {
	i := slices.IndexFunc(m.Members, func(m Member) bool { return m.Country == country })
	if i < 0 {
		return Member{}, false
	}
	return m.Members[i], true
}

// In returns the members of a subregion, in the order of the file.
func (m Membership) In(subregion string) []Member {
	var in []Member
	for _, member := range m.Members {
		if member.Subregion == subregion {
			in = append(in, member)
		}
	}
	return in
}

// Entities is data/entities.yaml: what members keep for the whole region.
type Entities struct {
	TrainingCentres []Entity `yaml:"training_centres"`
	Laboratories    []Entity `yaml:"laboratories"`
	DogCentres      []Entity `yaml:"dog_centres"`
	Intelligence    Office   `yaml:"intelligence_office"`
}

// Entity is a training centre, laboratory or dog training centre.
type Entity struct {
	Slug    string   `yaml:"slug,required" form:"slug"`
	Country string   `yaml:"country,required" in:"countries"`
	Label   string   `yaml:"label,required"` // as the region calls it
	Name    string   `yaml:"name"`           // as its host calls it
	Place   string   `yaml:"place"`
	Note    string   `yaml:"note"`
	Sources []string `yaml:"sources" form:"url"`
}

// Office is one that moves from member to member.
type Office struct {
	Name    string   `yaml:"name"`
	Hosts   []Tenure `yaml:"hosts"`
	Sources []string `yaml:"sources" form:"url"`
}

// Tenure is a member's time in an office. Where the first or last day is not
// known, Seen says when the member was found in it.
type Tenure struct {
	Country string   `yaml:"country,required" in:"countries"`
	From    Approx   `yaml:"from"`
	To      Approx   `yaml:"to"`
	Seen    []Approx `yaml:"seen"`
	Sources []string `yaml:"sources" form:"url"`
}

// figuresFile is data/figures.yaml.
type figuresFile struct {
	Workshops []string `yaml:"workshops,required" in:"activities"`
}

// directories reads the data files of members, entities, vice-chairs and series
// of publications; an office without them has no such pages.
func (l *loader) directories() {
	site := l.site
	s := l.optional("data/members.yaml", &site.Members)
	l.obey(s, site.Members, "")
	l.members(s)
	s = l.optional("data/entities.yaml", &site.Entities)
	l.obey(s, site.Entities, "")
	slugs := map[string]bool{}
	l.entities(s, "training_centres", site.Entities.TrainingCentres, slugs)
	l.entities(s, "laboratories", site.Entities.Laboratories, slugs)
	l.entities(s, "dog_centres", site.Entities.DogCentres, slugs)
	l.tenures(s, "intelligence_office.hosts", site.Entities.Intelligence.Hosts)
	s = l.optional("data/vice_chairs.yaml", &site.ViceChairs)
	l.obey(s, site.ViceChairs, "")
	l.tenures(s, "", site.ViceChairs)
	var figures figuresFile
	s = l.optional("data/figures.yaml", &figures)
	l.obey(s, figures, "")
	site.Workshops = figures.Workshops
	var file publicationsFile
	s = l.optional("data/publications.yaml", &file)
	site.PublicationSeries, site.Elsewhere = file.Series, file.Elsewhere
	l.obey(s, file, "")
	for i, series := range file.Series {
		if slices.ContainsFunc(file.Series[:i], func(other PublicationSeries) bool { return other.Slug == series.Slug }) {
			s.add(s.at(fmt.Sprintf("series[%d].slug", i)), fmt.Sprintf("slug %q is given twice", series.Slug), "keep one of them")
		}
	}
}

func (l *loader) members(s *source) {
	m := l.site.Members
	groups := make([]string, len(m.Subregions))
	for i, r := range m.Subregions {
		groups[i] = r.Slug
	}
	for i, member := range m.Members {
		at := fmt.Sprintf("members[%d].", i)
		if member.Subregion != "" && !slices.Contains(groups, member.Subregion) {
			cure := nearest(member.Subregion, groups)
			if cure == "" {
				cure = "use one of them or add it at the top"
			}
			s.add(s.at(at+"subregion"), fmt.Sprintf("subregion %q is not among subregions", member.Subregion), cure)
		}
		if slices.ContainsFunc(m.Members[:i], func(other Member) bool { return other.Country == member.Country }) {
			s.add(s.at(at+"country"), fmt.Sprintf("%q is given twice", member.Country), "keep one of them")
		}
	}
}

func (l *loader) entities(s *source, list string, entities []Entity, slugs map[string]bool) {
	for i, e := range entities {
		at := fmt.Sprintf("%s[%d].", list, i)
		if slugs[e.Slug] {
			s.add(s.at(at+"slug"), fmt.Sprintf("slug %q is given twice", e.Slug), "keep one of them")
		}
		slugs[e.Slug] = true
	}
}

func (l *loader) tenures(s *source, list string, tenures []Tenure) {
	for i, t := range tenures {
		at := fmt.Sprintf("%s[%d].", list, i)
		if t.From.IsZero() && len(t.Seen) == 0 {
			s.add(s.at(at+"country"), "neither from nor seen says when that was", "add from, or seen with the dates at which it was found")
		}
		if !t.From.IsZero() && !t.To.IsZero() && t.To.String() < t.From.String() {
			s.add(s.at(at+"to"), fmt.Sprintf("to %s is before from %s", t.To, t.From), "check both dates")
		}
	}
}
