package subscriber

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Computed with Python's hmac from RFC 2104 and RFC 5869.
const (
	wantID    = "847083a9146fdda57f5fe6ea9d9d23fb"
	wantToken = "AQdjqgAAAAAAAAAAAAAAAAAAuwAAAANrSdIA4wsE61AoVmM2nz-VhYFpYw"
)

// document of keys with known secrets, so that figures can be checked elsewhere.
func knownKeys(t testing.TB) *Keys {
	t.Helper()
	text := fmt.Sprintf(`{"version":1,"pepper":"%s","master":[{"id":7,"secret":"%s","created":"2026-11-23T12:00:00Z"}]}`,
		strings.Repeat("01", 32), strings.Repeat("02", 32))
	k, err := ParseKeys([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func purposes() []Purpose {
	return []Purpose{PurposeConfirm, PurposeUnsubscribe, PurposePreferences, PurposeBlock, PurposeForm}
}

func TestTokenRoundTrip(t *testing.T) {
	k := knownKeys(t)
	for _, p := range purposes() {
		text := k.SignFor(p, Subscriber{ID: ID{1, 2, 3}, Generation: 1 << 31}, noon())
		if len(text) != 58 || strings.Trim(text, alphabet) != "" {
			t.Errorf("token %q is not 58 characters of base64url", text)
		}
		want := Token{Purpose: p, ID: ID{1, 2, 3}, Generation: 1 << 31}
		if p != PurposeUnsubscribe {
			want.Expires = noon().Add(p.Lifetime())
		}
		if got, err := k.Verify(p, text, noon()); err != nil || got != want {
			t.Errorf("Verify(%c) = %+v, %v, want %+v", p, got, err, want)
		}
	}
}

// Every other character at every place must be refused, and so must every other
// length.
func TestTokenChangedByOneCharacter(t *testing.T) {
	k := knownKeys(t)
	text := k.SignFor(PurposeConfirm, Subscriber{ID: ID{9}}, noon())
	for i := range text {
		for _, c := range alphabet + "+/=\n\r \x00é" {
			changed := text[:i] + string(c) + text[i+1:]
			if changed == text {
				continue
			}
			if _, err := k.Verify(PurposeConfirm, changed, noon()); err != ErrToken {
				t.Fatalf("character %d as %q: %v", i, c, err)
			}
		}
		for _, changed := range []string{text[:i], text[i+1:], text[:i] + "A" + text[i:]} {
			if _, err := k.Verify(PurposeConfirm, changed, noon()); err != ErrToken {
				t.Fatalf("%q: %v", changed, err)
			}
		}
	}
}

func TestPurposesCannotBeSwapped(t *testing.T) {
	k := knownKeys(t)
	for _, made := range purposes() {
		text := k.SignFor(made, Subscriber{}, noon())
		for _, asked := range append(purposes(), 0, 'x') {
			if _, err := k.Verify(asked, text, noon()); (err == nil) != (made == asked) {
				t.Errorf("made for %c, asked as %c: %v", made, asked, err)
			}
		}
	}
	if string(k.master[0].mac(PurposeConfirm, nil)) == string(k.master[0].mac(PurposeBlock, nil)) {
		t.Error("two purposes share one key")
	}
}

func TestTokenExpiry(t *testing.T) {
	k := knownKeys(t)
	text := k.SignFor(PurposeConfirm, Subscriber{}, noon())
	end := noon().Add(7 * 24 * time.Hour)
	for at, good := range map[time.Time]bool{
		noon(): true, end: true, end.Add(5 * time.Minute): true, end.Add(5*time.Minute + time.Second): false,
	} {
		if _, err := k.Verify(PurposeConfirm, text, at); (err == nil) != good {
			t.Errorf("at %v: %v, want good %v", at, err, good)
		}
	}
	forever := k.SignFor(PurposeUnsubscribe, Subscriber{}, noon())
	if _, err := k.Verify(PurposeUnsubscribe, forever, noon().AddDate(30, 0, 0)); err != nil {
		t.Errorf("an unsubscribe link after 30 years: %v", err)
	}
}

func TestRotation(t *testing.T) {
	k := NewKeys(noon())
	sign := func(p Purpose) string { return k.SignFor(p, Subscriber{}, noon()) }
	oldLeave, oldConfirm := sign(PurposeUnsubscribe), sign(PurposeConfirm)
	id := k.ID(Address{"jane", "example.org"})
	if k.Retire(1, noon()) == nil || k.Remove(1) == nil {
		t.Error("the only key was retired")
	}
	if err := k.Rotate(noon()); err != nil {
		t.Fatal(err)
	}
	newLeave, newConfirm := sign(PurposeUnsubscribe), sign(PurposeConfirm)
	if newLeave == oldLeave || k.ID(Address{"jane", "example.org"}) != id {
		t.Error("a rotation must change the signing key and keep identities")
	}
	check := func(when string, oldLeaves, oldConfirms bool) {
		t.Helper()
		b, err := k.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if k, err = ParseKeys(b); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			p    Purpose
			text string
			want bool
		}{{PurposeUnsubscribe, oldLeave, oldLeaves}, {PurposeConfirm, oldConfirm, oldConfirms}, {PurposeUnsubscribe, newLeave, true}, {PurposeConfirm, newConfirm, true}} {
			if _, err := k.Verify(c.p, c.text, noon()); (err == nil) != c.want {
				t.Errorf("%s: %c link: %v", when, c.p, err)
			}
		}
	}
	check("after the rotation", true, true)
	if err := k.Retire(1, noon()); err != nil {
		t.Fatal(err)
	}
	check("after retiring", true, false)
	if info := k.Info(); len(info) != 2 || !info[0].Current || !info[1].Retired.Equal(noon()) {
		t.Errorf("info %+v", info)
	}
	if err := k.Remove(1); err != nil {
		t.Fatal(err)
	}
	check("after removing", false, false)
	if k.Retire(1, noon()) == nil || k.Remove(9) == nil {
		t.Error("a key that is not there was retired")
	}
}

func TestParseKeysIsStrict(t *testing.T) {
	good, err := knownKeys(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	text := string(good)
	broken := map[string]string{
		"empty": "", "cut": text[:len(text)-5], "followed": text + "{}", "version": strings.Replace(text, `"version": 1`, `"version": 2`, 1),
		"unknown field": strings.Replace(text, `"version"`, `"extra": 1, "version"`, 1), "wrong field": strings.Replace(text, `"pepper"`, `"papper"`, 1), "short secret": strings.Replace(text, "0202", "02", 1),
		"not hex": strings.Replace(text, "0101", "01zz", 1), "no id": strings.Replace(text, `"id": 7`, `"id": 0`, 1),
	}
	for name, b := range broken {
		if b == text {
			t.Fatalf("%s: nothing was broken", name)
		}
		if _, err := ParseKeys([]byte(b)); err == nil || strings.Contains(err.Error(), "0101010101") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestKeysNeverPrint(t *testing.T) {
	k := knownKeys(t)
	var out strings.Builder
	holder := struct{ Keys *Keys }{k}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, k, *k, holder)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "keys", k, "value", *k)
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "keys", k, "value", *k)
	b, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	for _, secret := range []string{"0101", "0202", "1 1 1", "2 2 2", "0x1, 0x1", "AQEB", "AgIC"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("printing keys shows %q: %s", secret, out.String())
		}
	}
}

// The structure of a token and of an id, computed by other means.
func TestKnownFigures(t *testing.T) {
	k := knownKeys(t)
	a, err := ParseAddress("JANE@Example.org")
	if err != nil {
		t.Fatal(err)
	}
	if got := k.ID(a).String(); got != wantID {
		t.Errorf("id %s, want %s", got, wantID)
	}
	token := Token{Purpose: PurposeConfirm, ID: ID{0: 0xaa, 15: 0xbb}, Generation: 3, Expires: time.Unix(1_800_000_000, 0)}
	if got := k.Sign(token); got != wantToken {
		t.Errorf("token %s, want %s", got, wantToken)
	}
}

func TestParseID(t *testing.T) {
	id := ID{0xab, 1, 2}
	if got, err := ParseID(id.String()); err != nil || got != id || id.Short() != "ab010200" {
		t.Errorf("ParseID(%s) = %v, %v; short %s", id, got, err, id.Short())
	}
	for _, s := range []string{"", "ab", id.String() + "00", strings.Repeat("g", 32)} {
		if _, err := ParseID(s); err == nil {
			t.Errorf("ParseID(%q) took it", s)
		}
	}
}

// No text that Sign did not make is a token, and nothing panics.
func FuzzVerify(f *testing.F) {
	k := knownKeys(f)
	good := k.SignFor(PurposeConfirm, Subscriber{ID: ID{1}}, noon())
	for _, s := range []string{"", good, good[:57], strings.Repeat("A", 58), strings.ToLower(good)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := k.Verify(PurposeConfirm, text, noon())
		if err == nil && k.Sign(token) != text {
			t.Fatalf("%q is not what Sign makes of %+v", text, token)
		}
		if err != nil && (err != ErrToken || token != Token{}) {
			t.Fatalf("%q: %+v, %v", text, token, err)
		}
	})
}
