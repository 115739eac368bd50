package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"broadsheet/functions/internal/backup"
	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/subscriber"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

type store interface {
	backup.Source
	backup.Target
	Plan(context.Context, string, []subscriber.ID, time.Time) error
}

// verifies fails unless the ledger of a store is as it was written.
func verifies(t *testing.T, what string, s store, people, closed int) {
	t.Helper()
	r, err := consent.VerifyAll(t.Context(), s, noon().AddDate(0, 0, 9), nil, func(f consent.Finding) { t.Errorf("%s: %s", what, f) })
	if err != nil || r.People != people || r.Without != 0 || r.Closed != closed {
		t.Errorf("%s: verified %+v, %v; want %d people, %d closed", what, r, err, people, closed)
	}
}

func closeDays(t *testing.T, s store, days int) {
	t.Helper()
	if roots, err := consent.CloseDays(t.Context(), s, noon().AddDate(0, 0, days)); err != nil || len(roots) == 0 {
		t.Fatal(roots, err)
	}
}

func file(t *testing.T) store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "broadsheet.db"), subscriber.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func table(t *testing.T) store {
	t.Helper()
	url := dynamotest.Start(t).URL
	c := dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	return dynamo.New(c, "people", subscriber.DefaultLimits()).WithJournal("journal")
}

func id(n int) subscriber.ID { return subscriber.ID{byte(n * 37), byte(n), 1} }

