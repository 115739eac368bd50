package deadlink

import (
	"bytes"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Mention is a place where an address stands.
type Mention struct {
	File         string
	Line, Column int // from 1, columns in characters
	URL          string
}

// Find returns the addresses of other hosts in a file of YAML or Markdown; those in
// comments are left out, and those that can lead nowhere: names reserved for
// examples and this machine. own is the host of the site, whose links are checked
// otherwise.
func Find(file string, text []byte, own string) []Mention {
	var all []Mention
	line := 0
	comments := !strings.HasSuffix(file, ".md")
	for content := range bytes.Lines(text) {
		line++
		trimmed := bytes.TrimSpace(content)
		if line > 1 && string(trimmed) == "---" {
			comments = false
		} else if line == 1 && string(trimmed) == "---" {
			comments = true // in front matter
		}
		if comments && bytes.HasPrefix(trimmed, []byte("#")) {
			continue
		}
		for _, at := range regexp.MustCompile("https?://[^\\s\"'<>`\\]}|\\\\]+").FindAllIndex(content, -1) {
			address := clean(string(content[at[0]:at[1]]))
			if u, err := url.Parse(address); err != nil || u.Host == own || reserved(u.Hostname()) {
				continue
			}
			all = append(all, Mention{file, line, 1 + utf8.RuneCount(content[:at[0]]), address})
		}
	}
	return all
}

// clean takes off what belongs to the sentence or to the brackets around.
func clean(address string) string {
	for {
		shorter := strings.TrimRight(address, ".,;:!?*_")
		if strings.HasSuffix(shorter, ")") && strings.Count(shorter, ")") > strings.Count(shorter, "(") {
			shorter = shorter[:len(shorter)-1]
		}
		if i := strings.Index(shorter, "),"); i >= 0 && !strings.Contains(shorter[:i], "(") {
			shorter = shorter[:i]
		}
		if shorter == address {
			return address
		}
		address = shorter
	}
}

// reserved tells that a host is for examples (RFC 2606, RFC 6761) or this machine.
func reserved(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()
	}
	host = "." + strings.ToLower(strings.TrimSuffix(host, "."))
	for _, name := range []string{".example", ".invalid", ".test", ".localhost", ".example.com", ".example.org", ".example.net"} {
		if strings.HasSuffix(host, name) {
			return true
		}
	}
	return strings.Count(host, ".") == 1 // a name without a domain
}
