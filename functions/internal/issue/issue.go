// Package issue sends one newsletter to many people: at most once to each, and
// nobody is missed silently.
//
// The mail service takes no token that would make a repeated call harmless, so
// what happened to each person is kept in a ledger of deliveries, one row a
// person and issue, and every step is one atomic change of a row (see Apply):
//
//	plan       a row queued for everybody in the audience; then the audience is frozen
//	claim      queued to claimed, together with a check that the person is still confirmed
//	call       the mail service is called once, without repetition
//	mark       accepted is sent; certainly refused is queued again or failed; everything else is unknown
//	reap       a claim whose lease has ended is unknown, never queued again
//	reconcile  an event of the mail service says that it had accepted: sent
//	close      when no row is queued or claimed
//
// A row returns to queued only by the owner of its current attempt after a
// refusal that is certain, so no two calls for one person can both have been
// accepted. At the end planned = sent + skipped + failed + unknown.
//
// The package knows no store and no network: ledger, mail service, queue and
// clock are arguments.
package issue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Stage is where an issue stands.
type Stage string

// The stages of an issue.
const (
	Planning Stage = "planning" // rows are being written
	Ready    Stage = "ready"    // the audience is frozen, nothing has been sent
	Sending  Stage = "sending"
	Paused   Stage = "paused" // resumable; Reason says why
	Frozen   Stage = "frozen" // a store was restored: who left since must be brought in first
	Closed   Stage = "closed"
)

// Kind is what an issue is made from.
type Kind string

// The kinds of issues. The last three are the frequencies a subscriber chooses.
const (
	Newsletter Kind = "newsletter" // content/newsletter/N/
	Article    Kind = "article"    // a mail for one new article
	Weekly     Kind = "weekly"     // what was new in a week
	Monthly    Kind = "monthly"    // what was new in a month
)

// Issue is one newsletter as the ledger has it.
type Issue struct {
	ID       string // binds the content: a changed text is another issue
	Kind     Kind
	Number   int // of a newsletter
	Subject  string
	Date     time.Time // in the mail's Date field
	NotAfter time.Time // from then on nothing is sent any more; zero: never too late
	Topics   []string  // audience; none is everybody
	Items    []string  // permalinks of a digest's articles
	Until    time.Time // a digest covers what was published until then

	Stage    Stage
	Reason   string // why it is paused
	Planned  int
	PlanTime time.Time // when planning began
	Ended    time.Time // when it was closed
	Version  int       // of the record in the ledger; 0 is none yet

	Counts Counts // see there
}

// Counts are added up while an issue is sent, page by page. They guide progress
// and the automatic pause; after a crash they can be too low. Count gives the
// exact figures.
type Counts struct {
	Sent, Skipped, Failed, Unknown int
	Bounced, Complained            int
}

// Done is how many deliveries have ended.
func (c Counts) Done() int { return c.Sent + c.Skipped + c.Failed + c.Unknown }

// Plus returns the sums of two counts.
func (c Counts) Plus(o Counts) Counts {
	return Counts{c.Sent + o.Sent, c.Skipped + o.Skipped, c.Failed + o.Failed, c.Unknown + o.Unknown, c.Bounced + o.Bounced, c.Complained + o.Complained}
}

// Limits of the automatic pause: a list that bounces or complains more is
// stopped by the mail service, for everybody (Amazon SES, sending review).
const (
	judgedFrom     = 200 // sends, before rates say anything
	bouncedPerMill = 10
	complainedRate = 1 // in a thousand
)

// unwelcome says why an issue must pause, empty if it need not.
func (c Counts) unwelcome() string {
	switch sent := c.Sent + c.Unknown; {
	case sent < judgedFrom:
		return ""
	case c.Bounced*1000 > sent*bouncedPerMill:
		return fmt.Sprintf("%d of %d mails bounced: more than 1 %%", c.Bounced, sent)
	case c.Complained*1000 > sent*complainedRate:
		return fmt.Sprintf("%d of %d people complained: more than 0.1 %%", c.Complained, sent)
	}
	return ""
}

