package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/outbox"
)

// deskMux serves what a laptop has beside the site: the outbox, and what a page
// in the making asks for. None of it is part of a deployed program.
func deskMux(box *outbox.Outbox, l *live, letters *issue.Compositor) http.Handler {
	mux := l.mux()
	issuePages(mux, letters)
	mux.HandleFunc("GET /-/outbox", func(w http.ResponseWriter, r *http.Request) {
		mails, err := box.List(r.Context())
		deskPage(w, "outbox", mails, err)
	})
	mux.HandleFunc("GET /-/outbox/{name}", func(w http.ResponseWriter, r *http.Request) {
		m, err := box.Get(r.PathValue("name"))
		if errors.Is(err, os.ErrNotExist) {
			http.NotFound(w, r)
			return
		}
		deskPage(w, "mail", m, err)
	})
	mux.HandleFunc("GET /-/outbox/{name}/html", func(w http.ResponseWriter, r *http.Request) {
		m, err := box.Get(r.PathValue("name"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		mailFrame(w, m.HTML)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer") // links of mails have tokens
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		mux.ServeHTTP(w, r)
	})
}

// deskTemplates are the pages of a laptop.
const deskTemplates = `
{{define "head"}}<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Outbox</title>
<style>body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1.25rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .75rem .5rem 0;border-top:1px solid #8886}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:1rem}iframe{width:100%;height:34rem;border:1px solid #8886;background:#fff}a{color:LinkText}</style></head><body>{{end}}
{{define "outbox"}}{{template "head"}}<h1>Outbox</h1><p>What the site would have mailed. Nothing leaves this machine.</p>
{{if .}}<table><thead><tr><th>When</th><th>To</th><th>Subject</th></tr></thead><tbody>{{range .}}<tr><td>{{.Date.Format "2 Jan 15:04:05"}}</td><td>{{.To}}</td><td><a href="/-/outbox/{{.Name}}">{{.Subject}}</a></td></tr>{{end}}</tbody></table>{{else}}<p>It is empty. Subscribe on <a href="/">the site</a> to see a mail here.</p>{{end}}</body></html>{{end}}
{{define "issues"}}{{template "head"}}<h1>Newsletters</h1><p>Each as the mail it will be. Nothing is sent from here: <code>broadsheet issue send</code> does.</p>
{{if .}}<table><thead><tr><th>No.</th><th>Date</th><th>Subject</th></tr></thead><tbody>{{range .}}<tr><td>{{.Number}}</td><td>{{.Date.Format "2 Jan 2006"}}</td><td><a href="/-/issues/{{.Number}}">{{.Subject}}</a></td></tr>{{end}}</tbody></table>{{else}}<p>There is none. <code>content/newsletter/1/index.md</code> is where the first one goes.</p>{{end}}</body></html>{{end}}
{{define "issue"}}{{template "head"}}<p><a href="/-/issues">Newsletters</a></p><h1>{{.Mail.Subject}}</h1><p>No. {{.Letter.Number}}, {{.Letter.ID}}, {{.Size}} kB of HTML{{range .Letter.Languages}} · <a href="?language={{.}}" lang="{{.}}">{{.}}</a>{{end}}</p>
{{with .Wrong}}<h2>To mend</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
<h2>As HTML</h2><iframe title="The mail as HTML" src="/-/issues/{{.Letter.Number}}/html?language={{.Language}}"></iframe><h2>As text</h2><pre>{{.Mail.Text}}</pre><h2>Source</h2><pre>{{.Raw}}</pre></body></html>{{end}}
{{define "mail"}}{{template "head"}}<p><a href="/-/outbox">Outbox</a></p><h1>{{.Subject}}</h1><p>To {{.To}}, {{.Date}}</p>
<h2>As HTML</h2><iframe title="The mail as HTML" src="/-/outbox/{{.Name}}/html"></iframe><h2>As text</h2><pre>{{.Text}}</pre><h2>Source</h2><pre>{{printf "%s" .Raw}}</pre></body></html>{{end}}`

func deskPage(w http.ResponseWriter, name string, data any, err error) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err == nil {
		err = template.Must(template.New("").Parse(deskTemplates)).ExecuteTemplate(w, name, data)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// mailCommands are the commands for mail on a laptop.
func mailCommands() []command {
	return []command{{
		name:    "mailbox",
		summary: "print the mails in the outbox, oldest first",
		about:   "Reads DATA_DIR/outbox, also while the server runs. With -json each line is {\"to\", \"raw\"} with the whole mail as it was sent.",
		example: "broadsheet mailbox\nbroadsheet mailbox -json | tail -n 1",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			asJSON := f.Bool("json", false, "print one JSON object a mail")
			return func(ctx context.Context, p *program, _ []string) error {
				return p.mailbox(ctx, *asJSON)
			}
		},
	}}
}

func (p *program) mailbox(ctx context.Context, asJSON bool) error {
	box, err := outbox.Open(filepath.Join(p.config.DataDir, "outbox"))
	if err != nil {
		return err
	}
	mails, err := box.List(ctx)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	for _, m := range mails {
		if asJSON {
			if err := encoder.Encode(struct {
				To  string `json:"to"`
				Raw string `json:"raw"`
			}{m.To, string(m.Raw)}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%s  %s  %s\n\n%s\n\n", m.Date.Format("2006-01-02 15:04:05"), m.To, m.Subject, m.Text)
	}
	return nil
}
