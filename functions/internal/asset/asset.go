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
	"image"
	_ "image/gif"  // the formats a picture may have
	_ "image/jpeg" //
	_ "image/png"  //
	"io/fs"
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

// Picture is a raster picture with its size in pixels.
type Picture struct {
	URL           string
	Width, Height int
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
}

// Load reads the folder assets of the content folder.
func Load(fsys fs.FS) (*Set, error) {
	s := &Set{fsys: fsys, files: map[string]File{}, urls: map[string]string{}, drawings: map[string]string{}, pictures: map[string]Picture{}}
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

// Drawing returns the source of an SVG drawing, to stand inside a page.
func (s *Set) Drawing(name string) (string, bool) {
	d, ok := s.drawings[name]
	return d, ok
}

// MaxPixels is the largest picture that is taken; larger ones are refused so
// that a page stays light and a build does not run out of memory.
const MaxPixels = 40_000_000

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
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return Picture{}, fmt.Errorf("%s is not a JPEG, PNG or GIF picture", name)
	}
	if config.Width*config.Height > MaxPixels {
		return Picture{}, fmt.Errorf("%s has %d × %d pixels, at most %d million are taken", name, config.Width, config.Height, MaxPixels/1_000_000)
	}
	p := Picture{URL: s.add(path.Base(path.Dir(name))+"-"+path.Base(name), body), Width: config.Width, Height: config.Height}
	if !strings.Contains(types(name), format) {
		return Picture{}, fmt.Errorf("%s is a %s picture, its name says otherwise", name, format)
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
