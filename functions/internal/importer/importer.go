// Package importer turns what other programs export into bundles of the content
// folder: WordPress (WXR), Ghost (JSON), feeds (RSS, Atom, JSON Feed) and folders
// of HTML pages.
//
// A reader of each form returns entries and notices. An Entry has its text as
// HTML; Import writes it as Markdown with front matter that passes the check. A
// Notice says what was not understood and what a person can do about it: nothing
// is dropped without one. Nothing is fetched: a picture is taken only from a
// folder that the caller names.
//
// Import may be repeated: what is there already and equal stays, and what an
// editor has changed since is kept and noticed.
package importer

import (
	"net/url"
	"path"
	"strings"
	"time"
)

// Entry is one post or page of an export.
type Entry struct {
	Page      bool // a plain page; otherwise an article
	Draft     bool
	Title     string
	Slug      string // last part of the new address
	Summary   string
	Published time.Time
	Tags      []string // as the export names them
	Address   string   // whole old URL, if there was one
	HTML      string
	Picture   string // address of the picture at its head
	Where     string // place in the export, for notices
}

// Notice is something that a person should look at.
type Notice struct {
	Entry string `json:"entry"` // title or place
	What  string `json:"what"`
	Cure  string `json:"cure"`
}

// String returns the notice on one line.
func (n Notice) String() string { return n.Entry + ": " + n.What + "; " + n.Cure }

// oldPath returns the old address as redirects have it: the path, and the query
// if there is nothing else that names the page.
func (e Entry) oldPath() string {
	u, err := url.Parse(e.Address)
	if err != nil || u.Path == "" && u.RawQuery == "" {
		return ""
	}
	if u.RawQuery != "" {
		return path.Clean("/"+u.Path) + "?" + u.RawQuery
	}
	return u.Path
}

const summaryLength = 200 // of a summary that is made from the text

// summaryOf returns the first sentences of a text, as many as are short enough.
func summaryOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= summaryLength {
		return text
	}
	if i := strings.LastIndex(text[:summaryLength], ". "); i > summaryLength/3 {
		return text[:i+1]
	}
	i := strings.LastIndexByte(text[:summaryLength], ' ')
	if i < 0 {
		i = summaryLength
		for !isStart(text, i) {
			i--
		}
	}
	return strings.TrimRight(text[:i], " ,;:") + "…"
}

// isStart tells whether a character begins at a byte.
func isStart(s string, i int) bool { return i == 0 || s[i]&0xc0 != 0x80 }
