package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"broadsheet/functions/internal/content"
)

// terminal lists what is wrong with the content that is edited, as check does:
// at the start and after each save.
type terminal struct {
	out  io.Writer
	good func(string) string // colours what is good news
	dir  string              // of the content
	told string              // what was listed last, empty if all was in order
	anew bool                // a save is to be answered, even with the same list
}

// saved notes that somebody has saved a file, and waits to hear what of it.
func (l *live) saved(something bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.terminal.anew = l.terminal.anew || something
}

// report takes what live.report does. That nothing is wrong is certain only when
// the whole site has been looked at, which is not another site.
func (t *terminal) report(err error, another bool) {
	if err == nil {
		if !another && t.told != "" {
			fmt.Fprintln(t.out, t.good("The content is in order again."))
		}
		if !another {
			t.told, t.anew = "", false
		}
		return
	}
	list := err.Error()
	if problems, ok := errors.AsType[content.Problems](err); ok {
		lines := make([]string, len(problems))
		for i, found := range problems {
			found.File = filepath.Join(t.dir, found.File)
			lines[i] = found.String()
		}
		list = fmt.Sprintf("%s\n%d to mend", strings.Join(lines, "\n"), len(problems))
	}
	if list == t.told && !t.anew {
		return
	}
	t.told, t.anew = list, false
	fmt.Fprintln(t.out, list)
}

// unready answers as long as there was no content without mistakes. What a
// browser shows gets the list of them, and the script that waits until they are
// mended, from overlay.
func unready(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>No good version yet</title></head><body><h1>There is no good version of the site yet</h1><p>The content had mistakes when the program was started. This page shows the site as soon as they are mended.</p></body></html>
`)
}
