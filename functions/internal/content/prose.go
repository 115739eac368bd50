package content

import (
	"bytes"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Split divides a content file into the YAML between its lines --- and the
// Markdown behind it. line is how many lines stand above the Markdown.
func Split(text []byte) (head, body []byte, line int, ok bool) {
	rest, ok := bytes.CutPrefix(text, []byte("---\n"))
	end := bytes.Index(rest, []byte("\n---\n"))
	if !ok || end < 0 {
		return nil, nil, 0, false
	}
	head = rest[:end+1]
	return head, rest[end+len("\n---\n"):], 2 + bytes.Count(head, []byte("\n")), true
}

// SameYAML tells whether two documents can be read and say the same: equal
// fields, values and types, however they are laid out.
func SameYAML(a, b []byte) bool {
	one, readable := meaning(a)
	other, _ := meaning(b)
	return readable && one == other
}

func meaning(doc []byte) (string, bool) {
	var root yaml.Node
	if err := yaml.Unmarshal(doc, &root); err != nil {
		return err.Error(), false
	}
	var out strings.Builder
	var write func(n *yaml.Node)
	write = func(n *yaml.Node) {
		fmt.Fprintf(&out, "%d %s %q %q [", n.Kind, n.Tag, n.Value, n.Anchor)
		for _, c := range n.Content {
			write(c)
		}
		out.WriteString("]")
	}
	write(&root)
	return out.String(), true
}

// Prose yields the texts of a front matter that a reader reads, each with the
// path of its field: no addresses, and no words of a vocabulary.
func Prose(front any) iter.Seq2[string, string] {
	return func(yield func(path, text string) bool) {
		prose(reflect.ValueOf(front), "", reflect.StructTag(""), yield)
	}
}

func prose(v reflect.Value, path string, tag reflect.StructTag, yield func(path, text string) bool) bool {
	if tag.Get("in") != "" || tag.Get("one") != "" || tag.Get("form") != "" {
		return true
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len() == 0 || yield(path, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			if !prose(v.Index(i), fmt.Sprintf("%s[%d]", path, i), "", yield) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" && !prose(v.Field(i), join(path, name), field.Tag, yield) {
				return false
			}
		}
	}
	return true
}
