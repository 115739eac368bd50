package edition

import (
	"encoding/json"
	"time"
)

// Describe tells in JSON which edition this is: what /version answers and what
// `broadsheet version` prints, so that a deployment can be compared with what
// was built.
func (e *Edition) Describe() []byte {
	b, err := json.Marshal(struct {
		Commit  string `json:"commit"`
		Edition string `json:"edition"`
		AsOf    string `json:"as_of"`
	}{e.Commit(), e.Hash(), e.AsOf().Format(time.RFC3339)})
	if err != nil {
		panic(err) // a struct of three strings can be marshalled
	}
	return b
}
