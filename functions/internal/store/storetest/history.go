package storetest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"broadsheet/functions/internal/subscriber"
)

// histories checks random histories of one person after another against Apply.
func histories(t *testing.T, s Store) {
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		id, at := person(run), start()
		var model subscriber.Subscriber
		for i := range rapid.IntRange(1, 12).Draw(rt, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 40*24*60).Draw(rt, "minutes")) * time.Minute)
			e := event(rapid.SampledFrom(subscriber.Kinds()).Draw(rt, "kind"), id, fmt.Sprint(run, "-", i), at)
			e.Generation = uint32(rapid.IntRange(0, 2).Draw(rt, "generation"))
			e.MailTime = at.Add(-time.Duration(rapid.IntRange(0, 40).Draw(rt, "mail days")) * 24 * time.Hour)
			e.Seen, e.SeenOp = model.Status, model.Op
			if rapid.IntRange(0, 5).Draw(rt, "repeat") == 0 {
				e.Op = model.Op
			}
			want := subscriber.DefaultLimits().Apply(model, e)
			got, err := s.Record(t.Context(), e)
			if err != nil {
				rt.Fatal(err)
			}
			if !reflect.DeepEqual(plain(got), plain(want)) {
				rt.Fatalf("%s:\n got %+v\nwant %+v", e.Kind, got, want)
			}
			if want.Outcome == subscriber.Applied {
				model = want.Subscriber
			}
		}
	})
}

// plain makes results comparable: no list and an empty one are the same. A
// refusal may give the record as it is kept or as it counts. A link to the ledger
// is random.
func plain(r subscriber.Result) subscriber.Result {
	if r.Outcome == subscriber.Refused {
		r.Subscriber = subscriber.Subscriber{}
	}
	r.Subscriber.Chain = subscriber.Chain{}
	if len(r.Subscriber.SoftBounces) == 0 {
		r.Subscriber.SoftBounces = nil
	}
	if len(r.Subscriber.Preferences.Topics) == 0 {
		r.Subscriber.Preferences.Topics = nil
	}
	return r
}

// answer is what a caller saw of one Record.
type answer struct {
	outcome    subscriber.Outcome
	mail       subscriber.Mail
	status     subscriber.Status
	generation uint32
}

// model is one person's record under concurrent events, for porcupine.
func model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return subscriber.Subscriber{} },
		Step: func(state, input, output any) (bool, any) {
			before := state.(subscriber.Subscriber)
			r := subscriber.DefaultLimits().Apply(before, input.(subscriber.Event))
			after := before
			if r.Outcome == subscriber.Applied {
				after = r.Subscriber
			}
			return answerOf(r) == output.(answer), after
		},
		Equal: reflect.DeepEqual,
	}
}

func answerOf(r subscriber.Result) answer {
	return answer{r.Outcome, r.Mail, r.Subscriber.Status, r.Subscriber.Generation}
}

// linearizable checks that concurrent events have an order in time that
// explains every answer (Herlihy and Wing, 1990).
func linearizable(t *testing.T, s Store) {
	for round := range 10 {
		history := concurrently(t, s, person(round), round)
		if !porcupine.CheckOperations(model(), history) {
			t.Fatalf("round %d: no order explains the answers: %+v", round, history)
		}
	}
	verifies(t, s)
}

// concurrently lets five callers record four events each about one person.
func concurrently(t *testing.T, s Store, id subscriber.ID, round int) []porcupine.Operation {
	var group sync.WaitGroup
	var mu sync.Mutex
	var history []porcupine.Operation
	began := time.Now()
	for caller := range 5 {
		group.Go(func() {
			for i := range 4 {
				kind := subscriber.Kinds()[(caller*7+i*5+round)%len(subscriber.Kinds())]
				e := event(kind, id, fmt.Sprint(round, caller, i), start().Add(time.Duration(i)*time.Hour))
				call := time.Since(began)
				r, err := s.Record(t.Context(), e)
				back := time.Since(began)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: caller, Input: e, Call: int64(call), Output: answerOf(r), Return: int64(back)})
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return history
}
