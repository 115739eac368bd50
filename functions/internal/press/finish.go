package press

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// bodyKey names a finished body: what it was made from and how it was
// compressed.
type bodyKey struct {
	key
	gzip, brotli int8
	parts        bool
}

func (r *run) bodyKey(k key) bodyKey {
	return bodyKey{k, int8(r.options.Gzip), int8(r.options.Brotli), r.options.Parts}
}

// keyed is a sheet with its key.
type keyed struct {
	sheet
	key key
}

// finish makes and packs the bodies that are not known yet, on all processors.
func (r *run) finish(sheets []sheet) ([]keyed, error) {
	if r.options.Brotli == Fit {
		r.options.Brotli, r.options.Parts = fit(len(sheets))
	}
	if err := r.options.levels().Check(); err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	all := make([]keyed, len(sheets))
	var missing []keyed
	asked := map[key]bool{}
	for i, s := range sheets {
		all[i] = keyed{s, s.sum()}
		k := r.bodyKey(all[i].key)
		if asked[k.key] || r.bodies[k] != nil {
			continue
		}
		asked[k.key] = true
		if b := r.options.Cache.body(k); b != nil {
			r.bodies[k] = b
			continue
		}
		missing = append(missing, all[i])
	}
	return all, r.make(missing)
}

func (r *run) make(missing []keyed) error {
	done := make([]*edition.Packed, len(missing))
	failed := make([]error, len(missing))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(missing)) {
		workers.Go(func() {
			packer := edition.NewPacker(r.compressor())
			for i := next.Add(1) - 1; int(i) < len(missing); i = next.Add(1) - 1 {
				done[i], failed[i] = missing[i].finish(packer)
			}
		})
	}
	workers.Wait()
	if err := firstError(failed); err != nil {
		return err
	}
	for i, s := range missing {
		r.bodies[r.bodyKey(s.key)] = done[i]
	}
	return nil
}

func (s sheet) finish(packer *edition.Packer) (*edition.Packed, error) {
	a, err := s.make()
	if err != nil {
		return nil, err
	}
	packed, err := packer.Pack(s.kind, a)
	if large, ok := errors.AsType[*edition.TooLargeError](err); ok {
		return nil, content.Problems{{File: cmp.Or(s.file, s.name), What: fmt.Sprintf("%s has %.1f MB, an answer may have %.1f", s.name, float64(large.Size)/1e6, float64(edition.MaxBody)/1e6),
			Cure: "make the file smaller or split it"}}
	}
	if err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	return packed, nil
}

// firstError returns all problems of the content as one error, else the first
// error in the order of the sheets, so that a message does not depend on which
// processor was quicker.
func firstError(errs []error) error {
	var problems content.Problems
	seen := map[content.Problem]bool{}
	for _, err := range errs {
		var some content.Problems
		switch {
		case errors.As(err, &some):
			for _, problem := range some {
				if !seen[problem] {
					seen[problem] = true
					problems = append(problems, problem)
				}
			}
		case err != nil:
			return err
		}
	}
	return problems.Err()
}
