package press

import (
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/figure"
)

// shownReports is how many reports stand on the page of a member.
const shownReports = 6

// membersData is what members.html gets.
type membersData struct {
	Groups  []memberGroup
	Total   int
	Reached int // how many of them reports name
	Chairs  []tenureOf
	Source  string
	Map     *locator
}

// memberGroup is a subregion with its members.
type memberGroup struct {
	content.Subregion
	Members []memberCount
}

// memberCount is a member with how many reports name it.
type memberCount struct {
	content.Member
	Count int
}

// memberData is what member.html gets.
type memberData struct {
	content.Member
	Name      string
	Subregion content.Subregion
	Country   content.Link // of its reports; no address if there is none
	Entities  []entityOf
	Chairs    []content.Tenure
	Offices   []content.Tenure
	Office    string // what Offices are terms of
	Reports   []*content.Article
	Total     int // reports in all
	Map       *locator
}

// entityOf is an entity with its kind, a key of texts, and its host.
type entityOf struct {
	content.Entity
	Kind string
	Host content.Link
}

// tenureOf is a time in an office with who held it.
type tenureOf struct {
	content.Tenure
	Host content.Link
}

// entitiesData is what entities.html gets.
type entitiesData struct {
	Groups []entityGroup
	Office content.Office
	Hosts  []tenureOf
}

// entityGroup is a kind of entities.
type entityGroup struct {
	Kind     string // key of texts
	Entities []entityOf
}

// members prints the list of members, a page for each, and the list of training
// centres and laboratories.
func (p *printer) members() error {
	if len(p.site.Members.Members) == 0 {
		return nil
	}
	title, err := p.text("members")
	if err != nil {
		return err
	}
	naming := p.byTerm(countries(p.site))
	m := p.site.Members
	data := membersData{Total: len(m.Members), Chairs: p.tenures(p.site.ViceChairs), Source: m.Source, Map: p.countriesMap(p.region(), title)}
	data.Reached = figure.Reached(&p.site.Facts, p.articles)
	for _, s := range m.Subregions {
		g := memberGroup{Subregion: s}
		for _, member := range m.In(s.Slug) {
			g.Members = append(g.Members, memberCount{member, len(naming[member.Country])})
		}
		data.Groups = append(data.Groups, g)
	}
	if err := p.print("members", page{Path: "/members/", Title: title, Summary: p.site.Strings["members.summary"], Kind: "list", Data: data}); err != nil {
		return err
	}
	for _, g := range data.Groups {
		for _, member := range g.Members {
			if err := p.member(member.Member, g.Subregion, naming[member.Country], content.Link{Label: title, URL: "/members/"}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *printer) member(m content.Member, s content.Subregion, reports []*content.Article, index content.Link) error {
	of := func(t content.Tenure) bool { return t.Country != m.Country }
	data := memberData{
		Member: m, Name: p.site.Countries.Label(m.Country), Subregion: s, Country: p.termLink(countries(p.site), m.Country),
		Chairs:  slices.DeleteFunc(slices.Clone(p.site.ViceChairs), of),
		Offices: slices.DeleteFunc(slices.Clone(p.site.Entities.Intelligence.Hosts), of),
		Office:  p.site.Entities.Intelligence.Name,
		Reports: reports[:min(shownReports, len(reports))], Total: len(reports),
	}
	for _, g := range p.entityGroups() {
		for _, e := range g.Entities {
			if e.Country == m.Country {
				data.Entities = append(data.Entities, e)
			}
		}
	}
	summary, err := p.text("member.summary", data.Name)
	if err != nil {
		return err
	}
	data.Map = p.countryMap(m.Country)
	return p.print("member", page{Path: memberPath(m.Country), Title: data.Name, Summary: summary, Kind: "member", Crumbs: []content.Link{index}, Data: data, Seldom: true})
}

func memberPath(country string) string { return "/members/" + country + "/" }

// memberLink is the name of a country, with an address if it is a member.
func (p *printer) memberLink(country string) content.Link {
	l := content.Link{Label: p.site.Countries.Label(country)}
	if _, ok := p.site.Members.Of(country); ok {
		l.URL = memberPath(country)
	}
	return l
}

func (p *printer) tenures(all []content.Tenure) []tenureOf {
	with := make([]tenureOf, len(all))
	for i, t := range all {
		with[i] = tenureOf{t, p.memberLink(t.Country)}
	}
	return with
}

func (p *printer) entityGroups() []entityGroup {
	all := p.site.Entities
	var groups []entityGroup
	for _, kind := range []struct {
		name     string
		entities []content.Entity
	}{{"training-centres", all.TrainingCentres}, {"laboratories", all.Laboratories}, {"dog-centres", all.DogCentres}} {
		g := entityGroup{Kind: kind.name}
		for _, e := range kind.entities {
			g.Entities = append(g.Entities, entityOf{e, kind.name, p.memberLink(e.Country)})
		}
		if len(g.Entities) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// entities prints the list of training centres, laboratories and dog training
// centres, with the hosts of the intelligence office.
func (p *printer) entities() error {
	groups := p.entityGroups()
	if len(groups) == 0 {
		return nil
	}
	title, err := p.text("training-centres")
	if err != nil {
		return err
	}
	office := p.site.Entities.Intelligence
	data := entitiesData{Groups: groups, Office: office, Hosts: p.tenures(office.Hosts)}
	return p.print("entities", page{Path: "/training-centres/", Title: title, Summary: p.site.Strings["training-centres.summary"], Kind: "list", Data: data})
}

// tenure writes from when to when somebody was in an office: "July 2000",
// "2020–2022", "July 2020 – June 2022", "seen November 2014 and November 2015".
func (f *frame) tenure(t content.Tenure) (string, error) {
	seen := ""
	for i, s := range t.Seen {
		if i > 0 {
			seen += ", "
		}
		seen += f.approx(s)
	}
	switch {
	case t.From.IsZero():
		return f.text("tenure.seen", seen)
	case t.To.IsZero() && seen != "":
		return f.text("tenure.from-seen", f.approx(t.From), seen)
	case t.To.IsZero():
		return f.text("tenure.from", f.approx(t.From))
	}
	dash := "–"
	if t.From.Month != 0 || t.To.Month != 0 {
		dash = " – "
	}
	return f.approx(t.From) + dash + f.approx(t.To), nil
}
