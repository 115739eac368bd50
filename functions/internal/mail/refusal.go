package mail

// Refusal is an answer of the mail service that says for certain that the mail
// was not accepted. Any other error of a Sender leaves open whether it was, so
// that the mail must not be sent again by itself.
type Refusal struct {
	Code      string // of the service, for the log
	Global    bool   // no mail of anybody will be accepted for now: stop, and resume later
	Transient bool   // Global, and likely over soon: slow down
	Err       error
}

// Error returns the service's code. The cause is left out: its message can name
// the address, and errors are logged.
func (r *Refusal) Error() string { return "the mail service refused: " + r.Code }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Account is what the mail service lets this account send.
type Account struct {
	PerSecond float64 // calls a second; 0 is no limit
	PerDay    float64 // in 24 hours; 0 or less is no limit
	SentToday float64 // in the last 24 hours
	Sandbox   bool    // only to verified addresses
	Stopped   string  // why nothing may be sent, empty if it may
}
