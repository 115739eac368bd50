package issue

import (
	"time"

	"broadsheet/functions/internal/subscriber"
)

// State is where a delivery stands.
type State string

// The states of a delivery. The last four are ends.
const (
	Unplanned State = ""        // there is no row
	Queued    State = "queued"  // not called, or certainly refused
	Claimed   State = "claimed" // somebody may be calling the mail service
	Sent      State = "sent"    // accepted by the mail service
	Skipped   State = "skipped" // not called: the person left, chose otherwise, or it was too late
	Failed    State = "failed"  // certainly refused, and no use to try again
	Unknown   State = "unknown" // called or perhaps called, without an answer
)

// Delivery is one issue to one person: a row of the ledger.
type Delivery struct {
	Issue     string
	ID        subscriber.ID
	State     State
	Attempt   int       // how often it was claimed
	Owner     string    // of the current attempt
	Lease     time.Time // until when the owner may act
	At        time.Time // of the last change of state
	MessageID string    // of the mail service
	Reason    string    // why it is skipped, failed or unknown

	Bounced, Complained bool
}

// Step is what happens to a delivery.
type Step uint8

// The steps of a delivery.
const (
	Plan      Step = iota + 1 // a row if there is none
	Claim                     // somebody takes it to call the mail service
	Accept                    // the service answered with a message id
	Requeue                   // certainly refused, for everybody: try again later
	Refuse                    // certainly refused, for this person
	Lose                      // called, and nobody knows
	Skip                      // not to be called
	Reap                      // the lease has ended
	Reconcile                 // the service reports of an attempt: it had accepted
	Reject                    // the service had accepted and then did not send
	Resend                    // the operator lets an unknown one go out again
	Bounce                    // the mailbox does not exist
	Complain                  // the person called it unwanted
	Restore                   // a row of a backup, if there is none
)

// String returns the step as logs have it.
func (s Step) String() string {
	names := [...]string{"none", "plan", "claim", "accept", "requeue", "refuse", "lose", "skip", "reap", "reconcile", "reject", "resend", "bounce", "complain", "restore"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown step"
}

// Change is one step of one delivery.
type Change struct {
	Step  Step
	Issue string
	ID    subscriber.ID
	At    time.Time

	Attempt   int       // Accept, Requeue, Refuse, Lose, Reconcile, Reject: which one
	Owner     string    // Claim: random, the same when an answer was lost and it is tried again
	Lease     time.Time // Claim
	MessageID string    // Accept, Reconcile
	Reason    string    // Refuse, Lose, Skip, Reject
	Row       Delivery  // Restore: as it was then
}

// Outcome is what became of a change.
type Outcome uint8

// The outcomes of changes.
const (
	Dropped  Outcome = iota // the row's state does not allow it: nothing changed
	Applied                 // the row changed
	Repeated                // it was so already, by this very change
	Left                    // Claim: the person is not confirmed any more. Only a ledger says so
)

// resendAfter is how long an unknown delivery is left alone before it may go out
// again: no program that called for it can still be running.
const resendAfter = time.Hour

// Apply returns the delivery after a change. It is the whole state machine; a
// ledger does the same in one atomic step, for Claim together with the check
// that the person is confirmed.
func Apply(d Delivery, c Change) (Delivery, Outcome) {
	switch c.Step {
	case Plan:
		if d.State == Unplanned {
			return Delivery{Issue: c.Issue, ID: c.ID, State: Queued, At: c.At}, Applied
		}
		return d, Repeated
	case Claim:
		return claim(d, c)
	case Accept, Requeue, Refuse, Lose:
		return mark(d, c)
	case Skip:
		return from(d, c, Skipped, Queued)
	case Reap:
		if d.State == Claimed && !c.At.Before(d.Lease) {
			c.Reason = "the lease ended"
			return from(d, c, Unknown, Claimed)
		}
		return d, Dropped
	case Reconcile:
		return reconcile(d, c)
	case Reject:
		if c.Attempt == d.Attempt {
			return from(d, c, Failed, Claimed, Unknown, Sent)
		}
		return d, Dropped
	case Resend:
		if d.State == Unknown && c.At.Sub(d.At) >= resendAfter {
			return from(d, c, Queued, Unknown)
		}
		return d, Dropped
	case Bounce, Complain:
		return noted(d, c)
	case Restore:
		return restored(d, c)
	}
	return d, Dropped
}

// restored takes the row of a backup. What was claimed then may have gone out.
func restored(d Delivery, c Change) (Delivery, Outcome) {
	if d.State != Unplanned || c.Row.State == Unplanned {
		return d, Repeated
	}
	row := c.Row
	row.Issue, row.ID = c.Issue, c.ID
	if row.State == Claimed {
		row.State, row.Reason = Unknown, "a call was out when the backup was made"
	}
	return row, Applied
}

// from moves a delivery to a state if it is in one of others.
func from(d Delivery, c Change, to State, others ...State) (Delivery, Outcome) {
	for _, s := range others {
		if d.State == s {
			d.State, d.At, d.Reason = to, c.At, c.Reason
			return d, Applied
		}
	}
	if d.State == to {
		return d, Repeated
	}
	return d, Dropped
}

func claim(d Delivery, c Change) (Delivery, Outcome) {
	if d.State == Claimed && d.Owner == c.Owner {
		return d, Repeated // our own claim, whose answer was lost
	}
	if d.State != Queued {
		return d, Dropped
	}
	d.State, d.At, d.Reason = Claimed, c.At, ""
	d.Attempt++
	d.Owner, d.Lease = c.Owner, c.Lease
	return d, Applied
}

// mark ends the current attempt. A late mark still counts after the reaper came
// by, because it says more than the reaper knew.
func mark(d Delivery, c Change) (Delivery, Outcome) {
	if c.Attempt != d.Attempt || d.Attempt == 0 {
		return d, Dropped
	}
	switch c.Step {
	case Accept:
		return accepted(d, c, Claimed, Unknown)
	case Requeue:
		return from(d, c, Queued, Claimed, Unknown)
	case Refuse:
		return from(d, c, Failed, Claimed, Unknown)
	}
	return from(d, c, Unknown, Claimed)
}

// reconcile believes the mail service's report of any attempt so far. A row that
// an operator queued again is sent then, without a second mail.
func reconcile(d Delivery, c Change) (Delivery, Outcome) {
	if c.Attempt < 1 || c.Attempt > d.Attempt {
		return d, Dropped
	}
	return accepted(d, c, Queued, Claimed, Unknown)
}

func accepted(d Delivery, c Change, others ...State) (Delivery, Outcome) {
	d, outcome := from(d, c, Sent, others...)
	if outcome == Applied && c.MessageID != "" {
		d.MessageID = c.MessageID
	}
	return d, outcome
}

// noted keeps that a mail bounced or was complained about, so that it is counted
// once however often it is reported.
func noted(d Delivery, c Change) (Delivery, Outcome) {
	if d.State == Unplanned {
		return d, Dropped
	}
	flag := &d.Bounced
	if c.Step == Complain {
		flag = &d.Complained
	}
	if *flag {
		return d, Repeated
	}
	*flag = true
	return d, Applied
}

// Tally returns the counts that a change that was applied adds to the issue's in
// the same atomic step.
func (c Change) Tally() Counts {
	switch c.Step {
	case Bounce:
		return Counts{Bounced: 1}
	case Complain:
		return Counts{Complained: 1}
	}
	return Counts{}
}
