package subscriber

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

const month = 30 * 24 * time.Hour

// standing returns a record in a status, all of whose limits have run out at
// noon, and an event of a kind that fits it.
func standing(status Status, kind Kind) (Subscriber, Event) {
	s := Subscriber{ID: ID{1}, Status: status, Op: "before"}
	if status > None {
		s.Email, s.Generation, s.ConfirmedAt, s.LeftAt = "jane@example.org", 4, noon().Add(-3*month), noon().Add(-2*month)
	}
	if status == Pending {
		s.Expires = noon().Add(time.Hour)
	}
	e := Event{
		Kind: kind, ID: s.ID, Op: "event", At: noon(), Email: "jane@example.org", Generation: s.Generation,
		MailTime: noon(), FeedbackID: "issue", Seen: status, SeenOp: s.Op, Preferences: Preferences{Frequency: "weekly"},
		Record: Subscriber{Status: Bounced, Email: "jane@example.org", LeftAt: noon()},
	}
	return s, e
}

// The table of transitions: for each event, from each status by rank, the first
// letter of the status it leads to, with + for Applied, = for Repeated and - for
// Refused.
func TestTable(t *testing.T) {
	const letters = "npcubxe" // none, pending, confirmed, unsubscribed, bounced, complained (x), erased
	table := map[Kind]string{
		Request:        "p+ p+ c+ u+ b+ x- e+",
		RequestLeave:   "n- p+ c+ u- b- x- e-",
		Confirm:        "n- c+ c= c+ c+ x- c+",
		Unsubscribe:    "u+ u+ u+ u= b= x= e=",
		HardBounce:     "n- b+ b+ b+ b= x= e=",
		SoftBounce:     "n- p- c+ u- b- x- e-",
		Complaint:      "x+ x+ x+ x+ x+ x= e=",
		Block:          "x+ x+ x+ x+ x+ x= e=",
		Erase:          "e+ e+ e+ e+ e+ e+ e+", // the last: erased, asked again, and erases again
		Import:         "c+ p- c- u- b- x- e-",
		Lift:           "n- p- c- u- u+ u+ e-",
		SetPreferences: "n- p- c+ u- b- x- e-",
		AskPreferences: "n- p- c+ u- b- x- e-",
		Sweep:          "n= p= c= u= b= x= e=", // nothing is over yet
		Forget:         "n= n+ n+ n+ n+ n+ n+",
		Restore:        "b+ b+ b+ b+ b= x= e=", // of a record that bounced
	}
	if len(table) != len(Kinds()) {
		t.Fatalf("%d rows for %d kinds", len(table), len(Kinds()))
	}
	for kind, row := range table {
		for i, cell := range strings.Fields(row) {
			before, e := standing(Status(i), kind)
			r := DefaultLimits().Apply(before, e)
			got := fmt.Sprintf("%c%c", letters[r.Subscriber.Status], "-+="[r.Outcome])
			if got != cell {
				t.Errorf("%s in %s: %s, want %s", kind, before.Status, got, cell)
			}
			checkStep(t, before, e, r)
		}
	}
}

// checkStep checks what holds for every step.
func checkStep(t *testing.T, before Subscriber, e Event, r Result) {
	t.Helper()
	what := fmt.Sprintf("%s in %s", e.Kind, before.Status)
	after := r.Subscriber
	if e.Kind == Forget {
		return // nothing is left to compare
	}
	left := after.Status > before.Status && after.Status >= Unsubscribed || e.Kind == Erase && r.Outcome == Applied
	if (after.Generation > before.Generation) != left {
		t.Errorf("%s: generation %d to %d", what, before.Generation, after.Generation)
	}
	if after.Status >= Unsubscribed && !after.Expires.IsZero() {
		t.Errorf("%s: a record that has left expires", what)
	}
	if (r.Mail != NoMail) != (r.Outcome == Applied && (e.Kind == Request || e.Kind == RequestLeave || e.Kind == AskPreferences)) {
		t.Errorf("%s: %s with mail %d", what, r.Outcome, r.Mail)
	}
	if e.Kind == Erase && after.Email != "" {
		t.Errorf("%s: the address is still there", what)
	}
	if r.Outcome != Applied && after.Op != before.Op {
		t.Errorf("%s: nothing changed but the op", what)
	}
	if again := DefaultLimits().Apply(after, e); r.Outcome == Applied && (again.Outcome != Applied || again.Mail != r.Mail) {
		t.Errorf("%s: repeated with its op: %s, mail %d", what, again.Outcome, again.Mail)
	}
	if e.Kind != Confirm && e.Kind != Import && after.ConfirmedAt != before.ConfirmedAt {
		t.Errorf("%s changed the time of confirmation", what)
	}
}

