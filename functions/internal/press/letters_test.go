package press_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/sitetest"
	"broadsheet/functions/internal/subscriber"
)

const newsletterSite = `
-- news/2026/dogs/index.md --
---
title: Dogs & their handlers “meet”
summary: Officers of eighteen members met with detector dogs, and told each other how the animals are bred, trained and used in operation.
start: 2026-10-20
end: 2026-10-22
place: Seoul
country: kr
activity: workshop
mode: onsite
topics: [canine]
published: 2026-10-27
sources: ["https://example.org/"]
---
They met.
-- news/2026/dogs/index.fr.md --
---
title: Des chiens et leurs maîtres
summary: Des agents de dix-huit membres se sont réunis avec leurs chiens.
---
Ils se sont réunis.
-- news/2026/origin/index.md --
---
title: Rules of origin
summary: A refresher.
start: 2026-10-13
activity: workshop
mode: online
topics: [rules-of-origin]
published: 2026-10-28
sources: ["https://example.org/"]
---
They met online.
-- events/day/index.md --
---
title: A day
summary: A day for all.
start: 2027-01-26
status: scheduled
topics: [governance]
updated: 2026-10-01
---
-- newsletter/12/index.md --
---
number: 12
title: "Dogs & origin: what is new"
summary: Two reports and a day.
date: 2026-10-30
not_after: 2026-12-01 12:00
topics: [canine, rules-of-origin]
articles: [/news/2026/dogs/, /news/2026/origin/]
events: [/events/day/]
---
Two *new* reports, "quoted" -- with a [link inside](/news/2026/dogs/), a [far one](https://example.com/a?b=1&c=2) and <https://example.net/>. This paragraph is long enough to be broken into lines of a width that every mail program shows.

## What to read

- first
- second, with **stress**
  and a second line

1. one
2. two

> Somebody said something.

| what | quantity |
|---|---|
| pills | 29,000 |

    code stays
-- newsletter/12/index.fr.md --
---
title: Chiens et origine, du nouveau
summary: Deux comptes rendus et une journée.
---
Deux comptes rendus, dont [celui-ci](/news/2026/dogs/).
`

