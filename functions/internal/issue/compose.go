package issue

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/mail"
	"broadsheet/functions/internal/subscriber"
)

// Compositor composes mails from the blanks of an edition. It links no template
// and no Markdown, and a rollback of the edition takes the mails along.
type Compositor struct {
	Edition  func() *edition.Edition
	Keys     *subscriber.Keys
	SiteURL  string // links begin with it
	MailFrom string
	ReplyTo  string // empty: answers go to MailFrom
	Now      func() time.Time

	mu     sync.Mutex
	opened *edition.Edition
	index  Index
	topics map[string][]string // by permalink
	blanks map[string]edition.Blank
}

// ErrChanged is why the text of an issue cannot be had: this edition has
// another.
var ErrChanged = errors.New("its text is not in this edition, or was changed since")

// Index lists what the edition has.
func (c *Compositor) Index() (Index, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open()
}

// open reads the index when the edition is another one. The lock is held.
func (c *Compositor) open() (Index, error) {
	e := c.Edition()
	if e == nil {
		return Index{}, errors.New("there is no edition to take the mails from")
	}
	if e == c.opened {
		return c.index, nil
	}
	index, err := ReadIndex(e, c.Now())
	if err != nil {
		return index, err
	}
	c.opened, c.index, c.topics, c.blanks = e, index, map[string][]string{}, map[string]edition.Blank{}
	for _, card := range index.Cards {
		c.topics[card.Path] = card.Topics
	}
	return index, nil
}

// Known implements Letters.
func (c *Compositor) Known(i Issue) error {
	index, err := c.Index()
	if err != nil {
		return err
	}
	known := false
	if i.Kind == Newsletter {
		letter, ok := index.Letter(fmt.Sprint(i.Number))
		known = ok && letter.ID == i.ID
	} else {
		known = index.digestID(i.Kind, i.Until, i.Items) == i.ID
		for _, item := range i.Items {
			_, ok := index.card(item)
			known = known && ok
		}
	}
	if !known {
		return fmt.Errorf("issue %s: %w", i.ID, ErrChanged)
	}
	return nil
}

// Wants implements Letters and Composer.
func (c *Compositor) Wants(i Issue, p subscriber.Subscriber) bool {
	if p.Status != subscriber.Confirmed || p.Email == "" {
		return false
	}
	if i.Kind == Newsletter {
		return overlap(p.Preferences.Topics, i.Topics)
	}
	return Frequency(p) == i.Kind && len(c.itemsFor(i, p)) > 0
}

// itemsFor returns the articles of a digest that a person has chosen.
func (c *Compositor) itemsFor(i Issue, p subscriber.Subscriber) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.open(); err != nil {
		return nil
	}
	var chosen []string
	for _, item := range i.Items {
		if overlap(p.Preferences.Topics, c.topics[item]) {
			chosen = append(chosen, item)
		}
	}
	return chosen
}

// Compose implements Composer: the mail of an issue to one person, in their
// language where there is a translation.
func (c *Compositor) Compose(i Issue, p subscriber.Subscriber) (mail.Message, error) {
	if err := c.Known(i); err != nil {
		return mail.Message{}, err
	}
	now := c.Now()
	values := map[string]string{
		"site":    c.SiteURL,
		"leave":   c.SiteURL + "/subscription/unsubscribe?t=" + c.Keys.SignFor(subscriber.PurposeUnsubscribe, p, now),
		"choices": c.SiteURL + "/subscription/preferences?t=" + c.Keys.SignFor(subscriber.PurposePreferences, p, now),
	}
	m := mail.Message{To: p.Email, Date: now, Unsubscribe: values["leave"], Archive: c.SiteURL + "/newsletter/"}
	m.From.Address, m.ReplyTo.Address = c.MailFrom, c.ReplyTo
	f := &filling{compositor: c, now: now, values: values}
	name := "letter/" + string(i.Kind)
	if i.Kind == Newsletter {
		name = fmt.Sprintf("letter/%d", i.Number)
	}
	prefix := f.prefix(p.Preferences.Language, name)
	m.From.Name, m.ListID.Name, m.ListID.Address = f.text(prefix+"mail/sender"), f.text(prefix+"mail/list/name"), f.text(prefix+"mail/list/id")
	if i.Kind == Newsletter {
		m.Subject, m.Text, m.HTML = f.text(prefix+name+"/subject"), f.text(prefix+name+"/text"), f.text(prefix+name+"/html")
		return m, f.err
	}
	m.Subject, m.Text, m.HTML = f.digest(prefix, name, c.itemsFor(i, p))
	return m, f.err
}

