package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// compress writes each text of a folder beside it in gzip 9 and Brotli 5, on all
// processors: what a server that is to answer quickly needs besides a generator
// that writes plain files.
func compress(args []string) error {
	if len(args) != 1 {
		return errors.New("compress: name a folder")
	}
	names := make(chan string)
	failed := make([]error, goruntime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for i := range failed {
		workers.Go(func() {
			small, err := gzip.NewWriterLevel(io.Discard, 9)
			failed[i] = err
			smaller := brotli.NewWriterLevel(io.Discard, 5)
			for name := range names {
				failed[i] = errors.Join(failed[i], beside(name, ".gz", small), beside(name, ".br", smaller))
			}
		})
	}
	err := filepath.WalkDir(args[0], func(name string, d fs.DirEntry, err error) error {
		if err == nil && slices.Contains([]string{".html", ".xml"}, filepath.Ext(name)) {
			names <- name
		}
		return err
	})
	close(names)
	workers.Wait()
	return errors.Join(append(failed, err)...)
}

// compressor is what gzip and Brotli writers have in common.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

func beside(name, ext string, w compressor) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, err := os.Create(name + ext)
	if err != nil {
		return err
	}
	w.Reset(f)
	_, err = w.Write(text)
	return errors.Join(err, w.Close(), f.Close())
}
