package main

import (
	"bytes"
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
	mux := http.NewServeMux()
	if l.desk != nil {
		l.pages(mux)
	}
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

func deskPage(w http.ResponseWriter, name string, data any, err error) {
	deskStatus(w, http.StatusOK, name, data, err)
}

func deskStatus(w http.ResponseWriter, status int, name string, data any, err error) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	var page bytes.Buffer
	if err == nil {
		err = template.Must(template.New("").Parse(deskTemplates)).ExecuteTemplate(&page, name, data)
	}
	if err == nil {
		w.WriteHeader(status)
		_, err = page.WriteTo(w)
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