// blank returns a blank of the edition by its name, kept open.
func (c *Compositor) blank(name string, now time.Time) (edition.Blank, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b, ok := c.blanks[name]; ok {
		return b, true
	}
	b, ok := c.opened.Blank(name, now)
	if ok {
		c.blanks[name] = b
	}
	return b, ok
}

// filling is one mail being composed; its first error stays.
type filling struct {
	compositor *Compositor
	now        time.Time
	values     map[string]string
	err        error
}

func (f *filling) text(name string) string {
	b, ok := f.compositor.blank(name, f.now)
	if !ok {
		f.err = cmp.Or(f.err, fmt.Errorf("the edition has no %s", name))
	}
	return string(b.Fill(f.values))
}

// prefix is what the names of blanks begin with in a person's language; empty
// for the site's first, and where there is no translation.
func (f *filling) prefix(language, name string) string {
	if language == "" || strings.Contains(language, "/") {
		return ""
	}
	if _, ok := f.compositor.blank(language+"/"+name+"/subject", f.now); ok {
		return language + "/"
	}
	return ""
}

// digest fills the mail around the items, and each item, in the language of the
// mail where it is translated.
func (f *filling) digest(prefix, name string, items []string) (subject, text, html string) {
	var texts, htmls strings.Builder
	for n, item := range items {
		card := f.prefix(strings.TrimSuffix(prefix, "/"), "letter/card"+item) + "letter/card" + item
		texts.WriteString(f.text(card + "/text"))
		htmls.WriteString(f.text(card + "/html"))
		if n == 0 {
			f.values["title"] = f.text(card + "/subject")
		}
	}
	subject = f.text(prefix + name + "/subject")
	f.values["items"] = texts.String()
	text = f.text(prefix + name + "/text")
	f.values["items"] = htmls.String()
	html = f.text(prefix + name + "/html")
	return subject, text, html
}

// Sizes that a mail should keep. Beyond the first, Gmail cuts a mail off.
const (
	maxHTML    = 102 << 10
	maxSubject = 78
)

// Inspect returns what is wrong with the mails of an issue: with each language,
// as a person would get it.
func (c *Compositor) Inspect(i Issue) []string {
	var wrong []string
	languages := []string{""}
	index, err := c.Index()
	if err != nil {
		return []string{err.Error()}
	}
	if l, ok := index.Letter(fmt.Sprint(i.Number)); ok && i.Kind == Newsletter {
		languages = l.Languages
	}
	for _, language := range languages {
		p := subscriber.Subscriber{Status: subscriber.Confirmed, Email: "somebody@example.org", Preferences: subscriber.Preferences{Language: language}}
		m, err := c.Compose(i, p)
		if err != nil {
			return append(wrong, err.Error())
		}
		raw, err := m.Bytes()
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", language, err))
		}
		for what, bad := range map[string]bool{
			fmt.Sprintf("the HTML part has %d kB; Gmail cuts mails off at 102 kB: shorten the text", len(m.HTML)>>10): len(m.HTML) >= maxHTML,
			fmt.Sprintf("the subject has %d characters; write at most %d", len([]rune(m.Subject)), maxSubject):        len([]rune(m.Subject)) > maxSubject,
			"the mail has a picture without alternative text":                                                         strings.Count(m.HTML, "<img ") != strings.Count(m.HTML, ` alt="`),
			"the mail has a link that is not whole":                                                                   strings.Contains(m.HTML, `href="/`) || strings.Contains(m.Text, "(/"),
			"a line of the mail is longer than 998 bytes":                                                             longLine(raw),
			"the link to leave is missing":                                                                            !strings.Contains(m.Text, m.Unsubscribe) || !strings.Contains(m.HTML, m.Unsubscribe),
		} {
			if bad {
				wrong = append(wrong, strings.TrimPrefix(language+": "+what, ": "))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func longLine(raw []byte) bool {
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if len(line) > 998 {
			return true
		}
	}
	return false
}
