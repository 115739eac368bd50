package dynamo

import (
	"fmt"
	"strings"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// prefix begins the key of every person.
const prefix = "S#"

// schema is the version of the items. A program that finds a higher one must
// not mail the person.
const schema = 1

// due is the key under which the sparse index has people who left and whose
// address is kept for a while.
const due = "U#"

// item is a person as the table has it. Instants are Unix milliseconds, ttl is
// Unix seconds as DynamoDB asks; attributes that are empty are left out.
type item struct {
	PK        string `dynamodbav:"pk"`
	SK        string `dynamodbav:"sk"`
	Version   int    `dynamodbav:"version"`
	Schema    int    `dynamodbav:"schema"`
	Confirmed string `dynamodbav:"confirmed,omitempty"` // key of the sparse index
	TTL       int64  `dynamodbav:"ttl,omitempty"`

	Rank        uint8    `dynamodbav:"rank"`
	Status      string   `dynamodbav:"status"` // for people who look into the table
	Generation  uint32   `dynamodbav:"generation"`
	Email       string   `dynamodbav:"email,omitempty"`
	EmailUntil  int64    `dynamodbav:"email_until,omitempty"`
	ConfirmedAt int64    `dynamodbav:"confirmed_at,omitempty"`
	LeftAt      int64    `dynamodbav:"left_at,omitempty"`
	Reason      string   `dynamodbav:"reason,omitempty"`
	Expires     int64    `dynamodbav:"expires,omitempty"`
	MailedAt    int64    `dynamodbav:"mailed_at,omitempty"`
	MailDay     string   `dynamodbav:"mail_day,omitempty"`
	MailCount   int      `dynamodbav:"mail_count,omitempty"`
	AskedSince  int64    `dynamodbav:"asked_since,omitempty"`
	AskedCount  int      `dynamodbav:"asked_count,omitempty"`
	SoftBounces []string `dynamodbav:"soft_bounces,omitempty"`
	Topics      []string `dynamodbav:"topics,omitempty"`
	Frequency   string   `dynamodbav:"frequency,omitempty"`
	Language    string   `dynamodbav:"language,omitempty"`

	RequestedAt int64  `dynamodbav:"consent_requested_at,omitempty"`
	AgreedAt    int64  `dynamodbav:"consent_confirmed_at,omitempty"`
	Source      string `dynamodbav:"consent_source,omitempty"`
	Shown       string `dynamodbav:"consent_shown,omitempty"`
	Method      string `dynamodbav:"consent_method,omitempty"`
	Evidence    string `dynamodbav:"consent_evidence,omitempty"`
	Op          string `dynamodbav:"op,omitempty"`

	ChainKey    string `dynamodbav:"chain_key,omitempty"`
	ChainNumber int    `dynamodbav:"chain_number,omitempty"`
	ChainDay    string `dynamodbav:"chain_day,omitempty"`
	ChainHash   string `dynamodbav:"chain_hash,omitempty"`
}

func itemOf(s subscriber.Subscriber) item {
	i := item{
		PK: prefix + s.ID.String(), SK: alone, Schema: schema, Rank: uint8(s.Status), Status: s.Status.String(), Generation: s.Generation, Email: s.Email,
		EmailUntil: millis(s.EmailUntil), ConfirmedAt: millis(s.ConfirmedAt), LeftAt: millis(s.LeftAt), Reason: s.Reason, Expires: millis(s.Expires),
		MailedAt: millis(s.MailedAt), MailDay: s.MailDay, MailCount: s.MailCount, AskedSince: millis(s.AskedSince), AskedCount: s.AskedCount,
		SoftBounces: s.SoftBounces, Topics: s.Preferences.Topics, Frequency: s.Preferences.Frequency, Language: s.Preferences.Language,
		RequestedAt: millis(s.Consent.RequestedAt), AgreedAt: millis(s.Consent.ConfirmedAt), Source: s.Consent.Source, Shown: s.Consent.Shown,
		Method: s.Consent.Method, Evidence: s.Consent.Evidence, Op: s.Op,
		ChainKey: s.Chain.Key, ChainNumber: s.Chain.Number, ChainDay: s.Chain.Day, ChainHash: s.Chain.Hash,
	}
	switch {
	case s.Status == subscriber.Confirmed:
		i.Confirmed = "C#" + s.ID.String()[:1]
	case !s.EmailUntil.IsZero():
		i.Confirmed = due
	}
	// Time to live deletes a whole item, so only a request that was never
	// confirmed has it: a suppression must not vanish.
	if s.Status == subscriber.Pending && !s.Expires.IsZero() {
		i.TTL = s.Expires.Unix() + 1
	}
	return i
}

// subscriber returns the person; none for an item that is not there.
func (i item) subscriber() (subscriber.Subscriber, error) {
	if i.PK == "" {
		return subscriber.Subscriber{}, nil
	}
	id, err := subscriber.ParseID(strings.TrimPrefix(i.PK, prefix))
	if err != nil {
		return subscriber.Subscriber{}, err
	}
	if i.Schema > schema {
		return subscriber.Subscriber{}, fmt.Errorf("item %s has schema %d, this program knows %d: deploy the newer program again", id.Short(), i.Schema, schema)
	}
	return subscriber.Subscriber{
		ID: id, Status: subscriber.Status(i.Rank), Generation: i.Generation, Email: i.Email, EmailUntil: instant(i.EmailUntil),
		ConfirmedAt: instant(i.ConfirmedAt), LeftAt: instant(i.LeftAt), Reason: i.Reason, Expires: instant(i.Expires),
		MailedAt: instant(i.MailedAt), MailDay: i.MailDay, MailCount: i.MailCount, AskedSince: instant(i.AskedSince), AskedCount: i.AskedCount,
		SoftBounces: i.SoftBounces, Preferences: subscriber.Preferences{Topics: i.Topics, Frequency: i.Frequency, Language: i.Language},
		Consent: subscriber.Consent{RequestedAt: instant(i.RequestedAt), ConfirmedAt: instant(i.AgreedAt), Source: i.Source, Shown: i.Shown, Method: i.Method, Evidence: i.Evidence},
		Op:      i.Op,
		Chain:   subscriber.Chain{Key: i.ChainKey, Number: i.ChainNumber, Day: i.ChainDay, Hash: i.ChainHash},
	}, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
