package issue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"broadsheet/functions/internal/edition"
)

// IndexName is the blank of an edition that lists what can be mailed.
const IndexName = "letter/index"

// Index is what an edition has for the sender. The press writes it as JSON; the
// texts stand in blanks beside it:
//
//	letter/<number>/subject, …/text, …/html     a newsletter
//	letter/<kind>/subject, …/text, …/html       a digest around its items
//	letter/card/<permalink>/text, …/html        an item of a digest
//
// In other languages than the site's first their names begin with the language,
// as fr/letter/12/text. Their slots are site (the address that links begin with), leave and choices
// (the person's own links); of a digest also items, and title in its subject.
// The HTML of a digest has the type text/plain, so that Fill takes items as they
// are.
type Index struct {
	Letters []Letter `json:"letters"`
	Cards   []Card   `json:"cards"`
}

// Letter is a newsletter of the content.
type Letter struct {
	ID        string    `json:"id"`
	Number    int       `json:"number"`
	Subject   string    `json:"subject"` // in the site's language
	Date      time.Time `json:"date"`
	NotAfter  time.Time `json:"not_after,omitzero"`
	Topics    []string  `json:"topics,omitempty"`
	Languages []string  `json:"languages"` // the site's first
}

// Issue returns the letter as the ledger begins with it.
func (l Letter) Issue() Issue {
	return Issue{ID: l.ID, Kind: Newsletter, Number: l.Number, Subject: l.Subject, Date: l.Date, NotAfter: l.NotAfter, Topics: l.Topics}
}

// Card is an article as digests have it.
type Card struct {
	Path      string            `json:"path"`
	Title     map[string]string `json:"title"` // by language
	Published time.Time         `json:"published"`
	Topics    []string          `json:"topics,omitempty"`
	Hash      string            `json:"hash"` // of the text in all languages
}

// ReadIndex reads the index of an edition; one that has none can mail nothing.
func ReadIndex(e *edition.Edition, now time.Time) (Index, error) {
	var index Index
	b, ok := e.Blank(IndexName, now)
	if !ok {
		return index, nil
	}
	if err := json.Unmarshal(b.Fill(nil), &index); err != nil {
		return index, fmt.Errorf("the edition's list of issues: %w", err)
	}
	return index, nil
}

// Letter returns the newsletter of that id or number.
func (i Index) Letter(name string) (Letter, bool) {
	for _, l := range i.Letters {
		if l.ID == name || fmt.Sprint(l.Number) == name {
			return l, true
		}
	}
	return Letter{}, false
}

// LetterID binds a newsletter's content: its date and every text in every
// language.
func LetterID(number int, date time.Time, texts ...[]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%d\n", number, date.Unix())
	for _, t := range texts {
		fmt.Fprintf(h, "%d\n%s", len(t), t)
	}
	return fmt.Sprintf("%d-%s", number, hex.EncodeToString(h.Sum(nil)[:6]))
}

// card returns the card of a permalink.
func (i Index) card(path string) (Card, bool) {
	for _, c := range i.Cards {
		if c.Path == path {
			return c, true
		}
	}
	return Card{}, false
}

// digestID binds the content of a digest.
func (i Index) digestID(kind Kind, until time.Time, items []string) string {
	h := sha256.New()
	for _, item := range items {
		c, _ := i.card(item)
		fmt.Fprintf(h, "%s\n%s\n", item, c.Hash)
	}
	return fmt.Sprintf("%s-%s-%s", kind, until.UTC().Format("20060102"), hex.EncodeToString(h.Sum(nil)[:6]))
}

// lastCall is how long after its time a digest may still be sent.
const lastCall = 7 * 24 * time.Hour

// Due returns the digests that are due: each made from what was published since
// the last one of its kind, none where nothing is new. past are the issues of
// the ledger.
func (i Index) Due(now time.Time, past []Issue) []Issue {
	var due []Issue
	for _, c := range i.Cards {
		if c.Published.After(now) || now.Sub(c.Published) > lastCall || mailed(past, c.Path) {
			continue
		}
		due = append(due, i.digest(Article, c.Published, []Card{c}))
	}
	now = now.UTC()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	monday := midnight.AddDate(0, 0, -int(now.Weekday()+6)%7)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for _, d := range []struct {
		kind         Kind
		since, until time.Time
	}{{Weekly, monday.AddDate(0, 0, -7), monday}, {Monthly, first.AddDate(0, -1, 0), first}} {
		if last := lastOf(past, d.kind); !last.IsZero() {
			d.since = last
		}
		var cards []Card
		for _, c := range i.Cards {
			if c.Published.After(d.since) && !c.Published.After(d.until) {
				cards = append(cards, c)
			}
		}
		if len(cards) > 0 && now.Sub(d.until) < lastCall {
			due = append(due, i.digest(d.kind, d.until, cards))
		}
	}
	return due
}

func (i Index) digest(kind Kind, until time.Time, cards []Card) Issue {
	d := Issue{Kind: kind, Date: until, Until: until, NotAfter: until.Add(lastCall)}
	for _, c := range cards {
		d.Items = append(d.Items, c.Path)
	}
	d.ID = i.digestID(kind, until, d.Items)
	return d
}

// mailed tells whether an article had its own mail already, whatever it said
// then.
func mailed(past []Issue, path string) bool {
	for _, p := range past {
		if p.Kind == Article && len(p.Items) == 1 && p.Items[0] == path {
			return true
		}
	}
	return false
}

func lastOf(past []Issue, kind Kind) time.Time {
	var last time.Time
	for _, p := range past {
		if p.Kind == kind && p.Until.After(last) {
			last = p.Until
		}
	}
	return last
}
