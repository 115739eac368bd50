package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/proof"
)

// mending is the content folder while it is mended, in memory.
type mending struct {
	program *program
	before  *folder
	now     *folder
	changes map[string][]change // by file
}

// change is what was mended in one place, as -json prints it.
type change struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// rounds is how often a file is read again after it was mended: a field that has
// its right name may have a value that can be mended, and so on.
const rounds = 8

// mend writes what can be meant once only as it was meant, and prints each change.
func (p *program) mend(ctx context.Context, o checkOptions) error {
	_, dir, err := p.contentFS()
	if err != nil {
		return err
	}
	if dir == "" {
		return usageError("check -fix: there is no content folder here; run it beside content/ or set CONTENT_DIR")
	}
	before, err := readFolder(dir)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	now := *before
	now.files = maps.Clone(before.files)
	m := &mending{program: p, before: before, now: &now, changes: map[string][]change{}}
	m.layout()
	if err := errors.Join(m.findings(ctx), m.keepGood()); err != nil {
		return err
	}
	return m.write(ctx, dir, o)
}

// layout mends what nobody sees.
func (m *mending) layout() {
	for _, name := range slices.Sorted(maps.Keys(m.before.files)) {
		if !proof.IsText(name) {
			continue
		}
		text, changes := proof.Layout(name, m.before.files[name])
		m.now.files[name] = text
		for _, c := range changes {
			m.changes[name] = append(m.changes[name], change{name, c.Line, c.Old, c.New})
		}
	}
}

// findings mends what the check finds, until it finds nothing more that it can
// mend.
func (m *mending) findings(ctx context.Context) error {
	for range rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, found, err := m.program.findings(m.now)
		if err != nil {
			return err
		}
		edits := map[string][]content.Edit{}
		for _, f := range found {
			if !f.Edit.IsZero() {
				edits[f.File] = append(edits[f.File], f.Edit)
			}
		}
		mended := false
		for _, name := range slices.Sorted(maps.Keys(edits)) {
			text, made := content.Apply(m.now.files[name], edits[name])
			for _, e := range made {
				m.changes[name] = append(m.changes[name], change{name, e.Line, e.Old, cmp.Or(e.New, "none, it is given twice")})
			}
			m.now.files[name] = text
			mended = mended || len(made) > 0
		}
		if !mended {
			break
		}
	}
	return nil
}

// keepGood puts a file back that was in order and is not any more.
func (m *mending) keepGood() error {
	if len(m.changes) == 0 {
		return nil
	}
	_, before, err := m.program.findings(m.before)
	if err != nil {
		return err
	}
	_, after, err := m.program.findings(m.now)
	if err != nil {
		return err
	}
	wrong := func(found content.Problems, name string) bool {
		return slices.ContainsFunc(found, func(f content.Problem) bool { return f.File == name && !f.Warning })
	}
	for name := range m.changes {
		if wrong(after, name) && !wrong(before, name) {
			m.now.files[name] = m.before.files[name]
			delete(m.changes, name)
		}
	}
	return nil
}

// write prints the changes and, unless it is a dry run, writes the files, each in
// one step. One that was saved meanwhile is left to its editor.
func (m *mending) write(ctx context.Context, dir string, o checkOptions) error {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(m.changes)) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("check: stopped before %s: %w; run it again", name, err)
		}
		if !o.dryRun {
			if err := m.replace(dir, name); err != nil {
				return fmt.Errorf("check: %w", err)
			}
		}
		for _, c := range m.changes[name] {
			c.File = filepath.Join(dir, filepath.FromSlash(name))
			total++
			if o.json {
				_ = json.NewEncoder(m.program.stdout).Encode(c)
				continue
			}
			fmt.Fprintf(m.program.stdout, "%s:%d: %s -> %s\n", c.File, c.Line, c.Old, c.New)
		}
	}
	if o.json {
		return nil
	}
	if o.dryRun {
		fmt.Fprintf(m.program.stdout, "check: -fix would mend %d\n", total)
		return nil
	}
	fmt.Fprintf(m.program.stdout, "check: %d mended\n", total)
	return nil
}

// replace writes a mended file over the one that was read.
func (m *mending) replace(dir, name string) error {
	file, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(b, m.before.files[name]) {
		return fmt.Errorf("%s was saved meanwhile; run it again", file)
	}
	return writeFile(file, m.now.files[name])
}
