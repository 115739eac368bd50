package consent_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/subscriber"
)

// store is what both stores are here.
type store interface {
	consent.Store
	consent.Keeper
	KeepEntry(context.Context, consent.Entry) error
}

// insider is a store and what somebody can do who may write into its tables.
type insider struct {
	store
	remove func(testing.TB, consent.Entry)
	unroot func(testing.TB, string)                             // removes the root of a day
	alter  func(testing.TB, subscriber.ID, string, string, int) // sets a text or, if that is empty, a number of a record
	delete func(testing.TB, subscriber.ID)
	unlink func(testing.TB, subscriber.ID) // as a record of an older release
}

// insiders are the stores that everything is tried on.
func insiders() map[string]func(testing.TB) insider {
	return map[string]func(testing.TB) insider{"file": file, "table": table}
}

func file(t testing.TB) insider {
	t.Helper()
	path := filepath.Join(t.TempDir(), "broadsheet.db")
	s, err := sqlite.Open(context.Background(), path, subscriber.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = db.Close(), s.Close() })
	exec := func(t testing.TB, query string, args ...any) {
		t.Helper()
		r, err := db.Exec(query, args...)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.RowsAffected(); n != 1 {
			t.Fatalf("%s: %d rows", query, n)
		}
	}
	return insider{s,
		func(t testing.TB, e consent.Entry) {
			exec(t, "DELETE FROM consent WHERE day = ? AND chain = ? AND number = ? AND hash = ?", e.Day, e.Chain, e.Number, e.Hash)
		},
		func(t testing.TB, day string) { exec(t, "DELETE FROM roots WHERE day = ?", day) },
		func(t testing.TB, id subscriber.ID, column, text string, n int) {
			exec(t, "UPDATE people SET "+column+" = CASE WHEN ? = '' THEN ? ELSE ? END WHERE id = ?", text, n, text, id.String())
		},
		func(t testing.TB, id subscriber.ID) { exec(t, "DELETE FROM people WHERE id = ?", id.String()) },
		func(t testing.TB, id subscriber.ID) {
			exec(t, "UPDATE people SET chain_key = '', chain_number = 0, chain_day = '', chain_hash = '' WHERE id = ?", id.String())
		},
	}
}

func table(t testing.TB) insider {
	t.Helper()
	url := dynamotest.Start(t).URL
	c := dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	people, ctx := "people", context.Background()
	key := func(pk, sk string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
	}
	remove := func(t testing.TB, pk, sk string) {
		t.Helper()
		if out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: &people, Key: key(pk, sk)}); err != nil || len(out.Item) == 0 {
			t.Fatalf("no item %s %s, %v", pk, sk, err)
		}
		if _, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &people, Key: key(pk, sk)}); err != nil {
			t.Fatal(err)
		}
	}
	return insider{dynamo.New(c, people, subscriber.DefaultLimits()),
		func(t testing.TB, e consent.Entry) {
			remove(t, "E#"+e.Day, fmt.Sprintf("%s#%06d#%s", e.Chain, e.Number, e.Hash))
		},
		func(t testing.TB, day string) { remove(t, "E#roots", day) },
		func(t testing.TB, id subscriber.ID, name, text string, n int) {
			out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: &people, Key: key("S#"+id.String(), "-")})
			if err != nil || len(out.Item) == 0 {
				t.Fatalf("no record, %v", err)
			}
			out.Item[name] = &types.AttributeValueMemberN{Value: fmt.Sprint(n)}
			if text != "" {
				out.Item[name] = &types.AttributeValueMemberS{Value: text}
			}
			if _, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: &people, Item: out.Item}); err != nil {
				t.Fatal(err)
			}
		},
		func(t testing.TB, id subscriber.ID) { remove(t, "S#"+id.String(), "-") },
		func(t testing.TB, id subscriber.ID) {
			out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: &people, Key: key("S#"+id.String(), "-")})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"chain_key", "chain_number", "chain_day", "chain_hash"} {
				delete(out.Item, name)
			}
			if _, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: &people, Item: out.Item}); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func monday() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func person(n int) subscriber.ID { return subscriber.ID{byte(n * 41), byte(n), 7} }

