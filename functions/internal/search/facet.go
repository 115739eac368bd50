package search

import (
	"encoding/binary"
	"slices"
)

// filter is a value that documents must have.
type filter struct {
	facet string
	docs  set
}

// filters looks the values up; one that no document has lets nothing through.
func (x *Index) filters(wanted []Value) []filter {
	var all []filter
	for _, w := range wanted {
		f := filter{facet: w.Facet, docs: newSet(x.Len())}
		if at := x.valueAt(w); at >= 0 {
			f.docs = x.valueSet(at)
		}
		all = append(all, f)
	}
	return all
}

// valueAt returns where the record of a value is, -1 if no document has it.
func (x *Index) valueAt(v Value) int {
	for at := 0; at < len(x.values); at += valueSize {
		if r := x.values[at:]; string(x.field(r, 0)) == v.Facet && string(x.field(r, 8)) == v.Slug {
			return at
		}
	}
	return -1
}

// Knows tells whether a document, valid or not, has a value of a facet.
func (x *Index) Knows(v Value) bool { return x.valueAt(v) >= 0 }

func (x *Index) value(facet string, at int) Value {
	r := x.values[at:]
	// One string for slug and label, which stand side by side, is cheaper than two.
	slug, label := x.field(r, 8), x.field(r, 16)
	both := string(x.slice(binary.LittleEndian.Uint32(r[8:]), uint32(len(slug)+len(label))))
	if len(both) < len(slug) {
		return Value{Facet: facet} // torn
	}
	return Value{Facet: facet, Slug: both[:len(slug)], Label: both[len(slug):]}
}

// valueSet returns the documents that have a value, none if the index is torn.
func (x *Index) valueSet(at int) set {
	size := uint32(setSize(x.Len()))
	if s := x.slice(binary.LittleEndian.Uint32(x.values[at+24:]), size); s != nil {
		return set(s)
	}
	return newSet(x.Len())
}

// count counts the values of the documents found.
func (x *Index) count(found set, filters []filter) []Count {
	var all []Count
	var facet string
	var among set
	for at := 0; at < len(x.values); at += valueSize {
		name := x.field(x.values[at:], 0)
		if among == nil || string(name) != facet {
			facet = string(name)
			among = slices.Clone(found)
			for _, f := range filters {
				if f.facet != facet {
					among.keep(f.docs)
				}
			}
		}
		if n := among.common(x.valueSet(at)); n > 0 {
			all = append(all, Count{Value: x.value(facet, at), Count: n})
		}
	}
	return all
}
