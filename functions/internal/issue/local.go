package issue

import (
	"context"
	"sync"
	"time"
)

// Local is a queue in this process and who works on it: what a laptop has in
// place of SQS and Lambda, with the same Planner, Deliverer and Closer.
type Local struct {
	mu    sync.Mutex
	pages []Page
}

// Enqueue implements Queue.
func (l *Local) Enqueue(_ context.Context, pages ...Page) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pages = append(l.pages, pages...)
	return nil
}

func (l *Local) next() (Page, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pages) == 0 {
		return Page{}, false
	}
	p := l.pages[0]
	l.pages = l.pages[1:]
	return p, true
}

// between is how long a page that was refused waits before the next try.
const between = time.Second

// Work delivers until the queue is empty or the issue stops, and tells after
// each page what it came to. A page that failed is tried again, three times.
func (l *Local) Work(ctx context.Context, d *Deliverer, progress func(Report)) error {
	failures := 0
	for ctx.Err() == nil {
		page, ok := l.next()
		if !ok {
			return nil
		}
		report, err := d.Page(ctx, page)
		progress(report)
		if err != nil {
			if failures++; failures >= 3 {
				return err
			}
			if err := l.Enqueue(ctx, page); err != nil {
				return err
			}
		}
		if report.Stopped != "" {
			return nil
		}
		if len(report.Left) > 0 {
			if err := l.Enqueue(ctx, Page{Issue: page.Issue, IDs: report.Left}); err != nil {
				return err
			}
		}
		if err != nil || len(report.Left) > 0 {
			_ = sleep(ctx, between)
		}
	}
	return ctx.Err()
}
