// Package deadlink asks the web whether links to other hosts still lead somewhere.
//
// It is slow and honest rather than quick: one request to a host at a time, HEAD
// first and GET where a server refuses that, a User-Agent that names the site, and
// a waiting time where a server asks for one. What a server says to programs only,
// as 403 and 429 do, says nothing about readers and is not taken for a dead link.
// Answers are kept for a day in a file, so that a second run costs nothing.
package deadlink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Verdict is what is known about a link.
type Verdict string

const (
	Alive     Verdict = "alive"
	Moved     Verdict = "moved"     // for good, to Result.To
	Dead      Verdict = "dead"      // the server says so, or there is none of that name
	Uncertain Verdict = "uncertain" // cannot be checked by a program, or not now
)

// Result is what was found out about one address.
type Result struct {
	Verdict Verdict   `json:"verdict"`
	Why     string    `json:"why,omitempty"` // for people
	To      string    `json:"to,omitempty"`  // where it has moved to
	At      time.Time `json:"at"`
}

// Checker checks links. Its zero value with an Agent is ready.
type Checker struct {
	Agent   string        // User-Agent
	Timeout time.Duration // of one request; 0: 20 seconds
	Hosts   int           // asked at one time; 0: 8
	// MaxWait is how long a server may ask to wait before the second try; 0: 30
	// seconds. One that asks for more is left alone.
	MaxWait   time.Duration
	Transport http.RoundTripper
	Now       func() time.Time
	Known     map[string]Result // answers of before, not older than a day
	Asked     func()            // called after each answer, by one goroutine at a time
}

// maxRedirects is how many steps a link may take.
const maxRedirects = 10

// Check asks for each address once and returns what it found, by address. When ctx
// ends, what was not asked yet is left out.
func (c *Checker) Check(ctx context.Context, addresses []string) map[string]Result {
	byHost := map[string][]string{}
	results := map[string]Result{}
	for _, address := range addresses {
		if known, ok := c.Known[address]; ok {
			results[address] = known
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			results[address] = Result{Verdict: Dead, Why: "it is not a web address", At: c.now()}
			continue
		}
		byHost[u.Host] = append(byHost[u.Host], address)
	}
	client := &http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var mu sync.Mutex
	var hosts sync.WaitGroup
	free := make(chan struct{}, orElse(c.Hosts, 8))
	for _, list := range byHost {
		hosts.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			for _, address := range list {
				r := c.one(ctx, client, address)
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				results[address] = r
				if c.Asked != nil {
					c.Asked()
				}
				mu.Unlock()
			}
		})
	}
	hosts.Wait()
	return results
}

func (c *Checker) now() time.Time {
	if c.Now == nil {
		return time.Now().UTC()
	}
	return c.Now()
}

// one follows an address to its end.
func (c *Checker) one(ctx context.Context, client *http.Client, address string) Result {
	at, forGood := address, true
	seen := map[string]bool{}
	for range maxRedirects {
		if seen[at] {
			return c.result(Dead, "it leads round in a circle", "")
		}
		seen[at] = true
		answer, err := c.ask(ctx, client, at)
		if err != nil {
			return c.failed(err)
		}
		next := answer.location
		switch {
		case next == "" && answer.status >= 300 && answer.status < 400:
			return c.result(Uncertain, fmt.Sprintf("the server answers %d and does not say where to", answer.status), "")
		case next == "":
			return c.final(answer, address, at, forGood)
		}
		forGood = forGood && (answer.status == http.StatusMovedPermanently || answer.status == http.StatusPermanentRedirect)
		at = next
	}
	return c.result(Dead, fmt.Sprintf("it is redirected more than %d times", maxRedirects), "")
}

// answer is what a server says.
type answer struct {
	status   int
	location string        // of a redirect, absolute
	wait     time.Duration // that it asks for; negative: it does not say
}

// ask sends HEAD, and GET where HEAD is refused or not understood: some servers
// answer it with anything.
func (c *Checker) ask(ctx context.Context, client *http.Client, address string) (answer, error) {
	a, err := c.request(ctx, client, http.MethodHead, address)
	if err == nil && a.status < http.StatusBadRequest {
		return a, nil
	}
	if err != nil && (permanent(err) || ctx.Err() != nil) {
		return a, err
	}
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		if a.wait < 0 || a.wait > orElse(c.MaxWait, 30*time.Second) {
			return a, nil
		}
		select {
		case <-time.After(a.wait):
		case <-ctx.Done():
			return a, ctx.Err()
		}
	}
	return c.request(ctx, client, http.MethodGet, address)
}

func (c *Checker) request(ctx context.Context, client *http.Client, method, address string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, orElse(c.Timeout, 20*time.Second))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("User-Agent", c.Agent)
	r.Header.Set("Accept", "text/html, */*;q=0.8")
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 4096) // enough to see that it comes
	a := answer{status: response.StatusCode, wait: -1}
	if to, err := response.Location(); err == nil && a.status >= 300 && a.status < 400 {
		to.Fragment = ""
		a.location = to.String()
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		a.wait = time.Duration(max(seconds, 0)) * time.Second
	} else if at, err := http.ParseTime(response.Header.Get("Retry-After")); err == nil {
		a.wait = max(at.Sub(c.now()), 0)
	}
	return a, nil
}

// final judges the last answer of an address.
func (c *Checker) final(a answer, address, at string, forGood bool) Result {
	said := fmt.Sprintf("the server answers %d %s", a.status, http.StatusText(a.status))
	switch {
	case a.status < 300 && at != address && forGood && !onlyRoot(address, at):
		return c.result(Moved, "it has moved for good", withFragment(at, address))
	case a.status < 300 && at != address && onlyRoot(address, at):
		return c.result(Uncertain, "it leads to the home page of "+hostOf(at)+" now", "")
	case a.status < 300:
		return c.result(Alive, "", "")
	case a.status == http.StatusNotFound || a.status == http.StatusGone:
		return c.result(Dead, said, "")
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests || a.status == http.StatusUnavailableForLegalReasons:
		return c.result(Uncertain, said+", which it may do to programs only", "")
	case a.status >= 500:
		return c.result(Uncertain, said+", which may pass", "")
	}
	return c.result(Uncertain, said, "")
}

func (c *Checker) result(v Verdict, why, to string) Result {
	return Result{Verdict: v, Why: why, To: to, At: c.now()}
}

// failed judges a link whose server did not answer: a name that does not exist is
// dead, all else may be the network here.
func (c *Checker) failed(err error) Result {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return c.result(Dead, "there is no host of that name", "")
	case errors.Is(err, context.DeadlineExceeded):
		return c.result(Uncertain, "the server does not answer in time", "")
	case strings.Contains(err.Error(), "tls:") || strings.Contains(err.Error(), "x509:"):
		return c.result(Uncertain, "its certificate is not accepted: "+cause(err), "")
	}
	return c.result(Uncertain, "no connection: "+cause(err), "")
}

// permanent tells that asking again is of no use.
func permanent(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// cause is an error without the address, which stands beside it already.
func cause(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// onlyRoot tells that a page was replaced by a home page, which is how many sites
// say that it is gone.
func onlyRoot(from, to string) bool {
	a, errA := url.Parse(from)
	b, errB := url.Parse(to)
	return errA == nil && errB == nil && strings.Trim(b.Path, "/") == "" && b.RawQuery == "" && (strings.Trim(a.Path, "/") != "" || a.RawQuery != "")
}

func withFragment(to, from string) string {
	if _, fragment, ok := strings.Cut(from, "#"); ok {
		return to + "#" + fragment
	}
	return to
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
