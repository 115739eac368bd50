package press

import (
	"maps"
	"path/filepath"
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/kept"
)

// The file of what was read of the content is a sealed one: the documents, and
// what content.Reader.Keep writes.
const filesMagic = "BROADSHEET FILES 1\n"

func (c *Cache) filesFile() string { return filepath.Join(filepath.Dir(c.file), "files") }

// openFiles begins with what was read before.
func (c *Cache) openFiles() error {
	pieces, err := readSealed(c.filesFile(), filesMagic, c.program)
	if len(pieces) != 1 {
		return err
	}
	r := kept.NewReader(pieces[0])
	documents := map[string]*document{}
	for n := r.Count(); n > 0 && !r.Torn(); n-- {
		d := &document{file: r.Text()}
		r.Value(&d.Translation)
		r.Value(&d.traits)
		documents[d.file] = d
	}
	if !r.Torn() {
		c.documents, c.reader, c.storedFiles = documents, content.Kept(r.Rest()), len(documents)
	}
	return nil
}

// saveFiles writes what was read, if there is something new.
func (c *Cache) saveFiles() error {
	read, isNew := c.reader.Keep()
	if !isNew && !c.fresh && len(c.documents) == c.storedFiles {
		return nil
	}
	w := &kept.Writer{}
	w.Number(len(c.documents))
	for _, name := range slices.Sorted(maps.Keys(c.documents)) {
		d := c.documents[name]
		w.Text(name)
		w.Value(d.Translation)
		w.Value(d.traits)
	}
	return writeSealed(c.filesFile(), filesMagic, c.program, append(w.Data, read...))
}
