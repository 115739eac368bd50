package kept_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"broadsheet/functions/internal/kept"
)

type day struct{ time.Time }

type person struct {
	Name  string
	Words []string
}

type front struct {
	Title  string
	Start  day
	Draft  bool
	Number int
	Share  float64
	Sum    [4]byte
	Topics []string
	People []person
	At     struct{ Line, Column int }
}

func fronts() *rapid.Generator[front] {
	return rapid.Custom(func(t *rapid.T) front {
		words := rapid.SliceOfN(rapid.StringN(0, 5, -1), 0, 3)
		f := front{Title: rapid.String().Draw(t, "title"), Draft: rapid.Bool().Draw(t, "draft"), Number: rapid.Int().Draw(t, "number"), Share: rapid.Float64().Draw(t, "share"), Topics: words.Draw(t, "topics")}
		if rapid.Bool().Draw(t, "dated") {
			f.Start = day{time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "start"), 0).UTC()}
		}
		for _, name := range words.Draw(t, "names") {
			f.People = append(f.People, person{name, words.Draw(t, "words")})
		}
		f.At.Line = rapid.IntRange(-3, 300).Draw(t, "line")
		copy(f.Sum[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "sum"))
		// An empty list is none.
		if len(f.Topics) == 0 {
			f.Topics = nil
		}
		for i := range f.People {
			if len(f.People[i].Words) == 0 {
				f.People[i].Words = nil
			}
		}
		return f
	})
}

// TestValue: what is written is read again, one value behind the other.
func TestValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(fronts()).Draw(t, "all")
		w := &kept.Writer{}
		w.Number(len(all))
		for _, f := range all {
			w.Value(f)
			w.Text(f.Title)
		}
		r := kept.NewReader(w.Data)
		if n := r.Count(); n != len(all) {
			t.Fatalf("%d values, want %d", n, len(all))
		}
		for _, want := range all {
			var got front
			r.Value(&got)
			if difference := cmp.Diff(want, got); difference != "" {
				t.Fatal(difference)
			}
			if text := r.Text(); text != want.Title {
				t.Fatalf("the text is %q, want %q", text, want.Title)
			}
		}
		if r.Torn() || len(r.Rest()) > 0 {
			t.Fatalf("torn %v, %d bytes left", r.Torn(), len(r.Rest()))
		}
	})
}

// TestTorn: bytes that end too soon are noticed, others never make it panic.
func TestTorn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &kept.Writer{}
		w.Value(fronts().Draw(t, "front"))
		at := rapid.IntRange(0, len(w.Data)-1).Draw(t, "at")
		r := kept.NewReader(w.Data[:at])
		var got front
		r.Value(&got)
		if !r.Torn() {
			t.Fatalf("%d of %d bytes are enough", at, len(w.Data))
		}
		kept.NewReader(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")).Value(&got)
	})
}
