package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
	"broadsheet/functions/internal/web"
)

func serveCommands() []command {
	return []command{{
		name:    "serve",
		summary: "serve the site on this machine",
		about:   "Serves the site at ADDR with an embedded store in DATA_DIR, or with the table that STORE=dynamodb and TABLE name. Mail goes to the outbox, readable at /-/outbox. With -live the content folder is watched: each save is shown at once, and mistakes are listed in the terminal and shown in the page over the last good version.",
		json:    "one JSON object when the site can be reached: address, content, data, outbox",
		example: "broadsheet serve\nADDR=127.0.0.1:9000 DATA_DIR=/tmp/site broadsheet serve -live",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			watch := f.Bool("live", false, "watch the content and reload the page at each save")
			return func(ctx context.Context, p *program, _ []string) error {
				return p.serve(ctx, *watch)
			}
		},
	}}
}

// server is the whole site in one process.
type server struct {
	live   *live
	store  store
	outbox *outbox.Outbox
	office *issue.Office
	queue  *issue.Local
	http   *http.Server
}

func (p *program) serve(ctx context.Context, watch bool) error {
	lines := newLogLines(p.stderr)
	defer lines.Close()
	log := slog.New(slog.NewJSONHandler(lines, nil))
	listener, err := listen(p.config.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, dir, err := p.newServer(ctx, log, watch)
	if err != nil {
		return err
	}
	defer s.store.Close()
	if watch && dir != "" {
		if err := s.live.watch(ctx, dir, log); err != nil {
			return fmt.Errorf("the content cannot be watched: %w", err)
		}
	}
	go keepDaily(ctx, s.store, log)
	background, end := context.WithCancel(ctx)
	var scheduled sync.WaitGroup
	scheduled.Go(func() { s.schedule(background, log) })
	defer scheduled.Wait()
	defer end()
	if err := p.welcome(listener.Addr().String(), dir); err != nil {
		return err
	}
	stopped := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.http.Shutdown(grace)
	})
	defer stopped()
	if err := s.http.Serve(whole{listener}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("ADDR=%s is in use by another program; stop it, or choose another port as ADDR=127.0.0.1:8081", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("ADDR=%s needs more rights; choose a port above 1023, as ADDR=127.0.0.1:8080", addr)
	case err != nil:
		return nil, fmt.Errorf("ADDR=%s cannot be listened at: %w; write it as 127.0.0.1:8080", addr, err)
	}
	return l, nil
}

// welcome tells where everything is.
func (p *program) welcome(addr, dir string) error {
	if dir == "" {
		dir = "built into the program"
	}
	data, err := filepath.Abs(p.config.DataDir)
	if err != nil {
		data = p.config.DataDir
	}
	return p.result(struct {
		Address string `json:"address"`
		Content string `json:"content"`
		Data    string `json:"data"`
		Outbox  string `json:"outbox"`
	}{"http://" + addr, dir, data, filepath.Join(data, "outbox")}, "Broadsheet is at http://%s\n  content  %s\n  data     %s\n  mail     %s, shown at http://%s/-/outbox\nStop it with Ctrl-C.\n",
		addr, dir, data, filepath.Join(data, "outbox"), addr)
}

// newServer opens everything and prints the content for the first time.
func (p *program) newServer(ctx context.Context, log *slog.Logger, watch bool) (*server, string, error) {
	fsys, dir, err := p.contentFS()
	if err != nil {
		return nil, "", err
	}
	s := &server{}
	options := press.Options{BaseURL: p.config.LaptopURL(), Commit: "laptop", Gzip: 1, Drafts: watch, Styleguide: true, Shares: press.DefaultShares}
	if s.live, err = newLive(fsys, options, watch, terminal{out: p.stderr, dir: dir, good: func(text string) string { return p.paint(p.stderr, green, text) }}); err != nil {
		return nil, "", err
	}
	keys, err := p.openData(ctx)
	if err != nil {
		return nil, "", err
	}
	if s.outbox, err = outbox.Open(filepath.Join(p.config.DataDir, "outbox")); err != nil {
		return nil, "", err
	}
	if s.store, err = p.openStore(ctx); err != nil {
		return nil, "", err
	}
	s.office = s.newOffice(p, log, keys)
	s.http = &http.Server{
		Handler:           s.handler(p, log, keys, watch),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes:               10 << 10, // what API Gateway takes
		DisableGeneralOptionsHandler: true,     // its answer would lack the headers of every other
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s, dir, nil
}

// handler puts the handlers of the Lambda programs side by side.
func (s *server) handler(p *program, log *slog.Logger, keys *subscriber.Keys, watch bool) http.Handler {
	current := s.live.edition
	options := web.Options{Edition: current, BaseURL: p.config.LaptopURL(), Now: now, Log: log}
	site := web.New(options)
	forms := subscription.New(subscription.Options{
		Site: site, Edition: current, Store: s.store, Sender: s.outbox, Keys: keys, Limits: p.limits(), Now: now, Log: log,
		SiteURL: p.config.LaptopURL(), MailFrom: p.config.MailFrom,
	})
	pages := site.Pages()
	if watch {
		pages = s.live.asOfHandler(site, options, pages)
	}
	var desk http.Handler = deskMux(s.outbox, s.live, s.office.Compositor)
	all := site.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case current() == nil && !strings.HasPrefix(r.URL.Path, "/-/"):
			unready(w, r)
		case r.URL.Path == "/subscription" || strings.HasPrefix(r.URL.Path, "/subscription/"):
			forms.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/-/"):
			web.SetRoute(r, "laptop")
			desk.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	}))
	if watch {
		return s.live.overlay(all)
	}
	return all
}
