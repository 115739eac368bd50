package content

import (
	"bytes"
	"cmp"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Edit mends a problem by writing something else in one place of its file. It is
// given only where nothing else can be meant: another way to write the same word,
// date or address. A word that is spelt otherwise has none, for it may as well be
// one that its vocabulary lacks.
type Edit struct {
	Place        // of Old, or of the quotation mark before it
	Old   string // as it stands there; no edit if empty
	New   string // in its place; if empty, the item goes from its list
}

// IsZero tells that there is no edit.
func (e Edit) IsZero() bool { return e.Old == "" }

// Apply makes edits in a text and returns those that were made. One whose Old is
// not found exactly at its place, or that touches another one, is left out. All
// else stays as it is, byte for byte.
func Apply(text []byte, edits []Edit) (mended []byte, made []Edit) {
	type span struct {
		from, to int
		Edit
	}
	var spans []span
	for _, e := range edits {
		if from, to, ok := e.find(text); ok {
			spans = append(spans, span{from, to, e})
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	end := 0
	var out bytes.Buffer
	for _, s := range spans {
		if s.from < end || s.from == s.to {
			continue
		}
		out.Write(text[end:s.from])
		out.WriteString(s.New)
		end = s.to
		made = append(made, s.Edit)
	}
	out.Write(text[end:])
	return out.Bytes(), made
}

// find returns the bytes that an edit replaces.
func (e Edit) find(text []byte) (from, to int, ok bool) {
	if e.IsZero() || e.Line < 1 || e.Column < 1 {
		return 0, 0, false
	}
	start, end := lineAt(text, e.Line)
	line := text[start:end]
	at := 0
	for range e.Column - 1 {
		_, size := utf8.DecodeRune(line[at:])
		at += size
	}
	quote := 0
	if at < len(line) && (line[at] == '"' || line[at] == '\'') && !strings.HasPrefix(e.Old, string(line[at])) {
		quote = 1
	}
	rest := line[min(at+quote, len(line)):]
	if !bytes.HasPrefix(rest, []byte(e.Old)) || quote == 1 && !bytes.HasPrefix(rest[len(e.Old):], line[at:at+1]) {
		return 0, 0, false
	}
	if e.New == "" {
		from, to, ok = item(line, at, at+2*quote+len(e.Old))
		if from == 0 && to == len(line) { // an item on a line of its own
			to = min(to+1, len(text)-start)
		}
		return start + from, start + to, ok
	}
	return start + at + quote, start + at + quote + len(e.Old), true
}

// item widens the span of an item to what has to go with it: the comma before it,
// or the whole line of an item that has one. A comment stays, and so its item.
func item(line []byte, from, to int) (int, int, bool) {
	before, after := line[:from], line[to:]
	if comma := regexp.MustCompile(`,[ \t]*$`).FindIndex(before); comma != nil {
		return comma[0], to, true
	}
	if regexp.MustCompile(`^[ \t]*-[ \t]+$`).Match(before) && len(bytes.TrimSpace(after)) == 0 {
		return 0, len(line), true
	}
	return 0, 0, false
}

// lineAt returns where a line begins and ends, without its line end.
func lineAt(text []byte, number int) (from, to int) {
	for ; number > 1; number-- {
		i := bytes.IndexByte(text[from:], '\n')
		if i < 0 {
			return len(text), len(text)
		}
		from += i + 1
	}
	to = len(text)
	if i := bytes.IndexByte(text[from:], '\n'); i >= 0 {
		to = from + i
	}
	return from, from + len(bytes.TrimSuffix(text[from:to], []byte("\r")))
}

// fieldMeant returns the field that a name can only mean: the same in other
// capitals or with other signs between its words, or one that it is known as.
func fieldMeant(name string, t reflect.Type) string {
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		known, _, _ := strings.Cut(tag.Get("yaml"), ",")
		if known != "" && (same(name, known) || slices.ContainsFunc(strings.Fields(tag.Get("alias")), func(alias string) bool { return same(name, alias) })) {
			return known
		}
	}
	return ""
}

// readdress returns the edit of a link that leads nowhere as it is written but
// can only mean one address.
func (s *Site) readdress(at Place, link string, known func(path string) bool) Edit {
	if now := s.Address(link, known); now != "" && now != link {
		return Edit{Place: at, Old: link, New: now}
	}
	return Edit{}
}

// Address returns the address on this site that a link leads to, empty if it leads
// to none: a link may name the host of the site, lack its last slash, or be one
// that redirects know.
func (s *Site) Address(link string, known func(path string) bool) string {
	if host := s.Host(); host != "" {
		for _, origin := range []string{"https://" + host, "http://" + host} {
			if rest, ok := strings.CutPrefix(link, origin); ok && (rest == "" || rest[0] == '/') {
				link = cmp.Or(rest, "/")
			}
		}
	}
	path, fragment, hasFragment := strings.Cut(link, "#")
	if hasFragment {
		fragment = "#" + fragment
	}
	for _, candidate := range []string{path, path + "/"} {
		if known(candidate) {
			return candidate + fragment
		}
		for _, r := range s.Redirects {
			to, _, inner := strings.Cut(r.To, "#")
			if r.From == candidate && known(to) && !(inner && hasFragment) {
				return r.To + fragment
			}
		}
	}
	return ""
}

// Host is the host of the site's own address.
func (s *Site) Host() string {
	u, err := url.Parse(s.Config.URL)
	if err != nil {
		return ""
	}
	return u.Host
}
