// Package consent is the ledger of consent: what proves later who agreed to what
// and when, and that nobody has changed it since. It also knows how long such
// things are kept (Sweep).
//
// # Entries
//
// Every change of what a record says of consent is an entry: confirmed, imported
// with evidence, chose, left, bounced, complained, lifted, erased. A request
// alone is none: before the confirmation there is no consent, and the entry of
// the confirmation has the time of the request and the words that were shown.
//
// The entries of one person are a chain: each has its number and the hash
// (SHA-256) of the one before. A store writes an entry in the same step as the
// change of the record, which has the number and the hash of the newest.
//
// An entry shows the name of its chain, which is random, and its day, no more:
// what happened is sealed (AES-GCM) with a key that only the record has. Erasing
// a person erases that key. The last entry then closes the chain; it can still be
// verified, names nobody, and nothing leads to it from an address. There is no
// address and no network address in an entry, not even a sealed one.
//
// # Roots
//
// Each day has a root: a hash over the day's entries, in order, and over the root
// of the day before. CloseDays makes it an hour after the day's end, so that the
// slowest writer is done.
//
// # Which attack is found by what
//
//   - The record's consent, choices or status are changed in the table: they are
//     not what its newest entry says.
//   - An entry is changed, removed, doubled or reordered: its hash, its number,
//     the next one's link or the record's is wrong.
//   - All of a person's entries are written anew, with the record: the root of
//     their days is wrong. An entry that is there too much is found so, too.
//   - The roots are written anew as well: only somebody who has noted one outside
//     of the table can tell, see `subscribers verify -root`. The programs write
//     each into their log.
//   - What was written since the last root, and what a program itself is made to
//     write wrongly, is not found.
package consent

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// Entry is one entry of the ledger as everybody may see it.
type Entry struct {
	Day      string `json:"day"`   // when it was written, UTC
	Chain    string `json:"chain"` // of one person
	Number   int    `json:"number"`
	Previous string `json:"previous,omitempty"` // hash of the entry before; empty in the first
	Closed   bool   `json:"closed,omitempty"`   // the person was erased: nothing follows
	Sealed   string `json:"sealed"`             // a Detail, for who has the chain's key
	Hash     string `json:"hash"`
}

// Detail is what happened. It is sealed in an entry.
type Detail struct {
	Kind        string    `json:"kind"`
	At          time.Time `json:"at"`
	Status      string    `json:"status"`                // from then on
	RequestedAt time.Time `json:"requested_at,omitzero"` // the form that led to it
	Method      string    `json:"method,omitempty"`      // form or import
	Shown       string    `json:"shown,omitempty"`       // the words of the form and the mail, as commit and hashes
	Evidence    string    `json:"evidence,omitempty"`    // of an import, as SHA-256: the record has the text
	Choices     string    `json:"choices,omitempty"`     // frequency, language and topics
	Statement   string    `json:"statement"`             // hash of all that the record says of consent
	Before      string    `json:"before,omitempty"`      // day of the entry before
}

// Append adds the change of a record to its chain: it sets the record's link and
// returns the entry that has to be written in the same step, nil if the change is
// none of consent.
func Append(before subscriber.Subscriber, after *subscriber.Subscriber, e subscriber.Event) (*Entry, error) {
	was, is := statement(before), statement(*after)
	broughtBack := e.Kind == subscriber.Restore && before.Chain.Key == "" && after.Chain.Key != ""
	if was == is || broughtBack {
		return nil, nil
	}
	chain := before.Chain
	if chain.Key == "" {
		if is == "" {
			return nil, nil // erased, and the ledger has nothing of the person
		}
		chain.Key = newKey()
	}
	entry := &Entry{Day: max(dayOf(e.At), chain.Day), Chain: chain.ID(), Number: chain.Number + 1, Previous: chain.Hash, Closed: is == ""}
	detail := Detail{Kind: e.Kind.String(), At: e.At.UTC().Truncate(time.Millisecond), Status: after.Status.String(), Statement: is, Before: chain.Day}
	if after.Status == subscriber.Confirmed {
		c, p := after.Consent, after.Preferences
		detail.RequestedAt, detail.Method, detail.Shown = c.RequestedAt.UTC().Truncate(time.Millisecond), c.Method, c.Shown
		detail.Choices = strings.TrimSpace(strings.Join(append([]string{p.Frequency, p.Language}, p.Topics...), " "))
		if c.Evidence != "" {
			detail.Evidence = hashOf(c.Evidence)
		}
	}
	var err error
	if entry.Sealed, err = seal(chain.Key, entry.place(), detail); err != nil {
		return nil, err
	}
	entry.Hash = entry.sum()
	after.Chain = subscriber.Chain{Key: chain.Key, Number: entry.Number, Day: entry.Day, Hash: entry.Hash}
	if entry.Closed {
		after.Chain = subscriber.Chain{}
	}
	return entry, nil
}

// sum is the hash that an entry must have.
func (e Entry) sum() string {
	return hashOf(fmt.Sprintf("broadsheet consent 1\n%s\n%s\n%t\n%s\n%s", e.Day, e.place(), e.Closed, e.Previous, e.Sealed))
}

// place names an entry.
func (e Entry) place() string { return fmt.Sprintf("%s %d", e.Chain, e.Number) }

// Open returns what an entry says.
func (e Entry) Open(key string) (Detail, error) {
	var d Detail
	box, err := boxOf(key)
	if err != nil {
		return d, err
	}
	sealed, err := base64.RawStdEncoding.DecodeString(e.Sealed)
	if err != nil {
		return d, err
	}
	text, err := box.Open(nil, nil, sealed, []byte(e.place()))
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(text, &d)
}

// padded is the length of what is sealed, or a multiple of it. An entry with it is
// less than the kilobyte that DynamoDB counts.
const padded = 512

func seal(key, place string, d Detail) (string, error) {
	box, err := boxOf(key)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	// The length must not tell what it is: JSON may end in spaces.
	text = append(text, bytes.Repeat([]byte(" "), padded-1-(len(text)+padded-1)%padded)...)
	return base64.RawStdEncoding.EncodeToString(box.Seal(nil, nil, text, []byte(place))), nil
}

// boxOf puts a random nonce before what it seals.
func boxOf(key string) (cipher.AEAD, error) {
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) != 16 {
		return nil, errors.New("the key of the record's chain is damaged")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func newKey() string {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails, says its documentation
	return hex.EncodeToString(key[:])
}

// statement is a hash of all that a record says of consent; empty if it says
// nothing. What a person who is not subscribed asked for last is not part of it.
func statement(s subscriber.Subscriber) string {
	if s.Status <= subscriber.Pending || s.Status == subscriber.Erased {
		return ""
	}
	fields := []any{s.ID.String(), s.Status.String(), millis(s.ConfirmedAt), millis(s.LeftAt), s.Reason}
	if s.Status == subscriber.Confirmed {
		c, p := s.Consent, s.Preferences
		fields = append(fields, millis(c.RequestedAt), millis(c.ConfirmedAt), c.Source, c.Shown, c.Method, c.Evidence, p.Frequency, p.Language)
		for _, topic := range p.Topics {
			fields = append(fields, topic)
		}
	}
	b, _ := json.Marshal(fields) // cannot fail: texts and numbers
	return hashOf(string(b))
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// millis is an instant as stores keep it.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// dayAfter returns the day n days later.
func dayAfter(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "9999-12-31" // nothing comes behind a day that is none
	}
	return dayOf(t.AddDate(0, 0, n))
}