// Every order of every subset of leave events ends in one status a subset, as
// the design counts: 13,699 orders.
func TestEveryOrderOfLeaving(t *testing.T) {
	confirmed := noon().Add(-time.Hour)
	events := []Event{
		{Kind: Unsubscribe}, {Kind: Unsubscribe}, {Kind: HardBounce, MailTime: noon()}, {Kind: HardBounce, MailTime: confirmed.Add(-time.Hour)},
		{Kind: Complaint}, {Kind: Complaint}, {Kind: Erase},
	}
	ends := map[int]Status{}
	orders := -1 // the empty one is none
	var walk func(s Subscriber, taken int)
	walk = func(s Subscriber, taken int) {
		orders++
		if end, ok := ends[taken]; ok && end != s.Status {
			t.Errorf("events %07b end as %s and as %s", taken, end, s.Status)
		}
		ends[taken] = s.Status
		for i, e := range events {
			if taken&(1<<i) == 0 {
				e.Op, e.At = fmt.Sprint(i), noon().Add(time.Duration(i)*time.Minute)
				walk(DefaultLimits().Apply(s, e).Subscriber, taken|1<<i)
			}
		}
	}
	walk(Subscriber{Status: Confirmed, ConfirmedAt: confirmed, Email: "jane@example.org"}, 0)
	if orders != 13699 {
		t.Errorf("%d orders, want 13,699", orders)
	}
}

// at applies requests at offsets from noon and returns which made a mail due.
func mailsAt(s Subscriber, kind Kind, offsets ...time.Duration) []bool {
	var due []bool
	for i, d := range offsets {
		r := DefaultLimits().Apply(s, Event{Kind: kind, Op: fmt.Sprint(i), At: noon().Add(d), Email: "jane@example.org"})
		due, s = append(due, r.Mail != NoMail), r.Subscriber
	}
	return due
}

func TestMailLimits(t *testing.T) {
	const m, h, d = time.Minute, time.Hour, 24 * time.Hour
	confirmed := Subscriber{Status: Confirmed, Email: "jane@example.org", ConfirmedAt: noon().Add(-month)}
	for _, c := range []struct {
		name    string
		s       Subscriber
		kind    Kind
		offsets []time.Duration
		want    []bool
	}{
		{"cool-down", Subscriber{}, Request, []time.Duration{0, m, 10*m - 1, 10 * m}, []bool{true, false, false, true}},
		{"a day", Subscriber{}, Request, []time.Duration{0, h, 2 * h, 3 * h, 13 * h}, []bool{true, true, true, false, true}},
		{"unanswered", Subscriber{}, Request, []time.Duration{0, d, 2 * d, 3 * d, 4 * d, 5 * d, 29 * d, 30 * d}, []bool{true, true, true, true, true, false, false, true}},
		{"already", confirmed, Request, []time.Duration{0, h, 23 * h, 24 * h}, []bool{true, false, false, true}},
		{"already, soon after the confirmation", Subscriber{Status: Confirmed, Email: "jane@example.org", ConfirmedAt: noon().Add(-m), MailedAt: noon().Add(-h)},
			Request, []time.Duration{0, h}, []bool{true, false}},
		{"the link to the choices", confirmed, AskPreferences, []time.Duration{0, 5 * m, h, 2 * h, 3 * h}, []bool{true, false, true, true, false}},
		{"the link to leave", confirmed, RequestLeave, []time.Duration{0, 5 * m, h, 2 * h, 3 * h}, []bool{true, false, true, true, false}},
		{"clock set back", Subscriber{}, Request, []time.Duration{h, 0, 2 * h}, []bool{true, false, true}},
	} {
		if got := mailsAt(c.s, c.kind, c.offsets...); !slices.Equal(got, c.want) {
			t.Errorf("%s: mails %v, want %v", c.name, got, c.want)
		}
	}
}

