package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/subscriber"
)

// issueCommands are the commands of newsletters.
func issueCommands() []command {
	one := func(name string, do func(context.Context, *program, string) error) func(context.Context, *program, []string) error {
		return func(ctx context.Context, p *program, args []string) error {
			if len(args) != 1 {
				return usageError(fmt.Sprintf("issue %s: name one issue by its number or id; `broadsheet issue list` shows them", name))
			}
			return do(ctx, p, args[0])
		}
	}
	return []command{
		{
			name:    "issue list",
			summary: "list the newsletters and what became of them",
			about:   "Lists the newsletters of the content and every issue that was planned, digests included. State is new for one that was never sent, else planning, ready, sending, paused, frozen or closed.",
			example: "broadsheet issue list\nbroadsheet issue list -json",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object an issue: id, number, subject, state")
				return func(ctx context.Context, p *program, _ []string) error { return p.issueList(ctx, *asJSON) }
			},
		},
		{
			name: "issue preview", args: "<number or id>",
			summary: "print the mail of a newsletter as a subscriber would get it",
			about:   "Composes the mail to a made-up subscriber and sends nothing. The server on a laptop shows the same at /-/issues.",
			json:    "one JSON object: subject, text, html, source",
			example: "broadsheet issue preview 3\nbroadsheet issue preview -part html -language fr 2 > 2.html",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				part := f.String("part", "text", "what to print: `text`, html or source")
				language := f.String("language", "", "the subscriber's `language`; default the site's")
				return one("preview", func(ctx context.Context, p *program, name string) error {
					return p.issuePreview(ctx, name, *part, *language)
				})
			},
		},
		{
			name: "issue test", args: "<number or id> <address>",
			summary: "mail a newsletter to one address, to look at it",
			about:   "Sends one mail with [Test] before its subject. The ledger does not know of it, and the links to leave in it are real.",
			json:    "one JSON object: id, to",
			example: "broadsheet issue test 3 editor@example.org",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				language := f.String("language", "", "the `language` of the mail; default the site's")
				return func(ctx context.Context, p *program, args []string) error {
					if len(args) != 2 {
						return usageError("issue test: name an issue and an address, as `broadsheet issue test 3 editor@example.org`")
					}
					return p.issueTest(ctx, args[0], args[1], *language)
				}
			},
		},
		{
			name: "issue send", args: "<number or id>",
			summary: "send a newsletter to its subscribers",
			about:   "Checks the mail, its audience and the mail service, freezes the audience, sends, and waits for the end. Everybody gets it at most once, however often this is interrupted and begun again: it goes on where it stopped. At the end it prints how many were planned, sent, skipped (they left, or chose otherwise), failed (refused for certain) and unknown (no answer). The code is 1 if any failed, are unknown or still open.",
			example: "broadsheet issue send 3\nbroadsheet issue send -json 3-0f1e2d3c4b5a",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print the figures as one JSON object; with -check id and ready")
				check := f.Bool("check", false, "only check whether it could be sent")
				return one("send", func(ctx context.Context, p *program, name string) error {
					return p.issueSend(ctx, name, *asJSON, *check)
				})
			},
		},
		{
			name: "issue status", args: "<number or id>",
			summary: "count the deliveries of an issue",
			about:   "Prints the figures, how fast mails left, and by pseudonym who failed and whose delivery is unknown.",
			example: "broadsheet issue status 3",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print the figures as one JSON object")
				return one("status", func(ctx context.Context, p *program, name string) error { return p.issueStatus(ctx, name, *asJSON) })
			},
		},
		{
			name: "issue pause", args: "<number or id>",
			summary: "stop sending an issue",
			about:   "What is out at this moment is still counted. `issue resume` goes on.",
			json:    "one JSON object: id, state",
			example: "broadsheet issue pause 3",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				return one("pause", func(ctx context.Context, p *program, name string) error { return p.issuePause(ctx, name) })
			},
		},
		{
			name: "issue resume", args: "<number or id>",
			summary: "go on with a paused issue",
			about:   "Goes on with everything that is still queued and waits for the end, as `issue send` does. With -resend-unknown the deliveries without an answer go out again too, if they are an hour old: those people may get the mail twice, so the command asks first.",
			example: "broadsheet issue resume 3\nbroadsheet issue resume -resend-unknown -yes 3",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print the figures as one JSON object")
				unknown := f.Bool("resend-unknown", false, "send again to people whose delivery is unknown")
				yes := f.Bool("yes", false, "do not ask")
				return one("resume", func(ctx context.Context, p *program, name string) error {
					return p.issueResume(ctx, name, *unknown, *yes, *asJSON)
				})
			},
		},
	}
}

