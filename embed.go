// Package broadsheet embeds the content of the site and the edition printed
// from it, so that a program is one file.
package broadsheet

import (
	"embed"
	"io/fs"
)

//go:embed all:content
var content embed.FS

// The pattern takes the edition and the .gitkeep that holds the folder, and
// leaves the build's cache out.
//
//go:embed .edition/[.e]*
var edition embed.FS

// Content returns the content folder as it was when the program was built.
func Content() fs.FS { return sub(content, "content") }

// Edition returns the folder of the edition: the file "edition", if `make
// edition` was run before the program was built.
func Edition() fs.FS { return sub(edition, ".edition") }

func sub(fsys fs.FS, dir string) fs.FS {
	s, err := fs.Sub(fsys, dir)
	if err != nil {
		panic(err) // dir is a constant of this file
	}
	return s
}
