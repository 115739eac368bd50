// Package config reads the settings of a program from its environment into one
// checked struct.
//
// Every setting has a default that suits a laptop, so that an empty environment
// is a good one. Load reports all settings that are wrong at once, each with its
// name, its value and how to write it. Nothing here is secret: keys are named by
// the file or parameter that holds them, never by value.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Config is the settings of one process.
type Config struct {
	Addr         string        // ADDR: where the laptop's server listens, host:port
	SiteURL      string        // SITE_URL: the site's address without a trailing slash; empty: the edition's
	DataDir      string        // DATA_DIR: folder of store, outbox and keys on a laptop
	ContentDir   string        // CONTENT_DIR: folder of the content; empty: what is built in
	Store        string        // STORE: sqlite or dynamodb
	Table        string        // TABLE: name of the DynamoDB table
	Journal      string        // JOURNAL: name of the DynamoDB table of leave events; empty: none is kept
	QueueURL     string        // QUEUE_URL: the SQS queue of deliveries
	Mailer       string        // MAILER: outbox or ses
	MailFrom     string        // MAIL_FROM: address that mail is sent from
	MailCooldown time.Duration // MAIL_COOLDOWN: least time between two mails of the form to one address
	Limits       Limits        // LIMITS: of what the form may cause
	Keys         string        // KEYS: file or parameter with the secret keys
}

// Limits are how much the form may cause, MAIL_COOLDOWN apart.
type Limits struct {
	Day    int // mails to one address on one day
	Month  int // mails to one address in 30 days without a confirmation
	Source int // posts of one network in 10 minutes
	Site   int // mails of the whole site in an hour
}

// String returns the limits as LIMITS is written.
func (l Limits) String() string {
	return fmt.Sprintf("day=%d month=%d source=%d site=%d", l.Day, l.Month, l.Source, l.Site)
}

// Setting is one setting for printing.
type Setting struct {
	Name, Value, Meaning string
}

// Load reads the settings through getenv, usually os.Getenv.
func Load(getenv func(string) string) (Config, error) {
	l := &loader{getenv: getenv}
	c := Config{
		Addr:         l.text("ADDR", "127.0.0.1:8080"),
		SiteURL:      strings.TrimSuffix(l.text("SITE_URL", ""), "/"),
		DataDir:      l.text("DATA_DIR", "var"),
		ContentDir:   l.text("CONTENT_DIR", ""),
		Store:        l.choice("STORE", "sqlite", "dynamodb"),
		Table:        l.text("TABLE", "broadsheet"),
		Journal:      l.text("JOURNAL", ""),
		QueueURL:     l.text("QUEUE_URL", ""),
		Mailer:       l.choice("MAILER", "outbox", "ses"),
		MailFrom:     l.text("MAIL_FROM", "newsletter@broadsheet.example"),
		MailCooldown: l.duration("MAIL_COOLDOWN", 10*time.Minute),
		Limits:       l.limits("LIMITS", Limits{Day: 3, Month: 5, Source: 10, Site: 200}),
		Keys:         l.text("KEYS", ""),
	}
	if c.Keys == "" {
		c.Keys = filepath.Join(c.DataDir, "keys.json")
	}
	l.checkAddr(c.Addr)
	if l.checkURL("SITE_URL", c.SiteURL) {
		l.checkRoot("SITE_URL", c.SiteURL)
	}
	l.checkURL("QUEUE_URL", c.QueueURL)
	if a, err := mail.ParseAddress(c.MailFrom); err != nil || a.Address != c.MailFrom {
		l.wrong("MAIL_FROM", c.MailFrom, "write one address, as newsletter@example.org")
	}
	return c, errors.Join(l.errs...)
}

