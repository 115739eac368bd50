package importer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
)

// Options say how entries become content.
type Options struct {
	Site     *content.Site // whose vocabularies are used
	Dir      string        // the content folder
	Pictures fs.FS         // where pictures are looked for; nil: nowhere
	Topic    string        // of articles none of whose tags is a topic
	Activity string        // of articles
	Mode     string        // of articles
	Force    bool          // replace what an editor has changed
	DryRun   bool          // write nothing
}

// Result is what an import did, each list by file.
type Result struct {
	Written   []string `json:"written"`
	Unchanged []string `json:"unchanged"`
	Kept      []string `json:"kept"` // changed by an editor since
	Notices   []Notice `json:"notices"`
}

// Import writes entries into the content folder.
func Import(ctx context.Context, entries []Entry, o Options) (Result, error) {
	in := &importing{Options: o, result: Result{[]string{}, []string{}, []string{}, []Notice{}}, moved: map[string]string{}, hosts: map[string]bool{}, taken: map[string]bool{}, tags: map[string]int{}}
	if err := in.check(); err != nil {
		return Result{}, err
	}
	for _, p := range in.Site.Pages {
		in.moved[p.Permalink] = p.Permalink
	}
	for i := range entries {
		in.address(&entries[i])
	}
	for i, e := range entries {
		if err := ctx.Err(); err != nil {
			return in.result, fmt.Errorf("import: %w; %d of %d are in, run the same command again to go on", err, i, len(entries))
		}
		if err := in.entry(e); err != nil {
			return in.result, fmt.Errorf("import: %s: %w", e.Where, err)
		}
	}
	in.summarise()
	return in.result, nil
}

// summarise notices once what holds for many entries.
func (in *importing) summarise() {
	all := slices.SortedFunc(maps.Keys(in.tags), func(a, b string) int { return cmp.Or(in.tags[b]-in.tags[a], strings.Compare(a, b)) })
	for i, tag := range all {
		all[i] = fmt.Sprintf("%s (%d)", tag, in.tags[tag])
	}
	if len(all) > 0 {
		what := fmt.Sprintf("%d are no topics: %s", len(all), strings.Join(all, ", "))
		in.result.Notices = append(in.result.Notices, Notice{"tags", what, "add what you need to " + in.Site.Topics.File + " and import again"})
	}
	if in.missed > 0 {
		in.result.Notices = append(in.result.Notices, Notice{"pictures", fmt.Sprintf("%d were left out", in.missed), "name the folder that has them with -pictures and import again"})
	}
}

type importing struct {
	Options
	moved  map[string]string // old path to permalink
	hosts  map[string]bool
	taken  map[string]bool // files that an entry of this import has
	tags   map[string]int  // tags that are no topics, with how many articles have them
	missed int             // pictures without a file, where no folder was named
	result Result
}

func (in *importing) notice(e Entry, what, cure string) {
	in.result.Notices = append(in.result.Notices, Notice{e.Where, what, cure})
}

// check refuses defaults that are not in the site's vocabularies.
func (in *importing) check() error {
	known := func(flag, slug string, v content.Vocabulary) error {
		if _, ok := v.Term(slug); ok {
			return nil
		}
		return fmt.Errorf("-%s %q is not in %s; name one of its slugs", flag, slug, v.File)
	}
	return errors.Join(known("topic", in.Topic, in.Site.Topics), known("activity", in.Activity, in.Site.Activities))
}

// address gives an entry its place in the content folder and remembers where
// its old address leads.
func (in *importing) address(e *Entry) {
	if e.Title == "" {
		e.Title = cmp.Or(summaryOf(words(e.HTML)), e.Where)
		in.notice(*e, "has no title", "write one")
	}
	e.Slug = cmp.Or(content.SlugFor(e.Slug), content.SlugFor(e.Title))
	if e.Slug == "" && !e.Published.IsZero() {
		e.Slug = e.Published.Format("2006-01-02-1504")
		in.notice(*e, "has no title in Latin letters to make an address of; it has the time instead", "rename its folder")
	}
	for n, slug := 2, e.Slug; !in.free(*e); n++ {
		e.Slug = fmt.Sprintf("%s-%d", slug, n)
	}
	in.taken[in.file(*e)] = true
	if u, err := url.Parse(e.Address); err == nil && u.Host != "" {
		in.hosts[u.Host] = true
	}
	if old := e.oldPath(); old != "" && old != "/" {
		in.moved[old] = in.permalink(*e)
		in.moved[strings.TrimSuffix(old, "/")] = in.permalink(*e)
	}
}

// sections are the addresses that the site makes itself.
const sections = " news topics countries funds pillars series events publications newsletter members training-centres partners stats search assets subscription version "

// free tells whether an entry can stand at its address: nothing else of this
// import or of the site does.
func (in *importing) free(e Entry) bool {
	if in.taken[in.file(e)] || e.Page && strings.Contains(sections, " "+e.Slug+" ") {
		return false
	}
	file := in.owner(in.permalink(e))
	return file == "" || file == in.file(e)
}

