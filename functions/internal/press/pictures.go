package press

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"sync"
)

// pictureShelf keeps finished pictures (see picture.Shelf) in memory and, if it
// has a folder, there: a file a picture, its checksum before it. What cannot be
// read or written is made again, so that the folder can be removed at any time.
type pictureShelf struct {
	dir   string
	mu    sync.Mutex
	files map[string][]byte
}

func newPictureShelf(dir string) *pictureShelf {
	return &pictureShelf{dir: dir, files: map[string][]byte{}}
}

// Get returns a file that was put there.
func (s *pictureShelf) Get(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.files[key]; ok {
		return b, true
	}
	if s.dir == "" {
		return nil, false
	}
	b, err := os.ReadFile(filepath.Join(s.dir, key))
	if err != nil || len(b) < sha256.Size {
		return nil, false
	}
	body := b[sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil, false
	}
	s.files[key] = body
	return body, true
}

// Put keeps a file. On disk it appears in one step, so that a build beside this
// one never reads half of it.
func (s *pictureShelf) Put(key string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[key] = body
	if s.dir == "" || os.MkdirAll(s.dir, 0o755) != nil {
		return
	}
	part, err := os.CreateTemp(s.dir, "part")
	if err != nil {
		return
	}
	sum := sha256.Sum256(body)
	_, err = part.Write(append(sum[:], body...))
	if part.Close() != nil || err != nil || os.Rename(part.Name(), filepath.Join(s.dir, key)) != nil {
		_ = os.Remove(part.Name())
	}
}
