package main

import (
	"bytes"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"broadsheet/functions/internal/content"
)

// liveScript waits until the site changes and reloads the page then. It is served
// on a laptop only; the site itself has no script.
const liveScript = `const here = document.currentScript.dataset.revision;
const wait = () => fetch("/-/revision?after=" + here).then(r => r.text()).then(now => now === here ? wait() : location.reload()).catch(() => setTimeout(wait, 1000));
wait();
`

// liveStyle has colours of its own, the same by day and by night, so that nobody
// takes the bar and the ribbons for a part of the site.
const liveStyle = `.live-problems{position:fixed;inset:auto 0 0 0;max-height:70vh;overflow:auto;z-index:99;background:#2a0d0d;color:#ffe9e4;border-top:6px solid #e0523f;padding:1.25rem 2rem;font:15px/1.5 ui-monospace,Menlo,Consolas,monospace}
.live-problems h2{font:700 18px/1.3 system-ui,sans-serif;margin:0 0 .5rem}.live-problems li{margin:.4rem 0}.live-problems pre{margin:.2rem 0;overflow-x:auto;color:#ffc9bd}
.live-bar{background:#1d2126;color:#e9ebee;font:500 14px/1.5 system-ui,sans-serif}
.live-bar>form{background:#f6e3ae;color:#2e2200}
.live-bar p,.live-bar ul{margin:0;padding:0;list-style:none;font:inherit;max-width:none}
.live-bar form,.live-bar ul,.live-bar summary{padding:.25rem clamp(1rem,3vw,2rem)}
.live-bar form,.live-bar ul{display:flex;flex-wrap:wrap;gap:.35rem 1.25rem;align-items:center;margin:0}
.live-bar form{gap:.35rem .75rem}
.live-bar details[open]{padding-bottom:.5rem}
.live-bar summary{color:#e9ebee;cursor:pointer;min-height:24px;font-weight:600;letter-spacing:.01em}
.live-bar a{color:#9fd3e8;display:inline-block;min-height:24px;text-underline-offset:.2em}
.live-bar label{font:inherit}
.live-bar input,.live-bar button{font:inherit;min-height:30px;margin:0;padding:.1rem .6rem;border:1px solid #8b949e;border-radius:3px;background:#fff;color:#16202a;color-scheme:light;width:auto}
.live-bar button{background:#2e3640;color:#fff;border-color:#8b949e;font-weight:600;cursor:pointer}
.live-bar :focus-visible{outline:3px solid #f2b94b;outline-offset:2px}
.live-bar>form :focus-visible{outline-color:#0b4a63}
.live-bar .live-count{background:#ffb4a8;color:#3b0a05;border-radius:1em;padding:0 .6em;margin-left:.5em}
.ribbon{display:inline-block;margin:0 0 .5rem;padding:.1rem .65rem;background:#f6e3ae;color:#2e2200;border-left:4px solid #8a5a0b;font:600 .8125rem/1.6 system-ui,sans-serif}
@media print{.live-bar,.live-problems{display:none}}`

// overlay adds to each page that a browser shows the bar of the preview, the
// script that reloads it, and what is wrong with the content. Everything else,
// curl and tests included, gets the site's own bytes.
func (l *live) overlay(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		framed := inFrame(r)
		if r.Header.Get("Sec-Fetch-Dest") != "document" && !framed {
			next.ServeHTTP(w, r)
			return
		}
		plain := r.Clone(r.Context())
		plain.Header.Del("Accept-Encoding")
		plain.Header.Del("If-None-Match")
		page := &recorder{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(page, plain)
		body, h := page.body.Bytes(), w.Header()
		if strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			policy := h.Get("Content-Security-Policy") + "; script-src 'self'; connect-src 'self'"
			if framed {
				policy = strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors 'self'", 1)
				h.Set("X-Frame-Options", "SAMEORIGIN")
			}
			h.Set("Content-Security-Policy", policy)
			h.Set("Cache-Control", "no-store")
			h.Del("ETag")
			body = l.insert(body, page.status, r, framed)
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(page.status)
		_, _ = w.Write(body)
	})
}

// inFrame tells whether a page of the site is asked for by a frame of a page of
// this server: that of the phone. Every other frame stays forbidden.
func inFrame(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Dest") == "iframe" && r.Header.Get("Sec-Fetch-Site") == "same-origin" && !strings.HasPrefix(r.URL.Path, "/-/")
}

// insert puts the bar above a page, and the script and the problems at its end. In
// a frame there is neither bar nor list: the page around has them.
func (l *live) insert(page []byte, status int, r *http.Request, framed bool) []byte {
	l.mu.Lock()
	list := l.problems
	l.mu.Unlock()
	var above, below bytes.Buffer
	above.WriteString(`<link rel="stylesheet" href="/-/live.css">`)
	if !framed && l.edition() != nil {
		_ = barTemplate().Execute(&above, l.barFor(r, len(list)))
	}
	if r.URL.Path != "/-/phone" { // its frames reload themselves
		below.WriteString(`<script src="/-/live.js" data-revision="` + l.revisionText() + `"></script>`)
	}
	if list != nil && !framed {
		_ = problemList().Execute(&below, struct {
			Good     bool
			Problems []shown
		}{status < http.StatusBadRequest, list})
	}
	start := 0
	if i := bytes.Index(page, []byte("<body")); i >= 0 {
		start = i + bytes.IndexByte(page[i:], '>') + 1
	}
	// The link that skips to the content stays the first thing that is reached.
	if i := bytes.Index(page[start:], []byte(`<a class="skip"`)); i >= 0 && i < len("\r\n ") {
		start += i + bytes.Index(page[start+i:], []byte("</a>")) + len("</a>")
	}
	end := bytes.LastIndex(page, []byte("</body>"))
	if end < start {
		end = len(page)
	}
	return bytes.Join([][]byte{page[:start], above.Bytes(), page[start:end], below.Bytes(), page[end:]}, nil)
}

// shown is a problem as the overlay shows it.
type shown struct{ Text, Excerpt string }

// shownProblems are those of an error, each with its line of the content.
func shownProblems(fsys fs.FS, err error) []shown {
	problems, ok := errors.AsType[content.Problems](err)
	if !ok && err != nil {
		return []shown{{Text: err.Error()}}
	}
	var all []shown
	for _, p := range problems {
		text, _ := fs.ReadFile(fsys, p.File) // none of a file that is missing
		all = append(all, shown{p.String(), p.Excerpt(text)})
	}
	return all
}

func problemList() *template.Template {
	return template.Must(template.New("").Parse(`<section class="live-problems" id="live-problems" tabindex="-1" role="alert"><h2>The content has something to mend; {{if .Good}}this page is the last good version{{else}}there is no good version of this page{{end}}</h2><ol>{{range .Problems}}<li>{{.Text}}{{with .Excerpt}}<pre>{{.}}</pre>{{end}}</li>{{end}}</ol></section>`))
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