// listed is an issue as `issue list -json` has it.
type listed struct {
	ID      string `json:"id"`
	Number  int    `json:"number"`
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	State   string `json:"state"`
	Date    string `json:"date"`
}

func (p *program) issueList(ctx context.Context, asJSON bool) error {
	o, err := p.openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	known, err := o.Ledger.Issues(ctx)
	if err != nil {
		return err
	}
	index, err := o.Compositor.Index()
	if err != nil {
		return err
	}
	var all []listed
	numbers := map[int]bool{}
	for _, i := range known {
		numbers[i.Number] = true
		all = append(all, listed{i.ID, i.Number, string(i.Kind), o.subject(i), string(i.Stage), i.Date.Format(time.DateOnly)})
	}
	for _, l := range index.Letters {
		if !numbers[l.Number] {
			all = append(all, listed{l.ID, l.Number, string(issue.Newsletter), l.Subject, "new", l.Date.Format(time.DateOnly)})
		}
	}
	for _, l := range all {
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(l); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%-26s %-9s %s  %s\n", l.ID, l.State, l.Date, l.Subject)
	}
	return nil
}

// find returns an issue by number or id: the ledger's record, else the
// newsletter of the content.
func (o *issueDesk) find(ctx context.Context, name string) (issue.Issue, error) {
	all, err := o.Ledger.Issues(ctx)
	if err != nil {
		return issue.Issue{}, err
	}
	for _, i := range all {
		if i.ID == name || i.Kind == issue.Newsletter && fmt.Sprint(i.Number) == name {
			return i, nil
		}
	}
	index, err := o.Compositor.Index()
	if err != nil {
		return issue.Issue{}, err
	}
	if l, ok := index.Letter(name); ok {
		return l.Issue(), nil
	}
	return issue.Issue{}, fmt.Errorf("there is no issue %q; `broadsheet issue list` shows them", name)
}

// openIssue opens the office and finds one issue.
func (p *program) openIssue(ctx context.Context, name string, find func(*issueDesk, context.Context, string) (issue.Issue, error)) (*issueDesk, issue.Issue, error) {
	o, err := p.openOffice(ctx)
	if err != nil {
		return nil, issue.Issue{}, err
	}
	i, err := find(o, ctx, name)
	if err != nil {
		o.close()
	}
	return o, i, err
}

// sent is find for an issue that must have been planned.
func (o *issueDesk) sent(ctx context.Context, name string) (issue.Issue, error) {
	i, err := o.find(ctx, name)
	if err == nil && i.Version == 0 {
		err = fmt.Errorf("issue %s was never sent", i.ID)
	}
	return i, err
}

// subject is what people see of an issue in their list of mails.
func (o *issueDesk) subject(i issue.Issue) string {
	if m, err := o.Compositor.Compose(i, somebody("")); err == nil {
		return m.Subject
	}
	return i.Subject
}

// somebody is a subscriber who does not exist.
func somebody(language string) subscriber.Subscriber {
	return subscriber.Subscriber{Status: subscriber.Confirmed, Email: "somebody@example.org", Preferences: subscriber.Preferences{Language: language}}
}

