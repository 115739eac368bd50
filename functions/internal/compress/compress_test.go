package compress_test

import (
	"strings"
	"testing"

	"broadsheet/functions/internal/compress"
)

func TestLevels(t *testing.T) {
	for name, c := range map[string]struct {
		levels compress.Levels
		want   string // of the error
	}{
		"nothing":                          {compress.Levels{}, ""},
		"the highest":                      {compress.Levels{Gzip: 9, Brotli: 11, Parts: true}, ""},
		"a level gzip has not":             {compress.Levels{Gzip: 10, Brotli: 5}, "compression levels gzip 10"},
		"a level Brotli lacks":             {compress.Levels{Gzip: 6, Brotli: 12}, "Brotli 12"},
		"Brotli alone, nothing to unpack":  {compress.Levels{Brotli: 5}, "only beside gzip"},
		"parts alone, which are gzip only": {compress.Levels{Parts: true}, "only beside gzip"},
	} {
		err := c.levels.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestWhole: what gzip does not make smaller is stored as it is; the rest is in
// the encodings that are asked for.
func TestWhole(t *testing.T) {
	text := []byte(strings.Repeat("the same again ", 40))
	for name, c := range map[string]struct {
		levels       compress.Levels
		body         []byte
		gzip, brotli bool
	}{
		"both":      {compress.Levels{Gzip: 6, Brotli: 5}, text, true, true},
		"gzip":      {compress.Levels{Gzip: 6}, text, true, false},
		"none":      {compress.Levels{}, text, false, false},
		"too short": {compress.Levels{Gzip: 6, Brotli: 5}, []byte("x"), false, false},
	} {
		gzip, brotli := compress.New(c.levels).Whole(c.body)
		if (len(gzip) > 0) != c.gzip || (len(brotli) > 0) != c.brotli {
			t.Errorf("%s: gzip %d bytes, Brotli %d bytes", name, len(gzip), len(brotli))
		}
	}
}
