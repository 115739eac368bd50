package press

import (
	"encoding/json"
	"slices"
	"strings"

	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/edition"
	"broadsheet/functions/internal/issue"
)

// rendering is a mail in one language, for the index.
type rendering struct {
	frame    *frame
	template string
	page     page
}

// parts are the bytes that the mail's id binds.
func (r rendering) parts() ([][]byte, error) {
	text, html, err := r.frame.mail(r.template, r.page)
	return [][]byte{[]byte(r.frame.language.Code), []byte(r.page.Title), text, html}, err
}

// letterIndex declares the list that the sender reads. The id of an issue binds
// its mails in all languages, so they are rendered for it once more.
func (p *printer) letterIndex() {
	var index issue.Index
	var letters, cards [][]rendering
	for _, l := range p.site.Letters {
		entry := issue.Letter{Number: l.Front.Number, Subject: l.Subject(), Date: l.Front.Date.Time, NotAfter: l.Front.NotAfter.Time, Topics: l.Front.Topics}
		var all []rendering
		for _, v := range p.views {
			i := slices.IndexFunc(v.site.Letters, func(o *content.Letter) bool { return o.Permalink == l.Permalink })
			if own := v.site.Letters[i]; own.Language == v.language.Code {
				entry.Languages = append(entry.Languages, v.language.Code)
				all = append(all, rendering{v.frame, "letter", v.letter(own)})
			}
		}
		index.Letters, letters = append(index.Letters, entry), append(letters, all)
	}
	for _, a := range p.news4mail() {
		entry := issue.Card{Path: a.Permalink, Title: map[string]string{}, Published: a.Appears, Topics: a.Front.Topics}
		var all []rendering
		for _, v := range p.views {
			i := slices.IndexFunc(v.site.Articles, func(o *content.Article) bool { return o.Permalink == a.Permalink })
			if own := v.site.Articles[i]; own.Language == v.language.Code {
				entry.Title[v.language.Code] = own.Front.Title
				all = append(all, rendering{v.frame, "card", v.card(own)})
			}
		}
		index.Cards, cards = append(index.Cards, entry), append(cards, all)
	}
	sum := func() key {
		k := p.digest.sum(p.key, index.Letters, index.Cards)
		for _, r := range slices.Concat(slices.Concat(letters...), slices.Concat(cards...)) {
			k = p.digest.sum(k, r.frame.key, r.template, r.page)
		}
		return k
	}
	p.declare(edition.KindBlank, issue.IndexName, edition.Answer{Type: plainType}, sum, func() ([]byte, error) { return indexJSON(index, letters, cards) })
}

// indexJSON renders what the ids bind and writes the index.
func indexJSON(index issue.Index, letters, cards [][]rendering) ([]byte, error) {
	bound := func(all []rendering) (parts [][]byte, err error) {
		for _, r := range all {
			some, err := r.parts()
			if err != nil {
				return nil, err
			}
			parts = append(parts, some...)
		}
		return parts, nil
	}
	out := issue.Index{Letters: slices.Clone(index.Letters), Cards: slices.Clone(index.Cards)}
	for i := range out.Letters {
		l := &out.Letters[i]
		parts, err := bound(letters[i])
		if err != nil {
			return nil, err
		}
		l.ID = issue.LetterID(l.Number, l.Date, parts...)
	}
	for i := range out.Cards {
		parts, err := bound(cards[i])
		if err != nil {
			return nil, err
		}
		_, out.Cards[i].Hash, _ = strings.Cut(issue.LetterID(0, out.Cards[i].Published, parts...), "-")
	}
	return json.Marshal(out)
}
