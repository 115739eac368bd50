package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// newOffice puts together what sends on this laptop, with the edition that is
// shown.
func (s *server) newOffice(p *program, log *slog.Logger, keys *subscriber.Keys) *issue.Office {
	s.queue = &issue.Local{}
	return issue.NewOffice(issue.Options{
		Ledger: s.store, Sender: s.outbox, Queue: s.queue, Now: now, Log: log,
		Compositor: &issue.Compositor{Edition: s.live.edition, Keys: keys, SiteURL: p.config.LaptopURL(), MailFrom: p.config.MailFrom, Now: now},
	})
}

// tick is how often the laptop does what the schedule does in a deployment.
const tick = time.Minute

// schedule sends the digests that are due and goes on with issues, until ctx
// ends. Mail goes to the outbox.
func (s *server) schedule(ctx context.Context, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(tick):
		}
		if err := s.office.Tick(ctx); err != nil {
			log.WarnContext(ctx, "schedule", "cause", err.Error())
		}
		if err := s.queue.Work(ctx, s.office.Deliverer, func(issue.Report) {}); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "schedule", "cause", err.Error())
		}
	}
}

// shownIssue is an issue as the laptop's pages show it.
type shownIssue struct {
	Letter   issue.Letter
	Language string
	Mail     mail.Message
	Raw      string
	Size     int // of the HTML part, in kB
	Wrong    []string
}

// issuePages shows every newsletter as the mail it will be: HTML, text, source.
func issuePages(mux *http.ServeMux, c *issue.Compositor) {
	mux.HandleFunc("GET /-/issues", func(w http.ResponseWriter, _ *http.Request) {
		index, err := c.Index()
		deskPage(w, "issues", index.Letters, err)
	})
	show := func(r *http.Request) (shownIssue, bool, error) {
		index, err := c.Index()
		letter, ok := index.Letter(r.PathValue("number"))
		if err != nil || !ok {
			return shownIssue{}, false, err
		}
		i := shownIssue{Letter: letter, Language: r.FormValue("language"), Wrong: c.Inspect(letter.Issue())}
		if i.Mail, err = c.Compose(letter.Issue(), somebody(i.Language)); err != nil {
			return i, true, err
		}
		raw, err := i.Mail.Bytes()
		i.Raw, i.Size = string(raw), (len(i.Mail.HTML)+1023)>>10
		return i, true, err
	}
	mux.HandleFunc("GET /-/issues/{number}", func(w http.ResponseWriter, r *http.Request) {
		i, ok, err := show(r)
		if !ok && err == nil {
			http.NotFound(w, r)
			return
		}
		deskPage(w, "issue", i, err)
	})
	mux.HandleFunc("GET /-/issues/{number}/html", func(w http.ResponseWriter, r *http.Request) {
		i, ok, err := show(r)
		if !ok || err != nil {
			http.NotFound(w, r)
			return
		}
		mailFrame(w, i.Mail.HTML)
	})
}

// mailFrame answers with the HTML of a mail: it has inline styles and stands in
// a frame of a page of the desk.
func mailFrame(w http.ResponseWriter, html string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation")
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprint(w, html)
}
