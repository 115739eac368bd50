package subscriber

import "time"

// Leave is a row of the journal: somebody left, and how. It has no address. A
// restore of an older copy of the records raises each status to the highest rank
// the journal has, so that nobody who left comes back.
type Leave struct {
	ID     ID        `json:"id"`
	Status Status    `json:"rank"`
	At     time.Time `json:"at"`
}

// Left returns the row that a change of a record adds to the journal, if it was
// one of leaving: only that raises the generation.
func Left(before, after Subscriber) (Leave, bool) {
	return Leave{ID: after.ID, Status: after.Status, At: after.LeftAt}, after.Generation > before.Generation && after.Status > Confirmed
}
