package press

import (
	"io/fs"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// Cache keeps what was made in one build for the next. It is not safe for
// concurrent use.
type Cache struct {
	digest *digester
	frames map[key]*frame
	bodies map[bodyKey]*edition.Packed
	shelf  *shelf
}

// NewCache returns an empty cache.
func NewCache() *Cache { return &Cache{shelf: newShelf()} }

// body returns the body that was made from the same, nil if there is none.
func (c *Cache) body(k bodyKey) *edition.Packed { return c.bodies[k] }

// frame returns the frame of that key, made before or now.
func (c *Cache) frame(fsys fs.FS, r *run, site *content.Site, k key) (*frame, error) {
	if f := c.frames[k]; f != nil {
		return f, nil
	}
	return newFrame(k, fsys, site, r.assets, r.options)
}

// keep keeps what a build used, and drops what it did not use.
func (c *Cache) keep(r *run) {
	c.digest, c.bodies = r.digest, r.bodies
	c.digest.last = nil
	c.frames = map[key]*frame{}
	for _, v := range r.views {
		c.frames[v.key] = v.frame
	}
}
