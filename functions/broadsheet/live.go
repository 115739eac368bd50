package main

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	mu       sync.Mutex // of what follows; one update at a time
	problems string     // a line each
	terminal terminal   // where they are listed, too
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
	site, err := l.reader.Load(fsys)
	if err == nil {
		err = l.desk.Update(fsys, site, now())
	}
	l.report(err, true)
	return err
}

// report takes what is wrong with the content, and lets browsers show the page
// anew if that or the site has changed.
func (l *live) report(err error, another bool) {
	problems := ""
	if err != nil {
		problems = err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.terminal.report(err, another)
	if !another && problems == l.problems {
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

// liveScript waits until the site changes and reloads the page then. It is served
// on a laptop only; the site itself has no script.
const liveScript = `const here = document.currentScript.dataset.revision;
const wait = () => fetch("/-/revision?after=" + here).then(r => r.text()).then(now => now === here ? wait() : location.reload()).catch(() => setTimeout(wait, 1000));
wait();
`

// patience is how long a browser that waits for a change is kept.
const patience = 15 * time.Second

const liveStyle = `.live-problems{position:fixed;inset:auto 0 0 0;max-height:70vh;overflow:auto;z-index:99;background:#2a0d0d;color:#ffe9e4;border-top:6px solid #e0523f;padding:1.25rem 2rem;font:15px/1.5 ui-monospace,Menlo,Consolas,monospace}
.live-problems h2{font:700 18px/1.3 system-ui,sans-serif;margin:0 0 .5rem}.live-problems li{margin:.4rem 0}`

// mux serves what a page in the making needs beside the site.
func (l *live) mux() *http.ServeMux {
	mux := http.NewServeMux()
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
	return mux
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

// overlay adds to each page that a browser shows the script that reloads it,
// and what is wrong with the content. Everything else, curl and tests included,
// gets the site's own bytes.
func (l *live) overlay(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Dest") != "document" {
			next.ServeHTTP(w, r)
			return
		}
		plain := r.Clone(r.Context())
		plain.Header.Del("Accept-Encoding")
		plain.Header.Del("If-None-Match")
		page := &recorder{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(page, plain)
		body := page.body.Bytes()
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			body = l.insert(body, page.status)
			policy := w.Header().Get("Content-Security-Policy")
			w.Header().Set("Content-Security-Policy", policy+"; script-src 'self'; connect-src 'self'")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Del("ETag")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(page.status)
		_, _ = w.Write(body)
	})
}

// insert puts the script and the problems at the end of a page of a status.
func (l *live) insert(page []byte, status int) []byte {
	var extra bytes.Buffer
	extra.WriteString(`<link rel="stylesheet" href="/-/live.css"><script src="/-/live.js" data-revision="` + l.revisionText() + `"></script>`)
	l.mu.Lock()
	problems := l.problems
	l.mu.Unlock()
	if problems != "" {
		shown := struct {
			Good     bool
			Problems []string
		}{status < http.StatusBadRequest, strings.Split(problems, "\n")}
		_ = problemList().Execute(&extra, shown)
	}
	end := bytes.LastIndex(page, []byte("</body>"))
	if end < 0 {
		end = len(page)
	}
	return bytes.Join([][]byte{page[:end], extra.Bytes(), page[end:]}, nil)
}

func problemList() *template.Template {
	return template.Must(template.New("").Parse(`<section class="live-problems" role="alert"><h2>The content has something to mend; {{if .Good}}this page is the last good version{{else}}there is no good version of this page{{end}}</h2><ol>{{range .Problems}}<li>{{.}}</li>{{end}}</ol></section>`))
}

// recorder keeps an answer so that it can be changed before it is sent.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
