package issuetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// Service is a mail service that accepts everything and remembers it, unless
// Answer says otherwise.
type Service struct {
	// Answer, if set, is asked before a mail is accepted; an error refuses it.
	Answer func(m mail.Message, n int) error
	// Call, if set, runs while a call is out.
	Call func(ctx context.Context, m mail.Message)

	mu       sync.Mutex
	calls    int
	accepted []Accepted
}

// Accepted is a mail that the service took.
type Accepted struct {
	Issue, Person, Attempt string
	At                     time.Time
}

// Send implements issue.Sender.
func (s *Service) Send(ctx context.Context, m mail.Message) (string, error) {
	if s.Call != nil {
		s.Call(ctx, m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.Answer != nil {
		if err := s.Answer(m, s.calls); err != nil {
			return "", err
		}
	}
	s.accepted = append(s.accepted, Accepted{m.Tags["i"], m.Tags["s"], m.Tags["a"], time.Now()})
	return fmt.Sprintf("0102%08d", len(s.accepted)), nil
}

// Accepted returns what the service took so far.
func (s *Service) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Accepted(nil), s.accepted...)
}

// Letters compose the same short mail for everybody, in place of an edition.
type Letters struct{}

// Known implements issue.Letters.
func (Letters) Known(issue.Issue) error { return nil }

// Wants implements issue.Composer.
func (Letters) Wants(_ issue.Issue, p subscriber.Subscriber) bool {
	return p.Status == subscriber.Confirmed && p.Email != ""
}

// Compose implements issue.Composer.
func (Letters) Compose(i issue.Issue, p subscriber.Subscriber) (mail.Message, error) {
	return mail.Message{To: p.Email, Subject: i.Subject, Text: "Words.\n"}, nil
}

// Fault is how a call fails.
type Fault int

// The ways to fail.
const (
	None        Fault = iota
	Before            // an error, and nothing was done
	After             // it was done, and the answer is lost
	CrashBefore       // the process dies before the call
	CrashAfter        // the process dies when the call was done
)

// Faults let the n-th call of all processes together fail.
type Faults struct {
	At  int
	How Fault

	mu    sync.Mutex
	calls int
}

// Calls is how many calls were made.
func (f *Faults) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// next counts a call and says how it fails.
func (f *Faults) next() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.calls == f.At {
		return f.How
	}
	return None
}

// Everything is a whole ledger.
type Everything interface {
	issue.Issues
	issue.Roster
	issue.Rows
}

// Process is one process: its calls go to the ledger and the service, with
// faults, until it has crashed.
type Process struct {
	ledger  Everything
	service issue.Sender
	faults  *Faults

	mu   sync.Mutex
	dead bool
}

// NewProcess starts a process.
func NewProcess(l Everything, s issue.Sender, f *Faults) *Process {
	return &Process{ledger: l, service: s, faults: f}
}

var errFault = errors.New("the answer is lost")

func (p *Process) call(do func() error) error {
	p.mu.Lock()
	dead := p.dead
	p.mu.Unlock()
	if dead {
		return issue.ErrGone
	}
	how := p.faults.next()
	if how == CrashBefore || how == CrashAfter {
		p.mu.Lock()
		p.dead = true
		p.mu.Unlock()
	}
	switch how {
	case Before:
		return errFault
	case After:
		return errors.Join(do(), errFault)
	case CrashBefore:
		return issue.ErrGone
	case CrashAfter:
		return errors.Join(do(), issue.ErrGone)
	}
	return do()
}

// Send implements issue.Sender.
func (p *Process) Send(ctx context.Context, m mail.Message) (id string, err error) {
	err = p.call(func() (err error) { id, err = p.service.Send(ctx, m); return err })
	if err != nil {
		id = ""
	}
	return id, err
}

// Issue implements issue.Issues.
func (p *Process) Issue(ctx context.Context, id string) (i issue.Issue, err error) {
	err = p.call(func() (err error) { i, err = p.ledger.Issue(ctx, id); return err })
	return i, err
}

// Issues implements issue.Issues.
func (p *Process) Issues(ctx context.Context) (all []issue.Issue, err error) {
	err = p.call(func() (err error) { all, err = p.ledger.Issues(ctx); return err })
	return all, err
}

// Save implements issue.Issues.
func (p *Process) Save(ctx context.Context, i issue.Issue) (saved bool, err error) {
	err = p.call(func() (err error) { saved, err = p.ledger.Save(ctx, i); return err })
	return saved && err == nil, err
}

// Add implements issue.Issues.
func (p *Process) Add(ctx context.Context, id string, c issue.Counts) error {
	return p.call(func() error { return p.ledger.Add(ctx, id, c) })
}

// Audience implements issue.Roster.
func (p *Process) Audience(ctx context.Context, digit int) iter.Seq2[subscriber.Subscriber, error] {
	return func(yield func(subscriber.Subscriber, error) bool) {
		if err := p.call(func() error { return nil }); err != nil {
			yield(subscriber.Subscriber{}, err)
			return
		}
		p.ledger.Audience(ctx, digit)(yield)
	}
}

// Plan implements issue.Roster.
func (p *Process) Plan(ctx context.Context, id string, people []subscriber.ID, at time.Time) error {
	return p.call(func() error { return p.ledger.Plan(ctx, id, people, at) })
}

// Deliveries implements issue.Lister.
func (p *Process) Deliveries(ctx context.Context, id string, digit int) iter.Seq2[issue.Delivery, error] {
	return func(yield func(issue.Delivery, error) bool) {
		if err := p.call(func() error { return nil }); err != nil {
			yield(issue.Delivery{}, err)
			return
		}
		p.ledger.Deliveries(ctx, id, digit)(yield)
	}
}

// People implements issue.Rows.
func (p *Process) People(ctx context.Context, ids []subscriber.ID) (people []subscriber.Subscriber, err error) {
	err = p.call(func() (err error) { people, err = p.ledger.People(ctx, ids); return err })
	return people, err
}

// Move implements issue.Rows.
func (p *Process) Move(ctx context.Context, c issue.Change) (d issue.Delivery, o issue.Outcome, err error) {
	err = p.call(func() (err error) { d, o, err = p.ledger.Move(ctx, c); return err })
	if err != nil {
		return issue.Delivery{}, issue.Dropped, err
	}
	return d, o, nil
}
