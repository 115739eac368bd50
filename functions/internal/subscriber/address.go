package subscriber

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address is an e-mail address that this site can send to. The zero value is
// none.
type Address struct {
	local  string // as typed
	domain string // ASCII, lower case
}

// Reason says why a text cannot be an address. Its values are stable: the texts
// of the site are keyed by them.
type Reason string

// The reasons, from the most general to the most special.
const (
	ReasonEmpty      Reason = "empty"
	ReasonLong       Reason = "long"
	ReasonInvisible  Reason = "invisible"
	ReasonNoAt       Reason = "noat"
	ReasonTwoAts     Reason = "twoats"
	ReasonName       Reason = "name"
	ReasonSeveral    Reason = "several"
	ReasonSpace      Reason = "space"
	ReasonQuoted     Reason = "quoted"
	ReasonNonASCII   Reason = "nonascii"
	ReasonDots       Reason = "dots"
	ReasonStart      Reason = "start"
	ReasonCharacter  Reason = "character"
	ReasonLongLocal  Reason = "longlocal"
	ReasonNoLocal    Reason = "nolocal"
	ReasonLiteral    Reason = "literal"
	ReasonNoDot      Reason = "nodot"
	ReasonDomain     Reason = "domain"
	ReasonTopLevel   Reason = "toplevel"
	maxAddress              = 254 // RFC 5321, section 4.5.3.1.3, less the angle brackets
	maxLocal                = 64  // RFC 5321, section 4.5.3.1.1
	maxDomain               = 253 // RFC 1035
	maxLabel                = 63  // RFC 1035
	atextPunctuation        = "!#$%&'*+-/=?^_`{|}~"
)

// Reasons returns every reason there is.
func Reasons() []Reason {
	return []Reason{ReasonEmpty, ReasonLong, ReasonInvisible, ReasonNoAt, ReasonTwoAts, ReasonName, ReasonSeveral, ReasonSpace, ReasonQuoted, ReasonNonASCII,
		ReasonDots, ReasonStart, ReasonCharacter, ReasonLongLocal, ReasonNoLocal, ReasonLiteral, ReasonNoDot, ReasonDomain, ReasonTopLevel}
}

// AddressError is a text that cannot be an address. It never holds the text
// itself, so that it may be logged.
type AddressError struct{ Reason Reason }

// Error returns what is wrong and how to mend it.
func (e *AddressError) Error() string {
	switch e.Reason {
	case ReasonEmpty:
		return "there is no address; type one like name@example.org"
	case ReasonLong:
		return "an address has at most 254 characters"
	case ReasonInvisible:
		return "there is an invisible or broken character; type the address instead of pasting it"
	case ReasonNoAt:
		return "an address has an @ sign between name and domain"
	case ReasonTwoAts:
		return "an address has one @ sign only"
	case ReasonName:
		return "type the address alone, without a name or angle brackets"
	case ReasonSeveral:
		return "type one address only"
	case ReasonSpace:
		return "an address has no spaces"
	case ReasonQuoted:
		return "addresses with quotation marks or backslashes cannot be taken"
	case ReasonNonASCII:
		return "before the @ sign only letters a to z can be taken: the mail service carries no others there"
	case ReasonDots:
		return "before the @ sign a dot stands between two characters, not at an end or beside another dot"
	case ReasonStart:
		return "an address cannot begin with = or -"
	case ReasonCharacter:
		return "there is a character before the @ sign that addresses do not have"
	case ReasonLongLocal:
		return "before the @ sign stand at most 64 characters"
	case ReasonNoLocal:
		return "the name before the @ sign is missing"
	case ReasonLiteral:
		return "write the domain by its name, not as a number"
	case ReasonNoDot:
		return "the domain after the @ sign is not complete; it needs a dot, as in example.org"
	case ReasonTopLevel:
		return "the end of the domain is not one there is; it is letters, as in .org"
	}
	return "the domain after the @ sign is not written right"
}

