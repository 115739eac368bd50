package press

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"broadsheet/functions/internal/edition"
)

// The file of a cache is a sealed one (see readSealed). A body is its key, how it was compressed, class, hash,
// each after its length type, encodings and cuts.
const (
	cacheMagic = "BROADSHEET CACHE 2\n"
	cutSize    = 4
)

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
	for r := (&reader{data: data}); len(r.data) > 0; {
		var k bodyKey
		p := &edition.Packed{}
		copy(k.key[:], r.take(len(k.key)))
		how := r.take(4)
		if how == nil {
			return false
		}
		k.gzip, k.brotli, k.parts, p.Class = int8(how[0]), int8(how[1]), how[2] > 0, edition.Class(how[3])
		copy(p.Hash[:], r.take(len(p.Hash)))
		p.Type = string(r.sized())
		for e := range p.Bodies {
			p.Bodies[e] = r.sized()
		}
		for cuts := r.sized(); len(cuts) >= cutSize; cuts = cuts[cutSize:] {
			p.Cuts = append(p.Cuts, binary.LittleEndian.Uint32(cuts))
		}
		if r.torn {
			return false
		}
		bodies[k] = p
	}
	return true
}

// reader takes a file apart.
type reader struct {
	data []byte
	torn bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.data) {
		r.data, r.torn = nil, true
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

// number reads how many bytes or things follow.
func (r *reader) number() int {
	size, n := binary.Uvarint(r.data)
	if n <= 0 || size > uint64(len(r.data)-n) {
		r.data, r.torn = nil, true
		return 0
	}
	r.take(n)
	return int(size)
}

func (r *reader) sized() []byte {
	size := r.number()
	if size == 0 {
		return nil
	}
	return r.take(size)
}

func sizeOf(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

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
	size := 160 + cutSize*len(p.Cuts)
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
	out := make([]byte, 0, size)
	keys := slices.SortedFunc(maps.Keys(bodies), func(a, b bodyKey) int { return bytes.Compare(a.key[:], b.key[:]) })
	for _, k := range keys {
		p := bodies[k]
		out = append(append(out, k.key[:]...), byte(k.gzip), byte(k.brotli), flag(k.parts), byte(p.Class))
		out = append(out, p.Hash[:]...)
		out = append(binary.AppendUvarint(out, uint64(len(p.Type))), p.Type...)
		for _, body := range p.Bodies {
			out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
		}
		out = binary.AppendUvarint(out, uint64(cutSize*len(p.Cuts)))
		for _, cut := range p.Cuts {
			out = binary.LittleEndian.AppendUint32(out, cut)
		}
	}
	return out
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
