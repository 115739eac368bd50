package web

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"broadsheet/functions/internal/edition"
)

// moved is where an address leads that is not in the edition itself.
type moved struct {
	location string // of the Location header: a path of this site
	route    string // for the log
}

// move finds out whether an address is an old one, or another spelling of one
// that is in the edition. It never leaves the site: it returns what stands in
// the edition, not what was asked for, save for the query.
func move(e *edition.Edition, u *url.URL, now time.Time) (moved, bool) {
	if m, ok := alias(e, u.Path, now); ok {
		return m, true
	}
	// /article-detail.php?id=641; whatever else links add is dropped.
	if id := u.Query().Get("id"); id != "" {
		if m, ok := alias(e, u.Path+"?id="+id, now); ok {
			return m, true
		}
	}
	for _, p := range spellings(u.Path) {
		if m, ok := alias(e, p, now); ok {
			return m, true
		}
		_, ok := e.Answer(p, now)
		if !ok {
			_, ok = e.Index(p, now)
		}
		if ok {
			there := url.URL{Path: p, RawQuery: printable(u.RawQuery)}
			return moved{there.String(), "spelling"}, true
		}
	}
	return moved{}, false
}

// spellings returns what somebody may have meant who wrote a path with doubled
// slashes, dot segments, the name of an index file, capital letters, or with or
// without a slash at the end. RFC 9110, section 4.2.3, knows none of these as
// the same address, so each leads to the one that is.
func spellings(p string) []string {
	clean := path.Clean("/" + strings.TrimSuffix(p, "/index.html"))
	if clean == "/" {
		return []string{"/"}
	}
	lower := strings.ToLower(clean)
	return []string{clean, clean + "/", lower, lower + "/"}
}

// alias returns where an old path leads. An editor wrote the target; one on
// another host is as good as none.
func alias(e *edition.Edition, p string, now time.Time) (moved, bool) {
	target, ok := e.Alias(p, now)
	if !ok {
		return moved{}, false
	}
	u, err := url.Parse(target)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return moved{}, false
	}
	return moved{u.String(), "alias"}, true
}

// printable escapes what may not stand in a URI (RFC 3986, section 2) but comes
// in the queries of careless clients.
func printable(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c > ' ' && c < 0x7f {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
