package main

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"
)

// plain serves one page from memory: what net/http itself costs, the floor under
// everything that is built on it.
func plain(args []string) error {
	if len(args) != 2 {
		return errors.New("plain: name an address and a file")
	}
	page, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	size := strconv.Itoa(len(page))
	server := &http.Server{Addr: args[0], ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", size)
		_, _ = w.Write(page)
	})}
	return server.ListenAndServe()
}
