package subscriber

import (
	"crypto/sha256"
	"encoding/hex"
)

// Chain is where a record stands in the ledger of consent: the key that opens the
// person's entries, and the newest of them. It is all that leads from a person to
// their entries, so erasing it leaves entries that name nobody. The package
// consent writes it.
type Chain struct {
	Key    string // random, of this person's entries alone; empty: the ledger has none of the record
	Number int    // of the newest entry, counted from 1
	Day    string // of the newest entry, UTC
	Hash   string // of the newest entry
}

// ID returns the name of the chain in the ledger. It does not lead back to the
// key.
func (c Chain) ID() string {
	if c.Key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("broadsheet chain 1\n" + c.Key))
	return hex.EncodeToString(sum[:16])
}
