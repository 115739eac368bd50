package stack

import (
	"fmt"
	"reflect"
)

// With returns the template of a stack with these parameters: only what its
// conditions let in, and the branch of each Fn::If that counts. Parameters that
// are not given have their defaults; one that the template does not have is an
// error.
func (t *Template) With(parameters map[string]string) (*Template, error) {
	d := decider{template: t, values: map[string]any{}, decided: map[string]bool{}}
	for name, p := range t.Parameters {
		d.values[name] = fmt.Sprint(Map(p)["Default"])
		if Map(p)["Default"] == nil {
			d.values[name] = ""
		}
	}
	for name, value := range parameters {
		if _, ok := t.Parameters[name]; !ok {
			return nil, fmt.Errorf("the template has no parameter %s", name)
		}
		d.values[name] = value
	}
	out := &Template{Parameters: t.Parameters, Rules: t.Rules, Globals: Map(d.resolve(t.Globals)), Outputs: t.Outputs, Resources: map[string]Resource{}}
	for name, r := range t.Resources {
		if r.Condition != "" && !d.condition(r.Condition) {
			continue
		}
		fields := Map(d.resolve(r.Fields))
		out.Resources[name] = Resource{Type: r.Type, Condition: r.Condition, Fields: fields, Properties: Map(fields["Properties"])}
	}
	return out, d.err
}

// decider decides conditions; the first thing it cannot decide is its error.
type decider struct {
	template *Template
	values   map[string]any
	decided  map[string]bool
	err      error
}

func (d *decider) fail(format string, args ...any) bool {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
	return false
}

func (d *decider) condition(name string) bool {
	if v, ok := d.decided[name]; ok {
		return v
	}
	c, ok := d.template.Conditions[name]
	if !ok {
		return d.fail("the template has no condition %s", name)
	}
	d.decided[name] = false // ends a circle
	v := d.holds(c)
	d.decided[name] = v
	return v
}

// holds decides one condition function.
func (d *decider) holds(v any) bool {
	for name, argument := range Map(v) {
		list := List(argument)
		switch {
		case name == "Condition":
			return d.condition(fmt.Sprint(argument))
		case name == "Fn::Not" && len(list) == 1:
			return !d.holds(list[0])
		case name == "Fn::Equals" && len(list) == 2:
			return reflect.DeepEqual(d.resolve(list[0]), d.resolve(list[1]))
		case name == "Fn::And":
			for _, c := range list {
				if !d.holds(c) {
					return false
				}
			}
			return true
		case name == "Fn::Or":
			for _, c := range list {
				if d.holds(c) {
					return true
				}
			}
			return false
		}
	}
	return d.fail("this is no condition that can be decided here: %v", v)
}

// none stands for AWS::NoValue until the value around it is built.
type none struct{}

// resolve replaces parameters and Fn::If.
func (d *decider) resolve(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			if e = d.resolve(e); e != (none{}) {
				list = append(list, e)
			}
		}
		return list
	case map[string]any:
		return d.function(v)
	}
	return v
}

func (d *decider) function(m map[string]any) any {
	if name, ok := m["Ref"].(string); ok && len(m) == 1 {
		if name == "AWS::NoValue" {
			return none{}
		}
		if value, ok := d.values[name]; ok {
			return value
		}
		return m
	}
	if list := List(m["Fn::If"]); len(m) == 1 && len(list) == 3 {
		if d.condition(fmt.Sprint(list[0])) {
			return d.resolve(list[1])
		}
		return d.resolve(list[2])
	}
	out := make(map[string]any, len(m))
	for name, v := range m {
		if v = d.resolve(v); v != (none{}) {
			out[name] = v
		}
	}
	return out
}
