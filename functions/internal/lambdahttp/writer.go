package lambdahttp

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// writer collects an answer by the rules of net/http's server: the first status
// wins, headers set after it are not sent, HEAD and some statuses have no body,
// a missing content type is sniffed, a handler that writes nothing answers 200.
type writer struct {
	header  http.Header
	sent    http.Header // the headers as they were when the status was written
	status  int
	head    bool
	body    bytes.Buffer
	written int // bytes of the body, those that HEAD does not send included
}

func newWriter(head bool) *writer { return &writer{header: http.Header{}, head: head} }

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("lambdahttp: status %d", status)) // as net/http does
	}
	if w.status != 0 || status < 200 {
		return // API Gateway has no interim answers
	}
	w.status = status
	w.sent = w.header.Clone()
}

func (w *writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if w.written == 0 && len(b) > 0 {
		w.sniff(b)
	}
	w.written += len(b)
	if !w.head {
		w.body.Write(b)
	}
	return len(b), nil
}

func (w *writer) sniff(b []byte) {
	if _, set := w.sent["Content-Type"]; !set && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(b))
	}
}

// sendHead hands status and headers of the finished answer to the adapter's
// writer. The body stays here: the adapter would copy it three times and guess
// from its bytes how to carry it.
func (w *writer) sendHead(out http.ResponseWriter) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	bodyless := w.status == http.StatusNoContent || w.status == http.StatusNotModified
	if w.sent.Get("Content-Length") == "" && !bodyless && (!w.head || w.written > 0) {
		w.sent.Set("Content-Length", strconv.Itoa(w.written))
	}
	for name, values := range w.sent {
		out.Header()[name] = values
	}
	out.WriteHeader(w.status)
}
