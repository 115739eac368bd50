// Package outbox keeps mails as files instead of sending them: what a laptop has
// in place of SES. Each mail is one .eml file with the very bytes that would
// have been sent; any mail program opens it.
package outbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"broadsheet/functions/internal/mail"
)

// Outbox is a folder of mails. Several processes may use one.
type Outbox struct{ dir string }

// Open makes the folder if it is not there.
func Open(dir string) (*Outbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the outbox %s cannot be made: %w; choose a DATA_DIR you may write in", dir, err)
	}
	return &Outbox{dir}, nil
}

// Send keeps a mail and returns its name. The file appears whole or not at all.
func (o *Outbox) Send(_ context.Context, m mail.Message) (string, error) {
	raw, err := m.Bytes()
	if err != nil {
		return "", err
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails, see crypto/rand
	// The time of keeping, to the nanosecond, sorts the names.
	name := fmt.Sprintf("%019d-%s.eml", time.Now().UnixNano(), hex.EncodeToString(random[:]))
	if err := o.write(name, raw); err != nil {
		return "", fmt.Errorf("outbox: %w", err)
	}
	return name, nil
}

func (o *Outbox) write(name string, raw []byte) (err error) {
	f, err := os.CreateTemp(o.dir, ".part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(o.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Kept is a mail in the outbox.
type Kept struct {
	Name, To, Subject string
	Date              time.Time
	Text, HTML        string
	Raw               []byte
}

// List returns all mails, oldest first. Files of another kind are passed over.
func (o *Outbox) List(ctx context.Context) ([]Kept, error) {
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	var all []Kept
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if k, err := o.Get(e.Name()); err == nil {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b Kept) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Get returns one mail by its name. A name that leads out of the folder, or that
// Send does not give, is fs.ErrNotExist.
func (o *Outbox) Get(name string) (Kept, error) {
	if filepath.Base(name) != name || strings.HasPrefix(name, ".") || filepath.Ext(name) != ".eml" {
		return Kept{}, fs.ErrNotExist
	}
	raw, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		return Kept{}, err
	}
	k := Kept{Name: name, Raw: raw}
	return k, k.parse()
}

func (k *Kept) parse() error {
	m, err := netmail.ReadMessage(bytes.NewReader(k.Raw))
	if err != nil {
		return fmt.Errorf("%s is not a mail: %w", k.Name, err)
	}
	k.To = m.Header.Get("To")
	if k.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return err
	}
	if k.Date, err = m.Header.Date(); err != nil {
		return err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := k.part(part); err != nil {
			return err
		}
	}
}

func (k *Kept) part(p *multipart.Part) error {
	var body io.Reader = p
	if p.Header.Get("Content-Transfer-Encoding") == "base64" {
		body = base64.NewDecoder(base64.StdEncoding, p)
	}
	text, err := io.ReadAll(body)
	if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
		k.HTML = string(text)
	} else {
		k.Text = string(text)
	}
	return err
}
