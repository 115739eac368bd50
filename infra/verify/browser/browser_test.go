package browser

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// site returns the address of the running site, without a slash at its end.
func site(t *testing.T) string {
	t.Helper()
	s := os.Getenv("SITE")
	if s == "" {
		t.Skip("SITE is not set: `VERIFY=31 make verify` starts the site and runs this")
	}
	return strings.TrimSuffix(s, "/")
}

// fetch gets something of the site: its status, content type and body.
func fetch(t *testing.T, url string) (status int, kind string, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), b
}

// pages returns the address of every page in the sitemap, and of one page of
// each kind that a sitemap leaves out.
func pages(t *testing.T) []string {
	t.Helper()
	base := site(t)
	all := locations(t, base+"/sitemap.xml")
	if len(all) < 30 {
		t.Fatalf("the sitemap names %d pages; is SITE_URL of the site %s?", len(all), base)
	}
	return append(all, base+"/no-such-page/", base+"/news/page/2/", base+"/search?q=customs", base+"/search?q=zzzz", base+"/subscription/confirm?t=broken")
}

// locations returns the pages of a sitemap or of the sitemaps it lists.
func locations(t *testing.T, url string) []string {
	t.Helper()
	_, _, b := fetch(t, url)
	var doc struct {
		Pages []string `xml:"url>loc"`
		Maps  []string `xml:"sitemap>loc"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	all := doc.Pages
	for _, m := range doc.Maps {
		all = append(all, locations(t, m)...)
	}
	return all
}

// open starts a browser with one empty tab. The flags keep it from calling
// anybody on its own.
func open(t *testing.T) context.Context {
	t.Helper()
	site(t)
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	return tab(t, ctx)
}

// tab opens a tab in the browser of an allocator or of another tab. The browser
// lives as long as the context of its first action, so that one has no deadline.
func tab(t *testing.T, parent context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func chromium() string {
	if p := os.Getenv("CHROMIUM"); p != "" {
		return p
	}
	return "chromium"
}

// wait is how long a step in the browser may take on a busy machine.
const wait = time.Minute

// do runs steps in a tab.
func do(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, wait)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask evaluates an expression in the page of a tab.
func ask[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, wait)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

// scheme lets the visitor prefer light or dark, and no motion, so that no colour
// is measured on its way to another.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})
}

// noScript turns JavaScript of pages off.
func noScript() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// foreign lets a test fail when a page of the tab loads anything that is not
// the site's own.
func foreign(t *testing.T, tab context.Context) {
	t.Helper()
	base := site(t)
	enable := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	})
	err := chromedp.Listen(tab, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			if u := e.Request.URL; !strings.HasPrefix(u, base+"/") && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "about:") {
				t.Errorf("%s loads %s", e.DocumentURL, u)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, tab, enable)
}
