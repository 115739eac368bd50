package edition

import (
	"embed"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"
)

//go:embed edition.go
var source embed.FS

// TestEmbeddedIsNotCopied: the bytes of an embedded file are those of the
// program, in a folder of the embedded tree, too.
func TestEmbeddedIsNotCopied(t *testing.T) {
	want, err := os.ReadFile("edition.go")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := fs.Sub(source, ".")
	if err != nil {
		t.Fatal(err)
	}
	var places []*byte
	for _, fsys := range []fs.FS{source, sub, source} {
		got, err := contents(fsys, "edition.go")
		if err != nil || string(got) != string(want) {
			t.Fatalf("%d bytes, %v; want %d", len(got), err, len(want))
		}
		places = append(places, &got[0])
	}
	if places[0] != places[1] || places[0] != places[2] {
		t.Error("the bytes are copied")
	}
	files := fstest.MapFS{"edition.go": &fstest.MapFile{Data: want}}
	if got, err := contents(files, "edition.go"); err != nil || string(got) != string(want) {
		t.Errorf("of another file system: %d bytes, %v", len(got), err)
	}
	for _, fsys := range []fs.FS{source, files} {
		if _, err := contents(fsys, "missing"); err == nil {
			t.Error("a missing file is there")
		}
	}
}
