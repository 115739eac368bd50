package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder is the content folder kept in memory while it is watched, so that after
// a save one file is read and not ten thousand. It is an fs.FS that never changes;
// with gives the one after a change.
type folder struct {
	dir   string
	files map[string][]byte
	dirs  map[string][]string // names of what is in a folder, sorted
}

// readFolder reads everything below dir.
func readFolder(dir string) (*folder, error) {
	f := &folder{dir: dir, files: map[string][]byte{}}
	return f, errors.Join(f.read("."), f.sort())
}

// with returns the folder after something changed at paths below dir.
func (f *folder) with(paths []string) (*folder, error) {
	g := &folder{dir: f.dir, files: maps.Clone(f.files)}
	for _, p := range paths {
		name, err := filepath.Rel(f.dir, p)
		if err != nil {
			return nil, err
		}
		name = filepath.ToSlash(name)
		delete(g.files, name)
		if _, known := f.dirs[name]; known {
			maps.DeleteFunc(g.files, func(other string, _ []byte) bool { return strings.HasPrefix(other, name+"/") })
		}
		if err := g.read(name); err != nil {
			return nil, err
		}
	}
	return g, g.sort()
}

// read reads a file, or all files below a folder. What is gone is left out.
func (f *folder) read(name string) error {
	root := os.DirFS(f.dir)
	return fs.WalkDir(root, name, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return ignoreMissing(err)
		}
		b, err := fs.ReadFile(root, name)
		if err == nil {
			f.files[name] = b
		}
		return ignoreMissing(err)
	})
}

// sort makes the lists of what is in each folder.
func (f *folder) sort() error {
	f.dirs = map[string][]string{".": nil}
	for name := range f.files {
		for {
			dir := path.Dir(name)
			_, known := f.dirs[dir]
			f.dirs[dir] = append(f.dirs[dir], path.Base(name))
			if known || dir == "." {
				break
			}
			name = dir
		}
	}
	for dir := range f.dirs {
		slices.Sort(f.dirs[dir])
	}
	return nil
}

// Open opens a file or folder.
func (f *folder) Open(name string) (fs.File, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		entries, err := f.ReadDir(name)
		return &openFolder{info: info, entries: entries}, err
	}
	return &openFile{info: info, Reader: strings.NewReader(string(f.files[name]))}, nil
}

// Stat tells what stands at a name.
func (f *folder) Stat(name string) (fs.FileInfo, error) {
	if b, ok := f.files[name]; ok {
		return entry{name: path.Base(name), size: int64(len(b))}, nil
	}
	if _, ok := f.dirs[name]; ok {
		return entry{name: path.Base(name), dir: true}, nil
	}
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile returns the bytes of a file.
func (f *folder) ReadFile(name string) ([]byte, error) {
	if b, ok := f.files[name]; ok {
		return bytes.Clone(b), nil
	}
	if _, err := f.Stat(name); err != nil {
		return nil, err
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is a folder")}
}

// ReadDir lists a folder.
func (f *folder) ReadDir(name string) ([]fs.DirEntry, error) {
	names, ok := f.dirs[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	entries := make([]fs.DirEntry, len(names))
	for i, base := range names {
		b, isFile := f.files[path.Join(name, base)]
		entries[i] = entry{name: base, size: int64(len(b)), dir: !isFile}
	}
	return entries, nil
}

// entry is a file or folder as fs tells of it.
type entry struct {
	name string
	size int64
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return e.size }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	info fs.FileInfo
	*strings.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	info    fs.FileInfo
	entries []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.Name(), Err: errors.New("it is a folder")}
}

// ReadDir is of fs.ReadDirFile: n entries at a time, or all.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.entries) {
		if n > 0 && len(f.entries) == 0 {
			return nil, io.EOF
		}
		n = len(f.entries)
	}
	some := f.entries[:n]
	f.entries = f.entries[n:]
	return some, nil
}
