package subscription

import (
	"fmt"
	"slices"
	"strings"

	"broadsheet/functions/internal/subscriber"
)

// choices are what the site lets people choose from. The press prints them as
// the blank subscription/choices, a line each: topics, frequencies and languages
// with their values, the default first.
type choices struct {
	topics, frequencies, languages []string
}

func (h *Handler) choices() choices {
	var c choices
	e := h.Edition()
	if e == nil {
		return c
	}
	b, _ := e.Blank("subscription/choices", h.Now())
	for line := range strings.Lines(string(b.Fill(nil))) {
		name, values, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch list := strings.Fields(values); name {
		case "topics":
			c.topics = list
		case "frequencies":
			c.frequencies = list
		case "languages":
			c.languages = list
		}
	}
	return c
}

// check returns the names of the fields whose value is not one of the choices,
// as values of a blank, and brings the rest into order. All topics are none: who
// chose everything wants also what will be added.
func (c choices) check(p *subscriber.Preferences) map[string]string {
	problems := map[string]string{}
	for _, topic := range p.Topics {
		if !slices.Contains(c.topics, topic) {
			problems["topics"] = "1"
		}
	}
	if p.Frequency != "" && !slices.Contains(c.frequencies, p.Frequency) {
		problems["frequency"] = "1"
	}
	if p.Language != "" && !slices.Contains(c.languages, p.Language) {
		problems["lang"] = "1"
	}
	if len(problems) == 0 {
		slices.Sort(p.Topics)
		p.Topics = slices.Compact(p.Topics)
		if len(p.Topics) == len(c.topics) {
			p.Topics = nil
		}
	}
	return problems
}

// marks are the values that tick the choices in a form: topic0, topic1 and so on
// for topics, every0 for the first frequency, lang0 for the first language. What
// is not chosen is the default, the first.
func (c choices) marks(p subscriber.Preferences) map[string]string {
	values := map[string]string{"chosenfrequency": p.Frequency}
	for i, topic := range c.topics {
		if slices.Contains(p.Topics, topic) {
			values[fmt.Sprint("topic", i)] = "1"
		}
	}
	tick := func(prefix, chosen string, all []string) {
		values[fmt.Sprint(prefix, max(0, slices.Index(all, chosen)))] = "1"
	}
	tick("every", p.Frequency, c.frequencies)
	tick("lang", p.Language, c.languages)
	return values
}
