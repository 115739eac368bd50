package subscriber

import (
	"errors"
	"strings"
	"testing"
)

// accepted are addresses with what mail goes to.
func accepted() map[string]string {
	return map[string]string{
		"jane@example.org":                          "jane@example.org",
		" \tjane@example.org\t ":                    "jane@example.org",
		"123456789@qq.com":                          "123456789@qq.com",
		"JANE@CUSTOMS.GOV":                          "JANE@customs.gov",
		"o'hara+news@customs.gov.au":                "o'hara+news@customs.gov.au",
		"user@例子.公司":                                "user@xn--fsqu00a.xn--55qx5d",
		"user@例子。公司":                                "user@xn--fsqu00a.xn--55qx5d",
		"user@BÜCHER.example":                       "user@xn--bcher-kva.example",
		"user@xn--bcher-kva.example":                "user@xn--bcher-kva.example",
		"user@ｅｘａｍｐｌｅ.org":                          "user@example.org",
		"a@example.org":                             "a@example.org",
		"a@b.cd":                                    "a@b.cd",
		"a@b.c":                                     "a@b.c",
		"a.b.c@example.org":                         "a.b.c@example.org",
		"a+b+c@example.org":                         "a+b+c@example.org",
		"a_b@example.org":                           "a_b@example.org",
		"_a@example.org":                            "_a@example.org",
		"a-@example.org":                            "a-@example.org",
		"a=b@example.org":                           "a=b@example.org",
		"!#$%&'*+/?^_`{|}~@example.org":             "!#$%&'*+/?^_`{|}~@example.org",
		"a-b=c@example.org":                         "a-b=c@example.org",
		"a@1.example.org":                           "a@1.example.org",
		"a@163.com":                                 "a@163.com",
		"a@a-b.example.org":                         "a@a-b.example.org",
		"a@mail.customs.go.th":                      "a@mail.customs.go.th",
		strings.Repeat("a", 64) + "@example.org":    strings.Repeat("a", 64) + "@example.org",
		"a@" + strings.Repeat("b", 63) + ".example": "a@" + strings.Repeat("b", 63) + ".example",
	}
}

// refused are texts with the reason why they are no address.
func refused() map[string]Reason {
	return map[string]Reason{
		"":                                       ReasonEmpty,
		" \t ":                                   ReasonEmpty,
		"jane":                                   ReasonNoAt,
		"jane.example.org":                       ReasonNoAt,
		"jane at example.org":                    ReasonNoAt,
		"jane＠example.org":                       ReasonNoAt,
		"@":                                      ReasonNoLocal,
		"@example.org":                           ReasonNoLocal,
		"jane@":                                  ReasonNoDot,
		"jane@localhost":                         ReasonNoDot,
		"jane@example":                           ReasonNoDot,
		"jane@.":                                 ReasonDomain,
		"jane@.example.org":                      ReasonDomain,
		"jane@example.org.":                      ReasonDomain,
		"jane@example..org":                      ReasonDomain,
		"jane@-example.org":                      ReasonDomain,
		"jane@example-.org":                      ReasonDomain,
		"jane@exam_ple.org":                      ReasonDomain,
		"jane@exam!ple.org":                      ReasonDomain,
		"jane@example.org/news":                  ReasonDomain,
		"jane@example.org:25":                    ReasonDomain,
		"jane@example.org?x=1":                   ReasonDomain,
		"jane@xn--.org":                          ReasonDomain,
		"jane@xn--a.example.org":                 ReasonDomain,
		"jane@[192.0.2.1]":                       ReasonLiteral,
		"jane@[IPv6:2001:db8::1]":                ReasonLiteral,
		"jane@192.0.2.1":                         ReasonLiteral,
		"jane@example.1org":                      ReasonTopLevel,
		"jane@example.123":                       ReasonTopLevel,
		"ja..ne@example.org":                     ReasonDots,
		".jane@example.org":                      ReasonDots,
		"jane.@example.org":                      ReasonDots,
		".@example.org":                          ReasonDots,
		"=jane@example.org":                      ReasonStart,
		"-jane@example.org":                      ReasonStart,
		"=cmd|x@example.org":                     ReasonStart,
		`"jane doe"@example.org`:                 ReasonQuoted,
		`"jane"@example.org`:                     ReasonQuoted,
		`ja\ne@example.org`:                      ReasonQuoted,
		"Jane Doe <jane@example.org>":            ReasonName,
		"<jane@example.org>":                     ReasonName,
		"jane(work)@example.org":                 ReasonName,
		"jane@example.org (Jane)":                ReasonName,
		"jane@example.org,joe@example.org":       ReasonSeveral,
		"jane@example.org;joe@example.org":       ReasonSeveral,
		"a,b@example.org":                        ReasonSeveral,
		"jane@example.org joe@example.org":       ReasonSpace,
		"jane doe@example.org":                   ReasonSpace,
		"jane@exam ple.org":                      ReasonSpace,
		"jane@@example.org":                      ReasonTwoAts,
		"jane@home@example.org":                  ReasonTwoAts,
		"mailto:jane@example.org":                ReasonCharacter,
		"ja[ne@example.org":                      ReasonCharacter,
		"jané@example.org":                       ReasonNonASCII,
		"用户@example.org":                         ReasonNonASCII,
		"jаne@example.org":                       ReasonNonASCII, // a Cyrillic a
		"ja\u200bne@example.org":                 ReasonInvisible,
		"\ufeffjane@example.org":                 ReasonInvisible,
		"jane@exam\u00adple.org":                 ReasonInvisible,
		"jane@example.org\u202e":                 ReasonInvisible,
		"jane@example.org\u00a0":                 ReasonInvisible,
		"jane@example.org\n":                     ReasonInvisible,
		"jane@example.org\r\nBcc: x@y.org":       ReasonInvisible,
		"ja\x00ne@example.org":                   ReasonInvisible,
		"ja\x7fne@example.org":                   ReasonInvisible,
		"ja\xffne@example.org":                   ReasonInvisible,
		strings.Repeat("a", 65) + "@example.org": ReasonLongLocal,
		"a@" + strings.Repeat("b", 64) + ".org":  ReasonDomain,
		strings.Repeat("a", 255):                 ReasonLong,
		"a@" + strings.Repeat("b.", 126) + "org": ReasonLong,
		"a@" + strings.Repeat("ü", 25) + "." + strings.Repeat("ü.", 90) + "org": ReasonLong,
	}
}

