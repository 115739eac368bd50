package press

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"broadsheet/functions/internal/edition"
)

// The file of a cache: the magic, the hash of the program, the bodies and a
// checksum of all before it. A body is its key, the levels it was compressed at,
// class, hash, and, each after its length, type and encodings.
const cacheMagic = "BROADSHEET CACHE 1\n"

// OpenCache returns a cache that is kept in a file. What another program made is
// not used, since it may print the same content otherwise; nor is a file that is
// torn. There may be no file, and it can be removed at any time. Finished pictures
// are kept in the folder pictures beside it, whatever the program.
func OpenCache(file string, program [32]byte) (*Cache, error) {
	c := NewCache()
	c.file, c.program = file, program
	c.pictures = newPictureShelf(filepath.Join(filepath.Dir(file), "pictures"))
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("press: cache: %w", err)
	}
	c.bodies = readBodies(data, program)
	c.stored = len(c.bodies)
	return c, nil
}

// readBodies returns the bodies in the file of a cache, none if it cannot be
// used. They point into data.
func readBodies(data []byte, program [32]byte) map[bodyKey]*edition.Packed {
	head := append([]byte(cacheMagic), program[:]...)
	if len(data) < len(head)+crc32.Size || !bytes.HasPrefix(data, head) {
		return nil
	}
	end := len(data) - crc32.Size
	if crc32.Checksum(data[:end], castagnoli()) != binary.LittleEndian.Uint32(data[end:]) {
		return nil
	}
	bodies := map[bodyKey]*edition.Packed{}
	for r := (&reader{data: data[len(head):end]}); len(r.data) > 0; {
		var k bodyKey
		p := &edition.Packed{}
		copy(k.key[:], r.take(len(k.key)))
		levels := r.take(3)
		if levels == nil {
			return nil
		}
		k.gzip, k.brotli, p.Class = int8(levels[0]), int8(levels[1]), edition.Class(levels[2])
		copy(p.Hash[:], r.take(len(p.Hash)))
		p.Type = string(r.sized())
		for e := range p.Bodies {
			p.Bodies[e] = r.sized()
		}
		if r.torn {
			return nil
		}
		bodies[k] = p
	}
	return bodies
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

func (r *reader) sized() []byte {
	size, n := binary.Uvarint(r.data)
	if n <= 0 || size > uint64(len(r.data)-n) {
		r.data, r.torn = nil, true
		return nil
	}
	r.take(n)
	if size == 0 {
		return nil
	}
	return r.take(int(size))
}

// castagnoli is the polynomial that processors have an instruction for.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Save writes the cache to its file, if the last build made something new.
func (c *Cache) Save() (err error) {
	if c.file == "" || !c.changed() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.file), 0o755); err != nil {
		return fmt.Errorf("press: cache: %w", err)
	}
	part, err := os.CreateTemp(filepath.Dir(c.file), "part-*")
	if err != nil {
		return fmt.Errorf("press: cache: %w", err)
	}
	defer os.Remove(part.Name()) // gone already if all went well
	if err := errors.Join(c.write(part), part.Close()); err != nil {
		return fmt.Errorf("press: cache: %w", err)
	}
	if err := os.Rename(part.Name(), c.file); err != nil {
		return fmt.Errorf("press: cache: %w", err)
	}
	return nil
}

// changed tells whether there are other bodies than in the file.
func (c *Cache) changed() bool { return c.made || len(c.bodies) != c.stored }

func (c *Cache) write(to io.Writer) error {
	sum := crc32.New(castagnoli())
	w := bufio.NewWriterSize(io.MultiWriter(to, sum), 1<<20)
	w.WriteString(cacheMagic)
	w.Write(c.program[:])
	keys := make([]bodyKey, 0, len(c.bodies))
	for k := range c.bodies {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b bodyKey) int { return bytes.Compare(a.key[:], b.key[:]) })
	var head []byte
	for _, k := range keys {
		p := c.bodies[k]
		head = append(append(head[:0], k.key[:]...), byte(k.gzip), byte(k.brotli), byte(p.Class))
		head = append(head, p.Hash[:]...)
		head = append(binary.AppendUvarint(head, uint64(len(p.Type))), p.Type...)
		w.Write(head)
		for _, body := range p.Bodies {
			w.Write(binary.AppendUvarint(head[:0], uint64(len(body))))
			w.Write(body)
		}
	}
	if err := w.Flush(); err != nil { // an earlier error is kept until here
		return err
	}
	_, err := to.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}
