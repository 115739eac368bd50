package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/press"
)

// contentCommands are the commands of editors.
func contentCommands() []command {
	return []command{
		checkCommand(), schemaCommand(),
		{
			name:    "edition",
			summary: "print the content into an edition that programs embed",
			about:   "Renders every page once and writes the result as one file. The same content, commit and as-of time give the same bytes. Finished bodies are kept in the cache folder, so that after an edit only what changed is rendered; it can be removed at any time.",
			json:    "one JSON object: file, articles, bytes, sha256",
			example: "broadsheet edition -o .edition/edition",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				out := f.String("o", ".edition/edition", "the `file` to write")
				commit := f.String("commit", "", "the `commit` that /version names")
				asOf := f.String("as-of", "", "print the site as of this `time`: Unix seconds or RFC 3339; default now")
				gzip := f.Int("gzip", 9, "gzip `level`, 1 to 9")
				brotli := f.Int("brotli", 0, "Brotli `level`, 1 to 11; 0 chooses 11 for a small site, for a large one 5 and -parts")
				parts := f.Bool("parts", false, "compress what pages have in common once, and old pages and feeds in gzip alone: soon done, a quarter of the size")
				cache := f.String("cache", ".edition/cache", "the `folder` of the cache; empty: none")
				shares := f.Int("shares", press.DefaultShares, "how many of the newest articles get a share picture of their own; 0: none")
				return func(_ context.Context, p *program, _ []string) error {
					at, err := parseTime(*asOf)
					if err := errors.Join(err, inRange("gzip", *gzip, 1, 9), inRange("brotli", *brotli, 0, 11)); err != nil {
						return usageError(err.Error())
					}
					if *brotli == 0 {
						*brotli = press.Fit
					}
					return p.edition(*out, *cache, press.Options{AsOf: at, Commit: *commit, Gzip: *gzip, Brotli: *brotli, Parts: *parts, Shares: *shares, BaseURL: p.config.SiteURL})
				}
			},
		},
	}
}

func inRange(name string, level, lowest, highest int) error {
	if level < lowest || level > highest {
		return fmt.Errorf("-%s %d: levels go from %d to %d", name, level, lowest, highest)
	}
	return nil
}

func parseTime(s string) (time.Time, error) {
	if s == "" {
		return now(), nil
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("-as-of %q: write Unix seconds or a time as 2026-01-31T12:00:00Z", s)
	}
	return t, nil
}

// contentFS opens the content folder: CONTENT_DIR, ./content, or what is built
// into the program. dir is empty for the last.
func (p *program) contentFS() (fsys fs.FS, dir string, err error) {
	dir = p.config.ContentDir
	if dir == "" {
		if _, err := os.Stat("content/site.yaml"); err != nil {
			return broadsheet.Content(), "", nil
		}
		dir = "content"
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is not a folder")
	}
	if err == nil {
		_, err = os.ReadFile(filepath.Join(dir, "site.yaml"))
	}
	if err != nil {
		return nil, "", fmt.Errorf("CONTENT_DIR=%q cannot be used: %w; name a folder with site.yaml, as ./content", dir, err)
	}
	return os.DirFS(dir), dir, nil
}

// collectAt lets a build, which drops most of what it makes at once, be collected
// half as often: a twentieth less of processor time for a site of 10,000 articles,
// and half a gigabyte more.
const collectAt = 200

func (p *program) edition(out, cache string, o press.Options) error {
	defer debug.SetGCPercent(debug.SetGCPercent(collectAt))
	fsys, _, err := p.contentFS()
	if err != nil {
		return err
	}
	if cache != "" {
		if o.Cache, err = openCache(cache); err != nil {
			return err
		}
	}
	reader := &content.Reader{}
	if o.Cache != nil {
		reader = o.Cache.Reader()
	}
	site, err := reader.Load(fsys)
	if err != nil {
		return err
	}
	b, err := press.Build(fsys, site, o)
	if err != nil {
		return err
	}
	// The edition is good without the cache, the next build is only slower.
	kept := make(chan error, 1)
	go func() {
		if o.Cache == nil {
			kept <- nil
			return
		}
		kept <- o.Cache.Save()
	}()
	err = writeFile(out, b)
	if kept := <-kept; kept != nil {
		fmt.Fprintln(p.stderr, "broadsheet: the cache is not kept:", kept)
	}
	if err != nil {
		return fmt.Errorf("edition: %w", err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(b))
	return p.result(struct {
		File     string `json:"file"`
		Articles int    `json:"articles"`
		Bytes    int    `json:"bytes"`
		Sum      string `json:"sha256"`
	}{out, len(site.Articles), len(b), sum}, "edition: %s, %d articles, %d bytes, sha256 %s\n", out, len(site.Articles), len(b), sum)
}

// openCache opens the build cache for this very program: another one, built from
// other code, may print the same content otherwise.
func openCache(dir string) (*press.Cache, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("edition: %w", err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		return nil, fmt.Errorf("edition: %w", err)
	}
	return press.OpenCache(filepath.Join(dir, "bodies"), sha256.Sum256(b))
}

// writeFile replaces a file in one step, so that a reader never sees half of it.
// What was there before keeps its permissions.
func writeFile(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	part := name + ".part"
	if err := os.WriteFile(part, b, mode); err != nil {
		return err
	}
	return os.Rename(part, name)
}
