package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

// TestFolder: the folder in memory is what a file system has to be, and after
// changes it is what a new look at the disk gives.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("site.yaml", "a")
	write("news/2020/one/index.md", "b")
	write("news/2020/one/picture.png", "c")
	two := write("news/2020/two.md", "")
	f, err := readFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, "site.yaml", "news/2020/one/index.md", "news/2020/two.md"); err != nil {
		t.Error(err)
	}
	old := f
	for _, change := range []func() []string{
		func() []string { return []string{write("site.yaml", "changed")} },
		func() []string {
			return []string{write("news/2021/new/index.md", "x"), filepath.Join(dir, "news", "2021")}
		},
		func() []string { os.Remove(two); return []string{two} },
		func() []string {
			one, other := filepath.Join(dir, "news", "2020", "one"), filepath.Join(dir, "news", "2020", "other")
			os.Rename(one, other)
			return []string{one, other}
		},
		func() []string { os.RemoveAll(filepath.Join(dir, "news")); return []string{filepath.Join(dir, "news")} },
		func() []string { return []string{filepath.Join(dir, "never")} },
	} {
		if f, err = f.with(change()); err != nil {
			t.Fatal(err)
		}
		want, err := readFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := listing(t, f), listing(t, want); !slices.Equal(got, want) {
			t.Errorf("after a change\n  %q\nwant\n  %q", got, want)
		}
	}
	if b, err := old.ReadFile("site.yaml"); err != nil || string(b) != "a" {
		t.Errorf("a folder that was given out has changed: %q, %v", b, err)
	}
}

func listing(t *testing.T, f *folder) (all []string) {
	t.Helper()
	err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(f, name)
		all = append(all, name+"="+string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
