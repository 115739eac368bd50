package press

import (
	"time"

	"broadsheet/functions/internal/content"
)

// styleguidePath is where a laptop shows every component. It is in no edition
// that is deployed, and no page leads to it.
const styleguidePath = "/styleguide/"

// styleguideData is what styleguide.html gets.
type styleguideData struct {
	Colours  []string // names of custom properties
	Steps    []step   // of the typographic scale
	Drawings []string
	Maps     []*locator
	Cards    []*content.Article
	Entries  []entry
	Spread   []spread
}

// step is a size of letters and the line it is shown on.
type step struct {
	Name string
	Y    int
}

// spread is a text in a script, for a look at how it runs.
type spread struct{ Language, Title, Text string }

// styleguide prints the page of all components, with the texts that are hardest
// on them.
func (p *printer) styleguide() error {
	if !p.options.Styleguide {
		return nil
	}
	data := styleguideData{
		Colours:  []string{"paper", "sheet", "wash", "ink", "soft", "line", "sea", "sea-deep", "on-sea", "brass", "alarm", "mark", "night", "on-night", "land", "joined", "here"},
		Steps:    []step{{"4", 60}, {"3", 130}, {"2", 195}, {"1", 250}, {"-1", 300}},
		Drawings: p.art.Drawings(),
		Maps: []*locator{
			p.locator(whereabouts{"Seoul", "kr", "onsite"}, []string{"th"}),
			p.locator(whereabouts{"Nadi", "fj", "onsite"}, []string{"au", "nz", "pg", "ws", "to", "vu"}),
			p.locator(whereabouts{mode: "online"}, nil),
			p.countryMap("tv"),
		},
		Cards:  sampleCards(),
		Spread: sampleTexts(),
	}
	for _, status := range []string{"scheduled", "postponed", "cancelled"} {
		at := content.Moment{Time: time.Date(2027, time.January, 26, 0, 0, 0, 0, time.UTC)}
		last := content.Moment{Time: at.AddDate(0, 0, 2)}
		data.Entries = append(data.Entries, entry{Title: "A meeting that is " + status, URL: styleguidePath, Start: at, Last: last, Place: "Bangkok", Country: "th", Mode: "hybrid", Status: status})
	}
	return p.print("styleguide", page{Path: styleguidePath, Title: "Styleguide", Summary: "Every component of the site with the texts that are hardest on it.", Kind: "page", Hidden: true, Data: data})
}

// sampleCards are articles with little, much and other letters in them.
func sampleCards() []*content.Article {
	card := func(language, title, summary, place string) *content.Article {
		a := &content.Article{Permalink: styleguidePath}
		a.Language = language
		a.Front.Title, a.Front.Summary, a.Front.Place, a.Front.Topics = title, summary, place, []string{"drugs"}
		a.Front.Start = content.Date{Time: time.Date(2022, time.August, 29, 0, 0, 0, 0, time.UTC)}
		a.Front.End = content.Date{Time: time.Date(2022, time.September, 2, 0, 0, 0, 0, time.UTC)}
		return a
	}
	return []*content.Article{
		card("en", "Short", "One line.", "Suva"),
		card("en", "The regional workshop on the interconnectivity of single-window environments and cross-border paperless trade facilitation for the small island economies of the Pacific", "A title of twenty-four words must not break the grid, and Donaudampfschifffahrtsgesellschaftskapitän must not either.", "Bandar Seri Begawan"),
		card("zh", "亚太地区海关能力建设办公室举办风险管理研讨会", "来自各成员的海关官员讨论了风险管理、稽查和情报交流。", "上海"),
		card("ar", "ورشة عمل إقليمية حول إدارة المخاطر", "ناقش موظفو الجمارك إدارة المخاطر وتبادل المعلومات.", "دبي"),
	}
}

func sampleTexts() []spread {
	return []spread{
		{"zh", "海关风险管理研讨会", "研讨会于2022年9月20日至22日在首尔举行。六十名官员出席了会议，并参观了训练中心、机场海关和快件货站。"},
		{"ja", "税関能力構築ワークショップ", "九月二十日から二十二日まで、ソウルで開催されました。六十名の税関職員が参加しました。"},
		{"th", "การประชุมเชิงปฏิบัติการด้านการบริหารความเสี่ยง", "เจ้าหน้าที่ศุลกากรหกสิบคนเข้าร่วมการประชุมที่กรุงโซล"},
		{"ar", "ندوة عن إدارة المخاطر", "عُقدت الندوة في سيول من 20 إلى 22 سبتمبر 2022، وحضرها ستون موظفًا من إدارتين (WCO)."},
		{"vi", "Hội thảo về quản lý rủi ro", "Sáu mươi cán bộ hải quan đã tham dự hội thảo tại Seoul."},
	}
}