// LaptopURL is the site's address when SITE_URL does not give one: where the
// server listens.
func (c Config) LaptopURL() string {
	if c.SiteURL != "" {
		return c.SiteURL
	}
	host, port, _ := net.SplitHostPort(c.Addr)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Settings returns every setting with its value, for `broadsheet config`.
func (c Config) Settings() []Setting {
	return []Setting{
		{"ADDR", c.Addr, "where the server listens"},
		{"SITE_URL", c.SiteURL, "the site's address in links and mails; empty: " + c.LaptopURL() + " on a laptop, the edition's elsewhere"},
		{"DATA_DIR", c.DataDir, "folder of store, outbox and keys"},
		{"CONTENT_DIR", c.ContentDir, "folder of the content; empty: ./content, or what is built in"},
		{"STORE", c.Store, "where subscribers live: sqlite or dynamodb"},
		{"TABLE", c.Table, "name of the DynamoDB table"},
		{"JOURNAL", c.Journal, "name of the DynamoDB table of leave events (keys pk and sk), which a restore leaves alone; empty: none"},
		{"QUEUE_URL", c.QueueURL, "the SQS queue of deliveries; empty: in this process"},
		{"MAILER", c.Mailer, "where mail goes: outbox or ses"},
		{"MAIL_FROM", c.MailFrom, "address that mail is sent from"},
		{"MAIL_COOLDOWN", c.MailCooldown.String(), "least time between two mails of the form to one address"},
		{"LIMITS", c.Limits.String(), "mails to one address a day and in 30 days unconfirmed, posts of one network in 10 minutes, mails of the form an hour"},
		{"KEYS", c.Keys, "file or parameter that holds the secret keys (never printed)"},
	}
}

// Endpoint returns the address of an emulated AWS service in the environment, nil
// for the real one (AWS SDKs reference, service-specific endpoints).
func Endpoint(getenv func(string) string, service string) *string {
	if url := cmp.Or(getenv("AWS_ENDPOINT_URL_"+service), getenv("AWS_ENDPOINT_URL")); url != "" {
		return &url
	}
	return nil
}

type loader struct {
	getenv func(string) string
	errs   []error
}

func (l *loader) wrong(name, value, cure string) {
	l.errs = append(l.errs, fmt.Errorf("%s=%q is wrong: %s", name, value, cure))
}

func (l *loader) text(name, otherwise string) string {
	return cmp.Or(strings.TrimSpace(l.getenv(name)), otherwise)
}

// choice takes one of the values; the first is the default.
func (l *loader) choice(name string, values ...string) string {
	value := l.text(name, values[0])
	for _, v := range values {
		if v == value {
			return v
		}
	}
	l.wrong(name, value, "write "+strings.Join(values, " or "))
	return values[0]
}

func (l *loader) duration(name string, otherwise time.Duration) time.Duration {
	value := l.text(name, otherwise.String())
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		l.wrong(name, value, "write a duration, as 10m or 90s")
		return otherwise
	}
	return d
}

// limits takes some of the limits, as day=3 site=50; the others stay.
func (l *loader) limits(name string, of Limits) Limits {
	value := l.text(name, "")
	for _, field := range strings.Fields(value) {
		key, text, _ := strings.Cut(field, "=")
		into := map[string]*int{"day": &of.Day, "month": &of.Month, "source": &of.Source, "site": &of.Site}[key]
		n, err := strconv.Atoi(text)
		if into == nil || err != nil || n < 0 {
			l.wrong(name, value, "write numbers for day, month, source and site, as day=3 site=200")
			return of
		}
		*into = n
	}
	return of
}

func (l *loader) checkAddr(addr string) {
	host, port, err := net.SplitHostPort(addr)
	n, portErr := strconv.Atoi(port)
	if err != nil || portErr != nil || n < 0 || n > 65535 || strings.ContainsAny(host, "/ ") {
		l.wrong("ADDR", addr, "write host:port, as 127.0.0.1:8080")
	}
}

// checkURL takes no address at all, or a whole one.
func (l *loader) checkURL(name, value string) bool {
	if value == "" {
		return true
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.ContainsAny(value, "?#") {
		l.wrong(name, value, "write a whole address without ? and #, as https://news.example.org")
		return false
	}
	return true
}

// checkRoot refuses a path: every page has its own address from the root of the
// host on.
func (l *loader) checkRoot(name, value string) {
	if u, err := url.Parse(value); err == nil && u.Path != "" {
		l.wrong(name, value, fmt.Sprintf("write it without %s, as %s://%s: the site stands at the root of its host", u.Path, u.Scheme, u.Host))
	}
}
