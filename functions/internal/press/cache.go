package press

import (
	"fmt"
	"io/fs"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// Cache keeps what was made in one build for the next: finished bodies by the
// hash of what they were made from. It is not safe for concurrent use.
type Cache struct {
	file    string                      // where bodies are kept between runs, see OpenCache; empty: nowhere
	program [32]byte                    // of the program that made them
	stored  map[bodyKey]*edition.Packed // the bodies in the file
	size    int                         // of that
	await   func()                      // returns when the file is read

	digest *digester
	frames map[key]*frame
	bodies map[bodyKey]*edition.Packed
	shelf  *shelf
	found  map[key]bool // what the last build had in its search indexes
	// documents are by the path of their file.
	documents map[string]*document
	fresh     bool // some of them since the file of them was read
	// storedFiles is how many documents that file has.
	storedFiles int
	reader      *content.Reader // of the files, see Reader
	// pictures are kept for good: to make one again takes longer than all pages.
	pictures *pictureShelf
	studio   *studio
}

// NewCache returns an empty cache that lasts as long as the program runs.
func NewCache() *Cache {
	return &Cache{shelf: newShelf(), pictures: newPictureShelf(""), reader: &content.Reader{}, await: func() {}}
}

// Reader returns a reader of content that knows what the last build read. It is
// not safe for concurrent use.
func (c *Cache) Reader() *content.Reader { return c.reader }

// Len returns how many bodies are known.
func (c *Cache) Len() int {
	c.await()
	return len(c.bodies)
}

// body returns the body that was made from the same, nil if there is none.
func (c *Cache) body(k bodyKey) *edition.Packed {
	c.await()
	return c.bodies[k]
}

// frame returns the frame of that key, made before or now.
func (c *Cache) frame(fsys fs.FS, r *run, site *content.Site, k key) (*frame, error) {
	if f := c.frames[k]; f != nil {
		f.parts.Clear() // they are named by articles of the last build
		return f, nil
	}
	if c.studio == nil {
		var err error
		if c.studio, err = newStudio(); err != nil {
			return nil, fmt.Errorf("press: %w", err)
		}
	}
	return newFrame(k, fsys, site, r.assets, c.studio, r.options)
}

// keep keeps what a build used, and drops what it did not use.
func (c *Cache) keep(r *run) {
	c.await()
	c.digest, c.bodies, c.found = r.digest, r.bodies, r.found
	c.digest.last = nil
	c.fresh = c.fresh || r.fresh
	c.frames, c.documents = map[key]*frame{}, map[string]*document{}
	for _, v := range r.views {
		c.frames[v.key] = v.frame
		for _, d := range v.rendered {
			c.documents[d.file] = d
		}
	}
}
