package edition

import (
	"io/fs"
	"reflect"
	"unsafe"
)

// contents returns the bytes of a file. Those of an embedded file are not copied
// but used where they stand in the program, read only.
//
// embed.FS.ReadFile copies: at ten thousand articles that is more than 100 MB
// of memory and of work before the first request. A variable of type string
// would do without, but cannot be embedded from a file that may be missing. So
// the text is taken from the open file of embed, whose type holds it in a field
// of a field; should a later Go arrange that otherwise, the file is read and
// copied, and TestEmbeddedIsNotCopied fails.
func contents(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if text, ok := embedded(f); ok && len(text) > 0 {
		return unsafe.Slice(unsafe.StringData(text), len(text)), nil
	}
	return fs.ReadFile(fsys, name)
}

// embedded returns the text of an open file of an embed.FS.
func embedded(f fs.File) (string, bool) {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Pointer || v.Type().Elem().PkgPath() != "embed" {
		return "", false
	}
	for _, field := range []string{"f", "data"} {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return "", false
		}
		if v = v.FieldByName(field); !v.IsValid() {
			return "", false
		}
	}
	if v.Kind() != reflect.String {
		return "", false
	}
	return v.String(), true
}
