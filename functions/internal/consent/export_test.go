package consent

import (
	"context"
	"time"
)

// VerifyInParts verifies as VerifyAll does a ledger that is too large to be held.
func VerifyInParts(ctx context.Context, s Store, now time.Time, noted map[string]string, found func(Finding)) (Report, error) {
	return verifyInParts(ctx, s, now, noted, found, 0)
}

// Sum is the hash that an entry must have: who changes one may know it.
func (e Entry) Sum() string { return e.sum() }
