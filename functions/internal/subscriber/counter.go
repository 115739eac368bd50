package subscriber

import (
	"fmt"
	"net/netip"
	"time"
)

// Limits are how many posts and mails the form may cause.
type Limits struct {
	Cooldown time.Duration // least time between two mails to one address
	PerDay   int           // mails to one address on one UTC day
	Asked    int           // mails to one address in 30 days without a confirmation
	Source   int           // posts of one source in 10 minutes
	Site     int           // mails of the whole site in an hour
}

// DefaultLimits are the limits of the design.
func DefaultLimits() Limits {
	return Limits{Cooldown: 10 * time.Minute, PerDay: 3, Asked: 5, Source: 10, Site: 200}
}

// Counter is a limit that a store counts: at most Max takes of a key until it
// expires.
type Counter struct {
	Key     string
	Max     int
	Expires time.Time // from then on the key is not used again, or begins anew
	// Renews tells that the key names no window: each take puts its end off to
	// Expires, and only once that is over the count begins anew. Two takes of one
	// count may lie far apart, those of two never less than the time, so in no
	// such time there are more than Max.
	Renews bool
}

const (
	sourceWindow  = 10 * time.Minute
	breakerWindow = time.Hour
	breakerShards = 8
	// SourceRetry is how long a source that is past its limit is told to wait.
	SourceRetry = sourceWindow
)

// Post counts the form posts of one source: in no ten minutes, wherever they
// begin, more than the limit is taken, and ten minutes after the last one that
// was taken the source has all of them again. The key is a hash that tells
// nobody who came. It is the same every day, or twice the limit would pass at
// midnight; the count is of no use ten minutes later, and is deleted.
func (l Limits) Post(k *Keys, source string, now time.Time) Counter {
	return Counter{Key: "L#" + k.id("posts", source).String(), Max: l.Source, Expires: now.Add(sourceWindow), Renews: true}
}

// Mails are the counters of a mail to an address: the breaker of the whole site
// first, then those of the mailbox where several addresses lead to one.
//
// The limits of one address are in its record. At Gmail, dots and tags make any
// number of addresses of one mailbox, each with a record of its own.
func (l Limits) Mails(k *Keys, a Address, now time.Time) []Counter {
	all := []Counter{l.breaker(k.ID(a), now)}
	if folded := a.LimitKey(); folded != a.Key() || a.domain == foldedDomain {
		mailbox := k.id("mailbox", folded).String()
		all = append(all,
			Counter{Key: "M#" + mailbox, Max: 1, Expires: now.Add(l.Cooldown), Renews: true},
			Counter{Key: "M#" + mailbox + "#" + day(now), Max: l.PerDay, Expires: now.Add(48 * time.Hour)})
	}
	return all
}

// breaker limits the mails of the whole site. It is one of several counters,
// picked by the person's id, so that no one item is hot. Together they let pass
// exactly the limit: the first ones have what is left over by the division, and
// none has less than one mail unless the limit is 0.
func (l Limits) breaker(id ID, now time.Time) Counter {
	shards := max(1, min(breakerShards, l.Site))
	shard := int(id[0]) % shards
	share := l.Site / shards
	if shard < l.Site%shards {
		share++
	}
	return Counter{
		Key:     fmt.Sprintf("%s%d#%d", breakerPrefix, now.Unix()/int64(breakerWindow.Seconds()), shard),
		Max:     share,
		Expires: now.Add(2 * breakerWindow),
	}
}

const breakerPrefix = "B#"

// IsBreaker tells whether a key is one of the breaker's.
func IsBreaker(key string) bool { return len(key) > 2 && key[:2] == breakerPrefix }

// SourceHash returns the keyed hash of a source on that day.
func (k *Keys) SourceHash(source string, now time.Time) string {
	return k.id("source/"+day(now), source).String()
}

// Source returns what counts as one source of requests: an IPv4 address or the
// /56 of an IPv6 address, which is what one household or office has. remote is
// an address with or without a port.
func Source(remote string) string {
	ip, err := netip.ParseAddr(remote)
	if err != nil {
		port, err := netip.ParseAddrPort(remote)
		if err != nil {
			return "unknown"
		}
		ip = port.Addr()
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(56)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