// Issues keep the records of issues.
type Issues interface {
	// Issue returns the record of that id, whose Version is 0 if there is none.
	Issue(ctx context.Context, id string) (Issue, error)
	// Issues returns all records, the latest planned first.
	Issues(context.Context) ([]Issue, error)
	// Save writes a record if the ledger still has the Version it was read with,
	// and tells whether it did. Counts are not written.
	Save(context.Context, Issue) (bool, error)
	// Add adds to the counts of an issue.
	Add(ctx context.Context, id string, c Counts) error
}

// ErrNone is the error for an issue that the ledger does not have.
var ErrNone = errors.New("the ledger has no such issue")

// change reads an issue, lets f change it and saves it, again if somebody was
// faster. f returns false to leave it as it is.
func change(ctx context.Context, l Issues, id string, f func(*Issue) (bool, error)) (Issue, error) {
	for range 50 {
		i, err := l.Issue(ctx, id)
		if err != nil {
			return i, err
		}
		if i.Version == 0 {
			return i, fmt.Errorf("issue %s: %w", id, ErrNone)
		}
		if do, err := f(&i); err != nil || !do {
			return i, err
		}
		saved, err := l.Save(ctx, i)
		if err != nil {
			return i, err
		}
		if saved {
			i.Version++
			return i, nil
		}
	}
	return Issue{}, fmt.Errorf("issue %s: too many others change it", id)
}

// Pause stops an issue; what is out at this moment is still marked.
func Pause(ctx context.Context, l Issues, id, reason string) (Issue, error) {
	return change(ctx, l, id, func(i *Issue) (bool, error) {
		switch i.Stage {
		case Closed:
			return false, fmt.Errorf("issue %s is closed: it was sent to the end", id)
		case Planning:
			return false, fmt.Errorf("issue %s is still being planned; send it again to finish that", id)
		case Frozen, Paused:
			return false, nil
		}
		i.Stage, i.Reason = Paused, reason
		return true, nil
	})
}

// Judge pauses an issue that bounces or is complained about too much, and says
// why it did; empty if it did not.
func Judge(ctx context.Context, l Issues, id string) (string, error) {
	reason := ""
	_, err := change(ctx, l, id, func(i *Issue) (bool, error) {
		reason = ""
		if i.Stage != Sending && i.Stage != Ready {
			return false, nil
		}
		if reason = i.Counts.unwelcome(); reason == "" {
			return false, nil
		}
		i.Stage, i.Reason = Paused, reason
		return true, nil
	})
	if errors.Is(err, ErrNone) {
		return "", nil // a report of a mail from before a restore
	}
	return reason, err
}

// Resume lets a paused issue go on. Enqueue its queued rows then.
func Resume(ctx context.Context, l Issues, id string) (Issue, error) {
	return change(ctx, l, id, func(i *Issue) (bool, error) {
		switch i.Stage {
		case Closed:
			return false, fmt.Errorf("issue %s is closed: it was sent to the end", id)
		case Planning:
			return false, fmt.Errorf("issue %s is still being planned; send it again to finish that", id)
		case Frozen:
			return false, fmt.Errorf("issue %s is frozen: the store was restored; bring in who left since, then send it again", id)
		case Paused:
			i.Stage, i.Reason = Sending, ""
			return true, nil
		}
		return false, nil
	})
}

// overlap tells whether a choice of topics and the topics of something have one
// in common; none chosen is all, and what has no topic is for everybody.
func overlap(chosen, topics []string) bool {
	return len(chosen) == 0 || len(topics) == 0 || slices.ContainsFunc(chosen, func(t string) bool { return slices.Contains(topics, t) })
}

// Frequency is how often a person wants mail; every article if they did not say.
func Frequency(p subscriber.Subscriber) Kind {
	switch k := Kind(strings.ToLower(p.Preferences.Frequency)); k {
	case Weekly, Monthly:
		return k
	}
	return Article
}
