package subscriber

import (
	"fmt"
	"net/netip"
	"time"
)

// Counter is a limit that a store counts: at most Max takes of a key.
type Counter struct {
	Key     string
	Max     int
	Expires time.Time // from then on the key is not used again
}

// Limits of form posts and mails, see DefaultLimits for those of one address.
const (
	sourceWindow  = 10 * time.Minute
	sourcePosts   = 10
	breakerWindow = time.Hour
	breakerMails  = 200
	breakerShards = 8
)

// SourceRetry is how long a source that is past its limit is told to wait.
const SourceRetry = sourceWindow

// SourceCounter limits the form posts of one source. The key is a hash under a
// key that changes every day, so that it tells nobody who came.
func (k *Keys) SourceCounter(source string, now time.Time) Counter {
	window := now.Unix() / int64(sourceWindow.Seconds())
	return Counter{
		Key:     fmt.Sprintf("L#%s#%d", k.SourceHash(source, now), window),
		Max:     sourcePosts,
		Expires: now.Add(2 * sourceWindow),
	}
}

// SourceHash returns the keyed hash of a source on that day.
func (k *Keys) SourceHash(source string, now time.Time) string {
	return k.id("source/"+day(now), source).String()
}

// BreakerCounter limits the confirmation mails of the whole site. It is one of
// several counters, picked by the person's id, so that no one item is hot.
func BreakerCounter(id ID, now time.Time) Counter {
	return Counter{
		Key:     fmt.Sprintf("B#%d#%d", now.Unix()/int64(breakerWindow.Seconds()), id[0]%breakerShards),
		Max:     breakerMails / breakerShards,
		Expires: now.Add(2 * breakerWindow),
	}
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
