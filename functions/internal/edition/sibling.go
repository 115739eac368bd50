package edition

import (
	"bytes"
	pathpkg "path"
	"sort"
	"strings"
	"time"
)

// Sibling returns the file of the same name that this edition has in place of a
// fingerprinted one that it does not have: for /assets/style.<hash>.css the style
// sheet with its own hash. It is what another release's page asks for while two
// releases answer, or a page or mail that was kept. If there is no such file, or
// more than one, ok is false.
func (e *Edition) Sibling(asked string, now time.Time) (v Version, ok bool) {
	stem, hash, ext, ok := fingerprinted(asked)
	if !ok {
		return Version{}, false
	}
	want := append([]byte{byte(KindAnswer)}, stem...)
	n := len(e.entries) / entrySize
	found := ""
	for i := sort.Search(n, func(i int) bool { return bytes.Compare(e.key(i*entrySize), want) >= 0 }); i < n; i++ {
		key := e.key(i * entrySize)
		if !bytes.HasPrefix(key, want) {
			break
		}
		name := string(key[1:])
		s, h, x, ok := fingerprinted(name)
		if !ok || s != stem || x != ext || h == hash {
			continue
		}
		if found != "" {
			return Version{}, false
		}
		found = name
	}
	return e.At(KindAnswer, found, now)
}

// fingerprinted splits /assets/name.<hash>.ext into what stands before the hash,
// the hash and the extension.
func fingerprinted(name string) (stem, hash, ext string, ok bool) {
	rest, ok := strings.CutPrefix(name, "/assets/")
	if !ok {
		return "", "", "", false
	}
	ext = pathpkg.Ext(rest)
	hash = strings.TrimPrefix(pathpkg.Ext(strings.TrimSuffix(rest, ext)), ".")
	if len(hash) != 12 || strings.Trim(hash, "0123456789abcdef") != "" {
		return "", "", "", false
	}
	return strings.TrimSuffix(name, hash+ext), hash, ext, true
}
