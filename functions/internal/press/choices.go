package press

import (
	"fmt"
	"html/template"
	"strings"

	"broadsheet/functions/internal/edition"
)

// choices are what a subscriber can choose, for the template "choices".
type choices struct {
	Topics, Frequencies, Languages []choice
	InBlank                        bool
}

// choice is one box or button of a form. Tick stands inside its tag: the word
// checked, nothing, or the marks of a blank that decide it when it is filled in.
type choice struct {
	Value, Label string
	Tick         template.HTMLAttr
}

// frequencies are how often a subscriber can be mailed, the default first. Each
// has the text choices.<name>.
var frequencies = [...]string{"article", "weekly", "monthly"}

// choices returns what can be chosen. In a blank the program that fills it in
// ticks what a person has chosen, by the names that the package subscription
// gives; in a finished page the defaults are ticked.
func (p *printer) choices(inBlank bool) (choices, error) {
	tick := func(name string, isDefault bool) template.HTMLAttr {
		switch {
		case inBlank:
			return template.HTMLAttr(edition.When(name) + "checked" + edition.Done())
		case isDefault:
			return "checked"
		}
		return ""
	}
	c := choices{InBlank: inBlank}
	for i, t := range p.site.Topics.Terms {
		c.Topics = append(c.Topics, choice{t.Slug, t.Label, tick(fmt.Sprint("topic", i), false)})
	}
	for i, name := range frequencies {
		label, err := p.text("choices." + name)
		if err != nil {
			return c, err
		}
		c.Frequencies = append(c.Frequencies, choice{name, label, tick(fmt.Sprint("every", i), i == 0)})
	}
	for i, l := range p.site.Config.Languages {
		c.Languages = append(c.Languages, choice{l.Code, l.Name, tick(fmt.Sprint("lang", i), l == p.language)})
	}
	return c, nil
}

// choiceBlanks declares the list of choices for the program that checks a form,
// and the words around the form, which a record of consent names by their hash.
func (p *printer) choiceBlanks() error {
	c, err := p.choices(true)
	if err != nil {
		return err
	}
	var list strings.Builder
	line := func(name string, all []choice) {
		list.WriteString(name)
		for _, one := range all {
			list.WriteString(" " + one.Value)
		}
		list.WriteString("\n")
	}
	line("topics", c.Topics)
	line("frequencies", c.Frequencies)
	line("languages", c.Languages)
	p.plainBlank("subscription/choices", list.String())

	var words strings.Builder
	for _, key := range []string{"form.heading", "form.text", "form.privacy", "form.email", "form.subscribe", "form.unsubscribe",
		"subscription.confirm.title", "subscription.confirm.text", "subscription.confirm.button"} {
		text, err := p.text(key)
		if err != nil {
			return err
		}
		words.WriteString(text + "\n")
	}
	p.plainBlank("consent/form", words.String())
	return nil
}
