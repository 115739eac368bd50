package issue_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/issue/issuetest"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/press"
	"broadsheet/functions/internal/sitetest"
	"broadsheet/functions/internal/subscriber"
)

const newsSite = `
-- news/2026/origin/index.md --
---
title: Rules of origin
summary: A refresher.
start: 2026-11-10
activity: workshop
mode: online
topics: [rules-of-origin]
published: 2026-11-12
sources: ["https://example.org/"]
---
They met.
-- newsletter/7/index.md --
---
number: 7
title: Seven
summary: One.
date: 2026-11-01
---
Words.
`

// bureau is an office over a printed site, with a clock that the test moves.
type bureau struct {
	*issue.Office
	ledger  *issuetest.Ledger
	service *issuetest.Service
	queue   *issue.Local
	now     time.Time
	account mail.Account
}

func newBureau(t *testing.T) *bureau {
	files := sitetest.Files(t, newsSite)
	site, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := press.Build(files, site, press.Options{AsOf: day(1), Gzip: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edition.Open(printed)
	if err != nil {
		t.Fatal(err)
	}
	b := &bureau{ledger: &issuetest.Ledger{}, service: &issuetest.Service{}, queue: &issue.Local{}, now: day(13)}
	clock := func() time.Time { return b.now }
	b.Office = issue.NewOffice(issue.Options{
		Ledger: b.ledger, Sender: b.service, Queue: b.queue, Now: clock, Log: slog.New(slog.DiscardHandler),
		Account:    func(context.Context) (mail.Account, error) { return b.account, nil },
		Compositor: &issue.Compositor{Edition: func() *edition.Edition { return e }, Keys: subscriber.NewKeys(day(1)), SiteURL: "https://news.example.org", MailFrom: "news@example.org", Now: clock},
	})
	for n, frequency := range []string{"", "weekly", "weekly", "monthly"} {
		b.ledger.Put(subscriber.Subscriber{ID: id(n), Status: subscriber.Confirmed, Email: "jane@example.org", Preferences: subscriber.Preferences{Frequency: frequency}})
	}
	return b
}

// tick does what the schedule does, and delivers; it returns how many mails
// left.
func (b *bureau) tick(t *testing.T) int {
	t.Helper()
	before := len(b.service.Accepted())
	if err := b.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.queue.Work(t.Context(), b.Deliverer, func(issue.Report) {}); err != nil {
		t.Fatal(err)
	}
	return len(b.service.Accepted()) - before
}

// TestTick: the schedule may come as often as it likes; each digest goes out
// once, to those who chose it.
func TestTick(t *testing.T) {
	b := newBureau(t)
	for _, step := range []struct {
		now  time.Time
		want int
	}{
		{day(12).Add(-24 * time.Hour), 0},    // not published yet
		{day(13), 1},                         // the article, to who wants every one
		{day(13).Add(time.Hour), 0},          // again
		{day(15), 0},                         // a Sunday
		{day(16).Add(time.Minute), 2},        // Monday: the week
		{day(16).Add(2 * time.Minute), 0},    // again
		{day(23).Add(time.Minute), 0},        // nothing new
		{day(30).Add(24 * time.Hour), 1},     // the month
		{day(30).Add(25 * time.Hour), 0},     // again
		{day(30).Add(9 * 24 * time.Hour), 0}, // much later
	} {
		b.now = step.now
		if got := b.tick(t); got != step.want {
			t.Errorf("%s: %d mails, want %d", step.now.Format(time.DateTime), got, step.want)
		}
	}
	all, err := b.ledger.Issues(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("%d issues, %v; want three", len(all), err)
	}
	for _, i := range all {
		if i.Stage != issue.Closed {
			t.Errorf("%s is %s after all that", i.ID, i.Stage)
		}
	}
}

// TestTickMends: planning that broke off goes on, claims whose owner died are
// reaped, and the issue closes.
func TestTickMends(t *testing.T) {
	b := newBureau(t)
	index, err := b.Compositor.Index()
	if err != nil {
		t.Fatal(err)
	}
	i := index.Letters[0].Issue()
	i.Stage, i.PlanTime = issue.Planning, b.now
	if ok, err := b.ledger.Save(t.Context(), i); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := b.ledger.Plan(t.Context(), i.ID, []subscriber.ID{id(0)}, b.now); err != nil {
		t.Fatal(err)
	}
	b.tick(t)
	if got, _ := b.ledger.Issue(t.Context(), i.ID); got.Stage != issue.Planning {
		t.Errorf("a planner that may still be at it was overtaken: %s", got.Stage)
	}
	if _, _, err := b.ledger.Move(t.Context(), issue.Change{Step: issue.Claim, Issue: i.ID, ID: id(0), At: b.now, Owner: "dead", Lease: b.now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	b.tick(t)
	b.tick(t)
	got, err := b.ledger.Issue(t.Context(), i.ID)
	totals, countErr := issue.Count(t.Context(), b.ledger, i.ID, nil)
	if err != nil || countErr != nil || got.Stage != issue.Closed || totals.Planned != 4 || totals.Sent != 3 || totals.Unknown != 1 {
		t.Errorf("%s with %+v, %v, %v", got.Stage, totals, err, countErr)
	}
}

// TestRateFollows: pages fit the account's rate, shared among the processes.
func TestRateFollows(t *testing.T) {
	b := newBureau(t)
	b.Share = 2
	for perSecond, size := range map[float64]int{1: 20, 14: issue.PageSize, 0.05: 1, 0: issue.PageSize} {
		b.account.PerSecond = perSecond
		b.now = b.now.Add(10 * time.Minute)
		if err := b.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b.Planner.PageSize != size || b.Deliverer.Rate.PerSecond() != perSecond/2 {
			t.Errorf("at %v a second: pages of %d at %v, want %d at half of it", perSecond, b.Planner.PageSize, b.Deliverer.Rate.PerSecond(), size)
		}
	}
}
