package dynamotest

import (
	"net/http"
	"net/http/httptest"
	"slices"
)

// Fault is what becomes of one call.
type Fault int

// The faults.
const (
	Fine     Fault = iota
	Before         // 500, and nothing was done
	After          // done, and the connection is cut before the answer
	Refuse         // the connection is cut, and nothing was done
	Hang           // nothing is done and no answer comes
	Conflict       // the call meets a transaction: 400, and nothing was done
)

// On asks f at each call which fault it has. Calls are counted from 1, those
// that the SDK repeats by itself included. nil is no fault from now on; the
// count begins anew.
func (s *Server) On(f func(n int, operation string) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.calls = f, nil
}

// Calls returns the operations that were asked for since the last On.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// faulty does a call as well as its fault lets it.
func (s *Server) faulty(w http.ResponseWriter, r *http.Request, operation string, do func(http.ResponseWriter)) {
	s.mu.Lock()
	s.calls = append(s.calls, operation)
	n, on := len(s.calls), s.on
	s.mu.Unlock()
	fault := Fine
	if on != nil {
		fault = on(n, operation)
	}
	switch fault {
	case Before:
		w.WriteHeader(http.StatusInternalServerError)
	case After:
		do(httptest.NewRecorder())
		panic(http.ErrAbortHandler)
	case Conflict:
		fail(w, "TransactionConflictException", "Transaction is ongoing for the item", nil)
	case Refuse:
		panic(http.ErrAbortHandler)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.over:
		}
	default:
		do(w)
	}
}
