package consent

import (
	"context"

	"broadsheet/functions/internal/subscriber"
)

// Told is one opened entry.
type Told struct {
	Number int `json:"number"`
	Detail
	Hash string `json:"hash"`
}

// History returns what the ledger says of one person, newest first. It ends where
// an entry is missing or cannot be opened; VerifyAll says what is wrong then.
func History(ctx context.Context, r Reader, p subscriber.Subscriber) ([]Told, error) {
	var all []Told
	chain, day, hash := p.Chain.ID(), p.Chain.Day, p.Chain.Hash
	for chain != "" && day != "" {
		var next Entry
		for e, err := range r.Entries(ctx, day, chain) {
			if err != nil {
				return nil, err
			}
			if e.Hash == hash {
				next = e
			}
		}
		d, err := next.Open(p.Chain.Key)
		if err != nil {
			break
		}
		all = append(all, Told{next.Number, d, next.Hash})
		day, hash = d.Before, next.Previous
	}
	return all, nil
}
