package content

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"unicode/utf8"
)

// bytes returns a file, which may have been read already.
func (l *loader) bytes(name string) ([]byte, error) {
	if e, ok := l.early[name]; ok {
		delete(l.early, name)
		return e.raw, e.err
	}
	return fs.ReadFile(l.fsys, name)
}

// read returns what a file says, false if it cannot be read, which is reported.
func (l *loader) read(name string) ([]byte, bool) {
	b, err := l.bytes(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.source(name).add(Place{}, "the file is missing", "create it; see README, “For editors”")
		return nil, false
	case err != nil:
		if l.err == nil {
			l.err = err
		}
		return nil, false
	}
	if at, ok := foreign(b); ok {
		l.source(name).add(at, "this character is not UTF-8", "save the file as UTF-8")
		return nil, false
	}
	return b, true
}

// foreign returns where a text stops to be UTF-8.
func foreign(text []byte) (Place, bool) {
	if utf8.Valid(text) {
		return Place{}, false
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	return Place{Line: 1 + bytes.Count(text[:at], []byte("\n")), Column: 1 + utf8.RuneCount(line)}, true
}

// foreignTexts reports templates, style sheets and drawings that are not UTF-8;
// they are read by others.
func (l *loader) foreignTexts() {
	for _, dir := range []string{"templates", "assets"} {
		err := fs.WalkDir(l.fsys, dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && slices.Contains([]string{".html", ".txt", ".css", ".svg"}, path.Ext(name)) {
				l.read(name)
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) && l.err == nil {
			l.err = err
		}
	}
}