// ParseAddress reads an address as people type it into a form. It takes a
// dot-atom (RFC 5322, section 3.2.3) in ASCII before the @ and a domain name,
// internationalised ones included, after it: narrower than net/mail, because
// everything it takes must be deliverable through SES, which carries 7-bit
// local parts only. The error is an *AddressError.
func ParseAddress(s string) (Address, error) {
	s = strings.Trim(s, " \t")
	if r := refuse(s); r != "" {
		return Address{}, &AddressError{r}
	}
	at := strings.LastIndexByte(s, '@')
	local := s[:at]
	if r := refuseLocal(local); r != "" {
		return Address{}, &AddressError{r}
	}
	domain, r := parseDomain(s[at+1:])
	if r == "" && len(local)+1+len(domain) > maxAddress {
		r = ReasonLong
	}
	if r != "" {
		return Address{}, &AddressError{r}
	}
	return Address{local, domain}, nil
}

// refuse says what is wrong with the text as a whole.
func refuse(s string) Reason {
	switch {
	case s == "":
		return ReasonEmpty
	case len(s) > maxAddress:
		return ReasonLong
	case !utf8.ValidString(s) || strings.ContainsFunc(s, invisible):
		return ReasonInvisible
	case !strings.Contains(s, "@"):
		return ReasonNoAt
	case strings.ContainsAny(s, "<>()"):
		return ReasonName
	case strings.ContainsAny(s, ",;"):
		return ReasonSeveral
	case strings.ContainsAny(s, `"\`):
		return ReasonQuoted
	case strings.ContainsAny(s, " \t"):
		return ReasonSpace
	case strings.Count(s, "@") > 1:
		return ReasonTwoAts
	}
	return ""
}

// invisible tells whether a character cannot be seen: controls, formats such as
// the zero-width space and the byte order mark, and spaces other than the plain
// one.
func invisible(r rune) bool {
	return unicode.IsControl(r) && r != '\t' || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) ||
		unicode.Is(unicode.Zs, r) && r != ' ' || r == utf8.RuneError
}

func refuseLocal(local string) Reason {
	switch {
	case local == "":
		return ReasonNoLocal
	case strings.ContainsFunc(local, func(r rune) bool { return r >= utf8.RuneSelf }):
		return ReasonNonASCII
	case len(local) > maxLocal:
		return ReasonLongLocal
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return ReasonDots
	case local[0] == '=' || local[0] == '-':
		// A spreadsheet takes = for a formula, a command line - for a flag.
		return ReasonStart
	case strings.ContainsFunc(local, func(r rune) bool { return r != '.' && !atext(r) }):
		return ReasonCharacter
	}
	return ""
}

func atext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(atextPunctuation, r)
}

// parseDomain returns the domain in ASCII and lower case. No DNS is asked.
func parseDomain(s string) (string, Reason) {
	if strings.HasPrefix(s, "[") {
		return "", ReasonLiteral
	}
	if !strings.ContainsAny(s, ".。．｡") {
		return "", ReasonNoDot
	}
	domain, err := idna.Lookup.ToASCII(s)
	if err != nil || len(domain) > maxDomain {
		return "", ReasonDomain
	}
	domain = strings.ToLower(domain)
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if !isLabel(l) {
			return "", ReasonDomain
		}
	}
	last := labels[len(labels)-1]
	if len(labels) == 4 && strings.Trim(domain, "0123456789.") == "" {
		return "", ReasonLiteral
	}
	if last[0] >= '0' && last[0] <= '9' {
		return "", ReasonTopLevel
	}
	return domain, ""
}

func isLabel(l string) bool {
	if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(l, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// String returns the address that mail goes to: the local part as typed.
func (a Address) String() string { return a.local + "@" + a.domain }

// Key returns what makes two addresses the same person: the local part in lower
// case. Dots and tags are kept, since most servers tell them apart.
func (a Address) Key() string { return strings.ToLower(a.local) + "@" + a.domain }

// LimitKey returns what counts as one mailbox for limits: at Gmail dots and
// tags lead to the same one.
func (a Address) LimitKey() string {
	if a.domain != foldedDomain && a.domain != "googlemail.com" {
		return a.Key()
	}
	local, _, _ := strings.Cut(strings.ToLower(a.local), "+")
	return strings.ReplaceAll(local, ".", "") + "@" + foldedDomain
}

const foldedDomain = "gmail.com"
