package press_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
)

// reports keeps what a desk reports.
type reports struct {
	mu  sync.Mutex
	all []error
}

func (r *reports) add(err error, _ bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, err)
}

// wait returns the next report.
func (r *reports) wait(t *testing.T) error {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		if len(r.all) > 0 {
			err := r.all[0]
			r.all = r.all[1:]
			r.mu.Unlock()
			return err
		}
		r.mu.Unlock()
	}
	t.Fatal("the desk reports nothing")
	return nil
}

// TestDesk: after any edits the desk of a laptop shows, byte for byte, what a
// clean build has; an article that is asked for at once, before all others are
// declared, too.
func TestDesk(t *testing.T) {
	files := sitetest.Files(t, "")
	maps.Copy(files, sitetest.Generate(5))
	files["news/2022/siren/index.md"].Data = append(files["news/2022/siren/index.md"].Data, "\n![A ship](ship.png)\n"...)
	files["news/2022/siren/ship.png"] = &fstest.MapFile{Data: []byte(picture(t, 0))}
	told := &reports{}
	desk := press.NewDesk(press.Options{Commit: "c0ffee", Gzip: 1, Parts: true}, told.add)
	var reader content.Reader
	random := rand.New(rand.NewPCG(7, 2026))
	for range 8 {
		var done []string
		for range 1 + random.IntN(3) {
			done = append(done, edits(t, files, random))
		}
		site, err := reader.Load(maps.Clone(files))
		if err != nil {
			t.Fatal(err)
		}
		if err := desk.Update(maps.Clone(files), site, asOf()); err != nil {
			t.Fatal(err)
		}
		now := desk.Edition()
		first, _ := now.Answer(site.Articles[0].Permalink, asOf())
		want, err := edition.Open(printed(t, files, nil))
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := want.Answer(site.Articles[0].Permalink, asOf()); ok && v.ETag(edition.Identity) != first.ETag(edition.Identity) {
			t.Fatalf("the first article differs after %q", done)
		}
		for k, name := range want.Keys {
			w, must := want.At(k, name, asOf())
			v, has := now.At(k, name, asOf())
			if has != must || has && (v.ETag(edition.Gzip) != w.ETag(edition.Gzip) || v.Type() != w.Type() || v.Class() != w.Class()) {
				t.Fatalf("%c%s differs after %q", k, name, done)
			}
		}
		if _, ok := now.Answer("/news/2001/nothing/", asOf()); ok {
			t.Fatal("there is something at an address without anything")
		}
		if err := told.wait(t); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDeskProblems: what is wrong is told, and the last good version stays.
func TestDeskProblems(t *testing.T) {
	told := &reports{}
	desk := press.NewDesk(press.Options{Gzip: 1}, told.add)
	if desk.Edition() != nil {
		t.Error("an empty desk has an edition")
	}
	good := sitetest.Files(t, "")
	update := func(name, old, new string) error {
		t.Helper()
		files := maps.Clone(good)
		if name != "" {
			text := string(files[name].Data)
			if !strings.Contains(text, old) {
				t.Fatalf("%s has no %q", name, old)
			}
			files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
		}
		site, err := content.Load(files)
		if err == nil {
			err = desk.Update(files, site, asOf())
		}
		return err
	}
	if err := errors.Join(update("", "", ""), told.wait(t)); err != nil {
		t.Fatal(err)
	}
	shows := func(want string) {
		t.Helper()
		v, ok := desk.Edition().Answer("/about/", asOf())
		if !ok || !v.Has(edition.Gzip) {
			t.Fatalf("/about/ is not there")
		}
		if got := unzip(t, v); !strings.Contains(got, want) {
			t.Errorf("/about/ lacks %q", want)
		}
	}
	if err := update("pages/about.md", "We are small.", "We are <b>bold</b>."); err == nil || !strings.Contains(err.Error(), "raw HTML") {
		t.Errorf("a mistake in Markdown: %v", err)
	}
	shows("We are small.")
	if err := update("pages/about.md", "We are small.", "See [that](/nowhere/)."); err != nil {
		t.Fatal(err)
	}
	if err := told.wait(t); err == nil || !strings.Contains(err.Error(), "pages/about.md:5:5: the link /nowhere/ leads to no page") {
		t.Errorf("a link to nowhere: %v", err)
	}
	shows("/nowhere/")
	if err := update("templates/web/page.html", "{{.Title}}", "{{.Nothing}}"); err != nil {
		t.Fatal(err)
	}
	if err := told.wait(t); err == nil || !strings.Contains(err.Error(), "templates/web/page.html:") {
		t.Errorf("a mistake in a template: %v", err)
	}
	shows("/nowhere/") // the last that could be printed
}

// TestDeskOvertaken: who asked for a page of a site that was edited again before
// it was declared gets the page as it was then or is now, never nothing.
func TestDeskOvertaken(t *testing.T) {
	told := &reports{}
	desk := press.NewDesk(press.Options{Gzip: 1}, told.add)
	files := sitetest.Files(t, "")
	var asked []*edition.Edition
	titles := []string{"First", "Second", "Third"}
	for _, title := range titles {
		files = maps.Clone(files)
		files["pages/contact.md"] = &fstest.MapFile{Data: []byte("---\ntitle: " + title + "\nsummary: S.\n---\nText.\n")}
		site, err := content.Load(files)
		if err == nil {
			err = desk.Update(files, site, asOf())
		}
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, desk.Edition())
	}
	for i, e := range asked {
		v, ok := e.Answer("/contact/", asOf())
		if !ok {
			t.Fatalf("the page is gone for who asked edition %d", i)
		}
		page := unzip(t, v)
		if !slices.ContainsFunc(titles[i:], func(title string) bool { return strings.Contains(page, title) }) {
			t.Errorf("edition %d shows what was no more", i)
		}
	}
	if err := told.wait(t); err != nil {
		t.Error(err)
	}
}

// TestDeskClock: an article appears on the desk when its time comes.
func TestDeskClock(t *testing.T) {
	appears := time.Now().Add(1500 * time.Millisecond).Truncate(time.Second).Add(time.Second).UTC()
	files := sitetest.Files(t, report("soon", "Soon", "topics: [aeo]\npublished: 2026-11-01 12:00", "Text."))
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	site.Articles[0].Appears = appears // front matter has no seconds
	told := &reports{}
	desk := press.NewDesk(press.Options{Gzip: 1}, told.add)
	if err := desk.Update(files, site, time.Now()); err != nil {
		t.Fatal(err)
	}
	there := func() bool {
		_, ok := desk.Edition().Answer("/news/2026/soon/", time.Now())
		return ok
	}
	if there() && time.Now().Before(appears) {
		t.Error("an article is there before its time")
	}
	for deadline := time.Now().Add(time.Minute); !there(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("an article does not appear")
		}
	}
	if time.Now().Before(appears) {
		t.Error("an article is there before its time")
	}
}
