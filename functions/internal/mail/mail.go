// Package mail turns a Message into the bytes of a mail (RFC 5322, MIME), the
// same for the outbox of a laptop and for SES.
//
// A mail has two parts, plain text and HTML, in multipart/alternative. Lines end
// in CRLF; header fields are folded; text outside ASCII is an encoded word in a
// field (RFC 2047) and base64 in a body. A body in ASCII goes out as it is, so
// that people can read the source, and no transfer encoding ever breaks a link.
//
// The same Message gives the same bytes: the boundary is a hash of the content.
package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Message is one mail to one person.
type Message struct {
	From    mail.Address // who sends
	ReplyTo mail.Address // where answers go, if not to From
	To      string       // one address, without a name
	Subject string
	Date    time.Time
	Text    string
	HTML    string

	ListID      mail.Address // RFC 2919: name and dotted identifier of the list
	Unsubscribe string       // https address of one-click unsubscribing (RFC 8058)
	Archive     string       // address of the list's archive (RFC 2369)
	Automatic   bool         // sent by a program in answer to something (RFC 3834)

	Tags map[string]string // for SES: issue, subscriber, attempt; not part of the bytes
}

// maxLine is the longest line in a body, without CRLF (RFC 5322, section 2.1.1).
const maxLine = 998

// Bytes returns the mail. An error names the field that cannot be sent.
func (m Message) Bytes() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	h := &header{}
	h.address("From", m.From)
	if m.ReplyTo.Address != "" {
		h.address("Reply-To", m.ReplyTo)
	}
	h.field("To", m.To)
	h.words("Subject", m.Subject)
	h.field("Date", m.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	if m.ListID.Address != "" {
		h.address("List-Id", m.ListID)
	}
	if m.Unsubscribe != "" {
		h.field("List-Unsubscribe", "<"+m.Unsubscribe+">")
		h.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	if m.Archive != "" {
		h.field("List-Archive", "<"+m.Archive+">")
	}
	if m.Automatic {
		h.field("Auto-Submitted", "auto-replied")
	}
	h.field("MIME-Version", "1.0")
	boundary := m.boundary()
	h.field("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	h.WriteString("\r\n")
	part(&h.Buffer, boundary, "text/plain", m.Text)
	part(&h.Buffer, boundary, "text/html", m.HTML)
	h.WriteString("--" + boundary + "--\r\n")
	return h.Bytes(), nil
}

// boundary is a text that the parts do not hold: they would have to contain
// their own hash.
func (m Message) boundary() string {
	sum := sha256.Sum256([]byte(m.To + "\x00" + m.Text + "\x00" + m.HTML))
	return "part-" + hex.EncodeToString(sum[:12])
}

// part writes one alternative.
func part(b *bytes.Buffer, boundary, kind, body string) {
	body = strings.ReplaceAll(strings.TrimRight(strings.ReplaceAll(body, "\r\n", "\n"), "\n")+"\n", "\n", "\r\n")
	encoding := "base64"
	if readable(body) {
		encoding = "7bit"
	}
	fmt.Fprintf(b, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", boundary, kind, encoding)
	if encoding == "7bit" {
		b.WriteString(body)
		return
	}
	for text := base64.StdEncoding.EncodeToString([]byte(body)); text != ""; {
		n := min(76, len(text)) // RFC 2045, section 6.8
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
}

// readable tells whether a body may travel as it is.
func readable(body string) bool {
	for line := range strings.SplitSeq(body, "\r\n") {
		if len(line) > maxLine || strings.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxASCII || r < ' ' && r != '\t' }) {
			return false
		}
	}
	return true
}

// check refuses what could break out of a header field or cannot be delivered.
func (m Message) check() error {
	for name, text := range map[string]string{
		"From": m.From.Name + m.From.Address, "Reply-To": m.ReplyTo.Name + m.ReplyTo.Address, "To": m.To, "Subject": m.Subject,
		"List-Id": m.ListID.Name + m.ListID.Address, "List-Unsubscribe": m.Unsubscribe, "List-Archive": m.Archive,
	} {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%s has a control character in it", name)
		}
	}
	for name, address := range map[string]string{"From": m.From.Address, "To": m.To} {
		if a, err := mail.ParseAddress(address); err != nil || a.Address != address || !ascii(address) {
			return fmt.Errorf("%s is not one plain address in ASCII", name)
		}
	}
	for name, url := range map[string]string{"List-Unsubscribe": m.Unsubscribe, "List-Archive": m.Archive} {
		if strings.ContainsAny(url, "<> ,") || !ascii(url) {
			return fmt.Errorf("%s is not a web address", name)
		}
	}
	if m.Subject == "" {
		return errors.New("Subject is empty")
	}
	if m.Date.IsZero() {
		return errors.New("Date is missing")
	}
	for name, value := range m.Tags {
		if !tagPattern().MatchString(name) || !tagPattern().MatchString(value) {
			return fmt.Errorf("tag %q: names and values have 1 to 256 letters, digits, - and _", name)
		}
	}
	return nil
}

// tagPattern is what SES takes as name or value of a message tag.
func tagPattern() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`) }

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// header writes fields, folded at 78 characters where they have spaces.
type header struct{ bytes.Buffer }

func (h *header) field(name, value string) {
	column := len(name) + 1
	h.WriteString(name + ":")
	for word := range strings.SplitSeq(value, " ") {
		if column+1+len(word) > 78 && column > len(name)+1 {
			h.WriteString("\r\n")
			column = 0
		}
		h.WriteString(" " + word)
		column += 1 + len(word)
	}
	h.WriteString("\r\n")
}

func (h *header) words(name, text string) {
	h.field(name, mime.QEncoding.Encode("utf-8", text))
}

func (h *header) address(name string, a mail.Address) {
	if a.Name == "" {
		h.field(name, "<"+a.Address+">")
		return
	}
	if !ascii(a.Name) {
		h.field(name, mime.QEncoding.Encode("utf-8", a.Name)+" <"+a.Address+">")
		return
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name)
	h.field(name, `"`+quoted+`" <`+a.Address+">")
}
