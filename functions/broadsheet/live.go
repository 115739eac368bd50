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
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
)

// live is the site as it is being edited: the last good edition, and what is
// wrong with the content now.
type live struct {
	fsys     fs.FS
	options  press.Options
	mu       sync.Mutex // one build at a time
	edition  atomic.Pointer[edition.Edition]
	problems atomic.Pointer[[]string]
	revision atomic.Int64
}

// build prints the content. A failure keeps the edition before it.
func (l *live) build() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.revision.Add(1)
	o := l.options
	o.AsOf = now()
	e, err := buildEdition(l.fsys, o)
	if err != nil {
		lines := strings.Split(err.Error(), "\n")
		l.problems.Store(&lines)
		return err
	}
	l.edition.Store(e)
	l.problems.Store(nil)
	return nil
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

// settle is how long the folder must be quiet before it is read again: editors
// write a file in several steps.
const settle = 60 * time.Millisecond

// watch builds again whenever something below dir changes, until ctx ends.
func (l *live) watch(ctx context.Context, dir string, log *slog.Logger) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := watchBelow(watcher, dir); err != nil {
		return errors.Join(err, watcher.Close())
	}
	go func() {
		defer watcher.Close()
		quiet := time.NewTimer(time.Hour)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-watcher.Events:
				if e.Has(fsnotify.Create) {
					// A new folder: its files may be there already, the build reads them.
					_ = watchBelow(watcher, e.Name)
				}
				quiet.Reset(settle)
			case err := <-watcher.Errors:
				log.Warn("watching the content", "cause", err)
			case <-quiet.C:
				started := now()
				err := l.build()
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

// liveScript asks whether the site changed and reloads the page if so. It is
// served on a laptop only; the site itself has no script.
const liveScript = `const here = document.currentScript.dataset.revision;
const ask = () => fetch("/-/revision").then(r => r.text()).then(now => now === here ? setTimeout(ask, 250) : location.reload()).catch(() => setTimeout(ask, 1000));
setTimeout(ask, 250);
`

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
	serve("/-/revision", "text/plain; charset=utf-8", l.revisionText)
	serve("/-/live.js", "text/javascript; charset=utf-8", func() string { return liveScript })
	serve("/-/live.css", "text/css; charset=utf-8", func() string { return liveStyle })
	return mux
}

func (l *live) revisionText() string { return strconv.FormatInt(l.revision.Load(), 10) }

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
			body = l.insert(body)
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

// insert puts the script and the problems at the end of a page.
func (l *live) insert(page []byte) []byte {
	var extra bytes.Buffer
	extra.WriteString(`<link rel="stylesheet" href="/-/live.css"><script src="/-/live.js" data-revision="` + l.revisionText() + `"></script>`)
	if problems := l.problems.Load(); problems != nil {
		_ = problemList().Execute(&extra, *problems)
	}
	end := bytes.LastIndex(page, []byte("</body>"))
	if end < 0 {
		end = len(page)
	}
	return bytes.Join([][]byte{page[:end], extra.Bytes(), page[end:]}, nil)
}

func problemList() *template.Template {
	return template.Must(template.New("").Parse(`<section class="live-problems" role="alert"><h2>The content has something to mend; this page is the last good version</h2><ol>{{range .}}<li>{{.}}</li>{{end}}</ol></section>`))
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
