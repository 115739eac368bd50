package consent

// Sum is the hash that an entry must have: who changes one may know it.
func (e Entry) Sum() string { return e.sum() }
