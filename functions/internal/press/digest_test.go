package press

import (
	"testing"
	"time"

	"broadsheet/functions/internal/content"
)

type leaf struct {
	Name   string
	hidden int
}

// TestDigest: values that differ in anything have different keys, equal ones
// have equal keys.
func TestDigest(t *testing.T) {
	type tree struct {
		Leaf *leaf
		Any  any
		Map  map[string][]int
		Date content.Date
		File content.File
	}
	day := func(d int) content.Date { return content.Date{Time: time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC)} }
	make := func() []any {
		return []any{
			nil, "", "a", 0, 1, true, false, []string{}, []string{"a"}, []string{"", "a"}, []string{"a", ""}, [2]string{"a", "b"},
			tree{}, tree{Leaf: &leaf{}}, tree{Leaf: &leaf{"a", 0}}, tree{Leaf: &leaf{"", 1}}, tree{Any: 1}, tree{Any: int8(1)}, tree{Any: "1"},
			tree{Map: map[string][]int{}}, tree{Map: map[string][]int{"a": {1}, "b": {2}, "c": nil}}, tree{Map: map[string][]int{"a": {1, 2}, "b": nil}},
			tree{Date: day(1)}, tree{Date: day(2)}, tree{File: content.File{Path: "a"}}, tree{File: content.File{Sum: [32]byte{1}}},
			[]any{"a", []any{"b"}}, []any{"a", "b"}, [][]string{{"a"}, {"b"}}, [][]string{{"a", "b"}}, 1.5,
		}
	}
	d := newDigester(nil)
	seen := map[key]any{}
	for _, v := range make() {
		k := d.sum(v)
		if other, ok := seen[k]; ok {
			t.Errorf("%#v and %#v have one key", other, v)
		}
		seen[k] = v
	}
	for _, v := range make() {
		if seen[newDigester(d).sum(v)] == nil && v != nil {
			t.Errorf("a copy of %#v has another key", v)
		}
	}
}

// TestDigestRefuses what it could not hash: a page must not depend on it.
func TestDigestRefuses(t *testing.T) {
	type ring struct{ Next *ring }
	loop := &ring{}
	loop.Next = loop
	for name, v := range map[string]any{"a function": func() {}, "a channel": make(chan int), "a loop": loop, "a hidden time": struct{ at time.Time }{}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was hashed", name)
				}
			}()
			newDigester(nil).sum(v)
		}()
	}
}
