package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// runtime is an emulated Lambda runtime for one program: what it polls is
// answered by next.
type runtime struct {
	listener net.Listener
	polls    chan time.Time              // of each request for the next event
	next     func(w http.ResponseWriter) // answers it
	answers  chan []byte                 // what the program answered
	serial   atomic.Int64
}

func newRuntime() (*runtime, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &runtime{listener: l, polls: make(chan time.Time, 16), answers: make(chan []byte, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, _ *http.Request) {
		r.polls <- time.Now()
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint(r.serial.Add(1)))
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:0:function:bench")
		r.next(w)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		w.WriteHeader(http.StatusAccepted)
		r.answers <- b
	})
	go func() { _ = http.Serve(l, mux) }()
	return r, nil
}

// command is a program that finds the runtime; wrap stands before it.
func (r *runtime) command(program string, wrap ...string) *exec.Cmd {
	args := append(wrap, program)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + r.listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=bench", "AWS_LAMBDA_FUNCTION_VERSION=1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_REGION=eu-west-1", "_HANDLER=bootstrap", "PATH=" + os.Getenv("PATH"), "SITE_URL=https://news.example.org",
		"STORE=dynamodb", "KEYS=" + os.Getenv("KEYS"), "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench"} // what the subscription program needs
	cmd.Stderr = os.Stderr
	return cmd
}

// event is what an API Gateway HTTP API sends for GET path.
func event(path string) []byte {
	b, _ := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
		"headers": map[string]string{"host": "news.example.org", "accept-encoding": "gzip", "user-agent": "bench", "accept": "text/html"},
		"requestContext": map[string]any{
			"domainName": "news.example.org", "requestId": "bench", "stage": "$default",
			"http": map[string]string{"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "bench"},
		},
		"isBase64Encoded": false,
	})
	return b
}

// answer is what a program answered.
type answer struct {
	StatusCode int    `json:"statusCode"`
	Body       string `json:"body"`
	Base64     bool   `json:"isBase64Encoded"`
}

// serveEvents hands events out and lets do ask for paths; the program ends when
// do does.
func serveEvents(program string, do func(pid int, get func(path string) (answer, error)) error) error {
	r, err := newRuntime()
	if err != nil {
		return err
	}
	defer r.listener.Close()
	events := make(chan []byte)
	r.next = func(w http.ResponseWriter) {
		if e, ok := <-events; ok {
			_, _ = w.Write(e)
		}
	}
	cmd := r.command(program)
	cmd.Stdout = io.Discard
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	go func() {
		for range r.polls {
		}
	}()
	return do(cmd.Process.Pid, func(path string) (answer, error) {
		var a answer
		select {
		case events <- event(path):
		case <-time.After(30 * time.Second):
			return a, fmt.Errorf("%s does not poll", program)
		}
		select {
		case b := <-r.answers:
			err := json.NewDecoder(bytes.NewReader(b)).Decode(&a)
			return a, err
		case <-time.After(30 * time.Second):
			return a, fmt.Errorf("%s does not answer %s", program, path)
		}
	})
}

// named splits NAME=PROGRAM.
func named(args []string) (names, programs []string, err error) {
	for _, a := range args {
		name, program, ok := strings.Cut(a, "=")
		if !ok {
			return nil, nil, fmt.Errorf("%q: write it as name=program", a)
		}
		names, programs = append(names, name), append(programs, program)
	}
	return names, programs, nil
}
