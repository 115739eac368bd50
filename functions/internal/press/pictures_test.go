package press

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPictureShelf: a picture outlasts the program; one that is torn is not
// used, and without a folder nothing is written.
func TestPictureShelf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache", "pictures")
	newPictureShelf(dir).Put("a", []byte("picture"))
	if b, ok := newPictureShelf(dir).Get("a"); !ok || string(b) != "picture" {
		t.Errorf("the next program gets %q, %v", b, ok)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 1 {
		t.Errorf("the folder has %q, %v", names, err)
	}
	for _, torn := range []string{"", "short", string(make([]byte, 40))} {
		if err := os.WriteFile(names[0], []byte(torn), 0o644); err != nil {
			t.Fatal(err)
		}
		if b, ok := newPictureShelf(dir).Get("a"); ok {
			t.Errorf("a torn file of %d bytes gives %q", len(torn), b)
		}
	}
	s := newPictureShelf("")
	s.Put("b", []byte("x"))
	if _, ok := s.Get("b"); !ok {
		t.Error("without a folder nothing is kept in memory")
	}
	if _, ok := newPictureShelf("").Get("b"); ok {
		t.Error("something is kept where there is no folder")
	}
}