// The edges of the table's conditions.
func TestConditions(t *testing.T) {
	at := func(status Status, kind Kind, change func(*Subscriber, *Event)) Result {
		s, e := standing(status, kind)
		change(&s, &e)
		return DefaultLimits().Apply(s, e)
	}
	for _, c := range []struct {
		name string
		got  Result
		want Outcome
	}{
		{"confirm with an old generation", at(Unsubscribed, Confirm, func(_ *Subscriber, e *Event) { e.Generation-- }), Refused},
		{"confirm again with an old generation", at(Confirmed, Confirm, func(_ *Subscriber, e *Event) { e.Generation-- }), Refused},
		{"confirm a tombstone", at(Unsubscribed, Confirm, func(s *Subscriber, _ *Event) { s.Email = "" }), Refused},
		{"confirm after expiry", at(Pending, Confirm, func(s *Subscriber, _ *Event) { s.Expires = noon() }), Refused},
		{"confirm after the address was kept", at(Erased, Confirm, func(s *Subscriber, _ *Event) { s.EmailUntil = noon() }), Refused},
		{"request soon after a bounce", at(Bounced, Request, func(s *Subscriber, _ *Event) { s.LeftAt = noon().Add(-month + 1) }), Refused},
		{"bounce of a mail from before", at(Confirmed, HardBounce, func(s *Subscriber, e *Event) { e.MailTime = s.ConfirmedAt.Add(-1) }), Refused},
		{"bounce of a mail of that instant", at(Confirmed, HardBounce, func(s *Subscriber, e *Event) { e.MailTime = s.ConfirmedAt }), Applied},
		{"soft bounce reported twice", at(Confirmed, SoftBounce, func(s *Subscriber, _ *Event) { s.SoftBounces = []string{"issue"} }), Repeated},
		{"import over an expired request", at(Pending, Import, func(s *Subscriber, _ *Event) { s.Expires = noon() }), Applied},
		{"lift what has changed", at(Complained, Lift, func(_ *Subscriber, e *Event) { e.SeenOp = "other" }), Refused},
		{"lift another status", at(Complained, Lift, func(_ *Subscriber, e *Event) { e.Seen = Bounced }), Refused},
		{"preferences of an old generation", at(Confirmed, SetPreferences, func(_ *Subscriber, e *Event) { e.Generation-- }), Refused},
		{"erase by an old link", at(Confirmed, Erase, func(_ *Subscriber, e *Event) { e.Bound, e.Generation = true, 3 }), Refused},
		{"erase by a link", at(Confirmed, Erase, func(_ *Subscriber, e *Event) { e.Bound = true }), Applied},
		{"erase by a link pressed twice", at(Erased, Erase, func(s *Subscriber, e *Event) { s.Email, s.Generation, e.Bound = "", 5, true }), Repeated},
		{"erase by a link of nobody", at(None, Erase, func(_ *Subscriber, e *Event) { e.Bound = true }), Refused},
		{"sweep an expired request", at(Pending, Sweep, func(s *Subscriber, _ *Event) { s.Expires = noon() }), Applied},
		{"sweep an address in its time", at(Erased, Sweep, func(s *Subscriber, _ *Event) { s.EmailUntil = noon().Add(1) }), Repeated},
		{"sweep an address after its time", at(Erased, Sweep, func(s *Subscriber, _ *Event) { s.EmailUntil = noon() }), Applied},
		{"unknown kind", at(Confirmed, 99, func(*Subscriber, *Event) {}), Refused},
	} {
		if c.got.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got.Outcome, c.want)
		}
	}
	third := at(Confirmed, SoftBounce, func(s *Subscriber, _ *Event) { s.SoftBounces = []string{"a", "b"} })
	if third.Subscriber.Status != Bounced {
		t.Errorf("three issues bounced softly: %s", third.Subscriber.Status)
	}
}