func keys(t *testing.T) *subscriber.Keys {
	t.Helper()
	k, err := subscriber.ParseKeys([]byte(`{"version":1,"pepper":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","master":[{"id":1,"secret":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","created":"2026-11-23T00:00:00Z"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func compositor(t *testing.T, e *edition.Edition) *issue.Compositor {
	return &issue.Compositor{Edition: func() *edition.Edition { return e }, Keys: keys(t), SiteURL: "https://mail.example.org", MailFrom: "news@example.org",
		Now: func() time.Time { return time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC) }}
}

func reader(language string, topics ...string) subscriber.Subscriber {
	return subscriber.Subscriber{ID: subscriber.ID{7}, Status: subscriber.Confirmed, Email: "jane@example.com",
		Preferences: subscriber.Preferences{Language: language, Topics: topics, Frequency: "weekly"}}
}

// TestLetters compares whole mails with golden files. UPDATE=1 writes them.
func TestLetters(t *testing.T) {
	e, err := build(t, newsletterSite)
	if err != nil {
		t.Fatal(err)
	}
	c := compositor(t, e)
	index, err := c.Index()
	if err != nil || len(index.Letters) != 1 || !slices.Equal(index.Letters[0].Languages, []string{"en", "fr"}) {
		t.Fatalf("the index is %+v, %v", index, err)
	}
	letter := index.Letters[0].Issue()
	digests := index.Due(c.Now(), nil)
	weekly := digests[slices.IndexFunc(digests, func(i issue.Issue) bool { return i.Kind == issue.Weekly })]
	for name, mail := range map[string]struct {
		issue  issue.Issue
		reader subscriber.Subscriber
	}{
		"letter-en": {letter, reader("")}, "letter-fr": {letter, reader("fr")}, "letter-other": {letter, reader("xx")},
		"weekly-en": {weekly, reader("en")}, "weekly-fr": {weekly, reader("fr", "canine")}, "article-en": {digests[0], reader("en")},
	} {
		m, err := c.Compose(mail.issue, mail.reader)
		if err != nil {
			t.Fatal(name, err)
		}
		raw, err := m.Bytes()
		if err != nil {
			t.Fatal(name, err)
		}
		// The parts stand in base64; decoded they can be read and compared.
		got := []byte(strings.ReplaceAll(string(raw[:bytes.Index(raw, []byte("\r\n\r\n"))]), "\r\n", "\n") + "\n\n" + m.Text + "\n" + m.HTML)
		file := filepath.Join("testdata", name+".eml")
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is another mail; look at it and run with UPDATE=1:\n%s", file, got)
		}
		if strings.Contains(string(got), "q7z") || strings.Contains(string(got), "news.example.org") {
			t.Errorf("%s has a blank that is not filled, or the address of the edition", name)
		}
	}
	for _, i := range append(digests, letter) {
		if wrong := c.Inspect(i); len(wrong) > 0 {
			t.Errorf("%s: %v", i.ID, wrong)
		}
	}
}

// TestAudience: topics and frequency decide who is in it.
func TestAudience(t *testing.T) {
	e, err := build(t, newsletterSite)
	if err != nil {
		t.Fatal(err)
	}
	c := compositor(t, e)
	index, _ := c.Index()
	letter := index.Letters[0].Issue()
	digests := index.Due(c.Now(), nil)
	for _, test := range []struct {
		who    subscriber.Subscriber
		letter bool
		of     []issue.Kind
	}{
		{reader(""), true, []issue.Kind{issue.Weekly}},
		{reader("", "canine"), true, []issue.Kind{issue.Weekly}},
		{reader("", "wildlife"), false, nil},
		{subscriber.Subscriber{Status: subscriber.Unsubscribed, Email: "a@example.org"}, false, nil},
		{subscriber.Subscriber{Status: subscriber.Confirmed, Email: "a@example.org"}, true, []issue.Kind{issue.Article, issue.Article}},
	} {
		if got := c.Wants(letter, test.who); got != test.letter {
			t.Errorf("the letter to %+v: %v", test.who.Preferences, got)
		}
		var of []issue.Kind
		for _, d := range digests {
			if c.Wants(d, test.who) {
				of = append(of, d.Kind)
			}
		}
		slices.Sort(of)
		if of = slices.DeleteFunc(of, func(k issue.Kind) bool { return k == issue.Monthly }); !slices.Equal(of, test.of) {
			t.Errorf("digests to %+v: %v, want %v", test.who.Preferences, of, test.of)
		}
	}
}

// TestLetterID: the id of an issue binds its words in every language and nothing
// else, and what was changed is not sent under the old one.
func TestLetterID(t *testing.T) {
	id := func(replace ...string) (string, *issue.Compositor) {
		files := sitetest.Files(t, strings.NewReplacer(replace...).Replace(newsletterSite))
		files["assets/css/9-more.css"] = files["assets/css/1-base.css"]
		e, err := buildFiles(t, files)
		if err != nil {
			t.Fatal(err)
		}
		c := compositor(t, e)
		index, err := c.Index()
		if err != nil {
			t.Fatal(err)
		}
		return index.Letters[0].ID, c
	}
	first, c := id()
	if again, _ := id(); again != first {
		t.Errorf("the same words have the ids %s and %s", first, again)
	}
	for _, change := range [][]string{{"They met.", "They came."}} {
		if other, _ := id(change...); other != first {
			t.Errorf("%v gives another id, though the mail does not show it", change)
		}
	}
	for _, change := range [][]string{{"first\n", "third\n"}, {"Deux comptes rendus, dont", "Trois comptes rendus, dont"}, {"A refresher.", "Another refresher."}, {"date: 2026-10-30", "date: 2026-10-29"}} {
		other, changed := id(change...)
		if other == first {
			t.Errorf("%v leaves the id as it is", change)
		}
		index, _ := c.Index()
		if err := changed.Known(index.Letters[0].Issue()); !errors.Is(err, issue.ErrChanged) {
			t.Errorf("%v: the old issue is known: %v", change, err)
		}
	}
}

// TestLetterPages: page and archive appear on the day of the letter.
func TestLetterPages(t *testing.T) {
	e, err := build(t, newsletterSite)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := e.Answer("/newsletter/12/", time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)); !ok {
		t.Error("there is no /newsletter/12/")
	}
	got := body(t, e, "/newsletter/12/")
	for _, want := range []string{"what is new", "What to read", `href="/news/2026/dogs/"`, `href="/events/day/"`, "29,000"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(got, "style=") {
		t.Error("the page has inline styles, which its policy forbids")
	}
	if !strings.Contains(body(t, e, "/newsletter/"), `href="/newsletter/12/"`) {
		t.Error("the archive lacks the letter")
	}
	if got := body(t, e, "/newsletter/feed.xml"); !strings.Contains(got, "<title>Dogs &amp; origin: what is new</title>") {
		t.Errorf("the feed is %s", got)
	}
	late := strings.Replace(newsletterSite, "date: 2026-10-30", "date: 2026-11-05", 1)
	if e, err = build(t, late); err != nil {
		t.Fatal(err)
	}
	if _, ok := e.Answer("/newsletter/12/", time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)); ok {
		t.Error("the page is there before its day")
	}
	if _, ok := e.Answer("/newsletter/12/", time.Date(2026, 11, 6, 0, 0, 0, 0, time.UTC)); !ok {
		t.Error("the page is not there after its day")
	}
}

// TestLetterMistakes: what an editor gets wrong has its place.
func TestLetterMistakes(t *testing.T) {
	for want, replace := range map[string][2]string{
		"newsletter/12/index.md:8:12: articles: nothing has the address /news/2026/dog/": {"articles: [/news/2026/dogs/", "articles: [/news/2026/dog/"},
		"newsletter/12/index.md:9:10: events: nothing has the address /events/night/":    {"events: [/events/day/]", "events: [/events/night/]"},
		"newsletter/12/index.md:7:10: topics[0]":                                         {"topics: [canine, rules-of-origin]\narticles", "topics: [cats]\narticles"},
		"newsletter/12/index.md:2:9: number is 13, the folder says 12":                   {"number: 12", "number: 13"},
		"newsletter/12/index.md:6:12: not_after":                                         {"not_after: 2026-12-01", "not_after: 2026-10-01"},
		"newsletter/12/index.md:11:39: the link /news/2026/none/ leads to no page":       {"[link inside](/news/2026/dogs/)", "[link inside](/news/2026/none/)"},
		"the subject of the mail has":                                                    {"Dogs & origin: what is new", strings.Repeat("long ", 20)},
	} {
		text := strings.Replace(newsletterSite, replace[0], replace[1], 1)
		if text == newsletterSite {
			t.Fatalf("%q is not in the site", replace[0])
		}
		_, err := build(t, text)
		var problems content.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
			b, _ := json.Marshal(replace)
			t.Errorf("%s: %v; want %q", b, err, want)
		}
	}
}
