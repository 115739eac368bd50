package press

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/kept"
)

// The file of a cache is a sealed one (see readSealed). A body is its key, how it
// was compressed and its class, hash, type, encodings and cuts.
const cacheMagic = "BROADSHEET CACHE 3\n"

// OpenCache returns a cache that is kept in a file. What another program made is
// not used, since it may print the same content otherwise; nor is a file that is
// torn. There may be no file, and it can be removed at any time. Beside it are
// what was read of the content, the words of the search index, and in the folder
// pictures finished pictures, whatever the program.
func OpenCache(file string, program [32]byte) (*Cache, error) {
	c := NewCache()
	c.file, c.program = file, program
	c.pictures = newPictureShelf(filepath.Join(filepath.Dir(file), "pictures"))
	c.shelf.file, c.shelf.program = filepath.Join(filepath.Dir(file), "words"), program
	if err := c.openFiles(); err != nil {
		return nil, fmt.Errorf("press: cache: %w", err)
	}
	c.await = sync.OnceFunc(c.openBodies)
	go c.await() // they are many, and not asked for until the content is read
	return c, nil
}

// openBodies reads the file of the bodies. If it cannot be read, none is known.
func (c *Cache) openBodies() {
	seals, err := readSealed(c.file, cacheMagic, c.program)
	if err != nil {
		return
	}
	c.bodies = readBodies(seals)
	c.stored = c.bodies
	for _, data := range seals {
		c.size += len(data)
	}
}

// readBodies returns the bodies in the file of a cache, none if it is torn. They
// point into its bytes.
func readBodies(seals [][]byte) map[bodyKey]*edition.Packed {
	bodies := map[bodyKey]*edition.Packed{}
	for _, data := range seals {
		if !readSome(bodies, data) {
			return nil
		}
	}
	return bodies
}

func readSome(bodies map[bodyKey]*edition.Packed, data []byte) bool {
	for r := kept.NewReader(data); len(r.Rest()) > 0; {
		var k bodyKey
		p := &edition.Packed{}
		copy(k.key[:], r.Bytes())
		how := r.Bytes()
		copy(p.Hash[:], r.Bytes())
		p.Type = r.Text()
		for e := range p.Bodies {
			if body := r.Bytes(); len(body) > 0 { // nil where there is none
				p.Bodies[e] = body
			}
		}
		for range r.Count() {
			p.Cuts = append(p.Cuts, uint32(r.Number()))
		}
		if r.Torn() || len(how) != 4 {
			return false
		}
		k.gzip, k.brotli, k.parts, p.Class = int8(how[0]), int8(how[1]), how[2] > 0, edition.Class(how[3])
		bodies[k] = p
	}
	return true
}

// Save writes to the files of the cache what the last build made new.
func (c *Cache) Save() error {
	if c.file == "" {
		return nil
	}
	c.await()
	if err := errors.Join(c.saveBodies(), c.shelf.save(c.found), c.saveFiles()); err != nil {
		return fmt.Errorf("press: cache: %w", err)
	}
	return nil
}

// slack is how many bytes of no use the file of the bodies may have in any case.
const slack = 1 << 20

// saveBodies adds the new bodies to the file. Those that the last build did not
// use stay in it until they are half as much as all others; then it is written
// anew.
func (c *Cache) saveBodies() error {
	fresh, used := map[bodyKey]*edition.Packed{}, 0
	for k, p := range c.bodies {
		if c.stored[k] == nil {
			fresh[k] = p
		}
		used += sizeOfBody(p)
	}
	fits := c.size <= used+used/2+slack
	switch {
	case fits && len(fresh) == 0:
		return nil
	case fits && len(c.stored) > 0:
		data := writeBodies(fresh)
		if addSealed(c.file, c.program, data) == nil { // else the file is gone
			c.size += len(data)
			maps.Copy(c.stored, fresh)
			return nil
		}
	}
	data := writeBodies(c.bodies)
	if err := writeSealed(c.file, cacheMagic, c.program, data); err != nil {
		return err
	}
	c.stored, c.size = maps.Clone(c.bodies), len(data)
	return nil
}

// sizeOfBody is about what a body takes in the file.
func sizeOfBody(p *edition.Packed) int {
	size := 160 + 4*len(p.Cuts)
	for _, body := range p.Bodies {
		size += len(body)
	}
	return size
}

func writeBodies(bodies map[bodyKey]*edition.Packed) []byte {
	size := 0
	for _, p := range bodies {
		size += sizeOfBody(p)
	}
	w := kept.Writer{Data: make([]byte, 0, size)}
	keys := slices.SortedFunc(maps.Keys(bodies), func(a, b bodyKey) int { return bytes.Compare(a.key[:], b.key[:]) })
	for _, k := range keys {
		p := bodies[k]
		w.Bytes(k.key[:])
		w.Bytes([]byte{byte(k.gzip), byte(k.brotli), flag(k.parts), byte(p.Class)})
		w.Bytes(p.Hash[:])
		w.Text(p.Type)
		for _, body := range p.Bodies {
			w.Bytes(body)
		}
		w.Number(len(p.Cuts))
		for _, cut := range p.Cuts {
			w.Number(int(cut))
		}
	}
	return w.Data
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