// A stranger who types a subscriber's address into the form changes nothing of
// the subscription.
func TestRequestTouchesNoSubscription(t *testing.T) {
	before, e := standing(Confirmed, Request)
	before.Preferences, e.Preferences = Preferences{Language: "fr"}, Preferences{Language: "en"}
	after := DefaultLimits().Apply(before, e).Subscriber
	after.MailedAt, after.MailDay, after.MailCount, after.Op = before.MailedAt, before.MailDay, before.MailCount, before.Op
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("before %+v\nafter  %+v", before, after)
	}
}

// What a sweep leaves: the suppression, and nothing that names the person.
func TestSweep(t *testing.T) {
	s, e := standing(Unsubscribed, Sweep)
	s.EmailUntil, s.Preferences, s.Consent = noon(), Preferences{Language: "fr"}, Consent{Source: "x"}
	got := DefaultLimits().Apply(s, e).Subscriber
	want := Subscriber{ID: s.ID, Status: Unsubscribed, Generation: s.Generation, LeftAt: s.LeftAt, ConfirmedAt: s.ConfirmedAt, Op: e.Op}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	s, e = standing(Pending, Sweep)
	s.Expires = noon()
	if got := DefaultLimits().Apply(s, e).Subscriber; got.Email != "" || got.Status != None {
		t.Errorf("a request that is over leaves %+v", got)
	}
}

func TestCounters(t *testing.T) {
	k, l := knownKeys(t), DefaultLimits()
	keys := func(source string, at time.Time) string { return l.Post(k, source, at).Key }
	first := keys("192.0.2.1", noon())
	if strings.Contains(first, "192") || first != keys("192.0.2.1", noon().Add(12*time.Hour)) {
		t.Errorf("key %s: want one for every hour, without the address", first)
	}
	if first == keys("192.0.2.2", noon()) {
		t.Error("another source has the same key")
	}
	if c := l.Post(k, "192.0.2.1", noon()); !c.Renews || c.Max != 10 || !c.Expires.Equal(noon().Add(10*time.Minute)) {
		t.Errorf("%+v", c)
	}
	if k.SourceHash("192.0.2.1", noon()) == k.SourceHash("192.0.2.1", noon().Add(24*time.Hour)) {
		t.Error("a source has the same hash on two days")
	}
}

// TestBreaker: the counters of the whole site let pass its limit together, and
// every address has one that lets something pass.
func TestBreaker(t *testing.T) {
	k, l := knownKeys(t), DefaultLimits()
	for site, shards := range map[int]int{0: 1, 1: 1, 5: 5, 8: 8, 9: 8, 100: 8, 200: 8, 203: 8} {
		l.Site = site
		total := map[string]int{}
		for i := range 256 {
			c := l.Mails(k, Address{fmt.Sprint("a", i), "example.org"}, noon())
			if len(c) != 1 || !IsBreaker(c[0].Key) || c[0].Max == 0 && site > 0 {
				t.Fatalf("counters %+v", c)
			}
			total[c[0].Key] = c[0].Max
		}
		sum := 0
		for _, n := range total {
			sum += n
		}
		if len(total) != shards || sum != site {
			t.Errorf("%d counters let %d mails pass, want %d and %d", len(total), sum, shards, site)
		}
	}
}

// At Gmail dots and tags lead to one mailbox, which has one set of counters
// though each spelling has a record of its own.
func TestMailboxCounters(t *testing.T) {
	k, l := knownKeys(t), DefaultLimits()
	one := l.Mails(k, Address{"jane", "gmail.com"}, noon())
	other := l.Mails(k, Address{"J.a.ne+x", "googlemail.com"}, noon())
	if len(one) != 3 || len(other) != 3 || !slices.Equal(one[1:], other[1:]) || IsBreaker(one[1].Key) || strings.Contains(one[1].Key, "jane") {
		t.Errorf("counters\n%+v\n%+v", one, other)
	}
	if k.ID(Address{"jane", "gmail.com"}) == k.ID(Address{"j.ane", "gmail.com"}) {
		t.Error("two spellings are one person")
	}
}

