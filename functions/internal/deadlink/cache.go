package deadlink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// day is how long an answer holds.
const day = 24 * time.Hour

// Kept reads the answers of before from a file; those older than a day, and those
// that were not certain, are left out. There may be no such file yet. One that
// cannot be read is as good as none.
func Kept(name string, now time.Time) (map[string]Result, error) {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("deadlink: %w", err)
	}
	var all map[string]Result
	if json.Unmarshal(b, &all) != nil {
		return nil, nil
	}
	for address, r := range all {
		if age := now.Sub(r.At); age < 0 || age >= day || r.Verdict == Uncertain {
			delete(all, address)
		}
	}
	return all, nil
}

// Marshal returns answers as Kept reads them.
func Marshal(results map[string]Result) ([]byte, error) {
	return json.MarshalIndent(results, "", "\t")
}
