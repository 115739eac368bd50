package importer

import (
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/mmcdole/gofeed"

	"broadsheet/functions/internal/content"
)

// ReadFeed reads an RSS, Atom or JSON feed. A feed has the newest articles only,
// and often just their beginnings.
func ReadFeed(r io.Reader) ([]Entry, []Notice, error) {
	feed, err := gofeed.NewParser().Parse(r)
	if err != nil {
		return nil, nil, fmt.Errorf("this is no feed: %w; save the feed itself, not the page that links to it", err)
	}
	var entries []Entry
	var notices []Notice
	for i, it := range feed.Items {
		e := Entry{Title: strings.TrimSpace(it.Title), Address: it.Link, HTML: it.Content, Tags: it.Categories, Where: strings.TrimSpace(it.Title)}
		if e.Where == "" {
			e.Where = fmt.Sprintf("entry %d", i+1)
		}
		switch {
		case it.PublishedParsed != nil:
			e.Published = *it.PublishedParsed
		case it.UpdatedParsed != nil:
			e.Published = *it.UpdatedParsed
		}
		if it.Image != nil {
			e.Picture = it.Image.URL
		}
		if u, err := url.Parse(it.Link); err == nil {
			e.Slug = content.SlugFor(strings.TrimSuffix(path.Base(u.Path), path.Ext(u.Path)))
		}
		if e.HTML == "" {
			e.HTML = it.Description
			notices = append(notices, Notice{e.Where, "the feed has only its beginning", "complete the text from the old page"})
		} else {
			e.Summary = words(it.Description)
		}
		entries = append(entries, e)
	}
	return entries, notices, nil
}
