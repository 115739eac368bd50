package importer

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"broadsheet/functions/internal/content"
)

// ReadFolder reads every .html and .htm file of a folder and of those in it. The
// text of a page is what stands in main or article, or else in body without
// header, navigation and footer.
func ReadFolder(fsys fs.FS) ([]Entry, []Notice, error) {
	var entries []Entry
	var notices []Notice
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(path.Ext(name)); err != nil || d.IsDir() || ext != ".html" && ext != ".htm" {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		doc, err := html.Parse(bytes.NewReader(b))
		if err != nil {
			notices = append(notices, Notice{name, "cannot be read as HTML: " + err.Error(), "open it in a browser and save it again"})
			return nil
		}
		e, notice := pageEntry(name, doc)
		if notice.What != "" {
			notices = append(notices, notice)
		}
		if e.Where != "" {
			entries = append(entries, e)
		}
		return nil
	})
	return entries, notices, err
}

func pageEntry(name string, doc *html.Node) (Entry, Notice) {
	e := Entry{Where: name, Address: "/" + name}
	if strings.HasSuffix(name, "index.html") {
		e.Address = "/" + strings.TrimSuffix(name, "index.html")
	}
	e.Slug = content.SlugFor(path.Base(strings.TrimSuffix(strings.TrimSuffix(name, "/index.html"), path.Ext(name))))
	for _, selector := range []string{"h1", "title"} {
		if n := cascadia.Query(doc, cascadia.MustCompile(selector)); n != nil && e.Title == "" {
			e.Title = textOf(n)
		}
	}
	if n := cascadia.Query(doc, cascadia.MustCompile(`meta[name="description"]`)); n != nil {
		e.Summary = attribute(n, "content")
	}
	e.Published = dateOf(doc)
	e.Page = e.Published.IsZero() // what has no date is a plain page
	for _, selector := range []string{"main", "article", "body"} {
		if n := cascadia.Query(doc, cascadia.MustCompile(selector)); n != nil {
			removeAll(n, "header, nav, footer, aside, h1")
			e.HTML = inner(n)
			break
		}
	}
	if strings.TrimSpace(words(e.HTML)) == "" {
		return Entry{}, Notice{name, "has no text", "leave it out, or copy its text into a page by hand"}
	}
	return e, Notice{}
}

// dateOf returns the date that a page gives in the usual places.
func dateOf(doc *html.Node) time.Time {
	for _, place := range []struct{ selector, attribute string }{
		{`meta[property="article:published_time"]`, "content"}, {`meta[name="date"]`, "content"}, {"time[datetime]", "datetime"},
	} {
		n := cascadia.Query(doc, cascadia.MustCompile(place.selector))
		if n == nil {
			continue
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
			if t, err := time.Parse(layout, attribute(n, place.attribute)); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}
