package subscriber

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Purpose is what a token allows. One purpose's token is no good for another's.
type Purpose byte

// The purposes of tokens.
const (
	PurposeConfirm     Purpose = 'c' // become confirmed; 7 days, current generation
	PurposeUnsubscribe Purpose = 'u' // leave; for ever
	PurposePreferences Purpose = 'p' // read and change one's own choices; 24 hours, current generation
	PurposeBlock       Purpose = 'b' // never be mailed again; 30 days
	PurposeForm        Purpose = 'f' // the second step of the form; one hour
)

// Lifetime is how long a token of the purpose works; 0 is for ever.
func (p Purpose) Lifetime() time.Duration {
	switch p {
	case PurposeConfirm:
		return 7 * 24 * time.Hour
	case PurposePreferences:
		return 24 * time.Hour
	case PurposeBlock:
		return 30 * 24 * time.Hour
	case PurposeForm:
		return time.Hour
	}
	return 0
}

// Token is what a mailed link says. It holds no address.
type Token struct {
	Purpose    Purpose
	ID         ID
	Generation uint32
	Expires    time.Time // zero: never
}

// ErrToken is the one error for every token that does not work, whatever is
// wrong with it.
var ErrToken = errors.New("the token is not valid")

const (
	tokenVersion = 1
	signedSize   = 1 + 1 + 1 + 16 + 4 + 4 // version, key, purpose, id, generation, expiry
	tokenSize    = signedSize + 16
	// TokenLength is the length of a token in characters.
	TokenLength = (tokenSize*8 + 5) / 6
	// grace is how long a token still works after its time, for clocks that
	// differ; there is none before.
	grace = 5 * time.Minute
)

// Sign returns a token in 58 characters of the base64url alphabet.
func (k *Keys) Sign(t Token) string {
	b := make([]byte, 0, tokenSize)
	b = append(b, tokenVersion, k.master[0].ID, byte(t.Purpose))
	b = append(b, t.ID[:]...)
	b = binary.BigEndian.AppendUint32(b, t.Generation)
	var expires uint32
	if !t.Expires.IsZero() {
		expires = uint32(t.Expires.Unix())
	}
	b = binary.BigEndian.AppendUint32(b, expires)
	b = append(b, k.master[0].mac(t.Purpose, b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// SignFor signs a token of the purpose for a person, with the lifetime that the
// purpose has.
func (k *Keys) SignFor(p Purpose, s Subscriber, now time.Time) string {
	t := Token{Purpose: p, ID: s.ID, Generation: s.Generation}
	if life := p.Lifetime(); life > 0 {
		t.Expires = now.Add(life)
	}
	return k.Sign(t)
}

// Verify returns what a token says if it was signed by one of the keys for that
// purpose and is not too old. Every failure is ErrToken and costs the same
// work: a hash is computed even for a text that cannot be a token.
func (k *Keys) Verify(p Purpose, text string, now time.Time) (Token, error) {
	b, wellFormed := decodeToken(text)
	key, known := k.key(b[1])
	genuine := hmac.Equal(key.mac(p, b[:signedSize]), b[signedSize:])
	ended := !key.Retired.IsZero() && p != PurposeUnsubscribe
	if !wellFormed || !known || ended || !genuine || b[0] != tokenVersion || Purpose(b[2]) != p {
		return Token{}, ErrToken
	}
	t := Token{Purpose: p, ID: ID(b[3:19]), Generation: binary.BigEndian.Uint32(b[19:])}
	if expires := binary.BigEndian.Uint32(b[23:]); expires != 0 {
		t.Expires = time.Unix(int64(expires), 0).UTC()
		if now.After(t.Expires.Add(grace)) {
			return Token{}, ErrToken
		}
	}
	return t, nil
}

func decodeToken(text string) ([]byte, bool) {
	if len(text) == TokenLength {
		if b, err := base64.RawURLEncoding.Strict().DecodeString(text); err == nil {
			return b, true
		}
	}
	return make([]byte, tokenSize), false
}

func (k *Keys) key(id byte) (masterKey, bool) {
	for _, m := range k.master {
		if m.ID == id {
			return m, true
		}
	}
	return k.master[0], false
}

// mac signs for one purpose: each has a key of its own, derived with HKDF (RFC
// 5869).
func (m masterKey) mac(p Purpose, signed []byte) []byte {
	key, err := hkdf.Key(sha256.New, m.Secret, nil, "token/"+string(rune(p)), keySize)
	if err != nil {
		panic(fmt.Sprintf("subscriber: %v", err)) // only for lengths that hkdf cannot make
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("site/v1|"))
	mac.Write(signed)
	return mac.Sum(nil)[:16]
}
