package edition

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/compress"
)

const htmlType = "text/html; charset=utf-8"

func asOf() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

func defaultPrint() Print {
	return Print{AsOf: asOf(), Commit: "abc123", BaseURL: "https://example.org", Compressor: with(compress.Levels{Gzip: 6, Brotli: 5})}
}

func with(l compress.Levels) func() Compressor { return func() Compressor { return compress.New(l) } }

func inParts() Print {
	p := defaultPrint()
	p.Compressor = with(compress.Levels{Gzip: 6, Brotli: 5, Parts: true})
	return p
}

// text returns a body that is worth compressing and of which no two are alike.
func text(name string) []byte {
	return []byte("<!doctype html><title>" + name + "</title>" + strings.Repeat("<p>the same again</p>", 40))
}

func printed(t testing.TB, w *Writer, p Print) []byte {
	t.Helper()
	data, err := w.Bytes(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func open(t testing.TB, data []byte) *Edition {
	t.Helper()
	e, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// small returns a writer with a little of everything.
func small(t testing.TB) *Writer {
	t.Helper()
	w := &Writer{}
	for _, a := range []Answer{
		{Path: "/", Type: htmlType, Class: Page, Body: text("home")},
		{Path: "/news/", Type: htmlType, Class: Page, Body: text("news")},
		{Path: "/news/", From: asOf().Add(time.Hour), Type: htmlType, Class: Page, Body: text("news later")},
		{Path: "/feed.xml", Type: "application/atom+xml", Class: Feed, Body: text("feed")},
		{Path: "/assets/x.png", Type: "image/png", Class: Picture, Body: bytes.Repeat([]byte("png"), 100)},
		{Path: "/parts", Type: htmlType, Class: Page, Body: text("parts"), Parts: []Part{{0, 15}, {100, 300}}},
		{Path: "/robots.txt", Type: "text/plain", Class: Feed, Body: []byte("x")},
		{Path: "/empty", Type: "text/plain", Class: Download},
	} {
		w.Add(a)
	}
	w.AddAlias("/article-detail.php?id=641", "/news/")
	if err := w.AddBlank("error/404", Answer{Type: htmlType, Class: Missing, Body: []byte("<p>" + Slot("id") + "</p>")}); err != nil {
		t.Fatal(err)
	}
	return w
}

func unpack(t testing.TB, v Version, enc Encoding) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(v.Body(enc))
	var err error
	switch enc {
	case Gzip:
		r, err = gzip.NewReader(r)
	case Brotli:
		r = brotli.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	w := small(t)
	want := slices.Clone(w.items)
	e := open(t, printed(t, w, defaultPrint()))
	if err := e.Verify(); err != nil {
		t.Error(err)
	}
	if e.Commit() != "abc123" || e.BaseURL() != "https://example.org" || !e.AsOf().Equal(asOf()) {
		t.Errorf("got commit %q, base URL %q, as of %v", e.Commit(), e.BaseURL(), e.AsOf())
	}
	for _, it := range want {
		a := it.answer
		if it.key[0] != byte(KindAnswer) || !a.From.IsZero() {
			continue
		}
		v, ok := e.Answer(a.Path, asOf())
		if !ok || v.Type() != a.Type || v.Class() != a.Class {
			t.Errorf("%s: found %v, type %q, class %d", a.Path, ok, v.Type(), v.Class())
			continue
		}
		compressed := a.Path != "/assets/x.png" && a.Path != "/robots.txt" && a.Path != "/empty"
		if v.Compressed() != compressed || v.Has(Gzip) != compressed || v.Has(Brotli) != compressed || v.Has(Identity) != (!compressed && len(a.Body) > 0) {
			t.Errorf("%s: stored plain %v, gzip %v, Brotli %v", a.Path, v.Has(Identity), v.Has(Gzip), v.Has(Brotli))
		}
		for _, enc := range []Encoding{Identity, Gzip, Brotli} {
			if v.Has(enc) && !bytes.Equal(unpack(t, v, enc), a.Body) {
				t.Errorf("%s: another body comes out of encoding %d", a.Path, enc)
			}
		}
	}
	paths := slices.Collect(e.Paths)
	if diff := cmp.Diff([]string{"/", "/assets/x.png", "/empty", "/feed.xml", "/news/", "/parts", "/robots.txt"}, paths); diff != "" {
		t.Error("paths (-want +got):\n" + diff)
	}
}

// TestNotFound keeps the three kinds of things apart: a blank must never be
// served as a page.
func TestNotFound(t *testing.T) {
	e := open(t, printed(t, small(t), defaultPrint()))
	for _, path := range []string{"", "news", "/news", "/new", "/news/x", "//news/", "error/404", "#error/404", "/error/404", ">", "/article-detail.php?id=641", "\xff", strings.Repeat("/a", 5000)} {
		if _, ok := e.Answer(path, asOf()); ok {
			t.Errorf("Answer(%.40q) found something", path)
		}
	}
	for _, path := range []string{"", "/", "/news/", "/article-detail.php", "/article-detail.php?id=64", "error/404"} {
		if target, ok := e.Alias(path, asOf()); ok {
			t.Errorf("Alias(%q) leads to %q", path, target)
		}
	}
	for _, name := range []string{"", "/", "error/40", "/news/"} {
		if _, ok := e.Blank(name, asOf()); ok {
			t.Errorf("Blank(%q) found something", name)
		}
	}
	if target, ok := e.Alias("/article-detail.php?id=641", asOf()); !ok || target != "/news/" {
		t.Errorf("the alias leads to %q, %v", target, ok)
	}
}

func TestVersionsByClock(t *testing.T) {
	at := func(h int) time.Time { return asOf().Add(time.Duration(h) * time.Hour) }
	w := &Writer{}
	// Added out of order, and with a path that begins only later.
	w.Add(Answer{Path: "/a", From: at(4), Type: htmlType, Body: text("third")})
	w.Add(Answer{Path: "/a", Type: htmlType, Body: text("first")})
	w.Add(Answer{Path: "/a", From: at(2), Gone: true})
	w.Add(Answer{Path: "/b", From: at(1), Type: htmlType, Body: text("late")})
	e := open(t, printed(t, w, defaultPrint()))
	for _, c := range []struct {
		path string
		now  time.Time
		want string
	}{
		{"/a", time.Time{}, "first"},
		{"/a", at(2).Add(-time.Nanosecond), "first"},
		{"/a", at(2), ""},
		{"/a", at(4).Add(-time.Second), ""},
		{"/a", at(4), "third"},
		{"/a", at(4000), "third"},
		{"/b", at(1).Add(-time.Second), ""},
		{"/b", at(1), "late"},
		{"/b", at(1).In(time.FixedZone("Seoul", 9*3600)), "late"},
	} {
		got := ""
		if v, ok := e.Answer(c.path, c.now); ok {
			got = string(unpack(t, v, Gzip))
		}
		if want := string(text(c.want)); c.want == "" && got != "" || c.want != "" && got != want {
			t.Errorf("%s at %v: got %.40q, want %q", c.path, c.now, got, c.want)
		}
	}
}

// TestSameBytes holds that what is printed depends on what was added only, so
// that one commit always gives one edition.
func TestSameBytes(t *testing.T) {
	want := printed(t, small(t), defaultPrint())
	for seed := range uint64(20) {
		w := small(t)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(w.items), func(i, j int) { w.items[i], w.items[j] = w.items[j], w.items[i] })
		if got := printed(t, w, defaultPrint()); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: the order of adding changes the edition", seed)
		}
	}
	for name, change := range map[string]func(*Print){
		"as of":    func(p *Print) { p.AsOf = p.AsOf.Add(time.Second) },
		"commit":   func(p *Print) { p.Commit = "abc124" },
		"base URL": func(p *Print) { p.BaseURL = "https://example.com" },
	} {
		p := defaultPrint()
		change(&p)
		if open(t, printed(t, small(t), p)).Hash() == open(t, want).Hash() {
			t.Errorf("another %s gives the same hash", name)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		add  func(*Writer)
		want string
	}{
		"two answers at one path":          {func(w *Writer) { w.Add(Answer{Path: "/news/", Body: []byte("x")}) }, "/news/ is printed twice"},
		"two answers at one path and time": {func(w *Writer) { w.Add(Answer{Path: "/news/", From: asOf().Add(time.Hour)}) }, "/news/ is printed twice"},
		"two answers within one second":    {func(w *Writer) { w.Add(Answer{Path: "/news/", From: asOf().Add(time.Hour + time.Millisecond)}) }, "/news/ is printed twice"},
		"two aliases at one path":          {func(w *Writer) { w.AddAlias("/article-detail.php?id=641", "/") }, "printed twice"},
		"a body over the limit":            {func(w *Writer) { w.Add(Answer{Path: "/big", Body: make([]byte, MaxBody+1)}) }, "/big has 4125001 bytes"},
		"a path without a slash":           {func(w *Writer) { w.Add(Answer{Path: "news/"}) }, `"news/" is no path`},
		"a path too long for the format":   {func(w *Writer) { w.Add(Answer{Path: "/" + strings.Repeat("a", 1<<16)}) }, "too long"},
		"a type too long for the format":   {func(w *Writer) { w.Add(Answer{Path: "/t", Type: strings.Repeat("a", 1<<16)}) }, "too long"},
		"more versions than a path can have": {func(w *Writer) {
			for i := range 1 << 16 {
				w.Add(Answer{Path: "/clock", From: asOf().Add(time.Duration(i) * time.Second), Gone: true})
			}
		}, "/clock changes 65536 times"},
	} {
		t.Run(name, func(t *testing.T) {
			w := small(t)
			c.add(w)
			if _, err := w.Bytes(defaultPrint()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	w := small(t)
	w.Add(Answer{Path: "/big", Type: "image/png", Body: make([]byte, MaxBody)})
	if _, err := w.Bytes(defaultPrint()); err != nil {
		t.Errorf("a body of exactly the limit: %v", err)
	}
}

// TestUncompressed is what the laptop could do: store everything as it is.
func TestUncompressed(t *testing.T) {
	e := open(t, printed(t, small(t), Print{AsOf: asOf()}))
	v, ok := e.Answer("/news/", asOf())
	if !ok || v.Compressed() || !bytes.Equal(v.Body(Identity), text("news")) {
		t.Errorf("found %v, compressed %v, body %.20q", ok, v.Compressed(), v.Body(Identity))
	}
}

// TestETag: a strong entity tag must differ wherever a byte that is sent does
// (RFC 9110, section 8.8.1).
func TestETag(t *testing.T) {
	tags := map[string]string{}
	for _, level := range []int{1, 9} {
		w := small(t)
		w.Add(Answer{Path: "/twin", Type: htmlType, Body: text("home")})
		e := open(t, printed(t, w, Print{AsOf: asOf(), Compressor: with(compress.Levels{Gzip: level, Brotli: 5})}))
		for _, path := range []string{"/", "/news/", "/feed.xml"} {
			v, _ := e.Answer(path, asOf())
			for _, enc := range []Encoding{Identity, Gzip, Brotli} {
				tag, name := v.ETag(enc), fmt.Sprint(path, enc, " gzip level ", level)
				if other, ok := tags[tag]; ok {
					t.Errorf("%s has the tag of %s: %s", name, other, tag)
				}
				tags[tag] = name
				if len(tag) < 18 || tag[0] != '"' || tag[len(tag)-1] != '"' || strings.ContainsAny(tag[1:len(tag)-1], "\" ,\\") {
					t.Errorf("%s: %s is not a strong entity tag fit for lists", name, tag)
				}
			}
		}
		a, _ := e.Answer("/", asOf())
		b, _ := e.Answer("/twin", asOf())
		if a.ETag(Gzip) != b.ETag(Gzip) {
			t.Error("equal bodies have different tags")
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	good := printed(t, small(t), defaultPrint())
	for name, data := range map[string][]byte{
		"nothing":         nil,
		"another file":    bytes.Repeat([]byte("PK\x03\x04"), 100),
		"half of it":      good[:len(good)/2],
		"one byte less":   good[:len(good)-1],
		"one byte more":   append(slices.Clone(good), 0),
		"the header only": good[:headerSize],
		"another format":  set32(good, 8, format+1),
		"too many":        set32(good, 12, 1<<31),
		"too many times":  set32(good, 24, 1<<31),
		"too much meta":   set32(good, 28, 1<<31),
	} {
		if _, err := Open(data); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func set32(data []byte, at int, v uint32) []byte {
	data = slices.Clone(data)
	binary.LittleEndian.PutUint32(data[at:], v)
	return data
}

// TestVerify holds that no byte can change unseen.
func TestVerify(t *testing.T) {
	good := printed(t, small(t), defaultPrint())
	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 1
		if e, err := Open(bad); err == nil && e.Verify() == nil {
			t.Fatalf("byte %d of %d changed and nobody saw it", at, len(good))
		}
	}
}

// readEverything asks an edition for all it may hold.
func readEverything(e *Edition) {
	e.Verify()
	_ = e.Hash() + e.Commit() + e.BaseURL() + e.AsOf().String()
	for k, name := range e.Keys {
		for _, now := range []time.Time{{}, asOf(), asOf().Add(2 * time.Hour)} {
			v, _ := e.At(k, name, now)
			if v.edition == nil {
				continue
			}
			_, _ = v.Type(), v.Class()
			for _, enc := range []Encoding{Identity, Gzip, Brotli} {
				_, _, _ = v.Has(enc), v.Body(enc), v.ETag(enc)
			}
			e.Answer(name, now)
			e.Alias(name, now)
			e.Index(name, now)
			if b, ok := e.Blank(name, now); ok {
				b.Names()
				b.Fill(map[string]string{"id": "x"})
			}
		}
	}
}

// FuzzOpen holds that torn and hostile bytes never panic: the header says how
// long the file is and the rest is not trusted.
func FuzzOpen(f *testing.F) {
	good, err := small(f).Bytes(inParts())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte(nil))
	f.Add(12, []byte{0xff, 0xff})
	f.Add(headerSize+30, bytes.Repeat([]byte{0xff}, 200))
	f.Add(len(good)-1, bytes.Repeat([]byte{0x7f}, 60))
	f.Fuzz(func(t *testing.T, at int, patch []byte) {
		data := slices.Clone(good)
		if at < 0 || at > len(data) {
			return
		}
		copy(data[at:], patch)
		if e, err := Open(data); err == nil {
			readEverything(e)
		}
		if e, err := Open(append(data[:min(at, len(data))], patch...)); err == nil {
			readEverything(e)
		}
	})
}

// TestTorn does the same for each byte and each place the file can be cut at,
// with a header that agrees.
func TestTorn(t *testing.T) {
	good := printed(t, small(t), inParts())
	for at := range good {
		for _, v := range []byte{0x00, 0x7f, 0xff} {
			data := slices.Clone(good)
			data[at] = v
			if e, err := Open(data); err == nil {
				readEverything(e)
			}
		}
		cut := slices.Clone(good[:at])
		if len(cut) >= headerSize {
			binary.LittleEndian.PutUint64(cut[32:], uint64(len(cut)))
			if e, err := Open(cut); err == nil {
				readEverything(e)
			}
		}
	}
}
