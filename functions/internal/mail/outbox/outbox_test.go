package outbox_test

import (
	"errors"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/mail/outbox"
)

func message(subject string) mail.Message {
	return mail.Message{From: netmail.Address{Address: "news@example.org"}, To: "jane@example.org", Subject: subject,
		Date: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Text: "Wörter\n", HTML: "<p>words</p>\n"}
}

func TestOutbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "outbox")
	box, err := outbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, subject := range []string{"first", "zweité", "third"} {
		name, err := box.Send(t.Context(), message(subject))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	for name, text := range map[string]string{"notes.txt": "x", "broken.eml": "x", ".part-1": "x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := box.List(t.Context())
	if err != nil || len(mails) != 3 {
		t.Fatalf("%d mails, %v; want 3", len(mails), err)
	}
	second, want := mails[1], message("zweité")
	if second.Name != names[1] || second.Subject != want.Subject || second.To != want.To || !second.Date.Equal(want.Date) {
		t.Errorf("the second mail is %+v", second)
	}
	if strings.TrimSpace(second.Text) != strings.TrimSpace(want.Text) || strings.TrimSpace(second.HTML) != strings.TrimSpace(want.HTML) {
		t.Errorf("its parts are %q and %q", second.Text, second.HTML)
	}
	if raw, _ := want.Bytes(); string(raw) != string(second.Raw) {
		t.Error("the file is not the mail's very bytes")
	}
	if info, err := os.Stat(filepath.Join(dir, names[0])); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v; want only its owner to read it", info.Mode(), err)
	}
}

func TestGetStaysInTheFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.eml"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	box, err := outbox.Open(filepath.Join(dir, "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../secret.eml", "/etc/passwd", "", ".", "..", ".part-1", "a/b.eml", "nothing.eml", "notes.txt"} {
		if _, err := box.Get(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get(%q): %v, want that it is not there", name, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := outbox.Open(filepath.Join(file, "outbox")); err == nil || !strings.Contains(err.Error(), "choose a DATA_DIR") {
		t.Errorf("%v, want an error with its cure", err)
	}
	box, err := outbox.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Send(t.Context(), mail.Message{}); err == nil {
		t.Error("an empty message was taken")
	}
}
