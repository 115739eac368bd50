package press

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
)

// errorStatuses are the answers that have an error page of the site.
var errorStatuses = [...]int{
	http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
	http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// subscriptionPages are the pages that the form and the mailed links lead to.
// Each has the texts <name>.title and <name>.text; those that end in a form
// have <name>.button.
var subscriptionPages = [...]string{
	"requested", "leaving", "asked", "invalid", "unpressed", "mistaken", "stepup", "unknown",
	"confirm", "confirmed", "unsubscribe", "unsubscribed", "block", "blocked", "preferences", "erased",
}

// noticeData is what the templates of blanks get.
type noticeData struct {
	Name   string // key of the texts
	Hint   string
	Status int // of an error page
	Latest []*content.Article
	// Reasons are the names of why an address is refused, from the texts
	// address.<reason>; the program that answers shows the one that holds.
	Reasons []string
	Leave   bool    // a mail that also has a link to leave
	Choices choices // ticked by the program that answers
}

// blanks prints the pages that are finished when a request comes: error pages
// and the answers of the subscription program.
func (p *printer) blanks() error {
	latest := p.articles[:min(3, len(p.articles))]
	for _, status := range errorStatuses {
		name := "error." + strconv.Itoa(status)
		class := edition.Failure
		if status == http.StatusNotFound {
			class = edition.Missing
		}
		if err := p.notice("error/"+strconv.Itoa(status), "error", name, class, noticeData{Name: name, Status: status, Latest: latest}); err != nil {
			return err
		}
	}
	c, err := p.choices(true)
	if err != nil {
		return err
	}
	for _, name := range subscriptionPages {
		template := "notice"
		switch name {
		case "confirm", "unsubscribe", "block":
			template = "button"
		case "invalid", "unpressed", "mistaken", "stepup", "preferences":
			template = name
		case "unknown":
			template = "error"
		}
		key := "subscription." + name
		data := noticeData{Name: key, Hint: p.site.Strings[key+".hint"], Reasons: p.textsBelow("address."), Choices: c}
		if template == "error" {
			data.Status, data.Latest = http.StatusNotFound, latest
		}
		if err := p.notice("subscription/"+name, template, key, edition.Private, data); err != nil {
			return err
		}
	}
	// The form's own pages of two errors keep what was chosen.
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		name := "error." + strconv.Itoa(status)
		data := noticeData{Name: name, Status: status, Choices: c}
		if err := p.notice("subscription/"+strconv.Itoa(status), "again", name, edition.Failure, data); err != nil {
			return err
		}
	}
	return p.choiceBlanks()
}

func (p *printer) notice(name, template, key string, class edition.Class, data noticeData) error {
	title, err := p.text(key + ".title")
	if err != nil {
		return err
	}
	kind := "notice"
	if data.Status == http.StatusNotFound {
		kind = "notice missing" // has the search box in its text, not in the masthead
	}
	p.blank(name, template, class, page{Title: title, Kind: kind, Data: data})
	return nil
}

// textsBelow returns the rest of all keys of texts with a prefix, sorted.
func (p *printer) textsBelow(prefix string) []string {
	var rest []string
	for key := range p.site.Strings {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return rest
}

// mailNames are the mails of the subscription program. Each is the template
// link with the texts mail.<name>.…
var mailNames = [...]string{"confirm", "already", "preferences", "unsubscribe"}

// mails prints the mails that are finished when somebody asks for one.
func (p *printer) mails() error {
	letter := p.site.Config.Newsletter
	for name, text := range map[string]string{"sender": letter.Sender, "list/name": letter.Name, "list/id": letter.ListID} {
		p.plainBlank("mail/"+name, text)
	}
	for _, name := range mailNames {
		key := "mail." + name
		subject, err := p.text(key+".subject", p.site.Config.Newsletter.Name)
		if err != nil {
			return err
		}
		p.mail(name, "link", page{Title: subject, Data: noticeData{Name: key, Leave: p.site.Strings[key+".leave"] != ""}})
	}
	return nil
}