func record(t *testing.T, s store, kind subscriber.Kind, n int, at time.Time) {
	t.Helper()
	e := subscriber.Event{Kind: kind, ID: id(n), Op: fmt.Sprint(kind, n, at.Unix()), At: at, Email: fmt.Sprintf("p%d@example.org", n), Reason: "test",
		Preferences: subscriber.Preferences{Topics: []string{"drugs"}, Frequency: "weekly", Language: "fr"}, Consent: subscriber.Consent{Method: "import", Evidence: "paper"}}
	if _, err := s.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// filled returns a store with people of every kind and an issue half sent.
func filled(t *testing.T, s store) store {
	t.Helper()
	for n := range 12 {
		record(t, s, subscriber.Import, n, noon())
	}
	for n, kind := range map[int]subscriber.Kind{1: subscriber.Unsubscribe, 2: subscriber.Complaint, 3: subscriber.Erase, 20: subscriber.Request, 21: subscriber.Unsubscribe} {
		record(t, s, kind, n, noon().Add(time.Hour))
	}
	if saved, err := s.Save(t.Context(), issue.Issue{ID: "n7", Kind: issue.Newsletter, Number: 7, Subject: "Seven", Stage: issue.Sending, Planned: 2, PlanTime: noon(), Topics: []string{"drugs"}}); err != nil || !saved {
		t.Fatal(saved, err)
	}
	if err := s.Plan(t.Context(), "n7", []subscriber.ID{id(4), id(5)}, noon()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []issue.Change{
		{Step: issue.Claim, Issue: "n7", ID: id(4), At: noon(), Owner: "a", Lease: noon().Add(time.Minute)},
		{Step: issue.Accept, Issue: "n7", ID: id(4), At: noon(), Attempt: 1, MessageID: "m"},
		{Step: issue.Claim, Issue: "n7", ID: id(5), At: noon(), Owner: "b", Lease: noon().Add(time.Minute)},
	} {
		if _, outcome, err := s.Move(t.Context(), c); err != nil || outcome != issue.Applied {
			t.Fatal(c.Step, outcome, err)
		}
	}
	if err := s.Add(t.Context(), "n7", issue.Counts{Sent: 1}); err != nil {
		t.Fatal(err)
	}
	return s
}

func dump(t *testing.T, s store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), &b, s, noon()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// content is a backup without what may differ: the order of lines, the end, and
// versions of records in a ledger.
func content(b []byte) []string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"end"`) })
	for i, l := range lines {
		before, after, ok := strings.Cut(l, `"Version":`)
		if ok {
			_, after, _ = strings.Cut(after, ",")
			lines[i] = before + after
		}
	}
	slices.Sort(lines)
	return lines
}

func restore(t *testing.T, b []byte, s store) backup.Restored {
	t.Helper()
	if _, err := backup.Check(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	r, err := backup.Restore(t.Context(), bytes.NewReader(b), s, noon().AddDate(0, 0, 1), func() {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRoundTrip: from the file into a table and back, nothing changes but that
// what was open waits; a second restore changes nothing.
func TestRoundTrip(t *testing.T) {
	here := filled(t, file(t))
	closeDays(t, here, 3)
	first := dump(t, here)
	there := table(t)
	r := restore(t, first, there)
	if r.New != 14 || r.Left != 0 || r.Issues != 1 || r.Deliveries != 2 {
		t.Errorf("restored %+v", r)
	}
	second := dump(t, there)
	back := file(t)
	restore(t, second, back)
	if r := restore(t, second, back); r.New != 0 || r.Left != 0 || r.Issues != 0 || r.Deliveries != 0 || r.Unchanged != 14 {
		t.Errorf("restored again: %+v", r)
	}
	verifies(t, "in the table", there, 12, 1)
	verifies(t, "back in the file", back, 12, 1)
	want := content(first)
	for i, l := range want {
		l = strings.Replace(l, `"Stage":"sending","Reason":""`, `"Stage":"paused","Reason":"restored from a backup"`, 1)
		want[i] = strings.Replace(l, `"State":"claimed"`, `"State":"unknown"`, 1)
		if strings.Contains(l, `"State":"claimed"`) {
			want[i] = strings.Replace(want[i], `"Reason":""`, `"Reason":"a call was out when the backup was made"`, 1)
		}
	}
	slices.Sort(want)
	if got := content(dump(t, back)); !slices.Equal(got, want) {
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("line %d\n got %s\nwant %s", i, strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), strings.Join(want[min(i, len(want)):min(i+1, len(want))], ""))
			}
		}
	}
}

// TestWhoLeftStaysOut: neither an old backup nor a store that was put back to
// an earlier time brings anybody back who left.
func TestWhoLeftStaysOut(t *testing.T) {
	s := file(t)
	record(t, s, subscriber.Import, 1, noon())
	record(t, s, subscriber.Import, 2, noon())
	monday := dump(t, s)
	record(t, s, subscriber.Unsubscribe, 1, noon().Add(time.Hour))
	record(t, s, subscriber.Erase, 2, noon().Add(time.Hour))
	tuesday := dump(t, s)

	check := func(what string, s store) {
		t.Helper()
		for n, want := range map[int]subscriber.Status{1: subscriber.Unsubscribed, 2: subscriber.Erased} {
			p, _, err := s.Get(t.Context(), id(n))
			if err != nil || p.Status != want || n == 2 && p.Email != "" {
				t.Errorf("%s: person %d is %s with address %q, %v", what, n, p.Status, p.Email, err)
			}
		}
	}
	restore(t, monday, s)
	check("an old backup over newer records", s)

	other := table(t)
	restore(t, tuesday, other)
	restore(t, monday, other)
	check("an old backup after a newer one", other)

	// The records of Monday and the journal of Tuesday.
	var mixed []string
	for l := range strings.Lines(string(monday)) {
		if strings.HasPrefix(l, `{"person"`) {
			mixed = append(mixed, l)
		}
	}
	for l := range strings.Lines(string(tuesday)) {
		if strings.HasPrefix(l, `{"leave"`) {
			mixed = append(mixed, l)
		}
	}
	later := table(t)
	if _, err := backup.Restore(t.Context(), strings.NewReader(strings.Join(mixed, "")), later, noon(), func() {}); err != nil {
		t.Fatal(err)
	}
	check("records of Monday with the journal of Tuesday", later)
}

// TestCheck: a file that is not a whole backup is refused, wherever it was torn.
func TestCheck(t *testing.T) {
	b := dump(t, filled(t, file(t)))
	for cut := range bytes.Count(b, []byte("\n")) {
		lines := bytes.SplitAfter(b, []byte("\n"))
		torn := bytes.Join(lines[:cut], nil)
		if _, err := backup.Check(bytes.NewReader(torn)); err == nil {
			t.Errorf("%d lines of a backup pass for a whole one", cut)
		}
	}
	for what, spoilt := range map[string][]byte{
		"half a line":     b[:len(b)-20],
		"changed":         bytes.Replace(b, []byte("p4@example.org"), []byte("p9@example.org"), 1),
		"a line twice":    append(bytes.Clone(b), b[:bytes.IndexByte(b, '\n')+1]...),
		"something else":  []byte("{\"a\":1}\n"),
		"a newer version": bytes.Replace(b, []byte(`"version":2`), []byte(`"version":9`), 1),
	} {
		if _, err := backup.Check(bytes.NewReader(spoilt)); err == nil {
			t.Errorf("%s passes for a backup", what)
		}
	}
}

// TestAnotherLedger: people who come back into a store with a ledger of its own
// begin a new chain there, and nothing of that ledger is written anew.
func TestAnotherLedger(t *testing.T) {
	old := file(t)
	for n := range 4 {
		record(t, old, subscriber.Import, n, noon())
	}
	closeDays(t, old, 2)
	b := dump(t, old)
	for name, s := range map[string]store{"file": file(t), "table": table(t)} {
		record(t, s, subscriber.Import, 20, noon().AddDate(0, 0, -1))
		record(t, s, subscriber.Import, 1, noon())
		closeDays(t, s, 1)
		if r := restore(t, b, s); r.New != 3 || r.Unchanged != 1 {
			t.Errorf("%s: restored %+v", name, r)
		}
		verifies(t, name, s, 5, 0)
	}

	// A backup of before there were ledgers.
	var plain []string
	for l := range strings.Lines(strings.Replace(string(b), `"version":2`, `"version":1`, 1)) {
		if before, _, linked := strings.Cut(l, `,"Chain":`); linked {
			l = before + "}}\n"
		}
		if !strings.HasPrefix(l, `{"entry"`) && !strings.HasPrefix(l, `{"root"`) {
			plain = append(plain, l)
		}
	}
	s := table(t)
	if _, err := backup.Restore(t.Context(), strings.NewReader(strings.Join(plain, "")), s, noon(), func() {}); err != nil {
		t.Fatal(err)
	}
	verifies(t, "of version 1", s, 4, 0)
}

// TestForgottenComesBack: whom an old backup brings back begins a new chain, since
// the old one was closed.
func TestForgottenComesBack(t *testing.T) {
	s := file(t)
	record(t, s, subscriber.Import, 1, noon())
	record(t, s, subscriber.Import, 2, noon())
	b := dump(t, s)
	record(t, s, subscriber.Forget, 1, noon().Add(time.Hour))
	if r := restore(t, b, s); r.New != 1 {
		t.Errorf("restored %+v", r)
	}
	verifies(t, "brought back", s, 2, 1)
}

// TestBackupMeanwhile: a record that changes while the ledger is written has its
// entries in the backup.
func TestBackupMeanwhile(t *testing.T) {
	s := file(t)
	record(t, s, subscriber.Import, 1, noon())
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), &b, &busy{store: s, t: t}, noon()); err != nil {
		t.Fatal(err)
	}
	other := table(t)
	restore(t, b.Bytes(), other)
	verifies(t, "a backup of a busy store", other, 2, 0)
}

// busy is a store in which somebody leaves and somebody comes after its entries
// were read.
type busy struct {
	store
	t *testing.T
}

func (b *busy) All(ctx context.Context) iter.Seq2[subscriber.Subscriber, error] {
	record(b.t, b.store, subscriber.Unsubscribe, 1, noon().Add(time.Minute))
	record(b.t, b.store, subscriber.Import, 2, noon().Add(time.Minute))
	return b.store.All(ctx)
}
