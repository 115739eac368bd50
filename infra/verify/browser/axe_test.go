package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// way is one way to look at a page.
type way struct {
	name          string
	scheme        string
	width, height int64
}

// ways are those that WCAG 2.2 asks for: both colour schemes, reflow at 320 px
// (1.4.10) and text at 200 % (1.4.4; a page at 200 % has half the CSS pixels).
func ways() []way {
	return []way{
		{"light", "light", 1280, 900},
		{"dark", "dark", 1280, 900},
		{"320 px", "light", 320, 700},
		{"200 %", "light", 640, 450},
	}
}

// violation is one rule of axe-core that a page breaks.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// TestAccessibility runs axe-core on every page in every way, and looks for
// pages wider than the window and requests to other hosts.
func TestAccessibility(t *testing.T) {
	urls := pages(t)
	axe, err := os.ReadFile(filepath.Join(os.Getenv("NODE_MODULES"), "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("NODE_MODULES: %v", err)
	}
	browser := open(t)
	next := make(chan string)
	var tabs sync.WaitGroup
	for range 2 {
		looker := tab(t, browser)
		foreign(t, looker)
		tabs.Go(func() {
			for url := range next {
				look(t, looker, url, string(axe))
			}
		})
	}
	for _, url := range urls {
		next <- url
	}
	close(next)
	tabs.Wait()
	t.Logf("%d pages, each in %d ways", len(urls), len(ways()))
}

func look(t *testing.T, tab context.Context, url, axe string) {
	for i, w := range ways() {
		do(t, tab, scheme(w.scheme), chromedp.EmulateViewport(w.width, w.height))
		if i == 0 {
			do(t, tab, chromedp.Navigate(url))
			ask[bool](t, tab, axe+"; true")
		}
		if over := ask[int](t, tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			t.Errorf("%s (%s): the page is %d px wider than the window", url, w.name, over)
		}
		for _, v := range ask[[]violation](t, tab, "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => ({html: n.html, failureSummary: n.failureSummary}))})))") {
			t.Errorf("%s (%s): %s: %s%s", url, w.name, v.ID, v.Help, excerpt(v))
		}
	}
}

// excerpt shows the first element that breaks a rule.
func excerpt(v violation) string {
	if len(v.Nodes) == 0 {
		return ""
	}
	return fmt.Sprintf("\n\t%.200s\n\t%s (%d elements)", v.Nodes[0].HTML, strings.ReplaceAll(v.Nodes[0].FailureSummary, "\n", " "), len(v.Nodes))
}