// does records an event of a person some days after Monday.
func does(t testing.TB, s store, n int, kind subscriber.Kind, days int, change ...func(*subscriber.Event)) subscriber.Result {
	t.Helper()
	at := monday().AddDate(0, 0, days)
	e := subscriber.Event{Kind: kind, ID: person(n), At: at, Op: fmt.Sprint(n, kind, days), Email: fmt.Sprintf("p%d@example.org", n), MailTime: at, Reason: "a reason",
		Preferences: subscriber.Preferences{Topics: []string{"drugs"}, Frequency: "weekly", Language: "fr"},
		Consent:     subscriber.Consent{RequestedAt: at.Add(-time.Hour), Method: "form", Shown: "commit=c0ffee", Source: "network", Evidence: "paper of Jane"}}
	for _, f := range change {
		f(&e)
	}
	r, err := s.Record(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// closed makes the roots of all days before the one that is so many days after
// Monday.
func closed(t testing.TB, s store, days int) []consent.Root {
	t.Helper()
	roots, err := consent.CloseDays(context.Background(), s, monday().AddDate(0, 0, days))
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

// verified verifies a store as on Monday a week later.
func verified(t testing.TB, s store, noted map[string]string) (consent.Report, []consent.Finding) {
	t.Helper()
	var findings []consent.Finding
	r, err := consent.VerifyAll(context.Background(), s, monday().AddDate(0, 0, 7), noted, func(f consent.Finding) { findings = append(findings, f) })
	if err != nil {
		t.Fatal(err)
	}
	if r.Findings != len(findings) {
		t.Errorf("%d findings were counted, %d reported", r.Findings, len(findings))
	}
	return r, findings
}

// same fails unless the same is found in a ledger that is read in parts.
func same(t testing.TB, s store, whole consent.Report, wanted []consent.Finding) {
	t.Helper()
	var got, want []string
	r, err := consent.VerifyInParts(context.Background(), s, monday().AddDate(0, 0, 7), nil, func(f consent.Finding) { got = append(got, f.String()) })
	for _, f := range wanted {
		want = append(want, f.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || r != whole || !slices.Equal(got, want) {
		t.Errorf("in parts: %+v, %v\n%q\nwhole: %+v\n%q", r, err, got, whole, want)
	}
}

// entries are all of a store from Monday on.
func entries(t testing.TB, s store) []consent.Entry {
	t.Helper()
	var all []consent.Entry
	for n := range 9 {
		for e, err := range s.Entries(context.Background(), monday().AddDate(0, 0, n).Format(time.DateOnly), "") {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}

func onBoth(t *testing.T, f func(*testing.T, insider)) {
	for name, open := range insiders() {
		t.Run(name, func(t *testing.T) { f(t, open(t)) })
	}
}

// TestWhatIsAnEntry: every change of consent is one entry, nothing else is, and
// the person's chain tells all of it.
func TestWhatIsAnEntry(t *testing.T) {
	onBoth(t, func(t *testing.T, s insider) {
		other := func(e *subscriber.Event) { e.Preferences.Frequency = "monthly" }
		for i, step := range []struct {
			kind   subscriber.Kind
			days   int
			change func(*subscriber.Event)
			want   int // entries from then on
		}{
			{subscriber.Request, 0, nil, 0}, // no consent yet
			{subscriber.Confirm, 0, nil, 1},
			{subscriber.Request, 1, nil, 1},        // a mail, no more
			{subscriber.SetPreferences, 1, nil, 1}, // they are so already
			{subscriber.SetPreferences, 2, other, 2},
			{subscriber.SoftBounce, 2, nil, 2},
			{subscriber.Unsubscribe, 3, nil, 3},
			{subscriber.Unsubscribe, 3, nil, 3},
			{subscriber.Request, 4, nil, 3},
			{subscriber.Confirm, 4, func(e *subscriber.Event) { e.Generation = 1 }, 4},
			{subscriber.Complaint, 5, nil, 5},
		} {
			change := step.change
			if change == nil {
				change = func(*subscriber.Event) {}
			}
			does(t, s, 1, step.kind, step.days, change, func(e *subscriber.Event) { e.Op += fmt.Sprint(i) })
			if got := len(entries(t, s)); got != step.want {
				t.Fatalf("step %d, %s: %d entries, want %d", i, step.kind, got, step.want)
			}
		}
		p, _, err := s.store.(interface {
			Get(context.Context, subscriber.ID) (subscriber.Subscriber, bool, error)
		}).Get(t.Context(), person(1))
		if err != nil {
			t.Fatal(err)
		}
		told, err := consent.History(t.Context(), s, p)
		var kinds []string
		for _, e := range told {
			kinds = append(kinds, e.Kind)
		}
		if got := strings.Join(kinds, " "); err != nil || got != "complaint confirm unsubscribe set-preferences confirm" {
			t.Errorf("the history is %q, %v", got, err)
		}
		first := told[len(told)-1]
		if first.Choices != "weekly fr drugs" || first.Shown != "commit=c0ffee" || !first.RequestedAt.Equal(monday().Add(-time.Hour)) || !first.At.Equal(monday()) || len(first.Evidence) != 64 {
			t.Errorf("the confirmation says %+v", first)
		}
		if r, findings := verified(t, s, nil); r.People != 1 || r.Entries != 5 || r.Findings != 0 {
			t.Errorf("%+v %v", r, findings)
		}
	})
}
