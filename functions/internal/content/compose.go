package content

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Compose writes a content file: front matter of the fields that are set, in the
// order of the struct, and the Markdown behind it. front is one of the Front
// structs of this package, or a pointer to one; what Compose writes, Load reads back.
func Compose(front any, markdown string) ([]byte, error) {
	node, err := nodeOf(reflect.Indirect(reflect.ValueOf(front)))
	if err != nil {
		return nil, fmt.Errorf("content: compose: %w", err)
	}
	var out bytes.Buffer
	out.WriteString("---\n")
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(node); err != nil {
		return nil, fmt.Errorf("content: compose: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("content: compose: %w", err)
	}
	fmt.Fprintf(&out, "---\n\n%s\n", strings.TrimSpace(markdown))
	return out.Bytes(), nil
}

// Fill sets fields of a Front struct from words as people type them; a list has
// commas between its values. Its error is Problems, whose places mean nothing.
func Fill(front any, fields map[string]string) error {
	v := reflect.ValueOf(front).Elem()
	known := fieldsOf(v.Type())
	doc := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] == "" {
			continue
		}
		value := scalarNode(fields[name])
		if i, ok := known[name]; ok && v.Field(i).Kind() == reflect.Slice {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for word := range strings.SplitSeq(fields[name], ",") {
				list.Content = append(list.Content, scalarNode(strings.TrimSpace(word)))
			}
			value = list
		}
		doc.Content = append(doc.Content, scalarNode(name), value)
	}
	var problems Problems
	s := &source{file: "front matter", places: places{}, problems: &problems}
	s.value(doc, v, "")
	return problems.Err()
}

func scalarNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text, Tag: "!!str"}
	if _, err := strconv.Atoi(text); err == nil {
		n.Tag = "!!int"
	}
	return n
}

// nodeOf turns a value into YAML; fields without a name in YAML and those that
// are not set are left out.
func nodeOf(v reflect.Value) (*yaml.Node, error) {
	if d, ok := v.Interface().(fmt.Stringer); ok {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: d.String()}, nil // dates and moments
	}
	switch v.Kind() {
	case reflect.String:
		return textNode(v.String()), nil
	case reflect.Int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(v.Int(), 10)}, nil
	case reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v.Bool())}, nil
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for i := range v.Len() {
			item, err := nodeOf(v.Index(i))
			if err != nil {
				return nil, err
			}
			if item.Kind == yaml.MappingNode {
				list.Style, item.Style = 0, yaml.FlowStyle
			}
			list.Content = append(list.Content, item)
		}
		return list, nil
	case reflect.Struct:
		return mappingNode(v)
	}
	return nil, fmt.Errorf("a %s cannot be written as front matter", v.Type())
}

func mappingNode(v reflect.Value) (*yaml.Node, error) {
	all := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name == "" || v.Field(i).IsZero() {
			continue
		}
		value, err := nodeOf(v.Field(i))
		if err != nil {
			return nil, err
		}
		all.Content = append(all.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
	}
	return all, nil
}

// textNode writes a text so that no reader of YAML takes it for anything else:
// with quotation marks where it looks like a number, a date, null or yes.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		n.Style = yaml.DoubleQuotedStyle
	}
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		n.Style = yaml.DoubleQuotedStyle
	}
	if strings.Contains(s, "\n") {
		n.Style = yaml.LiteralStyle
	}
	return n
}
