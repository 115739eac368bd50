package subscription

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"broadsheet/functions/internal/edition"
)

// Wording is exactly what a person is shown who subscribes: the words of the
// form and of the page with the button, and those of the mail between them.
type Wording struct {
	Commit   string // of the repository that the words are printed from
	Language string // empty: the site's own
	Form     string
	Mail     string
	site     string // address of the site, which stands at the end of the mail
}

// WordingOf returns the words that an edition has at an instant in a language.
func WordingOf(e *edition.Edition, language string, now time.Time) (Wording, bool) {
	if e == nil {
		return Wording{}, false
	}
	w := Wording{Commit: e.Commit(), site: e.BaseURL()}
	if _, ok := e.Blank(language+"/consent/form", now); ok {
		w.Language = language
	}
	// The links differ from mail to mail; in the wording they are named.
	fill := func(name string) string {
		if w.Language != "" {
			name = w.Language + "/" + name
		}
		b, _ := e.Blank(name, now)
		return string(b.Fill(map[string]string{"link": "(link)", "block": "(link)"}))
	}
	w.Form = fill("consent/form")
	w.Mail = fill("mail/confirm/subject") + "\n\n" + fill("mail/confirm/text")
	return w, w.Form != ""
}

// Shown names the wording in a record of consent: the commit to print it from
// again, and hashes that tell whether an edition has the very words.
func (w Wording) Shown() string {
	s := fmt.Sprintf("commit=%s form=%s mail=%s", w.Commit, hash(w.Form), w.mailHash())
	if w.Language != "" {
		s += " lang=" + w.Language
	}
	return s
}

// mailHash leaves the address of the site out: the same words are the same on a
// laptop.
func (w Wording) mailHash() string { return hash(strings.ReplaceAll(w.Mail, w.site, "")) }

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// WordingShown returns the words that Shown named, if this edition has them.
// Another commit may well have the same.
func WordingShown(e *edition.Edition, shown string, now time.Time) (Wording, bool) {
	fields := map[string]string{}
	for _, f := range strings.Fields(shown) {
		name, value, _ := strings.Cut(f, "=")
		fields[name] = value
	}
	w, ok := WordingOf(e, fields["lang"], now)
	if !ok || hash(w.Form) != fields["form"] || w.mailHash() != fields["mail"] {
		return Wording{}, false
	}
	w.Commit = fields["commit"]
	return w, true
}
