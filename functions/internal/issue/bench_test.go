package issue_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// BenchmarkCompose makes whole mails of a letter of usual length, as bytes, on
// one processor.
func BenchmarkCompose(b *testing.B) {
	words := strings.Repeat("Words of a report in *English* and [a link](/about/), at some length so that it counts.\n\n", 40)
	files := sitetest.Files(b, "-- newsletter/7/index.md --\n---\nnumber: 7\ntitle: Seven\nsummary: One.\ndate: 2026-10-01\n---\n"+words)
	site, err := content.Load(files)
	if err != nil {
		b.Fatal(err)
	}
	printed, err := press.Build(files, site, press.Options{AsOf: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Gzip: 1})
	if err != nil {
		b.Fatal(err)
	}
	e, err := edition.Open(printed)
	if err != nil {
		b.Fatal(err)
	}
	c := &issue.Compositor{Edition: func() *edition.Edition { return e }, Keys: subscriber.NewKeys(time.Now()), SiteURL: "https://news.example.org", MailFrom: "news@example.org", Now: time.Now}
	index, err := c.Index()
	if err != nil {
		b.Fatal(err)
	}
	i, size := index.Letters[0].Issue(), 0
	for b.Loop() {
		m, err := c.Compose(i, subscriber.Subscriber{Status: subscriber.Confirmed, Email: "jane@example.org", ID: subscriber.ID{1}})
		if err != nil {
			b.Fatal(err)
		}
		raw, err := m.Bytes()
		if err != nil {
			b.Fatal(err)
		}
		size = len(raw)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	b.ReportMetric(float64(size), "bytes/mail")
}

// BenchmarkWrites counts the writes of rows for each recipient.
func BenchmarkWrites(b *testing.B) {
	for b.Loop() {
		l, service := &issuetest.Ledger{}, &issuetest.Service{}
		const people = 2000
		for n := range people {
			l.Put(subscriber.Subscriber{ID: id(n), Status: subscriber.Confirmed, Email: "jane@example.org"})
		}
		queue := &issue.Local{}
		p := &issue.Planner{Ledger: l, Letters: issuetest.Letters{}, Queue: queue, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		if _, err := p.Plan(b.Context(), issue.Issue{ID: "12-abc", Kind: issue.Newsletter, Number: 12}); err != nil {
			b.Fatal(err)
		}
		d := &issue.Deliverer{Ledger: l, Composer: issuetest.Letters{}, Sender: service, Rate: issue.NewRate(0, time.Now), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		if err := queue.Work(b.Context(), d, func(issue.Report) {}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(l.Writes)/people, "row-writes/recipient")
	}
}

// crowd is a store of any number of people that keeps none of them: what it is
// asked for it makes up.
type crowd struct {
	people int
	issue  issue.Issue
	moves  atomic.Int64
}

func (c *crowd) Issue(context.Context, string) (issue.Issue, error) { return c.issue, nil }
func (c *crowd) Issues(context.Context) ([]issue.Issue, error)      { return nil, nil }
func (c *crowd) Save(_ context.Context, i issue.Issue) (bool, error) {
	i.Version++
	c.issue = i
	return true, nil
}
func (c *crowd) Add(context.Context, string, issue.Counts) error { return nil }

func (c *crowd) each(digit int) iter.Seq[subscriber.ID] {
	return func(yield func(subscriber.ID) bool) {
		for n := digit; n < c.people; n += 16 {
			if !yield(subscriber.ID{byte(digit << 4), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) {
				return
			}
		}
	}
}

func person(id subscriber.ID) subscriber.Subscriber {
	return subscriber.Subscriber{ID: id, Status: subscriber.Confirmed, Email: "jane@example.org"}
}

func (c *crowd) Audience(_ context.Context, digit int) iter.Seq2[subscriber.Subscriber, error] {
	return func(yield func(subscriber.Subscriber, error) bool) {
		for id := range c.each(digit) {
			if !yield(person(id), nil) {
				return
			}
		}
	}
}

func (c *crowd) Plan(context.Context, string, []subscriber.ID, time.Time) error { return nil }

func (c *crowd) Deliveries(_ context.Context, name string, digit int) iter.Seq2[issue.Delivery, error] {
	return func(yield func(issue.Delivery, error) bool) {
		for id := range c.each(digit) {
			if !yield(issue.Delivery{Issue: name, ID: id, State: issue.Queued}, nil) {
				return
			}
		}
	}
}

func (c *crowd) People(_ context.Context, ids []subscriber.ID) ([]subscriber.Subscriber, error) {
	var all []subscriber.Subscriber
	for _, id := range ids {
		all = append(all, person(id))
	}
	return all, nil
}

func (c *crowd) Move(_ context.Context, change issue.Change) (issue.Delivery, issue.Outcome, error) {
	c.moves.Add(1)
	before := issue.Delivery{Issue: change.Issue, ID: change.ID, State: issue.Queued}
	if change.Step != issue.Claim {
		before, _ = issue.Apply(before, issue.Change{Step: issue.Claim, Issue: change.Issue, ID: change.ID, At: change.At})
	}
	d, outcome := issue.Apply(before, change)
	return d, outcome, nil
}

// atOnce delivers each page as soon as it is queued.
type atOnce struct {
	deliverer *issue.Deliverer
	after     func()
}

func (q atOnce) Enqueue(ctx context.Context, pages ...issue.Page) error {
	for _, p := range pages {
		if _, err := q.deliverer.Page(ctx, p); err != nil {
			return err
		}
		q.after()
	}
	return nil
}

// forgetful accepts mails and keeps nothing.
type forgetful struct{}

func (forgetful) Send(context.Context, mail.Message) (string, error) { return "0102", nil }

// BenchmarkMemory plans and delivers to more and more people: what is held in
// memory must not grow with them.
func BenchmarkMemory(b *testing.B) {
	for _, people := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			for b.Loop() {
				c := &crowd{people: people}
				d := &issue.Deliverer{Ledger: c, Composer: issuetest.Letters{}, Sender: forgetful{}, Rate: issue.NewRate(0, time.Now), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
				var most uint64
				pages := 0
				look := func() {
					if pages++; pages%max(1, people/50/10) != 0 {
						return
					}
					var m runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
				p := &issue.Planner{Ledger: c, Letters: issuetest.Letters{}, Queue: atOnce{d, look}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
				if _, err := p.Plan(b.Context(), issue.Issue{ID: "12-abc", Kind: issue.Newsletter, Number: 12}); err != nil {
					b.Fatal(err)
				}
				if c.moves.Load() != int64(2*people) {
					b.Fatalf("%d moves for %d people", c.moves.Load(), people)
				}
				b.ReportMetric(float64(most)/1e6, "MB-held")
				b.ReportMetric(float64(people)/b.Elapsed().Seconds(), "recipients/s")
			}
		})
	}
}

// TestSendTimes prints how long 100,000 mails take at the quotas of an account,
// by a simulated clock. `make bench` sets SEND_TIMES to that number; without it
// they are few.
func TestSendTimes(t *testing.T) {
	people, err := strconv.Atoi(os.Getenv("SEND_TIMES"))
	if err != nil {
		people = 2_000
	}
	for _, quota := range []float64{14, 50, 200} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, people, quota)
			d.service.Call = func(context.Context, mail.Message) { time.Sleep(60 * time.Millisecond) } // a call to SES
			d.plan()
			began := time.Now()
			worker := d.worker()
			worker.Parallel = 16
			for _, page := range d.queued {
				if _, err := worker.Page(t.Context(), page); err != nil {
					t.Fatal(err)
				}
			}
			took := time.Since(began)
			ideal := time.Duration(float64(people) / quota * float64(time.Second))
			t.Logf("%d mails at %v a second: %v, %.2f of the least possible", people, quota, took.Round(time.Second), took.Seconds()/ideal.Seconds())
			if took < ideal*99/100 || took > ideal*3/2 {
				t.Errorf("%d mails at %v a second took %v, at the quota it is %v", people, quota, took, ideal)
			}
		})
	}
}
