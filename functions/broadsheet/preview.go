package main

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/web"
)

// What an editor looks at the site with, besides the page itself: a bar on every
// page, the site as of another instant, the page on a phone, and a list of what
// visitors do not see. All of it is on a laptop with -live only.

// asOfCookie keeps the instant that a browser sees the site as of. A cookie, and
// not a part of the address, so that every link of the site goes on working. It
// is the only one, and no deployed program sets it.
const asOfCookie = "broadsheet-as-of"

// clockTime is how a browser's field for a day and time writes them.
const clockTime = "2006-01-02T15:04"

// asOf returns the instant that a browser wants to see the site as of.
func asOf(r *http.Request) (time.Time, bool) {
	c, err := r.Cookie(asOfCookie)
	if err != nil {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, c.Value)
	return t, err == nil
}

// asOfHandler answers with the site as visitors see it at the instant that the
// browser asks for, else with the site as it is edited.
func (l *live) asOfHandler(site *web.Site, o web.Options, edited http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, ok := asOf(r)
		if !ok {
			edited.ServeHTTP(w, r)
			return
		}
		e, err := l.desk.AsOf(at)
		if err != nil {
			site.Handle(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
			return
		}
		o := o
		o.Edition, o.Now = func() *edition.Edition { return e }, func() time.Time { return at }
		web.New(o).Pages().ServeHTTP(w, r)
	})
}

// chooseInstant takes the form of the bar: a day and time by the clocks of the
// site, or nothing for now.
func (l *live) chooseInstant(w http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	c := &http.Cookie{Name: asOfCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if text := r.PostFormValue("at"); text != "" {
		at, err := time.ParseInLocation(clockTime, text, l.zone())
		if err != nil || at.Year() < 1970 || at.Year() > 2199 {
			deskStatus(w, http.StatusUnprocessableEntity, "instant", text, nil)
			return
		}
		c.Value, c.MaxAge = at.UTC().Format(time.RFC3339), 0 // until the browser is closed
	}
	http.SetCookie(w, c)
	http.Redirect(w, r, localPath(r.PostFormValue("back")), http.StatusSeeOther)
}

// localPath returns an address of this site, its home page for any other.
func localPath(address string) string {
	if len(address) > 1 && (address[1] == '/' || address[1] == '\\') || !strings.HasPrefix(address, "/") {
		return "/"
	}
	return address
}

// zone is that of the site.
func (l *live) zone() *time.Location {
	if site := l.current(); site != nil {
		return site.Config.Location()
	}
	return time.UTC
}

// previewPages are what the bar leads to.
func (l *live) previewPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/{$}", func(w http.ResponseWriter, _ *http.Request) {
		deskPage(w, "desk", l.veiled(now()), nil)
	})
	mux.HandleFunc("POST /-/as-of", l.chooseInstant)
	mux.HandleFunc("GET /-/phone", func(w http.ResponseWriter, r *http.Request) {
		deskPage(w, "phone", localPath(r.FormValue("path")), nil)
	})
}

// veiledItem is something that visitors do not see.
type veiledItem struct {
	Title, URL, State string
	From              string // when visitors see it, as the form of the bar takes it
	at                time.Time
}

// veiled lists what visitors do not see at an instant: drafts, then what is to
// come by its day, then what is gone.
func (l *live) veiled(at time.Time) []veiledItem {
	site := l.current()
	if site == nil {
		return nil
	}
	var drafts, coming, gone []veiledItem
	comes := func(title, url string, from time.Time, timed bool) {
		from = from.In(l.zone())
		state := "Appears on " + from.Format("2 January 2006")
		if timed {
			state += from.Format(" at 15:04")
		}
		coming = append(coming, veiledItem{title, url, state, from.Format(clockTime), from})
	}
	for _, a := range site.Articles {
		title := a.Front.Title
		switch {
		case a.Front.Draft:
			drafts = append(drafts, veiledItem{Title: title, URL: a.Permalink, State: "Draft"})
		case a.Appears.After(at):
			comes(title, a.Permalink, a.Appears, a.Front.Published.Timed)
		case !a.Expires.IsZero() && !a.Expires.After(at):
			gone = append(gone, veiledItem{Title: title, URL: a.Permalink, State: "Expired"})
		}
	}
	for _, n := range site.Letters {
		if n.Front.Date.After(at) {
			comes(n.Front.Title, n.Permalink, n.Front.Date.Time, false)
		}
	}
	slices.SortStableFunc(coming, func(a, b veiledItem) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Title, b.Title)) })
	return slices.Concat(drafts, coming, gone)
}

// current is the content of the last good version, nil before there was one.
func (l *live) current() *content.Site {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.site
}

// previewBar is what stands above every page while the content is edited.
type previewBar struct {
	AsOf     string // the instant that the site is seen as of, in words; empty: as it is edited
	At, Zone string // what the form begins with
	Path     string // of the page below
	Phone    string // address of its phone frame
	Veiled   int
	Problems int
}

func (l *live) barFor(r *http.Request, problems int) previewBar {
	zone := l.zone()
	b := previewBar{At: now().In(zone).Format(clockTime), Zone: zone.String(), Path: r.URL.RequestURI(), Veiled: len(l.veiled(now())), Problems: problems}
	if strings.HasPrefix(b.Path, "/-/") || r.Method != http.MethodGet {
		b.Path = "/"
	}
	b.Phone = "/-/phone?path=" + url.QueryEscape(b.Path)
	if at, ok := asOf(r); ok {
		at = at.In(zone)
		b.AsOf, b.At = at.Format("2 January 2006, 15:04"), at.Format(clockTime)
	}
	return b
}

func barTemplate() *template.Template {
	return template.Must(template.New("").Parse(`<aside class="live-bar" aria-label="Preview">
{{- if .AsOf}}<form method="post" action="/-/as-of"><p>You see the site as of <strong>{{.AsOf}}</strong> ({{.Zone}}), without drafts</p><input type="hidden" name="back" value="{{.Path}}"><button name="at" value="">Back to now</button></form>{{end -}}
<details><summary>Preview{{if .Problems}} <span class="live-count">{{.Problems}} to mend</span>{{end}}</summary>
<form method="post" action="/-/as-of"><label for="live-at">See the site as of</label><input id="live-at" type="datetime-local" name="at" value="{{.At}}" required><span>{{.Zone}}</span><input type="hidden" name="back" value="{{.Path}}"><button>Show</button></form>
<ul><li><a href="{{.Phone}}">Phone and desktop</a></li><li><a href="/-/">Drafts and scheduled ({{.Veiled}})</a></li><li><a href="/-/issues">Newsletters as mails</a></li><li><a href="/-/outbox">Outbox</a></li>{{if .Problems}}<li><a href="#live-problems">{{.Problems}} to mend</a></li>{{end}}</ul></details></aside>
`))
}
