package press

import (
	"cmp"
	"encoding/json"
	"html/template"
	"strconv"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
)

// node is a thing as schema.org describes it.
type node = map[string]any

// graph writes what a page is about for machines (JSON-LD): the page's own thing,
// where it stands, and on the home page the site and the organisation. encoding/json
// escapes <, > and &, so that it may stand inside a script element, which as data
// is not run and needs no permission of the Content-Security-Policy.
func (f *frame) graph(v page) (template.JS, error) {
	var nodes []node
	if v.Kind == "home" {
		nodes = append(nodes, f.organisation(), f.website())
	}
	if v.About != nil {
		nodes = append(nodes, v.About)
	}
	if v.Path != "" && v.Kind != "home" {
		nodes = append(nodes, f.breadcrumbs(v))
	}
	b, err := json.Marshal(node{"@context": "https://schema.org", "@graph": nodes})
	return template.JS(b), err
}

func (f *frame) organisation() node {
	c := f.facts.Config
	o := node{
		"@type": "Organization", "@id": f.baseURL + "/#organization", "name": c.Name, "alternateName": c.ShortName,
		"url": f.absolute("/"), "description": strings.TrimSpace(c.Description),
		"address": node{"@type": "PostalAddress", "addressLocality": c.Locality},
		"logo":    f.absolute(f.icon),
	}
	if c.Founded > 0 {
		o["foundingDate"] = strconv.Itoa(c.Founded)
	}
	return o
}

func (f *frame) website() node {
	c := f.facts.Config
	return node{
		"@type": "WebSite", "@id": f.absolute("/") + "#website", "url": f.absolute("/"), "name": c.Name, "alternateName": c.ShortName,
		"inLanguage": c.Language, "publisher": node{"@id": f.baseURL + "/#organization"},
		"potentialAction": node{
			"@type":       "SearchAction",
			"target":      node{"@type": "EntryPoint", "urlTemplate": f.absolute("/search?q={search_term_string}")},
			"query-input": "required name=search_term_string",
		},
	}
}

// breadcrumbs is the way from the home page to a page.
func (f *frame) breadcrumbs(v page) node {
	var items []node
	add := func(label, path string) {
		items = append(items, node{"@type": "ListItem", "position": len(items) + 1, "name": label, "item": f.absolute(path)})
	}
	add(f.words("home"), "/")
	for _, c := range v.Crumbs {
		add(c.Label, c.URL)
	}
	add(v.Title, v.Path)
	return node{"@type": "BreadcrumbList", "itemListElement": items}
}

// publisher names the organisation on pages other than the home page.
func (f *frame) publisher() node {
	c := f.facts.Config
	return node{
		"@type": "Organization", "@id": f.baseURL + "/#organization", "name": c.Name, "url": f.absolute("/"),
		"logo": f.absolute(f.icon),
	}
}

// describe is an article as schema.org has it. Dates stand in it only where they
// are known: an event date is no date of publication.
func (f *frame) describe(a *content.Article, share *sharePicture) node {
	front := a.Front
	url := f.absolute(a.Permalink)
	d := node{
		"@type": "NewsArticle", "@id": url + "#article", "url": url, "headline": front.Title, "description": front.Summary,
		"mainEntityOfPage": url, "inLanguage": f.facts.Config.Language, "isAccessibleForFree": true,
		"isPartOf": node{"@id": f.absolute("/") + "#website"}, "publisher": f.publisher(), "about": f.reported(a),
	}
	if f.foreign(a.Language) {
		d["inLanguage"] = a.Language
	}
	d["author"] = d["publisher"]
	if front.Byline != "" {
		d["author"] = node{"@type": "Person", "name": front.Byline}
	}
	if share != nil {
		d["image"] = []string{f.absolute(share.URL)}
	}
	if !front.Published.IsZero() {
		d["datePublished"] = front.Published.String()
		if front.Published.Timed {
			d["datePublished"] = a.Appears.Format(time.RFC3339)
		}
	}
	if at := f.location(siteOf(a), ""); at != nil {
		d["contentLocation"] = at
	}
	var sections []string
	for _, t := range front.Topics {
		sections = append(sections, f.facts.Topics.Label(t))
	}
	d["articleSection"] = sections
	if len(front.Sources) > 0 {
		d["isBasedOn"] = front.Sources
	}
	return d
}

// reported is what an article tells of.
func (f *frame) reported(a *content.Article) node {
	front := a.Front
	e := node{"@type": "Event", "name": front.Title, "startDate": front.Start.String(), "endDate": a.LastDay().String(), "eventAttendanceMode": attendance(front.Mode)}
	if at := f.location(siteOf(a), front.Venue); at != nil {
		e["location"] = at
	} else {
		e["location"] = node{"@type": "VirtualLocation", "url": f.absolute(a.Permalink)}
	}
	if organisers := organisations(front.Organisers); organisers != nil {
		e["organizer"] = organisers
	}
	return e
}

func organisations(names []string) []node {
	var all []node
	for _, name := range names {
		all = append(all, node{"@type": "Organization", "name": name})
	}
	return all
}

// location is a place as schema.org has it, nil if none is known. Its name is the
// venue, or what is known of it.
func (f *frame) location(at whereabouts, venue string) node {
	if at.mode == "online" || at.place == "" && at.country == "" {
		return nil
	}
	address := node{"@type": "PostalAddress"}
	if at.place != "" {
		address["addressLocality"] = at.place
	}
	if at.country != "" {
		address["addressCountry"] = strings.ToUpper(at.country)
	}
	place := node{"@type": "Place", "name": cmp.Or(venue, at.place, f.facts.Countries.Label(at.country)), "address": address}
	if spot, ok := f.facts.Spot(at.place, at.country); ok {
		place["geo"] = node{"@type": "GeoCoordinates", "latitude": spot.Lat, "longitude": spot.Lon}
	}
	return place
}

// attendance is a mode in the words of schema.org.
func attendance(mode string) string {
	switch mode {
	case "online":
		return "https://schema.org/OnlineEventAttendanceMode"
	case "hybrid":
		return "https://schema.org/MixedEventAttendanceMode"
	}
	return "https://schema.org/OfflineEventAttendanceMode"
}
