package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// counted notes the size of each write to a connection.
type counted struct {
	net.Listener
	mu    sync.Mutex
	sizes []int
}

type countedConn struct {
	net.Conn
	of *counted
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &countedConn{c, l}, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.of.mu.Lock()
	c.of.sizes = append(c.of.sizes, len(p))
	c.of.mu.Unlock()
	return c.Conn.Write(p)
}

func (l *counted) seen() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.sizes)
}

// wholeServer serves bodies of the size that is asked for. Before a handler
// returns it calls written.
func wholeServer(t *testing.T, written func()) (client net.Conn, writes *counted) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	writes = &counted{Listener: l}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var size int
		_, _ = fmt.Sscan(r.URL.Query().Get("size"), &size)
		w.Header().Set("Content-Length", fmt.Sprint(size))
		_, _ = w.Write(bytes.Repeat([]byte("b"), size))
		written()
	})}
	go func() { _ = server.Serve(whole{writes}) }()
	t.Cleanup(func() { _ = server.Close() })
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	_ = client.SetDeadline(time.Now().Add(20 * time.Second))
	return client, writes
}

func ask(t *testing.T, client net.Conn, in *bufio.Reader, size int) {
	t.Helper()
	fmt.Fprintf(client, "GET /?size=%d HTTP/1.1\r\nHost: a\r\n\r\n", size)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("%d bytes: %v", size, err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || len(body) != size || len(bytes.Trim(body, "b")) > 0 {
		t.Fatalf("%d bytes: %d came, %v", size, len(body), err)
	}
}

// TestWhole: bodies of every size around the server's buffer arrive whole, on
// one connection, and none waits for the next request.
func TestWhole(t *testing.T) {
	client, writes := wholeServer(t, func() {})
	in := bufio.NewReader(client)
	for size := serverBuffer - 300; size < serverBuffer+100; size++ {
		ask(t, client, in, size)
	}
	if !slices.Contains(writes.seen(), serverBuffer) {
		t.Error("no answer filled the server's buffer: its size is not what wholeConn takes it for")
	}
}

// TestWholeIsHeld: the first part of an answer does not leave before the rest.
func TestWholeIsHeld(t *testing.T) {
	var writes *counted
	client, writes := wholeServer(t, func() {
		if early := writes.seen(); len(early) > 0 {
			t.Errorf("%v bytes were sent before the handler was done", early)
		}
	})
	ask(t, client, bufio.NewReader(client), 2*serverBuffer-300)
}
