package consent

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Keeper is a store that is looked after.
type Keeper interface {
	Ledger
	Recorder
	// Due gives the people of whom something is kept for a while only.
	Due(context.Context) iter.Seq2[subscriber.Subscriber, error]
}

// Keep does what is to be done each day, and only once if it is called more often:
// it sweeps what is over and makes the roots of the days that are over. It logs
// each root: the log is a place outside of the store.
func Keep(ctx context.Context, s Keeper, now time.Time, log *slog.Logger) error {
	swept, sweepErr := Sweep(ctx, s.Due(ctx), s, now)
	if swept > 0 {
		log.InfoContext(ctx, "sweep", "records", swept)
	}
	roots, err := CloseDays(ctx, s, now)
	for _, r := range roots {
		log.InfoContext(ctx, "consent root", "day", r.Day, "entries", r.Entries, "hash", r.Hash)
	}
	return errors.Join(sweepErr, err)
}
