package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
)

// live is the site that a laptop serves: an edition of the content as it was, or,
// while it is edited, the last good one on the desk of the press and what is
// wrong with the content now.
type live struct {
	whole    *edition.Edition // nil while the content is edited
	reader   content.Reader
	desk     *press.Desk
	mu       sync.Mutex    // of what follows; one update at a time
	site     *content.Site // of the last good version
	fsys     fs.FS         // the content as it was last read
	problems []shown       // what is wrong with it
	terminal terminal      // where they are listed, too
	revision int64
	revised  chan struct{} // closed at the next revision
}

// newLive prints the content in fsys, or puts it on the desk to be edited. What
// is wrong with it is an error only for the first; the second shows it, and
// lists it in the terminal.
func newLive(fsys fs.FS, o press.Options, edited bool, t terminal) (*live, error) {
	l := &live{revised: make(chan struct{}), terminal: t}
	if edited {
		l.desk = press.NewDesk(o, l.report)
		_ = l.update(fsys) // reported
		return l, nil
	}
	o.AsOf = now()
	var err error
	l.whole, err = buildEdition(fsys, o)
	return l, err
}

// edition is the site now, nil if there was none without mistakes yet.
func (l *live) edition() *edition.Edition {
	if l.whole != nil {
		return l.whole
	}
	return l.desk.Edition()
}

func buildEdition(fsys fs.FS, o press.Options) (*edition.Edition, error) {
	site, err := content.Load(fsys)
	if err != nil {
		return nil, err
	}
	b, err := press.Build(fsys, site, o)
	if err != nil {
		return nil, err
	}
	return edition.Open(b)
}

// update reads the content and puts it on the desk. A failure keeps the site
// before it.
func (l *live) update(fsys fs.FS) error {
	l.mu.Lock()
	l.fsys = fsys
	l.mu.Unlock()
	site, err := l.reader.Load(fsys)
	if err == nil {
		err = l.desk.Update(fsys, site, now())
	}
	if err == nil {
		l.mu.Lock()
		l.site = site
		l.mu.Unlock()
	}
	l.report(err, true)
	return err
}

// report takes what is wrong with the content, and lets browsers show the page
// anew if that or the site has changed.
func (l *live) report(err error, another bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	problems := shownProblems(l.fsys, err)
	l.terminal.report(err, another)
	if !another && slices.Equal(problems, l.problems) {
		return
	}
	l.problems = problems
	l.revision++
	close(l.revised)
	l.revised = make(chan struct{})
}

// settle is how long the folder must be quiet before it is read again: editors
// write a file in several steps.
const settle = 20 * time.Millisecond

// watch reads again what changes below dir, until ctx ends.
func (l *live) watch(ctx context.Context, dir string, log *slog.Logger) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := watchBelow(watcher, dir); err != nil {
		return errors.Join(err, watcher.Close())
	}
	folder, err := readFolder(dir)
	if err != nil {
		return errors.Join(err, watcher.Close())
	}
	go func() {
		defer watcher.Close()
		var changed []string
		quiet := time.NewTimer(0) // what was saved while the folder was first read
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-watcher.Events:
				if e.Has(fsnotify.Create) {
					// A new folder: its files may be there already.
					_ = watchBelow(watcher, e.Name)
				}
				changed = append(changed, e.Name)
				quiet.Reset(settle)
			case err := <-watcher.Errors:
				log.Warn("watching the content", "cause", err)
			case <-quiet.C:
				started := now()
				l.saved(len(changed) > 0)
				next, err := folder.with(changed)
				if err == nil {
					folder, changed = next, nil
					err = l.update(folder)
				}
				log.Info("content changed", "ok", err == nil, "ms", now().Sub(started).Milliseconds())
			}
		}
	}()
	return nil
}

func watchBelow(w *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return ignoreMissing(err)
		}
		return w.Add(name)
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// patience is how long a browser that waits for a change is kept.
const patience = 15 * time.Second

// pages serves what a page in the making needs beside the site.
func (l *live) pages(mux *http.ServeMux) {
	serve := func(path, contentType string, body func() string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte(body()))
		})
	}
	mux.HandleFunc("GET /-/revision", func(w http.ResponseWriter, r *http.Request) {
		l.wait(r.Context(), r.URL.Query().Get("after"))
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(l.revisionText()))
	})
	serve("/-/live.js", "text/javascript; charset=utf-8", func() string { return liveScript })
	serve("/-/live.css", "text/css; charset=utf-8", func() string { return liveStyle })
	l.previewPages(mux)
}

func (l *live) revisionText() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strconv.FormatInt(l.revision, 10)
}

// wait returns when there is another revision than the one named, or after a
// while.
func (l *live) wait(ctx context.Context, after string) {
	l.mu.Lock()
	revised := l.revised
	same := after == strconv.FormatInt(l.revision, 10)
	l.mu.Unlock()
	if !same {
		return
	}
	select {
	case <-revised:
	case <-time.After(patience):
	case <-ctx.Done():
	}
}