func TestParseAddress(t *testing.T) {
	if n := len(accepted()) + len(refused()); n < 80 {
		t.Errorf("%d addresses in the tables, want 80 or more", n)
	}
	for typed, want := range accepted() {
		a, err := ParseAddress(typed)
		if err != nil || a.String() != want {
			t.Errorf("ParseAddress(%q) = %q, %v, want %q", typed, a, err, want)
			continue
		}
		if a.Key() != strings.ToLower(want) {
			t.Errorf("Key of %q is %q", typed, a.Key())
		}
	}
	for typed, want := range refused() {
		_, err := ParseAddress(typed)
		var refusal *AddressError
		if !errors.As(err, &refusal) || refusal.Reason != want {
			t.Errorf("ParseAddress(%q): %#v, want reason %q", typed, err, want)
		}
	}
}

// Every reason must occur, and have a sentence of its own.
func TestReasons(t *testing.T) {
	occur, sentences := map[Reason]bool{}, map[string]Reason{}
	for _, r := range refused() {
		occur[r] = true
	}
	for _, r := range Reasons() {
		if !occur[r] {
			t.Errorf("no text is refused as %q", r)
		}
		sentence := (&AddressError{r}).Error()
		if other, ok := sentences[sentence]; ok {
			t.Errorf("%q and %q have the same sentence", r, other)
		}
		sentences[sentence] = r
	}
}

func TestLimitKey(t *testing.T) {
	for typed, want := range map[string]string{
		"J.a.n.e+1@gmail.com":  "jane@gmail.com",
		"jane@googlemail.com":  "jane@gmail.com",
		"J.ane+1@example.org":  "j.ane+1@example.org",
		"j.ane@gmail.com.au":   "j.ane@gmail.com.au",
		"j.ane+a+b@GMAIL.com":  "jane@gmail.com",
		"jane+@googlemail.com": "jane@gmail.com",
	} {
		a, err := ParseAddress(typed)
		if err != nil || a.LimitKey() != want {
			t.Errorf("LimitKey of %q is %q, %v, want %q", typed, a.LimitKey(), err, want)
		}
	}
}

// What is accepted is ASCII, bounded, parses to itself and has one key.
func FuzzParseAddress(f *testing.F) {
	for typed := range accepted() {
		f.Add(typed)
	}
	for typed := range refused() {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		a, err := ParseAddress(typed)
		if err != nil {
			var refusal *AddressError
			if !errors.As(err, &refusal) {
				t.Fatalf("error of type %T", err)
			}
			return
		}
		s := a.String()
		if len(s) > 254 || strings.Count(s, "@") != 1 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%q was taken as %q", typed, s)
		}
		again, err := ParseAddress(s)
		if err != nil || again != a {
			t.Fatalf("%q reads back as %q, %v", s, again, err)
		}
		if lower, err := ParseAddress(a.Key()); err != nil || lower.Key() != a.Key() {
			t.Fatalf("key %q of %q is not its own key: %v", a.Key(), s, err)
		}
	})
}
