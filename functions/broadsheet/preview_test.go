package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"broadsheet/functions/internal/sitetest"
)

// unseen is what visitors do not see: a draft, and an article of another century.
const unseen = `
-- news/2026/unfinished/index.md --
---
title: Unfinished work
summary: S
start: 2026-10-30
activity: meeting
mode: online
topics: [ipr]
draft: true
sources: [x]
---
Text.
-- news/2026/far/index.md --
---
title: Far away
summary: S
start: 2026-10-30
activity: meeting
mode: online
topics: [ipr]
published: 2099-03-03 18:30
sources: [x]
---
Text.
`

// opened asks as a browser does for a page or a frame of this server.
func opened(t *testing.T, client *http.Client, address, dest string) (string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Dest", dest)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return answerOf(t, client, r)
}

func answerOf(t *testing.T, client *http.Client, r *http.Request) (string, http.Header) {
	t.Helper()
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return bodyOf(t, answer), answer.Header
}

func bodyOf(t *testing.T, answer *http.Response) string {
	t.Helper()
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAsOf: the form of the bar shows the whole site as of an instant, without
// drafts, until the browser goes back to now.
func TestAsOf(t *testing.T) {
	_, site, _ := liveSite(t, sitetest.Files(t, unseen))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	choose := func(at, back, origin string) (string, *http.Response) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/-/as-of", strings.NewReader(url.Values{"at": {at}, "back": {back}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", origin)
		r.Header.Set("Sec-Fetch-Dest", "document")
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return bodyOf(t, answer), answer
	}
	sees := func(path string, far, draft bool) {
		t.Helper()
		page, _ := opened(t, browser, site+path, "document")
		if strings.Contains(page, "Far away") != far || strings.Contains(page, "Unfinished work") != draft {
			t.Errorf("%s: far away is there: %v, want %v; the draft: %v, want %v", path, strings.Contains(page, "Far away"), far, strings.Contains(page, "Unfinished work"), draft)
		}
	}
	page, _ := opened(t, browser, site+"/news/2026/far/", "document")
	for _, want := range []string{`<p class="ribbon">Appears on 3 March 2099 at 18:30</p>`, `<aside class="live-bar"`, "Drafts and scheduled (2)", `href="/-/phone?path=%2Fnews%2F2026%2Ffar%2F"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of what is scheduled lacks %q", want)
		}
	}
	if skip := strings.Index(page, `<a class="skip"`); skip < 0 || skip > strings.Index(page, "live-bar") {
		t.Error("the bar stands before the link that skips to the content")
	}
	sees("/news/", true, true)

	page, answer := choose("2099-03-03T18:29", "/news/", "same-origin")
	if answer.Request.URL.Path != "/news/" || !strings.Contains(page, "You see the site as of <strong>3 March 2099, 18:29</strong>") {
		t.Errorf("at %s the bar does not tell the instant", answer.Request.URL)
	}
	sees("/news/", false, false)
	sees("/feed.xml", false, false)
	choose("2099-03-03T18:30", "/", "same-origin")
	sees("/news/", true, false)
	if page, _ := opened(t, browser, site+"/news/2026/far/", "document"); !strings.Contains(page, "Far away") || strings.Contains(page, `class="ribbon"`) {
		t.Error("when it has appeared, an article is not there as visitors see it")
	}
	if page, answer := choose("soon", "/", "same-origin"); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "“soon” cannot be read. Write it as 2027-03-03T18:30") {
		t.Errorf("what is no instant is answered %s", answer.Status)
	}
	if _, answer := choose("", "/", "cross-site"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("another site chooses the instant: %s", answer.Status)
	}
	for _, back := range []string{"//elsewhere.example/", `/\elsewhere.example/`, "https://elsewhere.example/"} {
		if _, answer := choose("", back, "same-origin"); answer.Request.URL.String() != site+"/" {
			t.Errorf("back=%s leads to %s", back, answer.Request.URL)
		}
	}
	sees("/news/", true, true)
}

// TestPhone: pages of the site may stand in frames of this server, and in no
// other; there they have no bar.
func TestPhone(t *testing.T) {
	_, site, _ := liveSite(t, sitetest.Files(t, unseen))
	page, _ := opened(t, http.DefaultClient, site+"/-/phone?path=/about/", "document")
	if n := strings.Count(page, `src="/about/"`); n != 3 || strings.Contains(page, "/-/live.js") {
		t.Errorf("the page of phones has %d frames, want 3, and reloads itself: %v", n, strings.Contains(page, "/-/live.js"))
	}
	page, header := opened(t, http.DefaultClient, site+"/about/", "iframe")
	if header.Get("X-Frame-Options") != "SAMEORIGIN" || !strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
		t.Errorf("a page cannot stand in the frame of a phone: %v", header)
	}
	if strings.Contains(page, "live-bar") || !strings.Contains(page, "/-/live.js") {
		t.Error("a page in a frame has a bar, or does not reload itself")
	}
	for _, path := range []string{"/about/", "/-/", "/-/phone"} {
		if _, header := opened(t, http.DefaultClient, site+path, "document"); header.Get("X-Frame-Options") != "DENY" || !strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may stand in a frame: %v", path, header)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/about/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Dest", "iframe")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if _, header := answerOf(t, http.DefaultClient, r); header.Get("X-Frame-Options") != "DENY" {
		t.Error("another site may frame a page")
	}
}

// TestDeskLists: the desk lists what visitors do not see, with the reason.
func TestDeskLists(t *testing.T) {
	_, site, _ := liveSite(t, sitetest.Files(t, unseen))
	page, _ := opened(t, http.DefaultClient, site+"/-/", "document")
	draft, far := strings.Index(page, `<a href="/news/2026/unfinished/">Unfinished work</a></td><td>Draft</td>`), strings.Index(page, `<a href="/news/2026/far/">Far away</a></td><td>Appears on 3 March 2099 at 18:30</td>`)
	if draft < 0 || far < draft {
		t.Errorf("the desk does not list the draft and then what is scheduled:\n%s", page)
	}
	if !strings.Contains(page, `name="at" value="2099-03-03T18:30"`) {
		t.Error("nothing leads to the site as of then")
	}
}

// TestServeIsClean: without -live a browser gets the site as visitors do.
func TestServeIsClean(t *testing.T) {
	site := plainSite(t, sitetest.Files(t, unseen))
	page, header := opened(t, http.DefaultClient, site+"/news/", "document")
	if strings.Contains(page, "/-/") || strings.Contains(page, "Unfinished") || strings.Contains(page, "Far away") || strings.Contains(header.Get("Content-Security-Policy"), "script") {
		t.Error("the site has something of the preview")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/news/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: asOfCookie, Value: "2099-12-01T00:00:00Z"})
	if page, _ := answerOf(t, http.DefaultClient, r); strings.Contains(page, "Far away") {
		t.Error("a cookie shows what is not there yet")
	}
	for _, path := range []string{"/-/", "/-/phone", "/-/live.js", "/-/live.css", "/-/revision"} {
		if answer, err := http.Get(site + path); err != nil || answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %v %v", path, answer.Status, err)
		} else {
			answer.Body.Close()
		}
	}
}
