package mail_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/mail"
)

func message() mail.Message {
	return mail.Message{
		From: netmail.Address{Name: "ROCB A/P", Address: "news@example.org"}, To: "jane@example.org", Subject: "Please confirm",
		Date: time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 7*3600)), Text: "Plain words.\n\nhttps://example.org/subscription/confirm?t=" + strings.Repeat("A", 58) + "\n",
		HTML: "<p>Formatted words.</p>", ListID: netmail.Address{Name: "News", Address: "news.example.org"},
		Unsubscribe: "https://example.org/subscription/unsubscribe?t=x", Archive: "https://example.org/newsletter/", Automatic: true,
	}
}

// parts reads a mail back as a mail program does.
func parts(t *testing.T, raw []byte) (netmail.Header, []string) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	var bodies []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return m.Header, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, p)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
}

func TestBytes(t *testing.T) {
	m := message()
	raw, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	header, bodies := parts(t, raw)
	for name, want := range map[string]string{
		"From": `"ROCB A/P" <news@example.org>`, "To": "jane@example.org", "Subject": "Please confirm", "Date": "Mon, 23 Nov 2026 12:00:00 +0700",
		"List-Id": `"News" <news.example.org>`, "List-Unsubscribe": "<https://example.org/subscription/unsubscribe?t=x>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Archive": "<https://example.org/newsletter/>", "Auto-Submitted": "auto-replied", "Mime-Version": "1.0",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(bodies) != 2 || strings.TrimSpace(bodies[0]) != strings.TrimSpace(m.Text) || strings.TrimSpace(bodies[1]) != m.HTML {
		t.Errorf("the parts are %q", bodies)
	}
	if again, _ := m.Bytes(); !bytes.Equal(raw, again) {
		t.Error("the same message gives other bytes")
	}
	if bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("a line does not end in CRLF")
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
}

func TestBeyondASCII(t *testing.T) {
	m := message()
	m.Subject = strings.Repeat("Séminaire à Séoul 例子 ", 8)
	m.From.Name = "Bureau régional"
	m.Text = "Réunion à Séoul\n" + strings.Repeat("long ", 400)
	raw, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	header, bodies := parts(t, raw)
	decoder := new(mime.WordDecoder)
	if got, err := decoder.DecodeHeader(header.Get("Subject")); err != nil || strings.TrimSpace(got) != strings.TrimSpace(m.Subject) {
		t.Errorf("Subject is %q, %v", got, err)
	}
	if got, err := header.AddressList("From"); err != nil || got[0].Name != m.From.Name {
		t.Errorf("From is %v, %v", got, err)
	}
	if strings.TrimRight(bodies[0], "\n") != strings.TrimRight(m.Text, "\n") {
		t.Errorf("the text came back as %q", bodies[0])
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 78 && bytes.HasPrefix(line, []byte(" =?")) {
			t.Errorf("an encoded word's line has %d bytes", len(line))
		}
		if bytes.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			t.Errorf("a line is not ASCII: %q", line)
		}
	}
}

// TestRefused: nothing that comes from outside can break out of its field.
func TestRefused(t *testing.T) {
	for name, spoil := range map[string]func(*mail.Message){
		"Subject has":         func(m *mail.Message) { m.Subject = "a\r\nBcc: x@example.org" },
		"Subject is empty":    func(m *mail.Message) { m.Subject = "" },
		"To has":              func(m *mail.Message) { m.To = "jane@example.org\nBcc: x@example.org" },
		"To is not":           func(m *mail.Message) { m.To = "Jane <jane@example.org>" },
		"To is not one":       func(m *mail.Message) { m.To = "a@example.org, b@example.org" },
		"To is not one plain": func(m *mail.Message) { m.To = "" },
		"ASCII":               func(m *mail.Message) { m.To = "jané@example.org" },
		"From has":            func(m *mail.Message) { m.From.Name = "a\x00b" },
		"List-Unsubscribe is": func(m *mail.Message) { m.Unsubscribe = "https://a.example/>,<mailto:x@example.org" },
		"List-Archive has":    func(m *mail.Message) { m.Archive = "https://a.example/\r\nX: y" },
		"Date is missing":     func(m *mail.Message) { m.Date = time.Time{} },
		`tag "s": names and`:  func(m *mail.Message) { m.Tags = map[string]string{"s": "jane@example.org"} },
	} {
		m := message()
		spoil(&m)
		if _, err := m.Bytes(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want an error with %q", err, name)
		}
	}
}

// FuzzFields: whatever stands in a field, the mail is refused or comes back with
// the header fields that were meant and no other.
func FuzzFields(f *testing.F) {
	f.Add("a subject", "a name")
	f.Add("ümläut \u2028 ", `"quoted\`)
	f.Fuzz(func(t *testing.T, subject, name string) {
		m := message()
		m.Subject, m.From.Name = subject, name
		raw, err := m.Bytes()
		if err != nil {
			return
		}
		parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if len(parsed.Header) != 11 {
			t.Errorf("%d header fields, want 11: %v", len(parsed.Header), parsed.Header)
		}
	})
}
