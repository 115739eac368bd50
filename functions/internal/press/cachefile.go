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
// checksum of all before it. A body is its key, how it was compressed, class, hash,
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
	data, err := readSealed(file, cacheMagic, program)
	if err != nil {
		return nil, fmt.Errorf("press: cache: %w", err)
	}
	c.bodies = readBodies(data)
	c.stored = len(c.bodies)
	return c, nil
}

// readSealed returns what writeSealed wrote, nothing if there is no such file or
// it cannot be used.
func readSealed(file, magic string, program [32]byte) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	head := append([]byte(magic), program[:]...)
	if err != nil || len(data) < len(head)+crc32.Size || !bytes.HasPrefix(data, head) {
		return nil, err
	}
	end := len(data) - crc32.Size
	if crc32.Checksum(data[:end], castagnoli()) != binary.LittleEndian.Uint32(data[end:]) {
		return nil, nil
	}
	return data[len(head):end], nil
}

// writeSealed writes a file of the cache between its magic, the hash of the
// program and a checksum. It appears in one step, so that a build beside this
// one never reads half of it.
func writeSealed(file, magic string, program [32]byte, write func(*bufio.Writer)) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(file), "part-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already if all went well
	sum := crc32.New(castagnoli())
	w := bufio.NewWriterSize(io.MultiWriter(part, sum), 1<<20)
	w.WriteString(magic)
	w.Write(program[:])
	write(w)
	err = w.Flush() // an earlier error is kept until here
	_, last := part.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	if err := errors.Join(err, last, part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}

// readBodies returns the bodies in the file of a cache, none if it is torn. They
// point into data.
func readBodies(data []byte) map[bodyKey]*edition.Packed {
	bodies := map[bodyKey]*edition.Packed{}
	for r := (&reader{data: data}); len(r.data) > 0; {
		var k bodyKey
		p := &edition.Packed{}
		copy(k.key[:], r.take(len(k.key)))
		how := r.take(4)
		if how == nil {
			return nil
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

// castagnoli is the polynomial that processors have an instruction for.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Save writes to the files of the cache what the last build made new.
func (c *Cache) Save() error {
	if c.file == "" {
		return nil
	}
	err := errors.Join(c.shelf.save(c.found), c.saveFiles())
	if c.changed() {
		err = errors.Join(err, writeSealed(c.file, cacheMagic, c.program, c.write))
	}
	if err != nil {
		return fmt.Errorf("press: cache: %w", err)
	}
	return nil
}

// changed tells whether there are other bodies than in the file.
func (c *Cache) changed() bool { return c.made || len(c.bodies) != c.stored }

func (c *Cache) write(w *bufio.Writer) {
	keys := make([]bodyKey, 0, len(c.bodies))
	for k := range c.bodies {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b bodyKey) int { return bytes.Compare(a.key[:], b.key[:]) })
	var head []byte
	for _, k := range keys {
		p := c.bodies[k]
		head = append(append(head[:0], k.key[:]...), byte(k.gzip), byte(k.brotli), flag(k.parts), byte(p.Class))
		head = append(head, p.Hash[:]...)
		head = append(binary.AppendUvarint(head, uint64(len(p.Type))), p.Type...)
		w.Write(head)
		for _, body := range p.Bodies {
			w.Write(binary.AppendUvarint(head[:0], uint64(len(body))))
			w.Write(body)
		}
		head = binary.AppendUvarint(head[:0], uint64(cutSize*len(p.Cuts)))
		for _, cut := range p.Cuts {
			head = binary.LittleEndian.AppendUint32(head, cut)
		}
		w.Write(head)
	}
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
