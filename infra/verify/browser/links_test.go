package browser

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// page is what a page has for others to link to, and what it links to itself.
type page struct {
	status int
	ids    map[string]bool
	links  []string // absolute
	data   []string // JSON-LD
}

// read takes a page apart.
func read(t *testing.T, address string) page {
	t.Helper()
	status, kind, body := fetch(t, address)
	p := page{status: status, ids: map[string]bool{}}
	if !strings.HasPrefix(kind, "text/html") {
		return p
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			p.element(t, n, base)
		}
	}
	return p
}

func (p *page) element(t *testing.T, n *html.Node, base *url.URL) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "id":
			if p.ids[a.Val] {
				t.Errorf("%s has two elements with the id %s", base, a.Val)
			}
			p.ids[a.Val] = true
		case a.Key == "srcset":
			for candidate := range strings.SplitSeq(a.Val, ",") {
				p.link(t, base, strings.Fields(candidate)[0])
			}
		case a.Key == "href" || a.Key == "src" || a.Key == "action" && a.Val != "/subscription":
			p.link(t, base, a.Val)
		}
	}
	if n.Data == "script" && n.FirstChild != nil {
		p.data = append(p.data, n.FirstChild.Data)
	}
}

func (p *page) link(t *testing.T, base *url.URL, target string) {
	u, err := base.Parse(target)
	if err != nil {
		t.Errorf("%s links to %q: %v", base, target, err)
		return
	}
	if u.Host == base.Host {
		p.links = append(p.links, u.String())
	}
}

// TestLinks follows every link, picture and file of every page, checks that the
// fragments are there, and reads the data for machines.
func TestLinks(t *testing.T) {
	seen := map[string]page{}
	once := func(address string) page {
		p, ok := seen[address]
		if !ok {
			p = read(t, address)
			seen[address] = p
		}
		return p
	}
	all := pages(t)
	links := 0
	for _, from := range all {
		p := once(from)
		for _, link := range p.links {
			links++
			address, fragment, _ := strings.Cut(link, "#")
			target := once(address)
			switch {
			case target.status != 200 && address != from:
				t.Errorf("%s links to %s, which answers %d", from, link, target.status)
			case fragment != "" && !target.ids[fragment]:
				t.Errorf("%s links to %s, where no element has that id", from, link)
			}
		}
		for _, d := range p.data {
			linkedData(t, from, d)
		}
	}
	t.Logf("%d pages, %d links to %d addresses", len(all), links, len(seen))
}

// linkedData checks what schema.org asks of every description.
func linkedData(t *testing.T, from, text string) {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Errorf("%s: JSON-LD: %v", from, err)
		return
	}
	if d["@context"] != "https://schema.org" || d["@type"] == nil && d["@graph"] == nil {
		t.Errorf("%s: JSON-LD without @context or @type: %.100s", from, text)
	}
}