func (p *program) issuePreview(ctx context.Context, name, part, language string) error {
	o, i, err := p.openIssue(ctx, name, (*issueDesk).find)
	if err != nil {
		return err
	}
	defer o.close()
	m, err := o.Compositor.Compose(i, somebody(language))
	if err != nil {
		return err
	}
	if p.json {
		raw, err := m.Bytes()
		return errors.Join(err, p.object(struct {
			Subject string `json:"subject"`
			Text    string `json:"text"`
			HTML    string `json:"html"`
			Source  string `json:"source"`
		}{m.Subject, m.Text, m.HTML, string(raw)}))
	}
	switch part {
	case "text":
		_, err = fmt.Fprintf(p.stdout, "Subject: %s\n\n%s", m.Subject, m.Text)
	case "html":
		_, err = fmt.Fprint(p.stdout, m.HTML)
	case "source":
		var raw []byte
		if raw, err = m.Bytes(); err == nil {
			_, err = p.stdout.Write(raw)
		}
	default:
		err = usageError(fmt.Sprintf("-part %q: write text, html or source", part))
	}
	return err
}

func (p *program) issueTest(ctx context.Context, name, to, language string) error {
	address, err := subscriber.ParseAddress(to)
	if err != nil {
		return usageError("that is no address: " + err.Error())
	}
	o, i, err := p.openIssue(ctx, name, (*issueDesk).find)
	if err != nil {
		return err
	}
	defer o.close()
	person := somebody(language)
	person.ID, person.Email = o.Compositor.Keys.ID(address), address.String()
	m, err := o.Compositor.Compose(i, person)
	if err != nil {
		return err
	}
	m.Subject = "[Test] " + m.Subject
	if _, err := o.Sender.Send(ctx, m); err != nil {
		return err
	}
	return p.result(struct {
		ID string `json:"id"`
		To string `json:"to"`
	}{i.ID, address.String()}, "a test of %s is on its way\n", i.ID)
}

func (p *program) issuePause(ctx context.Context, name string) error {
	o, i, err := p.openIssue(ctx, name, (*issueDesk).sent)
	if err != nil {
		return err
	}
	defer o.close()
	if i, err = issue.Pause(ctx, o.Ledger, i.ID, "paused by hand"); err != nil {
		return err
	}
	return p.result(struct {
		ID    string `json:"id"`
		Stage string `json:"state"`
	}{i.ID, string(i.Stage)}, "issue %s is %s; go on with `broadsheet issue resume %s`\n", i.ID, i.Stage, i.ID)
}

func (p *program) issueResume(ctx context.Context, name string, unknown, yes, asJSON bool) error {
	o, i, err := p.openIssue(ctx, name, (*issueDesk).sent)
	if err != nil {
		return err
	}
	defer o.close()
	if unknown {
		if err := p.resendUnknown(ctx, o, i, yes); err != nil {
			return err
		}
	}
	if err := o.Closer.Reopen(ctx, i.ID); err != nil {
		return err
	}
	if i.Stage == issue.Paused {
		if i, err = issue.Resume(ctx, o.Ledger, i.ID); err != nil {
			return err
		}
	}
	if err := o.Planner.Enqueue(ctx, i.ID); err != nil {
		return err
	}
	return p.wait(ctx, o, i.ID, asJSON)
}

// resendUnknown asks before it gives up "at most once" for some people.
func (p *program) resendUnknown(ctx context.Context, o *issueDesk, i issue.Issue, yes bool) error {
	totals, err := issue.Count(ctx, o.Ledger, i.ID, nil)
	if err != nil {
		return err
	}
	if totals.Unknown == 0 {
		fmt.Fprintln(p.stderr, "no delivery of this issue is unknown")
		return nil
	}
	if !yes && (!p.interactive || p.json) {
		return fmt.Errorf("%d people may get this mail twice; say -yes if that is better than not at all", totals.Unknown)
	}
	if !yes {
		fmt.Fprintf(p.stderr, "%d people may get this mail twice. Type yes to go on: ", totals.Unknown)
		if answer, err := p.line(ctx, bufio.NewReader(p.stdin)); err != nil || strings.ToLower(answer) != "yes" {
			return errors.New("nothing was done")
		}
	}
	n, err := o.Closer.ResendUnknown(ctx, i.ID)
	if err == nil && n < totals.Unknown {
		fmt.Fprintf(p.stderr, "%d go out again; %d are younger than an hour and are left alone\n", n, totals.Unknown-n)
	}
	return err
}
