package content

import (
	"fmt"
	"reflect"
	"strings"
)

// rule is what a field may say, by the tags of its struct. The reader obeys them
// and the JSON schemas are made of them:
//
//	in:"topics"       slugs of a vocabulary, see Vocabulary
//	one:"a b"         one of a few words
//	form:"url"        a web address
//	form:"origin"     scheme and host of the site
//	form:"zone"       a name of the IANA time zone database
//	form:"path"       a permalink of this site; whether it is one is checked once all are known
//	form:"old"        an old address, which redirects
//	form:"source"     where something was found: a web address, or a title
//	form:"file"       a file beside index.md
//	form:"slug"       a word that can stand in an address
//	form:"language"   the code of a language, of two letters
//	alias:"a b"       other names that the field is taken for, by check -fix
type rule struct {
	index    int
	name     string
	in, form string
	one      []string
	nested   []rule // of a struct, or of those of a list
}

// rulesOf returns the rules of the fields of a struct that has any.
func (l *loader) rulesOf(t reflect.Type) []rule {
	if known, ok := l.rules[t]; ok {
		return known
	}
	var all []rule
	for i := range t.NumField() {
		field := t.Field(i)
		r := rule{index: i, in: field.Tag.Get("in"), form: field.Tag.Get("form"), one: strings.Fields(field.Tag.Get("one"))}
		r.name, _, _ = strings.Cut(field.Tag.Get("yaml"), ",")
		inner := field.Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && !reflect.PointerTo(inner).Implements(reflect.TypeFor[written]()) {
			r.nested = l.rulesOf(inner)
		}
		if r.name != "" && (r.in != "" || r.form != "" || len(r.one) > 0 || r.nested != nil) {
			all = append(all, r)
		}
	}
	l.rules[t] = all
	return all
}

// obey reports what breaks the rules of the fields of v, a struct or a list of
// structs that stands at path.
func (l *loader) obey(s *source, v any, path string) {
	value := reflect.Indirect(reflect.ValueOf(v))
	inner := value.Type()
	if inner.Kind() == reflect.Slice {
		inner = inner.Elem()
	}
	l.each(s, l.rulesOf(inner), value, path)
}

func (l *loader) each(s *source, rules []rule, v reflect.Value, path string) {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			l.each(s, rules, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
		return
	}
	for _, r := range rules {
		field := v.Field(r.index)
		if field.IsZero() {
			continue // whether it may be left out is said by required
		}
		at := join(path, r.name)
		list, isList := field.Interface().([]string)
		if !isList && r.nested == nil {
			list = []string{field.String()}
		}
		switch vocabulary := l.site.vocabulary(r.in); {
		case r.nested != nil:
			l.each(s, r.nested, field, at)
		case vocabulary != nil && isList:
			vocabulary.checkList(s, at, list)
		case vocabulary != nil:
			vocabulary.check(s, at, list[0])
		default:
			for i, text := range list {
				item := at
				if isList {
					item = fmt.Sprintf("%s[%d]", at, i)
				}
				r.check(s, item, text)
			}
		}
	}
}

func (r rule) check(s *source, field, text string) {
	switch {
	case len(r.one) > 0:
		oneOf(s, field, text, r.one...)
	case r.form == "url":
		checkURL(s, field, text)
	case r.form == "origin":
		checkOrigin(s, field, text)
	case r.form == "zone":
		checkZone(s, field, text)
	case r.form == "slug" && !isSlug(text):
		s.add(s.at(field), fmt.Sprintf("%q cannot stand in an address", text), "write small letters a to z, digits, single hyphens")
	case r.form == "language" && len(text) != 2:
		s.add(s.at(field), fmt.Sprintf("language %q", text), "write the code of two letters, as en")
	}
}

// vocabulary returns the vocabulary of a data file, nil if there is none of that
// name.
func (s *Site) vocabulary(name string) *Vocabulary {
	for _, v := range s.vocabularies() {
		if v.File == "data/"+name+".yaml" {
			return v
		}
	}
	return nil
}