// The second step: from two seconds to one hour, for one person and one network.
func TestStep(t *testing.T) {
	k := knownKeys(t)
	shown := noon().Add(300 * time.Millisecond)
	text := k.SignStep(ID{1}, "192.0.2.0", shown)
	for _, c := range []struct {
		name      string
		id        ID
		source    string
		after     time.Duration
		ok, early bool
	}{
		{"at once", ID{1}, "192.0.2.0", 0, true, true},
		{"early", ID{1}, "192.0.2.0", 1999 * time.Millisecond, true, true},
		{"in time", ID{1}, "192.0.2.0", 3 * time.Second, true, false},
		{"an hour later", ID{1}, "192.0.2.0", time.Hour, true, false},
		{"too late", ID{1}, "192.0.2.0", time.Hour + 6*time.Minute, false, false},
		{"another person", ID{2}, "192.0.2.0", time.Minute, false, false},
		{"another network", ID{1}, "192.0.2.1", time.Minute, false, false},
	} {
		if ok, early := k.VerifyStep(text, c.id, c.source, shown.Add(c.after)); ok != c.ok || early != c.early {
			t.Errorf("%s: ok %v early %v", c.name, ok, early)
		}
	}
	if ok, _ := k.VerifyStep(k.SignFor(PurposeConfirm, Subscriber{ID: ID{1}}, shown), ID{1}, "192.0.2.0", shown.Add(time.Minute)); ok {
		t.Error("another purpose's token was taken")
	}
	if k.StepCounter(text, shown).Key == k.StepCounter(text[1:], shown).Key {
		t.Error("two steps have one counter")
	}
}

func TestSource(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "192.0.2.1:443": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "[2001:db8:1:2ff::1]:443": "2001:db8:1:200::/56",
		"2001:db8:1:2ab::1": "2001:db8:1:200::/56", "fe80::1%eth0": "fe80::/56", "nonsense": "unknown", "": "unknown",
	} {
		if got := Source(remote); got != want {
			t.Errorf("Source(%q) = %q, want %q", remote, got, want)
		}
	}
	if _, err := netip.ParsePrefix(Source("2001:db8::1")); err != nil {
		t.Error(err)
	}
}

func TestParseStatus(t *testing.T) {
	for s := None; s <= Erased; s++ {
		if got, ok := ParseStatus(s.String()); !ok || got != s {
			t.Errorf("ParseStatus(%q) = %v, %v", s, got, ok)
		}
	}
	if _, ok := ParseStatus("unknown"); ok {
		t.Error("unknown is no status")
	}
}

// TestRestore: a backup brings back whom nobody knows, and nobody who left.
func TestRestore(t *testing.T) {
	day := func(n int) time.Time { return noon().AddDate(0, 0, n) }
	confirmed := Subscriber{Status: Confirmed, Email: "jane@example.org", ConfirmedAt: day(0), Generation: 2}
	left := Subscriber{Status: Unsubscribed, LeftAt: day(1)}
	for _, c := range []struct {
		name       string
		now, then  Subscriber
		want       Status
		generation uint32
		outcome    Outcome
		forgotten  bool
	}{
		{"nobody known", Subscriber{}, confirmed, Confirmed, 2, Applied, false},
		{"a leaving of nobody known", Subscriber{}, left, Unsubscribed, 1, Applied, true},
		{"left after confirming", confirmed, left, Unsubscribed, 3, Applied, false},
		{"left before confirming again", Subscriber{Status: Confirmed, ConfirmedAt: day(2), Email: "x"}, left, Confirmed, 0, Repeated, false},
		{"a backup from before the leaving", Subscriber{Status: Unsubscribed, LeftAt: day(1), Generation: 1}, confirmed, Unsubscribed, 1, Repeated, true},
		{"erased since", confirmed, Subscriber{Status: Erased, LeftAt: day(1)}, Erased, 3, Applied, true},
		{"nothing", confirmed, Subscriber{}, Confirmed, 2, Refused, false},
	} {
		r := DefaultLimits().Apply(c.now, Event{Kind: Restore, Op: "restore", At: day(5), Record: c.then})
		if s := r.Subscriber; s.Status != c.want || s.Generation != c.generation || r.Outcome != c.outcome || (s.Email == "") != c.forgotten {
			t.Errorf("%s: %s, generation %d, %s, address %q", c.name, s.Status, s.Generation, r.Outcome, s.Email)
		}
	}
}
