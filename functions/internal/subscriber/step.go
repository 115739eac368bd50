package subscriber

import (
	"encoding/binary"
	"time"
)

// stepMin is how soon after it was shown the second step of the form may be
// sent: people need that long to read it.
const stepMin = 2 * time.Second

// SignStep signs the second step of the form for one person and the network the
// request came from.
func (k *Keys) SignStep(id ID, source string, now time.Time) string {
	shown := now.Add(time.Second - 1).Truncate(time.Second) // tokens have whole seconds
	return k.Sign(Token{Purpose: PurposeForm, ID: id, Generation: k.sourceClass(source), Expires: shown.Add(PurposeForm.Lifetime())})
}

// VerifyStep tells whether a text is a second step that was shown to this person
// on this network. It is early if that was less than two seconds ago.
func (k *Keys) VerifyStep(text string, id ID, source string, now time.Time) (ok, early bool) {
	t, err := k.Verify(PurposeForm, text, now)
	if err != nil || t.ID != id || t.Generation != k.sourceClass(source) {
		return false, false
	}
	return true, now.Before(t.Expires.Add(stepMin - PurposeForm.Lifetime()))
}

// StepCounter lets one second step cause one mail.
func (k *Keys) StepCounter(text string, now time.Time) Counter {
	return Counter{Key: "F#" + k.id("step", text).String(), Max: 1, Expires: now.Add(2 * PurposeForm.Lifetime())}
}

// sourceClass is a short hash of a source that is the same every day.
func (k *Keys) sourceClass(source string) uint32 {
	id := k.id("class", source)
	return binary.BigEndian.Uint32(id[:])
}
