package content

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Term is one value of a taxonomy, or one entry of another vocabulary.
type Term struct {
	Slug  string `yaml:"slug,required" form:"slug"` // as front matter and URLs have it
	Label string `yaml:"label,required"`
	Short string `yaml:"short"` // for tight places; the label if left out
	Note  string `yaml:"note"`
	// Wrong are other names that texts should not use for it. City is the name of a
	// city that stands for it wrongly only where countries are listed.
	Wrong []string `yaml:"wrong"`
	City  string   `yaml:"city"`
}

// Vocabulary is an ordered set of terms from one data file.
type Vocabulary struct {
	File  string
	Terms []Term
	// unread: the file has mistakes of its own, so that nothing can be said about
	// who uses its terms.
	unread bool
}

// Term returns the term of that slug.
func (v Vocabulary) Term(slug string) (Term, bool) {
	i := slices.IndexFunc(v.Terms, func(t Term) bool { return t.Slug == slug })
	if i < 0 {
		return Term{}, false
	}
	return v.Terms[i], true
}

// Label returns the label of a slug, the slug itself if there is none.
func (v Vocabulary) Label(slug string) string {
	if t, ok := v.Term(slug); ok {
		return t.Label
	}
	return slug
}

// Brief returns the short form of a slug's label.
func (v Vocabulary) Brief(slug string) string {
	if t, ok := v.Term(slug); ok && t.Short != "" {
		return t.Short
	}
	return v.Label(slug)
}

// check reports a value that is not in the vocabulary.
func (v Vocabulary) check(s *source, field, slug string) {
	if _, ok := v.Term(slug); ok || slug == "" || v.unread {
		return
	}
	names := make([]string, len(v.Terms))
	var e Edit
	for i, t := range v.Terms {
		names[i] = t.Slug
		if same(slug, t.Slug) || same(slug, t.Label) {
			e = Edit{Place: s.at(field), Old: slug, New: t.Slug}
		}
	}
	cure := nearest(slug, names)
	if cure == "" {
		cure = fmt.Sprintf("use one of %s or add it there", v.File)
	}
	s.mendable(s.at(field), fmt.Sprintf("%s: %q is not in %s", field, slug, v.File), cure, e)
}

// checkList reports values of a list that are not in the vocabulary or are
// given twice.
func (v Vocabulary) checkList(s *source, field string, slugs []string) {
	for i, slug := range slugs {
		at := fmt.Sprintf("%s[%d]", field, i)
		v.check(s, at, slug)
		if slices.Contains(slugs[:i], slug) {
			s.twice(at, slug)
		}
	}
}

// twice reports the value of a list that stands there before.
func (s *source) twice(field, value string) {
	s.mendable(s.at(field), fmt.Sprintf("%q is given twice", value), "keep one of them", Edit{Place: s.at(field), Old: value})
}

// same tells whether two words differ in nothing but capitals, spaces, hyphens
// and underscores.
func same(a, b string) bool {
	plain := strings.NewReplacer(" ", "", "-", "", "_", "")
	return strings.EqualFold(plain.Replace(a), plain.Replace(b))
}

// oneOf reports a value that is not one of a few fixed words. That an empty one
// may not be left out is said by required fields.
func oneOf(s *source, field, value string, words ...string) {
	if value == "" || slices.Contains(words, value) {
		return
	}
	last := len(words) - 1
	cure := "write " + words[last]
	if last > 0 {
		cure = "write " + strings.Join(words[:last], ", ") + " or " + words[last]
	}
	var e Edit
	for _, word := range words {
		if same(value, word) {
			e = Edit{Place: s.at(field), Old: value, New: word}
		}
	}
	s.mendable(s.at(field), fmt.Sprintf("%s %q", field, value), cure, e)
}

// checkURL reports what is not a web address.
func checkURL(s *source, field, address string) {
	if address == "" {
		return
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		s.add(s.at(field), fmt.Sprintf("%q is not a web address", address), "begin it with https://")
	}
}

// checkOrigin reports an address of the site that is more than scheme and host:
// every address on its pages begins at the root.
func checkOrigin(s *source, field, address string) {
	checkURL(s, field, address)
	if u, err := url.Parse(address); err == nil && u.Host != "" && strings.TrimSuffix(address, "/") != u.Scheme+"://"+u.Host {
		s.add(s.at(field), fmt.Sprintf("%s %q is more than the host of the site", field, address), "the site stands at the root of a host: write "+u.Scheme+"://"+u.Host)
	}
}

// Partner is a link in the block that every page carries.
type Partner struct {
	Slug  string `yaml:"slug,required" form:"slug"`
	Name  string `yaml:"name,required"`
	Group string `yaml:"group,required"`
	URL   string `yaml:"url" form:"url"`
	Block bool   `yaml:"block"` // stands in the block on every page, too
}

// PartnerGroup is a heading on the partners' page with what stands under it.
type PartnerGroup struct {
	Slug     string `yaml:"slug,required" form:"slug"`
	Label    string `yaml:"label,required"`
	Partners []Partner
}

// partnersFile is data/partners.yaml.
type partnersFile struct {
	Groups   []PartnerGroup `yaml:"groups,required"`
	Partners []Partner      `yaml:"partners,required"`
}
