package content

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Place is where a value stands in a file.
type Place struct{ Line, Column int }

// places keeps where each field of a document stands, by its path: "topics",
// "topics[1]", "people[0].name".
type places map[string]Place

// source is one YAML document being read: a data file or a front matter.
type source struct {
	file     string
	line     int // lines of the file above the document
	places   places
	kept     []byte // in place of places, if an earlier run of the program parsed it
	problems *Problems
}

func (s *source) add(at Place, what, cure string) {
	s.mendable(at, what, cure, Edit{})
}

// mendable adds a problem with what mends it.
func (s *source) mendable(at Place, what, cure string, e Edit) {
	*s.problems = append(*s.problems, Problem{File: s.file, Line: at.Line, Column: at.Column, What: what, Cure: cure, Edit: e})
}

// at returns the place of a field, or the document's first line if it is not
// there.
func (s *source) at(field string) Place {
	if p, ok := s.places[field]; ok {
		return p
	}
	if p, ok := find(s.kept, field); ok {
		return p
	}
	return Place{Line: s.line + 1, Column: 1}
}

func (s *source) place(n *yaml.Node) Place { return Place{Line: n.Line + s.line, Column: n.Column} }

// decode reads one YAML document into v, a pointer to a struct, map or slice.
// It is strict: a field that v does not have, a value of another type, a date
// that does not exist and a field given twice are problems with their place.
// Fields are named by the tag `yaml:"name"`; `yaml:"name,required"` makes a
// missing or empty one a problem.
func (s *source) decode(doc []byte, v any) {
	s.places = places{}
	var root yaml.Node
	if err := yaml.Unmarshal(doc, &root); err != nil {
		s.syntax(err)
		return
	}
	if len(root.Content) == 0 {
		s.required(reflect.ValueOf(v).Elem(), "", map[string]bool{}, Place{s.line + 1, 1})
		return
	}
	s.value(root.Content[0], reflect.ValueOf(v).Elem(), "")
}

// syntax reports what the YAML parser could not read; it tells the line only
// in its message.
func (s *source) syntax(err error) {
	at := Place{Line: s.line + 1, Column: 1}
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`line (\d+)(?:, column (\d+))?:? ?`).FindStringSubmatch(what); m != nil {
		line, _ := strconv.Atoi(m[1])
		at.Line = s.line + line
		if m[2] != "" {
			at.Column, _ = strconv.Atoi(m[2])
		}
		what = strings.Replace(what, m[0], "", 1)
	}
	s.add(at, "this is not YAML: "+strings.TrimSpace(what), "check indentation, colons and quotes on this line and the one above")
}

var errType = errors.New("wrong type")

func (s *source) value(n *yaml.Node, v reflect.Value, path string) {
	s.places[path] = s.place(n)
	if n.Kind == yaml.AliasNode {
		s.add(s.place(n), "aliases (*name) are not used in content", "write the value out")
		return
	}
	if w, ok := v.Addr().Interface().(written); ok {
		s.word(n, w, path)
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		s.mapping(n, v, path)
	case v.Kind() == reflect.Map:
		s.dictionary(n, v, path)
	case v.Kind() == reflect.Slice:
		s.sequence(n, v, path)
	default:
		s.scalar(n, v, path)
	}
}

func (s *source) wrong(n *yaml.Node, path, want string) { s.wrongly(n, path, want, Edit{}) }

// wrongly reports a value of another form, with what mends it.
func (s *source) wrongly(n *yaml.Node, path, want string, e Edit) {
	got := map[yaml.Kind]string{yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list"}[n.Kind]
	if got == "" {
		got = strconv.Quote(n.Value)
	}
	if path == "" {
		path = "the document"
	}
	s.mendable(s.place(n), fmt.Sprintf("%s is %s", path, got), "write "+want, e)
}

func (s *source) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		s.wrong(n, path, "fields, one a line, as name: value")
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		index, known := fields[key.Value]
		switch {
		case !known:
			e := Edit{Place: s.place(key), Old: key.Value, New: fieldMeant(key.Value, v.Type())}
			if e.New == "" || hasKey(n, e.New) {
				e = Edit{}
			}
			s.mendable(s.place(key), fmt.Sprintf("unknown field %q", key.Value), unknownCure(key.Value, v.Type()), e)
			continue
		case seen[key.Value]:
			s.add(s.place(key), fmt.Sprintf("field %q is given twice", key.Value), "keep one of them")
			continue
		}
		seen[key.Value] = true
		s.value(value, v.Field(index), join(path, key.Value))
	}
	s.required(v, path, seen, s.place(n))
}

func (s *source) required(v reflect.Value, path string, seen map[string]bool, at Place) {
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if options != "required" || !v.Field(i).IsZero() {
			continue
		}
		if seen[name] {
			if v.Field(i).Kind() == reflect.String && s.places[join(path, name)] != (Place{}) {
				s.add(s.places[join(path, name)], name+" is empty", "write it")
			}
			continue // another problem has been reported
		}
		s.add(at, fmt.Sprintf("field %q is missing", join(path, name)), "add a line "+name+": …")
	}
}

func (s *source) dictionary(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		s.wrong(n, path, "fields, one a line, as name: value")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if v.MapIndex(reflect.ValueOf(key)).IsValid() {
			s.add(s.place(n.Content[i]), fmt.Sprintf("%q is given twice", key), "keep one of them")
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		s.value(n.Content[i+1], item, join(path, key))
		v.SetMapIndex(reflect.ValueOf(key), item)
	}
}

func (s *source) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		s.wrong(n, path, "a list, as ["+n.Value+"]")
		return
	}
	for i, item := range n.Content {
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		s.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (s *source) scalar(n *yaml.Node, v reflect.Value, path string) {
	want := map[reflect.Kind]string{reflect.String: "text", reflect.Int: "a whole number", reflect.Float64: "a number", reflect.Bool: "true or false"}[v.Kind()]
	if n.Kind != yaml.ScalarNode || setScalar(n, v) != nil {
		s.wrong(n, path, want)
	}
}

func setScalar(n *yaml.Node, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		if n.Tag == "!!null" {
			return nil // "title:" with nothing behind it is as good as missing
		}
		v.SetString(strings.Trim(n.Value, " \t\r\n")) // a no-break space is meant
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil || n.Tag != "!!int" {
			return errType
		}
		v.SetInt(int64(i))
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || n.Tag != "!!float" && n.Tag != "!!int" {
			return errType
		}
		v.SetFloat(f)
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			return errType
		}
		v.SetBool(n.Value == "true")
	default:
		return errType
	}
	return nil
}

func (s *source) word(n *yaml.Node, w written, path string) {
	if n.Kind == yaml.ScalarNode && w.read(n.Value) == nil {
		return
	}
	e := Edit{Place: s.place(n), Old: n.Value, New: w.meant(n.Value)}
	if e.New == "" || n.Kind != yaml.ScalarNode {
		e = Edit{}
	}
	s.wrongly(n, path, w.form(), e)
}

func hasKey(mapping *yaml.Node, name string) bool {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return true
		}
	}
	return false
}

// fieldsOf returns the index of each field by its name in YAML.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			fields[name] = i
		}
	}
	return fields
}

func unknownCure(name string, t reflect.Type) string {
	var names []string
	for i := range t.NumField() {
		if known, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); known != "" {
			names = append(names, known)
		}
	}
	if cure := nearest(name, names); cure != "" {
		return cure
	}
	return "known fields: " + strings.Join(names, ", ")
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
