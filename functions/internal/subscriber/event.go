package subscriber

import (
	"slices"
	"time"
)

// Kind is what happened.
type Kind uint8

// The kinds of events.
const (
	Request        Kind = iota + 1 // the form: subscribe
	RequestLeave                   // the form: unsubscribe; mails a link and changes no status
	Confirm                        // the button behind the mailed link
	Unsubscribe                    // the button, or one click in a mail program (RFC 8058)
	HardBounce                     // the mailbox does not exist
	SoftBounce                     // the mailbox did not take one issue
	Complaint                      // the person called a mail unwanted
	Block                          // the button "never mail me"
	Erase                          // the person asked to be forgotten
	Import                         // an operator brings a subscriber with evidence
	Lift                           // an operator lifts a suppression
	SetPreferences                 // the person changed their choices
	AskPreferences                 // the form: mails a link to the preferences and changes no status
	Sweep                          // what was kept for a while is over: deletes it
	Forget                         // an operator deletes even the suppression
	Restore                        // an operator brings back a record of a backup, or a leaving of the journal
)

// Kinds returns every kind there is.
func Kinds() []Kind {
	all := make([]Kind, 0, Restore)
	for k := Request; k <= Restore; k++ {
		all = append(all, k)
	}
	return all
}

// String returns the kind as logs have it.
func (k Kind) String() string {
	names := [...]string{"none", "request", "request-leave", "confirm", "unsubscribe", "hard-bounce", "soft-bounce", "complaint", "block", "erase", "import", "lift", "set-preferences", "ask-preferences", "sweep", "forget", "restore"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Event is one thing that happens to one person.
type Event struct {
	Kind Kind
	ID   ID
	Op   string    // random, the same for every attempt at one event
	At   time.Time // when it happens

	Email       string      // Request, Import
	Consent     Consent     // Request, Import
	Preferences Preferences // Request, Import, SetPreferences
	Generation  uint32      // Confirm, SetPreferences, bound Erase: of the token
	Bound       bool        // Erase: only if the record has that generation
	MailTime    time.Time   // HardBounce, SoftBounce: when the mail was sent
	FeedbackID  string      // SoftBounce: counted once
	Reason      string      // Lift: why; Complaint: which
	Seen        Status      // Lift: the status the operator saw
	SeenOp      string      // Lift: and its last event
	Record      Subscriber  // Restore: as it was then

	// Post, unless its Key is empty, is taken once in the same step, whatever
	// becomes of the event. If none is left nothing is done and the outcome is
	// Limited.
	Post Counter
	// Mails are taken once each in the same step if the event makes a mail due. If
	// one has none left the record stays, no mail is due and the outcome is
	// Limited; Post is taken all the same.
	Mails []Counter
}

// Outcome is what became of an event.
type Outcome uint8

// The outcomes of events.
const (
	Refused  Outcome = iota // nothing changed, and it is not so already
	Applied                 // the record changed
	Repeated                // it was so already: success for whoever asked
	Limited                 // a counter had none left: nothing changed. Only a store says so
)

// String returns the outcome as logs have it.
func (o Outcome) String() string {
	names := [...]string{"refused", "applied", "repeated", "limited"}
	if int(o) < len(names) {
		return names[o]
	}
	return "unknown"
}

// Mail is which mail an event makes due.
type Mail uint8

// The mails of the form.
const (
	NoMail          Mail = iota
	MailConfirm          // the link that confirms
	MailAlready          // "you are already subscribed"
	MailLeave            // the link that unsubscribes
	MailPreferences      // the link to the preferences
	softBounces     = 3  // issues that bounced softly make a hard bounce
	emailKept       = 8 * 24 * time.Hour
	confirmedGap    = 24 * time.Hour
	bouncedGap      = 30 * 24 * time.Hour
	askedWindow     = 30 * 24 * time.Hour
)

// Result is what a store reports of an event.
type Result struct {
	Outcome    Outcome
	Mail       Mail
	Subscriber Subscriber // after the event
	Full       string     // Limited: key of the counter that had none left
}

// Apply returns the record after an event. It is the whole table of
// transitions; a store does the same in one conditional write. An event whose
// Op is the record's last one was applied before: its result is given again.
func (l Limits) Apply(s Subscriber, e Event) Result {
	s.ID = e.ID
	if e.Op != "" && s.Op == e.Op {
		return Result{Outcome: Applied, Mail: due(e.Kind, s.Status), Subscriber: s}
	}
	after, outcome := l.transition(s, e)
	r := Result{Outcome: outcome, Subscriber: s}
	if outcome == Applied {
		if after.Status != None { // or there is no record to keep it in
			after.Op = e.Op
		}
		r.Subscriber, r.Mail = after, due(e.Kind, after.Status)
	}
	return r
}

// due returns the mail that a request which was taken makes due.
func due(k Kind, status Status) Mail {
	switch {
	case k == Request && status == Confirmed:
		return MailAlready
	case k == Request:
		return MailConfirm
	case k == RequestLeave:
		return MailLeave
	case k == AskPreferences:
		return MailPreferences
	}
	return NoMail
}

func (l Limits) transition(s Subscriber, e Event) (Subscriber, Outcome) {
	switch e.Kind {
	case Request:
		return l.request(s, e)
	case RequestLeave:
		return l.requestLeave(s, e)
	case Confirm:
		return confirm(s, e)
	case Unsubscribe:
		return leave(s, e, Unsubscribed)
	case HardBounce:
		return hardBounce(s, e)
	case SoftBounce:
		return softBounce(s, e)
	case Complaint, Block:
		return leave(s, e, Complained)
	case Erase:
		return erase(s, e)
	case Import:
		return importOne(s, e)
	case Lift:
		return lift(s, e)
	case SetPreferences:
		return setPreferences(s, e)
	case AskPreferences:
		return l.askPreferences(s, e)
	case Sweep:
		return sweep(s, e)
	case Forget:
		if s.Status == None {
			return s, Repeated
		}
		return Subscriber{ID: s.ID}, Applied
	case Restore:
		return restore(s, e)
	}
	return s, Refused
}

// request asks for a confirmation. Who left, keeps the status until they
// confirm; the generation stays, so that the links of two mails both work.
func (l Limits) request(s Subscriber, e Event) (Subscriber, Outcome) {
	s = s.Current(e.At)
	switch {
	case s.Status == Complained,
		s.Status == Bounced && e.At.Sub(s.LeftAt) < bouncedGap,
		s.Status == Confirmed && s.MailedAt.After(s.ConfirmedAt) && e.At.Sub(s.MailedAt) < confirmedGap,
		!l.mayMail(s, e.At):
		return s, Refused
	}
	s = mailed(s, e.At)
	if s.Status == Confirmed {
		return s, Applied
	}
	if s.AskedSince.IsZero() || e.At.Sub(s.AskedSince) >= askedWindow {
		s.AskedSince, s.AskedCount = e.At, 0
	}
	s.AskedCount++
	s.Email, s.Consent, s.Preferences = e.Email, e.Consent, e.Preferences
	if s.Status <= Pending {
		s.Status, s.Expires = Pending, e.At.Add(pendingLife)
	} else {
		s.EmailUntil = e.At.Add(emailKept)
	}
	return s, Applied
}

func (l Limits) requestLeave(s Subscriber, e Event) (Subscriber, Outcome) {
	s = s.Current(e.At)
	if s.Status != Pending && s.Status != Confirmed || !l.mayMail(s, e.At) {
		return s, Refused
	}
	return mailed(s, e.At), Applied
}

// askPreferences asks for the link to the choices, which only a subscriber has.
func (l Limits) askPreferences(s Subscriber, e Event) (Subscriber, Outcome) {
	if s.Status != Confirmed || !l.mayMail(s, e.At) {
		return s, Refused
	}
	return mailed(s, e.At), Applied
}

// mayMail holds the limits of mails that the form causes to one address.
func (l Limits) mayMail(s Subscriber, now time.Time) bool {
	switch {
	case !s.MailedAt.IsZero() && now.Sub(s.MailedAt) < l.Cooldown,
		s.MailDay == day(now) && s.MailCount >= l.PerDay,
		s.Status != Confirmed && now.Sub(s.AskedSince) < askedWindow && s.AskedCount >= l.Asked:
		return false
	}
	return true
}

func mailed(s Subscriber, now time.Time) Subscriber {
	if today := day(now); s.MailDay != today {
		s.MailDay, s.MailCount = today, 0
	}
	s.MailedAt = now
	s.MailCount++
	return s
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func confirm(s Subscriber, e Event) (Subscriber, Outcome) {
	s = s.Current(e.At)
	if s.Status == Confirmed && s.Generation == e.Generation {
		return s, Repeated
	}
	if s.Status == None || s.Status == Confirmed || s.Status == Complained || s.Generation != e.Generation || s.Email == "" {
		return s, Refused
	}
	s.Status, s.ConfirmedAt, s.Consent.ConfirmedAt = Confirmed, e.At, e.At
	s.Expires, s.EmailUntil, s.Reason = time.Time{}, time.Time{}, ""
	s.AskedSince, s.AskedCount, s.SoftBounces = time.Time{}, 0, nil
	return s, Applied
}

// leave raises the rank. A person nobody knows gets a record without an address,
// so that a restored table or an import cannot bring them back.
func leave(s Subscriber, e Event, to Status) (Subscriber, Outcome) {
	if s.Status >= to && !(to == Erased && s.Email != "") {
		return s, Repeated // but who was erased and asked again can be erased again
	}
	s.Status, s.LeftAt, s.Expires = to, e.At, time.Time{}
	s.Generation++
	switch e.Kind {
	case Block:
		s.Reason = "block"
	case Complaint:
		s.Reason = "complaint"
	case HardBounce, SoftBounce:
		s.Reason = "bounce"
	case Erase:
		return Subscriber{ID: s.ID, Status: to, Generation: s.Generation, LeftAt: e.At, ConfirmedAt: s.ConfirmedAt}, Applied
	}
	return s, Applied
}

// erase forgets a person but not that they left. A link to the preferences
// erases only while it is the record's; pressed twice, it has done so already.
func erase(s Subscriber, e Event) (Subscriber, Outcome) {
	switch {
	case !e.Bound:
	case s.Status == Erased && s.Email == "" && s.Generation == e.Generation+1:
		return s, Repeated
	case s.Status == None || s.Generation != e.Generation:
		return s, Refused
	}
	return leave(s, e, Erased)
}

// sweep deletes what was kept for a while: a request that nobody confirmed, and
// the address of somebody who left, asked again and did not confirm. The status
// and its generation stay.
func sweep(s Subscriber, e Event) (Subscriber, Outcome) {
	switch {
	case s.Status == Pending && s.Current(e.At).Status == None:
		return Subscriber{ID: s.ID}, Applied
	case s.EmailUntil.IsZero() || e.At.Before(s.EmailUntil):
		return s, Repeated
	}
	return Subscriber{ID: s.ID, Status: s.Status, Generation: s.Generation, LeftAt: s.LeftAt, ConfirmedAt: s.ConfirmedAt, Reason: s.Reason,
		MailedAt: s.MailedAt, MailDay: s.MailDay, MailCount: s.MailCount, AskedSince: s.AskedSince, AskedCount: s.AskedCount, Chain: s.Chain}, Applied
}

// hardBounce counts only for mail sent since the last confirmation: who
// confirmed later has shown that the mailbox works.
func hardBounce(s Subscriber, e Event) (Subscriber, Outcome) {
	if s.Status == None || s.ConfirmedAt.After(e.MailTime) {
		return s, Refused
	}
	return leave(s, e, Bounced)
}

func softBounce(s Subscriber, e Event) (Subscriber, Outcome) {
	switch {
	case slices.Contains(s.SoftBounces, e.FeedbackID):
		return s, Repeated
	case s.Status != Confirmed || s.ConfirmedAt.After(e.MailTime):
		return s, Refused
	}
	s.SoftBounces = append(slices.Clone(s.SoftBounces), e.FeedbackID)
	slices.Sort(s.SoftBounces)
	if len(s.SoftBounces) >= softBounces {
		return leave(s, e, Bounced)
	}
	return s, Applied
}

// importOne takes a person whom this site does not know; who left is never
// brought back.
func importOne(s Subscriber, e Event) (Subscriber, Outcome) {
	if s = s.Current(e.At); s.Status != None || e.Email == "" {
		return s, Refused
	}
	s.Status, s.Email, s.ConfirmedAt = Confirmed, e.Email, e.At
	s.Consent, s.Preferences = e.Consent, e.Preferences
	return s, Applied
}

// restore brings back the record of somebody who is not known any more. Who is
// known stays, since that is newer, save that leaving counts: whoever left after
// they confirmed is never brought back.
func restore(s Subscriber, e Event) (Subscriber, Outcome) {
	then := e.Record
	switch {
	case then.Status == None:
		return s, Refused
	case s.Current(e.At).Status == None:
		then.ID = s.ID
		if then.Status > Confirmed {
			then.Generation = max(then.Generation, s.Generation+1)
		}
		return then, Applied
	case then.Status <= max(Confirmed, s.Status) || then.LeftAt.Before(s.ConfirmedAt):
		return s, Repeated
	case then.Status == Erased:
		return Subscriber{ID: s.ID, Status: Erased, Generation: s.Generation + 1, LeftAt: then.LeftAt, ConfirmedAt: s.ConfirmedAt}, Applied
	}
	s.Status, s.LeftAt, s.Reason, s.Expires = then.Status, then.LeftAt, then.Reason, time.Time{}
	s.Generation++
	return s, Applied
}

func lift(s Subscriber, e Event) (Subscriber, Outcome) {
	if s.Status != Bounced && s.Status != Complained || s.Status != e.Seen || s.Op != e.SeenOp {
		return s, Refused
	}
	s.Status, s.Reason = Unsubscribed, "lifted: "+e.Reason
	return s, Applied
}

func setPreferences(s Subscriber, e Event) (Subscriber, Outcome) {
	if s.Status != Confirmed || s.Generation != e.Generation {
		return s, Refused
	}
	s.Preferences = e.Preferences
	return s, Applied
}
