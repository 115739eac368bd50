package subscriber

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ID names a person: a keyed hash of the address, so that it says nothing
// without the pepper.
type ID [16]byte

// String returns the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Short returns the first 8 hexadecimal digits, for logs.
func (id ID) Short() string { return hex.EncodeToString(id[:4]) }

// MarshalText writes the id as String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}

// ParseID reads what String wrote.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("an id has 32 hexadecimal digits, not %d", len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("an id has hexadecimal digits only: %w", err)
	}
	return id, nil
}

// Keys are the secrets of one site. Whoever has them can sign a link for
// anybody; losing them kills every link that was ever mailed. They never print.
type Keys struct {
	pepper []byte
	master []masterKey // the current one first
}

type masterKey struct {
	ID      byte      `json:"id"`
	Secret  secret    `json:"secret"`
	Created time.Time `json:"created"`
	Retired time.Time `json:"retired,omitzero"` // since then only unsubscribe links of it work
}

// secret is key material in hexadecimal.
type secret []byte

const keySize = 32

func (s secret) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(s)), nil }

func (s *secret) UnmarshalText(b []byte) error {
	raw, err := hex.DecodeString(string(b))
	if err == nil && len(raw) != keySize {
		err = fmt.Errorf("a secret has %d bytes, this one has %d", keySize, len(raw))
	}
	*s = raw
	return err
}

// NewKeys makes fresh keys.
func NewKeys(now time.Time) *Keys {
	return &Keys{pepper: newSecret(), master: []masterKey{{ID: 1, Secret: newSecret(), Created: now.UTC().Truncate(time.Second)}}}
}

func newSecret() []byte {
	b := make([]byte, keySize)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return b
}

// document is how keys are kept.
type document struct {
	Version int         `json:"version"`
	Pepper  secret      `json:"pepper"`
	Master  []masterKey `json:"master"`
}

// Marshal returns the keys as the JSON document that ParseKeys reads. It is the
// one way the secrets leave a Keys.
func (k *Keys) Marshal() ([]byte, error) {
	return json.MarshalIndent(document{1, k.pepper, k.master}, "", "  ")
}

// ParseKeys reads keys. A document that is damaged in any way is refused: wrong
// keys would make every link that was mailed look forged.
func ParseKeys(b []byte) (*Keys, error) {
	var d document
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("the keys cannot be read: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("the keys cannot be read: there is something behind the document")
	}
	if d.Version != 1 || len(d.Pepper) != keySize || len(d.Master) == 0 {
		return nil, errors.New("the keys cannot be read: version, pepper or master is missing")
	}
	if !d.Master[0].Retired.IsZero() {
		return nil, fmt.Errorf("the keys cannot be read: master key %d comes first, so it signs, but it is retired", d.Master[0].ID)
	}
	seen := map[byte]bool{}
	for _, m := range d.Master {
		if len(m.Secret) != keySize || m.ID == 0 || seen[m.ID] {
			return nil, fmt.Errorf("the keys cannot be read: master key %d is damaged or given twice", m.ID)
		}
		seen[m.ID] = true
	}
	return &Keys{pepper: d.Pepper, master: d.Master}, nil
}

// Rotate puts a new master key in front: it signs from now on, the older ones
// still verify. The pepper stays, or every person would become somebody else.
func (k *Keys) Rotate(now time.Time) error {
	for id := byte(1); id != 0; id++ {
		if !slices.ContainsFunc(k.master, func(m masterKey) bool { return m.ID == id }) {
			k.master = slices.Insert(k.master, 0, masterKey{ID: id, Secret: newSecret(), Created: now.UTC().Truncate(time.Second)})
			return nil
		}
	}
	return errors.New("there are 255 master keys; retire old ones")
}

// KeyInfo is what may be told of a master key.
type KeyInfo struct {
	ID      byte      `json:"id"`
	Created time.Time `json:"created"`
	Current bool      `json:"current"`          // signs new links
	Retired time.Time `json:"retired,omitzero"` // since then only unsubscribe links work
}

// Info lists the master keys, the current one first.
func (k *Keys) Info() []KeyInfo {
	all := make([]KeyInfo, len(k.master))
	for i, m := range k.master {
		all[i] = KeyInfo{m.ID, m.Created, i == 0, m.Retired}
	}
	return all
}

// Retire ends an old master key for everything but unsubscribe links, which must
// work for years. Do so a month after a rotation, or at once if the key may be
// known to others: the worst that is left to them is to sign off people, who can
// come back.
func (k *Keys) Retire(id byte, now time.Time) error {
	i, err := k.old(id)
	if err == nil && k.master[i].Retired.IsZero() {
		k.master[i].Retired = now.UTC().Truncate(time.Second)
	}
	return err
}

// Remove deletes an old master key; unsubscribe links signed with it stop
// working, too.
func (k *Keys) Remove(id byte) error {
	i, err := k.old(id)
	if err == nil {
		k.master = slices.Delete(k.master, i, i+1)
	}
	return err
}

// old returns the place of a master key that does not sign any more.
func (k *Keys) old(id byte) (int, error) {
	i := slices.IndexFunc(k.master, func(m masterKey) bool { return m.ID == id })
	switch {
	case i < 0:
		return i, fmt.Errorf("there is no master key %d", id)
	case i == 0:
		return i, fmt.Errorf("master key %d signs now; rotate first", id)
	}
	return i, nil
}

// ID returns the id of the person at an address.
func (k *Keys) ID(a Address) ID { return k.id("id", a.Key()) }

// id returns the first 16 bytes of a keyed hash; the kind keeps hashes of
// different things apart.
func (k *Keys) id(kind, text string) ID {
	mac := hmac.New(sha256.New, k.pepper)
	mac.Write([]byte(kind + "|" + text))
	return ID(mac.Sum(nil)[:16])
}

// String keeps the secrets out of whatever prints a Keys.
func (k *Keys) String() string { return "keys(hidden)" }

// GoString keeps the secrets out of %#v.
func (k *Keys) GoString() string { return k.String() }

// Format keeps the secrets out of every verb, also for a Keys by value.
func (k Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, "keys(hidden)") }

// MarshalJSON refuses: Marshal is the one way to write keys.
func (k Keys) MarshalJSON() ([]byte, error) { return []byte(`"keys(hidden)"`), nil }
