// Package stack reads the deployment's template, so that Go can hold it against
// the code and count what it costs.
//
// Read takes a SAM or CloudFormation template in YAML and gives plain values:
// maps, slices, strings, numbers. The short forms of functions become the long
// ones: !Ref Table is {"Ref": "Table"}, !GetAtt Table.Arn is {"Fn::GetAtt":
// "Table.Arn"}. An error names the line. Template.With answers what a stack with
// given parameters has: its conditions are decided and Fn::If is replaced by the
// branch that counts.
package stack

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// Template is a template with its values as they stand.
type Template struct {
	Parameters map[string]any
	Rules      map[string]any
	Conditions map[string]any
	Globals    map[string]any
	Resources  map[string]Resource
	Outputs    map[string]any
}

// Resource is one resource of a template. Fields is everything that is said of
// it, Properties the part under that name.
type Resource struct {
	Type       string
	Condition  string // empty: it is always made
	Properties map[string]any
	Fields     map[string]any
}

// Read reads a template.
func Read(document []byte) (*Template, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("the template is not YAML: %w", err)
	}
	if len(root.Content) != 1 {
		return nil, fmt.Errorf("the template is empty")
	}
	value, err := plain(root.Content[0])
	if err != nil {
		return nil, err
	}
	all, _ := value.(map[string]any)
	t := &Template{
		Parameters: Map(all["Parameters"]), Rules: Map(all["Rules"]), Conditions: Map(all["Conditions"]),
		Globals: Map(all["Globals"]), Outputs: Map(all["Outputs"]), Resources: map[string]Resource{},
	}
	for name, v := range Map(all["Resources"]) {
		fields := Map(v)
		r := Resource{Fields: fields, Properties: Map(fields["Properties"])}
		r.Type, _ = fields["Type"].(string)
		r.Condition, _ = fields["Condition"].(string)
		if r.Type == "" {
			return nil, fmt.Errorf("the resource %s has no Type", name)
		}
		t.Resources[name] = r
	}
	if len(t.Resources) == 0 {
		return nil, fmt.Errorf("the template has no Resources")
	}
	return t, nil
}

// Map returns v if it is a map, an empty one otherwise.
func Map(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// List returns v if it is a list, and a list of v if it is one value: IAM and
// CloudFormation take both.
func List(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// OfType returns the names of all resources of a type, sorted.
func (t *Template) OfType(kind string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		if t.Resources[name].Type == kind {
			names = append(names, name)
		}
	}
	return names
}

// plain turns a node into plain values.
func plain(n *yaml.Node) (any, error) {
	value, err := untagged(n)
	if err != nil || len(n.Tag) < 2 || n.Tag[0] != '!' || n.Tag[1] == '!' {
		return value, err
	}
	name := n.Tag[1:]
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	return map[string]any{name: value}, nil
}

func untagged(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.AliasNode:
		return plain(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := plain(c)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("line %d: %q is given twice", n.Content[i].Line, key)
			}
			v, err := plain(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[key] = v
		}
		return m, nil
	}
	return scalar(n), nil
}

// scalar reads numbers and truth values; everything else is text, a date of a
// policy's version too.
func scalar(n *yaml.Node) any {
	if n.Style != 0 && n.Style != yaml.TaggedStyle {
		return n.Value
	}
	switch n.Value {
	case "true":
		return true
	case "false":
		return false
	case "null", "~", "":
		return nil
	}
	if i, err := strconv.Atoi(n.Value); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
		return f
	}
	return n.Value
}
