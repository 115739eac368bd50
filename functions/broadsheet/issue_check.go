package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail"
)

// identity is a mail service that can say what is wrong with a sender.
type identity interface {
	Account(context.Context) (mail.Account, error)
	Identity(ctx context.Context, address string) (string, error)
}

// preflight returns everything that speaks against sending an issue now.
func (p *program) preflight(ctx context.Context, o *issueDesk, i issue.Issue) ([]string, error) {
	wrong := o.Compositor.Inspect(i)
	if now().Before(i.Date) {
		wrong = append(wrong, fmt.Sprintf("it is dated %s: its page is not on the site before", i.Date.Format(time.DateOnly)))
	}
	var refusal issue.Refusal
	if err := o.Planner.Check(ctx, i); errors.As(err, &refusal) {
		return append([]string{err.Error()}, wrong...), nil
	} else if err != nil {
		return wrong, err
	}
	audience := 0
	for digit := range 16 {
		for person, err := range o.Ledger.Audience(ctx, digit) {
			if err != nil {
				return wrong, err
			}
			if o.Compositor.Wants(i, person) {
				audience++
			}
		}
	}
	service, ok := o.Sender.(identity)
	if !ok {
		return wrong, nil
	}
	a, err := service.Account(ctx)
	if err != nil {
		return append(wrong, "the mail service does not answer: "+err.Error()), nil
	}
	if a.Stopped != "" {
		wrong = append(wrong, a.Stopped)
	}
	if a.Sandbox {
		wrong = append(wrong, "the account is in SES's sandbox and reaches verified addresses only; ask AWS for production access")
	}
	if left := a.PerDay - a.SentToday; a.PerDay > 0 && float64(audience) > left {
		wrong = append(wrong, fmt.Sprintf("%d people are in the audience, the account may send %.0f more mails today", audience, max(0, left)))
	}
	if problem, err := service.Identity(ctx, p.config.MailFrom); err != nil {
		wrong = append(wrong, err.Error())
	} else if problem != "" {
		wrong = append(wrong, problem)
	}
	return wrong, nil
}
