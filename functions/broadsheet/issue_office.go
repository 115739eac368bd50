package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail/outbox"
	"broadsheet/functions/internal/press"
)

// issueDesk is an office with what it was opened from.
type issueDesk struct {
	*issue.Office
	local *issue.Local // the queue in this process; nil with SQS
	close func()
}

// Plan freezes the audience of an issue and queues it, at the account's rate.
func (o *issueDesk) Plan(ctx context.Context, i issue.Issue) (issue.Issue, error) {
	if i.Kind == issue.Newsletter {
		return o.Send(ctx, i.ID)
	}
	return o.Planner.Plan(ctx, i)
}

// openOffice prints the content in memory and opens store, keys and mail for the
// commands of newsletters.
func (p *program) openOffice(ctx context.Context) (*issueDesk, error) {
	fsys, _, err := p.contentFS()
	if err != nil {
		return nil, err
	}
	e, err := buildEdition(fsys, press.Options{BaseURL: p.config.LaptopURL(), Commit: "laptop", Gzip: 1, AsOf: now()})
	var problems content.Problems
	if errors.As(err, &problems) {
		return nil, fmt.Errorf("%w:\n%w", errNoEdition, err)
	}
	if err != nil {
		return nil, err
	}
	keys, err := p.openData(ctx)
	if err != nil {
		return nil, err
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := issue.Options{
		Ledger: store, Now: now, Log: log,
		Compositor: &issue.Compositor{Edition: func() *edition.Edition { return e }, Keys: keys, SiteURL: p.config.LaptopURL(), MailFrom: p.config.MailFrom, Now: now},
	}
	desk := &issueDesk{close: func() { _ = store.Close() }}
	if err := p.carriers(ctx, &o, desk); err != nil {
		desk.close()
		return nil, err
	}
	desk.Office = issue.NewOffice(o)
	return desk, nil
}

// carriers opens what carries mails and pages: outbox and this process on a
// laptop, SES and SQS where the settings say so.
func (p *program) carriers(ctx context.Context, o *issue.Options, desk *issueDesk) error {
	if p.config.QueueURL == "" {
		desk.local = &issue.Local{}
		o.Queue = desk.local
	}
	if p.config.Mailer == "ses" || p.config.QueueURL != "" {
		if err := p.awsCarriers(ctx, o); err != nil {
			return err
		}
	}
	if o.Sender != nil {
		return nil
	}
	box, err := outbox.Open(filepath.Join(p.config.DataDir, "outbox"))
	o.Sender = box
	return err
}
