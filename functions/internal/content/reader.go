package content

import "reflect"

// Reader reads the content folder again and again, as a laptop does while it is
// edited. It is not safe for concurrent use; the sites it gives are.
type Reader struct {
	files map[string]parsed // by path, of the last load
}

// parsed is a Markdown file that was read without a problem.
type parsed struct {
	raw    []byte
	file   File
	places places
	front  reflect.Value
}

// give puts what was parsed before into f and into the front matter v points to.
func (p parsed) give(f *File, v any) {
	source := f.source // its problems are those of this load
	source.line, source.places = 1, p.places
	*f = p.file
	f.source = source
	reflect.ValueOf(v).Elem().Set(p.front)
}
