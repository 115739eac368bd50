package content

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSlugFor(t *testing.T) {
	for in, want := range map[string]string{
		"Operation SIREN":       "operation-siren",
		"  Été à Nouméa – 2019": "ete-a-noumea-2019",
		"会议":                    "",
		"a/../b":                "a-b",
		"The thirty-second meeting of regional contact points in Brisbane": "the-thirty-second-meeting-of-regional-contact-points-in",
		strings.Repeat("x", 80): strings.Repeat("x", 60),
	} {
		if got := SlugFor(in); got != want {
			t.Errorf("SlugFor(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestCompose: what Compose writes is read back as it was.
func TestCompose(t *testing.T) {
	front := EventFront{
		Title: "Yes: a title that # is hard, 12", Summary: "\"Quoted\"\nand on two lines", Start: Moment{Time: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC), Timed: true},
		Status: "scheduled", Topics: []string{"no", "12", "2026-01-01"}, Edition: 3, Updated: Date{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)},
		Programme: []Item{{When: Moment{Time: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)}, What: "null"}},
	}
	b, err := Compose(front, "# not a title\n\nText.\n")
	if err != nil {
		t.Fatal(err)
	}
	head, body, ok := strings.Cut(strings.TrimPrefix(string(b), "---\n"), "---\n\n")
	if !ok || body != "# not a title\n\nText.\n" {
		t.Fatalf("composed %s", b)
	}
	var problems Problems
	var back EventFront
	(&source{file: "x", problems: &problems}).decode([]byte(head), &back)
	if err := problems.Err(); err != nil || !reflect.DeepEqual(back, front) {
		t.Errorf("%v\n%s\n got %+v\nwant %+v", err, b, back, front)
	}
}

func TestFill(t *testing.T) {
	var front ArticleFront
	err := Fill(&front, map[string]string{"title": "T", "summary": "S", "start": "2022-09-20", "topics": "drugs, wildlife", "participants": "12", "activity": "meeting", "mode": "online", "sources": "x", "end": ""})
	if err != nil || front.Topics[1] != "wildlife" || front.Start.Day() != 20 || front.Participants != 12 || !front.End.IsZero() {
		t.Errorf("%v, %+v", err, front)
	}
	err = Fill(&ArticleFront{}, map[string]string{"start": "2022-02-30", "titel": "x"})
	for _, want := range []string{`start is "2022-02-30"`, `unknown field "titel"; did you mean "title"?`, `"summary" is missing`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
}
