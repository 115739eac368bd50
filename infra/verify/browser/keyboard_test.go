package browser

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused is the element that has the keyboard.
type focused struct {
	Tag, ID, Name, Text, Href string
	Visible, Marked           bool
}

// whatIsFocused tells about the focused element: whether it can be seen, and
// whether the focus can (WCAG 2.4.7).
const whatIsFocused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
	return {tag: e.tagName, id: e.id, name: e.name || "", text: (e.textContent || "").trim(), href: e.getAttribute("href") || "",
		visible: r.width > 0 && r.height > 0 && r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth,
		marked: s.outlineStyle != "none" && parseFloat(s.outlineWidth) >= 2 || s.boxShadow != "none"};
})()`

// tabTo presses Tab until an element is found, and fails when an element on the
// way cannot be seen or shows no focus.
func tabTo(t *testing.T, tab context.Context, what string, found func(focused) bool) focused {
	t.Helper()
	for range 150 {
		do(t, tab, chromedp.KeyEvent(kb.Tab))
		f := ask[focused](t, tab, whatIsFocused)
		if f.Tag == "BODY" {
			break // past the last element
		}
		if !f.Visible || !f.Marked {
			t.Errorf("on the way to %s: %s %q (%s): visible %v, focus marked %v", what, f.Tag, f.Text, f.Href, f.Visible, f.Marked)
		}
		if found(f) {
			return f
		}
	}
	t.Fatalf("Tab does not reach %s", what)
	return focused{}
}

// press presses keys that lead to another page and returns its path and query.
func press(t *testing.T, tab context.Context, keys string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, wait)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(keys)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(ask[string](t, tab, "location.href"), site(t))
}

// focusReaches waits until the element of a selector has the keyboard: a browser
// gives it when it paints, which nobody types faster than. The screenshot makes a
// browser without a window paint.
func focusReaches(t *testing.T, tab context.Context, selector string) {
	t.Helper()
	for late := time.Now().Add(wait); !ask[bool](t, tab, "document.activeElement.matches('"+selector+"')"); {
		if time.Now().After(late) {
			f := ask[focused](t, tab, whatIsFocused)
			t.Fatalf("%s does not get the keyboard, which is at %s %q", selector, f.Tag, f.ID)
		}
		if _, err := chromedp.Run(tab, chromedp.CaptureScreenshot()); err != nil {
			t.Fatal(err)
		}
	}
}

// enterLink presses Enter on a link. A keyboard's Enter has a character too, which
// a browser drops when the link takes the key; sent as chromedp sends it, the
// character reaches what the link leads to, and submits its form.
func enterLink(t *testing.T, tab context.Context) {
	t.Helper()
	do(t, tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			key := input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, key); err != nil {
				return err
			}
		}
		return nil
	}))
}

// TestKeyboard walks through menu, search and form without a mouse and without
// JavaScript.
func TestKeyboard(t *testing.T) {
	tab, base := open(t), site(t)
	foreign(t, tab)
	home := chromedp.Navigate(base + "/")
	do(t, tab, noScript(), chromedp.EmulateViewport(1280, 900), home)

	first := tabTo(t, tab, "the skip link", func(focused) bool { return true })
	if first.Href != "#content" {
		t.Errorf("Tab reaches %q first, not the skip link", first.Href)
	}
	enterLink(t, tab)
	if hash := ask[string](t, tab, "location.hash"); hash != "#content" {
		t.Errorf("the skip link leads to %q", hash)
	}

	do(t, tab, home)
	tabTo(t, tab, "News in the menu", func(f focused) bool { return f.Href == "/news/" })
	if at := press(t, tab, kb.Enter); at != "/news/" {
		t.Errorf("the menu leads to %s", at)
	}

	do(t, tab, home)
	tabTo(t, tab, "the search box", func(f focused) bool { return f.Name == "q" })
	do(t, tab, chromedp.KeyEvent("siren"))
	if at := press(t, tab, kb.Enter); at != "/search?q=siren" {
		t.Errorf("the search box leads to %s", at)
	}
	tabTo(t, tab, "the report in the results", func(f focused) bool { return f.Href == "/news/2022/siren-debriefing/" })

	do(t, tab, home)
	email := func(f focused) bool { return f.Name == "email" }
	tabTo(t, tab, "the form", email)
	do(t, tab, chromedp.KeyEvent("jane@example")) // which a browser takes and we do not
	press(t, tab, kb.Enter)
	focusReaches(t, tab, ".problem-summary")
	if field := ask[string](t, tab, "document.querySelector('main [name=email]').value"); field != "jane@example" {
		t.Errorf("the refusal keeps %q of what was typed", field)
	}
	tabTo(t, tab, "the link from the error to its field", func(f focused) bool { return strings.HasPrefix(f.Href, "#") && f.Href != "#content" })
	enterLink(t, tab)
	focusReaches(t, tab, "main [name=email]")
	do(t, tab, chromedp.KeyEvent(kb.End+".org"))
	if field := ask[string](t, tab, "document.querySelector('main [name=email]').value"); field != "jane@example.org" {
		t.Errorf("typing after the summary's link makes the field %q", field)
	}
	if at := press(t, tab, kb.Enter); at != "/subscription" {
		t.Errorf("the form leads to %s", at)
	}
	if h := ask[string](t, tab, "document.querySelector('h1').textContent"); !strings.Contains(h, "mail") {
		t.Errorf("the answer to the form has the heading %q", h)
	}
}
