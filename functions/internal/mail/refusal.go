package mail

// Refusal is an answer of the mail service that says for certain that the mail
// was not accepted. Any other error of a Sender leaves open whether it was, so
// that the mail must not be sent again by itself.
type Refusal struct {
	Code   string // of the service, for the log
	Global bool   // no mail of anybody will be accepted for now: stop, and resume later
	Err    error
}

// Error returns the service's code. The cause is left out: its message can name
// the address, and errors are logged.
func (r *Refusal) Error() string { return "the mail service refused: " + r.Code }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }
