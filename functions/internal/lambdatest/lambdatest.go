// Package lambdatest runs a compiled Lambda program on an emulated runtime, for
// tests: the HTTP protocol of AWS's document "Using the Lambda runtime API",
// served on the loopback, and the events that an API Gateway HTTP API would
// send.
package lambdatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/functions/internal/lambdacall"
)

// Build compiles a program with the flags of the deployment and returns its
// path. dir is relative to the root of the module.
func Build(t testing.TB, root, dir string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", out, dir)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", dir, err, output)
	}
	return out
}

// Runtime is a program on an emulated runtime. It takes one event at a time.
type Runtime struct {
	PlainForms bool // send bodies as text, as `sam local` does, not as base64

	next    chan event
	stopped chan struct{} // closed when the program has ended
	mu      sync.Mutex    // one event at a time
	serial  int
	waiting sync.Map // event id to chan outcome
	initial chan error
	output  syncBuffer
}

type event struct {
	id   string
	body []byte
}

type outcome struct {
	body []byte
	err  error
}

// Start starts a program with extra variables in its environment. It ends with
// the test.
func Start(t testing.TB, program string, env ...string) *Runtime {
	t.Helper()
	r := &Runtime{next: make(chan event), stopped: make(chan struct{}), initial: make(chan error, 1)}
	api := httptest.NewServer(r.api())
	cmd := exec.Command(program)
	// Only what Lambda sets: a program must not lean on the tester's environment.
	cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://"), "AWS_LAMBDA_FUNCTION_NAME=test", "AWS_LAMBDA_FUNCTION_VERSION=1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_REGION=eu-west-1", "_HANDLER=bootstrap", "PATH=" + os.Getenv("PATH"),
	}, env...)
	cmd.Stdout, cmd.Stderr = &r.output, &r.output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	go func() {
		_ = cmd.Wait() // how it ended shows in its output
		close(r.stopped)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-r.stopped
		// `make test` searches what tests print for what logs must not hold.
		_, _ = t.Output().Write([]byte(r.Output()))
		api.CloseClientConnections()
		api.Close()
	})
	return r
}

// Output is what the program has printed.
func (r *Runtime) Output() string { return r.output.String() }

// Ended waits for the program to end by itself and tells whether it did in
// time.
func (r *Runtime) Ended(within time.Duration) bool {
	select {
	case <-r.stopped:
		return true
	case <-time.After(within):
		return false
	}
}

func (r *Runtime) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, q *http.Request) {
		select {
		case e := <-r.next:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", e.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(30*time.Second).UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:test")
			_, _ = w.Write(e.body)
		case <-q.Context().Done():
		}
	})
	finish := func(w http.ResponseWriter, q *http.Request, failed bool) {
		body, err := io.ReadAll(q.Body)
		if err == nil && failed {
			err = fmt.Errorf("the function reported an error: %s", body)
		}
		if c, ok := r.waiting.LoadAndDelete(q.PathValue("id")); ok {
			c.(chan outcome) <- outcome{body, err}
		}
		w.WriteHeader(http.StatusAccepted)
	}
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, q *http.Request) { finish(w, q, false) })
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, q *http.Request) { finish(w, q, true) })
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.initial <- fmt.Errorf("the function failed to start: %s", body)
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

// Invoke sends one event and returns the function's answer.
func (r *Runtime) Invoke(body []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serial++
	e := event{fmt.Sprintf("00000000-0000-4000-8000-%012d", r.serial), body}
	answer := make(chan outcome, 1)
	r.waiting.Store(e.id, answer)
	late := time.After(30 * time.Second)
	select {
	case r.next <- e:
	case err := <-r.initial:
		return nil, err
	case <-r.stopped:
		return nil, fmt.Errorf("the program has ended:\n%s", r.Output())
	case <-late:
		return nil, errors.New("the program does not ask for events")
	}
	select {
	case o := <-answer:
		return o.body, o.err
	case <-r.stopped:
		return nil, fmt.Errorf("the program ended during an event:\n%s", r.Output())
	case <-late:
		return nil, errors.New("the program does not answer")
	}
}

// Do sends a request as API Gateway would and returns the answer as a client
// would see it. Its signature is that of http.RoundTripper.RoundTrip.
func (r *Runtime) Do(q *http.Request) (*http.Response, error) {
	e, err := lambdacall.Event(q, r.PlainForms)
	if err != nil {
		return nil, err
	}
	raw, err := r.Invoke(e)
	if err != nil {
		return nil, err
	}
	return lambdacall.Answer(q, raw)
}

// syncBuffer is a buffer that a process writes while a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
