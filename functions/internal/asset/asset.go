// Package asset prepares the files that pages load: the style sheet, drawings,
// icons and the pictures of page bundles.
//
// Every file gets a name with a hash of its content in it, so that browsers may
// keep it for ever and a changed file has a changed address. The style sheet is
// the concatenation of assets/css/*.css in order of names, minified.
package asset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/svg"
)

// File is one finished asset.
type File struct {
	URL  string // /assets/name.<hash>.ext
	Type string // content type
	Body []byte
}

// Sizes is a picture in several widths and formats.
type Sizes struct {
	Width, Height int // of the widest, in pixels
	Files         []Size
}

// Size is a picture in one width and format.
type Size struct {
	Type  string // content type
	Width int
	Body  []byte
}

// Maker makes a picture of a page bundle fit for pages (see package picture).
type Maker interface {
	Make(body []byte) (Sizes, error)
}

// Picture is a raster picture as pages show it.
type Picture struct {
	URL           string // of the widest in a format that everybody takes
	Width, Height int    // of that, in pixels
	WebP, Plain   string // srcset of the picture as WebP and in the other format
}

// Set is the assets of a site. Files are added as pages ask for pictures; it is
// safe for concurrent use.
type Set struct {
	fsys     fs.FS
	mu       sync.Mutex
	files    map[string]File   // by URL
	urls     map[string]string // by name
	drawings map[string]string // SVG source by name
	pictures map[string]Picture
	maker    Maker
}

// Load reads the folder assets of the content folder. Pictures are made by m when
// they are asked for.
func Load(fsys fs.FS, m Maker) (*Set, error) {
	s := &Set{fsys: fsys, maker: m, files: map[string]File{}, urls: map[string]string{}, drawings: map[string]string{}, pictures: map[string]Picture{}}
	if err := s.styleSheet(); err != nil {
		return nil, err
	}
	if err := s.readDrawings(); err != nil {
		return nil, err
	}
	return s, s.icons()
}

// types are the kinds of files that are served.
func types(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".woff2":
		return "font/woff2"
	}
	return ""
}

func (s *Set) styleSheet() error {
	names, err := fs.Glob(s.fsys, "assets/css/*.css")
	if err != nil || len(names) == 0 {
		return errors.Join(errors.New("assets/css: there is no style sheet"), err)
	}
	var all bytes.Buffer
	for _, name := range names {
		b, err := fs.ReadFile(s.fsys, name)
		if err != nil {
			return err
		}
		all.Write(b)
		all.WriteByte('\n')
	}
	m := minify.New()
	m.AddFunc("text/css", css.Minify)
	small, err := m.Bytes("text/css", all.Bytes())
	if err != nil {
		return fmt.Errorf("assets/css: %w", err)
	}
	s.add("style.css", small)
	return nil
}

func (s *Set) readDrawings() error {
	names, err := fs.Glob(s.fsys, "assets/drawings/*.svg")
	if err != nil {
		return err
	}
	m := minify.New()
	m.AddFunc("image/svg+xml", svg.Minify)
	for _, name := range names {
		b, err := fs.ReadFile(s.fsys, name)
		if err != nil {
			return err
		}
		small, err := m.Bytes("image/svg+xml", b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.drawings[strings.TrimSuffix(path.Base(name), ".svg")] = string(small)
	}
	return nil
}

func (s *Set) icons() error {
	names, err := fs.Glob(s.fsys, "assets/icons/*")
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := fs.ReadFile(s.fsys, name)
		if err != nil {
			return err
		}
		if types(name) == "" {
			return fmt.Errorf("%s: files of this kind are not served", name)
		}
		s.add(path.Base(name), b)
	}
	return nil
}

// add keeps a file under its fingerprinted address.
func (s *Set) add(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	url := "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + strings.ToLower(ext)
	s.files[url] = File{URL: url, Type: types(name), Body: body}
	s.urls[name] = url
	return url
}

// URL returns the fingerprinted address of a style sheet or icon by its name.
func (s *Set) URL(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	url, ok := s.urls[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return url, nil
}

// Icon returns the source of an icon, empty if there is none of that name.
func (s *Set) Icon(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[s.urls[name]].Body
}

// Drawing returns the source of an SVG drawing, to stand inside a page.
func (s *Set) Drawing(name string) (string, bool) {
	d, ok := s.drawings[name]
	return d, ok
}

// Drawings returns the names of all drawings, sorted.
func (s *Set) Drawings() []string { return slices.Sorted(maps.Keys(s.drawings)) }

// Picture prepares a raster picture of a page bundle, named by its path in the
// content folder.
func (s *Set) Picture(name string) (Picture, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.pictures[name]; ok {
		return p, nil
	}
	body, err := fs.ReadFile(s.fsys, name)
	if err != nil {
		return Picture{}, fmt.Errorf("there is no file %s", name)
	}
	sizes, err := s.maker.Make(body)
	if err != nil {
		return Picture{}, fmt.Errorf("%s %w", name, err)
	}
	p := Picture{Width: sizes.Width, Height: sizes.Height}
	base := path.Base(path.Dir(name)) + "-" + strings.TrimSuffix(path.Base(name), path.Ext(name))
	for _, f := range sizes.Files {
		extension := strings.Replace(strings.TrimPrefix(f.Type, "image/"), "jpeg", "jpg", 1)
		url := s.add(fmt.Sprintf("%s-%d.%s", base, f.Width, extension), f.Body)
		set := &p.Plain
		if f.Type == "image/webp" {
			set = &p.WebP
		} else {
			p.URL = url
		}
		*set = strings.TrimPrefix(fmt.Sprintf("%s, %s %dw", *set, url, f.Width), ", ")
	}
	s.pictures[name] = p
	return p, nil
}

// Files returns all assets, by URL.
func (s *Set) Files() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := make([]File, 0, len(s.files))
	for _, f := range s.files {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.URL, b.URL) })
	return files
}
