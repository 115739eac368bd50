package importer

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// ghostData is what is used of a Ghost export, versions 1 to 6.
type ghostData struct {
	Posts []ghostPost `json:"posts"`
	Tags  []struct {
		ID   ghostID `json:"id"`
		Name string  `json:"name"`
	} `json:"tags"`
	PostsTags []struct {
		Post ghostID `json:"post_id"`
		Tag  ghostID `json:"tag_id"`
	} `json:"posts_tags"`
}

type ghostPost struct {
	ID        ghostID         `json:"id"`
	Title     string          `json:"title"`
	Slug      string          `json:"slug"`
	HTML      string          `json:"html"`
	Plain     string          `json:"plaintext"`
	Excerpt   string          `json:"custom_excerpt"`
	Image     string          `json:"feature_image"`
	Status    string          `json:"status"`
	Type      string          `json:"type"`
	Page      json.RawMessage `json:"page"` // true or 1 before version 3
	Published *time.Time      `json:"published_at"`
	Visible   string          `json:"visibility"`
}

// ghostID is a number in old exports and a text in new ones.
type ghostID string

// UnmarshalJSON takes both.
func (id *ghostID) UnmarshalJSON(b []byte) error {
	*id = ghostID(strings.Trim(string(b), `"`))
	return nil
}

// ReadGhost reads the file that Ghost writes at Settings, Migration tools.
func ReadGhost(r io.Reader) ([]Entry, []Notice, error) {
	var doc struct {
		DB   []struct{ Data ghostData } `json:"db"`
		Data *ghostData                 `json:"data"`
	}
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return nil, nil, fmt.Errorf("this is no whole Ghost export: %w; export it again at Settings, Migration tools", err)
	}
	var data ghostData
	switch {
	case len(doc.DB) > 0:
		data = doc.DB[0].Data
	case doc.Data != nil:
		data = *doc.Data
	default:
		return nil, nil, fmt.Errorf("this is JSON, but no Ghost export: it has neither db nor data")
	}
	names := map[ghostID]string{}
	for _, t := range data.Tags {
		names[t.ID] = t.Name
	}
	tags := map[ghostID][]string{}
	for _, pt := range data.PostsTags {
		if name := names[pt.Tag]; name != "" && !strings.HasPrefix(name, "#") { // # marks an internal tag
			tags[pt.Post] = append(tags[pt.Post], name)
		}
	}
	var entries []Entry
	var notices []Notice
	for _, p := range data.Posts {
		e, notice := p.entry(tags[p.ID])
		if notice.What != "" {
			notices = append(notices, notice)
		}
		if e.Where != "" {
			entries = append(entries, e)
		}
	}
	return entries, notices, nil
}

func (p ghostPost) entry(tags []string) (Entry, Notice) {
	page := p.Type == "page" || string(p.Page) == "true" || string(p.Page) == "1"
	e := Entry{
		Page: page, Draft: p.Status != "published" && p.Status != "scheduled", Title: strings.TrimSpace(p.Title), Slug: p.Slug, Summary: p.Excerpt,
		Tags: tags, Address: "/" + p.Slug + "/", HTML: p.HTML, Picture: strings.TrimPrefix(p.Image, "__GHOST_URL__"), Where: p.Title,
	}
	e.HTML = strings.ReplaceAll(e.HTML, "__GHOST_URL__", "")
	if p.Published != nil {
		e.Published = *p.Published
	}
	switch {
	case p.Visible == "members" || p.Visible == "paid" || p.Visible == "tiers":
		return Entry{}, Notice{p.Title, "is for members only; this site shows everything to everybody", "make it public there and export again if it is meant for all"}
	case p.Status == "sent":
		return Entry{}, Notice{p.Title, "was sent as mail only and has no page", "publish it there and export again if it is wanted"}
	case e.HTML == "" && p.Plain != "":
		return e, Notice{p.Title, "has no HTML in the export", "look whether its text is complete"}
	case e.HTML == "":
		return Entry{}, Notice{p.Title, "has no text in the export", "open and save it in Ghost, then export again"}
	}
	return e, Notice{}
}