func (in *importing) permalink(e Entry) string {
	if e.Page {
		return "/" + e.Slug + "/"
	}
	return fmt.Sprintf("/news/%d/%s/", e.Published.Year(), e.Slug)
}

// file is the path of an entry's text in the content folder.
func (in *importing) file(e Entry) string {
	if e.Page {
		return path.Join("pages", e.Slug, "index.md")
	}
	return path.Join("news", fmt.Sprint(e.Published.Year()), e.Slug, "index.md")
}

func (in *importing) entry(e Entry) error {
	switch {
	case e.Slug == "":
		in.notice(e, "has neither a title nor a date to make an address of", "give it a title there and export again")
		return nil
	case e.Page && e.Draft:
		in.notice(e, "is a draft, which plain pages cannot be, and was not imported", "publish it there and export again, or write it anew when it is due")
		return nil
	case !e.Page && e.Published.IsZero():
		in.notice(e, "has no date and was not imported", "publish it there or give it a date, then export again")
		return nil
	}
	t := &translator{pictures: in.Pictures, moved: in.moved, hosts: in.hosts, entry: e}
	body, err := t.translate()
	if err != nil {
		return err
	}
	in.result.Notices = append(in.result.Notices, body.notices...)
	in.missed += body.missed
	e.Summary = cmp.Or(summaryOf(words(e.Summary)), summaryOf(body.plain), e.Title)
	file, err := in.compose(e, body)
	if err != nil {
		return err
	}
	if err := in.put(in.file(e), file); err != nil {
		return err
	}
	for name, picture := range body.pictures {
		if err := in.put(path.Join(path.Dir(in.file(e)), name), picture); err != nil {
			return err
		}
	}
	return nil
}

// compose writes the front matter of an entry and its text.
func (in *importing) compose(e Entry, body text) ([]byte, error) {
	aliases := in.aliases(e)
	if e.Page {
		return content.Compose(content.PageFront{Title: e.Title, Summary: e.Summary, Aliases: aliases}, body.markdown)
	}
	front := content.ArticleFront{
		Title: e.Title, Summary: e.Summary, Start: day(e.Published), Published: content.Moment{Time: day(e.Published).Time}, Draft: e.Draft, Activity: in.Activity, Mode: in.Mode, Topics: in.topics(e), Aliases: aliases,
		Sources: []string{cmp.Or(absolute(e.Address), "imported from "+e.Where)},
	}
	return content.Compose(front, body.markdown)
}

// aliases returns the old address of an entry, unless something else is there.
func (in *importing) aliases(e Entry) []string {
	old := e.oldPath()
	if old == "" || old == "/" || old == in.permalink(e) {
		return nil
	}
	if file := in.owner(old); file != "" && file != in.file(e) {
		in.notice(e, fmt.Sprintf("its old address %s is taken by %s", old, file), "rename one of the two if links to the old address matter")
		return nil
	}
	return []string{old}
}

// owner returns the file of the site that has an address.
func (in *importing) owner(permalink string) string {
	for _, p := range in.Site.Pages {
		if p.Permalink == permalink {
			return p.Path
		}
	}
	for _, a := range in.Site.Articles {
		if a.Permalink == permalink {
			return a.Path
		}
	}
	return ""
}

func day(t time.Time) content.Date {
	return content.Date{Time: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)}
}

func absolute(address string) string {
	if u, err := url.Parse(address); err != nil || u.Host == "" {
		return ""
	}
	return address
}

// topics returns the topics that the tags of an entry name.
func (in *importing) topics(e Entry) []string {
	var found []string
	for _, tag := range e.Tags {
		i := slices.IndexFunc(in.Site.Topics.Terms, func(t content.Term) bool {
			return t.Slug == content.SlugFor(tag) || strings.EqualFold(t.Label, tag) || strings.EqualFold(t.Short, tag)
		})
		switch {
		case i < 0:
			in.tags[tag]++
		case !slices.Contains(found, in.Site.Topics.Terms[i].Slug):
			found = append(found, in.Site.Topics.Terms[i].Slug)
		}
	}
	if len(found) == 0 {
		found = []string{in.Topic}
	}
	return found
}

// put writes a file unless it is there already.
func (in *importing) put(name string, b []byte) error {
	file := filepath.Join(in.Dir, filepath.FromSlash(name))
	before, err := os.ReadFile(file)
	switch {
	case err == nil && bytes.Equal(before, b):
		in.result.Unchanged = append(in.result.Unchanged, name)
		return nil
	case err == nil && !in.Force:
		in.result.Kept = append(in.result.Kept, name)
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	in.result.Written = append(in.result.Written, name)
	if in.DryRun {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part := file + ".part"
	if err := os.WriteFile(part, b, 0o644); err != nil {
		return err
	}
	return os.Rename(part, file)
}
