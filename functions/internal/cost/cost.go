// Package cost counts what a month of the deployment costs: from the template,
// which says what there is; from measured sizes and durations of the programs;
// and from a dated list of prices. It asks nobody.
//
// Compute gives a line for each thing that has a price, with the quantity, what
// of it is free each month, and the money. The free quantities are those that
// AWS gives every account for ever; what new accounts get for a year is left out.
package cost

import (
	"encoding/json"
	"fmt"
	"math"

	"broadsheet/functions/internal/stack"
)

// Prices is a dated list of prices.
type Prices struct {
	AsOf     string           `json:"as_of"`
	Region   string           `json:"region"`
	Source   string           `json:"source"`
	Currency string           `json:"currency"`
	Prices   map[string]Price `json:"prices"`
}

// Price is the price of Per units beyond the Free ones of a month.
type Price struct {
	Unit  string  `json:"unit"`
	Price float64 `json:"price"`
	Per   float64 `json:"per"`
	Free  float64 `json:"free"`
}

// ReadPrices reads a list of prices.
func ReadPrices(b []byte) (Prices, error) {
	var p Prices
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("the prices cannot be read: %w", err)
	}
	for name, price := range p.Prices {
		if price.Unit == "" || price.Per <= 0 || price.Price < 0 || price.Free < 0 {
			return p, fmt.Errorf("the price %s needs a unit, a price and for how many it is", name)
		}
	}
	if p.AsOf == "" || p.Region == "" || len(p.Prices) == 0 {
		return p, fmt.Errorf("the prices need a date (as_of), a region and prices")
	}
	return p, nil
}

// Use is what people do with the site in a month.
type Use struct {
	Subscribers int // people who get every issue
	Issues      int // issues sent
	Views       int // pages that visitors look at
}

// Line is one thing that has a price.
type Line struct {
	Name     string  `json:"name"`
	Unit     string  `json:"unit"`
	Quantity float64 `json:"quantity"`
	Free     float64 `json:"free"`
	Cost     float64 `json:"cost"`
}

// Measured are sizes, durations and counts that were measured on the programs,
// or follow from how they work; each comment says from where.
type Measured struct {
	PageBytes      float64 // over the wire: 3.6 KB on average in Brotli (home page 4.5), 1.3 KB of headers
	FilesPerView   float64 // style sheet and pictures a view that the browser does not have yet
	FileBytes      float64 // such a file over the wire: style sheet 5 KB, drawings 1 to 5, pictures 30
	PageSeconds    float64 // the pages program, billed; 1 ms is the least, a cold start 42 ms
	FormSeconds    float64 // the form: two calls of the table, one of SES
	MailSeconds    float64 // one delivery: claim, SES, mark
	ReportSeconds  float64 // one report of SES
	LogBytes       float64 // a request: the program's line, the platform's three, the gateway's
	PersonBytes    float64 // a subscriber with consent, the row in the index, and an entry or two of the ledger
	WritesPerMail  float64 // plan 1, claim 4 (a transaction of two counts twice), mark 1, two reports 2
	ReadsPerMail   float64 // the index, the person and the row, when planned and when claimed
	ReportsPerMail float64 // SEND and DELIVERY
	PollsPerQueue  float64 // Lambda asks an empty queue with five connections, each for 20 s
	JoinShare      float64 // of the subscribers, who join or leave in a month
	ProgramsBytes  float64 // one release packed; ten are kept
	CdnHits        float64 // share of requests that the CDN answers itself
}

// Measurements are those of this repository in November 2026.
func Measurements() Measured {
	return Measured{
		PageBytes: 5_000, FilesPerView: 2, FileBytes: 10_000, PageSeconds: 0.004, FormSeconds: 0.120, MailSeconds: 0.150, ReportSeconds: 0.020,
		LogBytes: 900, PersonBytes: 2_200, WritesPerMail: 8, ReadsPerMail: 4, ReportsPerMail: 2,
		PollsPerQueue: 5 * 3 * 60 * 24 * 30, JoinShare: 0.05, ProgramsBytes: 40e6, CdnHits: 0.8,
	}
}

const gigabyte = 1 << 30

// Compute counts a month of a stack, as Template.With gives it.
func Compute(t *stack.Template, p Prices, m Measured, u Use) ([]Line, error) {
	q := quantities(t, m, u)
	var lines []Line
	for _, name := range order() {
		quantity, ok := q[name]
		if !ok {
			continue
		}
		price, ok := p.Prices[name]
		if !ok {
			return nil, fmt.Errorf("the list of prices has no %s", name)
		}
		billed := math.Max(0, quantity-price.Free)
		lines = append(lines, Line{name, price.Unit, quantity, price.Free, billed / price.Per * price.Price})
	}
	return lines, nil
}

// Total is the sum of all lines.
func Total(lines []Line) (sum float64) {
	for _, l := range lines {
		sum += l.Cost
	}
	return sum
}

func order() []string {
	return []string{"api_request", "lambda_request", "lambda_arm64", "lambda_x86_64", "table_write", "table_read", "table_storage", "table_recovery",
		"queue_request", "mail", "log", "alarm", "dashboard", "cdn_request", "cdn_transfer", "transfer", "artefact_storage"}
}

// quantities counts what a stack uses in a month. What the template does not
// have is not counted.
func quantities(t *stack.Template, m Measured, u Use) map[string]float64 {
	q := map[string]float64{}
	mails := float64(u.Subscribers) * float64(u.Issues)
	views := float64(u.Views)
	requests := views * (1 + m.FilesPerView)
	transfer := (views*m.PageBytes + views*m.FilesPerView*m.FileBytes) / gigabyte
	posts := 3 * m.JoinShare * float64(u.Subscribers) // the form, the link, its button
	reached := requests                               // what the CDN lets through
	if _, cdn := t.Resources["Distribution"]; cdn {
		q["cdn_request"], q["cdn_transfer"] = requests+posts, transfer
		reached = requests * (1 - m.CdnHits)
	} else {
		q["transfer"] = transfer
	}
	pages := mails / 50
	q["api_request"] = reached + posts
	q["lambda_request"] = reached + posts + pages + mails*m.ReportsPerMail/10 + hoursOfMonth*scheduled(t)
	memory := stack.Map(t.Globals["Function"])["MemorySize"]
	size, _ := memory.(int)
	seconds := reached*m.PageSeconds + posts*m.FormSeconds + mails*m.MailSeconds + mails*m.ReportsPerMail*m.ReportSeconds + hoursOfMonth*scheduled(t)*m.FormSeconds
	q["lambda_"+processor(t)] = seconds * float64(size) / 1024
	q["table_write"] = mails*m.WritesPerMail + posts*3 // with the entry in the ledger of consent
	q["table_read"] = mails*m.ReadsPerMail + posts*4 + hoursOfMonth*scheduled(t)*25
	kept := float64(u.Subscribers) * m.PersonBytes / gigabyte
	q["table_storage"] = kept + mails*300/gigabyte
	q["table_recovery"] = q["table_storage"]
	q["queue_request"] = float64(consumers(t))*m.PollsPerQueue + 3*pages + mails*m.ReportsPerMail*1.2
	q["mail"] = mails + posts/3
	q["log"] = (q["api_request"]*m.LogBytes + mails*(1+m.ReportsPerMail)*300) / gigabyte
	q["alarm"] = float64(len(t.OfType("AWS::CloudWatch::Alarm")))
	q["dashboard"] = float64(len(t.OfType("AWS::CloudWatch::Dashboard")))
	q["artefact_storage"] = 10 * m.ProgramsBytes / gigabyte
	return q
}

const hoursOfMonth = 24 * 30

// scheduled is how many programs are woken each hour.
func scheduled(t *stack.Template) float64 {
	n := 0
	for _, name := range t.OfType("AWS::Events::Rule") {
		if t.Resources[name].Properties["ScheduleExpression"] != nil {
			n++
		}
	}
	return float64(n)
}

// consumers is how many queues a program asks for messages.
func consumers(t *stack.Template) (n int) {
	for _, name := range t.OfType("AWS::Serverless::Function") {
		for _, e := range stack.Map(t.Resources[name].Properties["Events"]) {
			if stack.Map(e)["Type"] == "SQS" {
				n++
			}
		}
	}
	return n
}

func processor(t *stack.Template) string {
	for _, a := range stack.List(stack.Map(t.Globals["Function"])["Architectures"]) {
		return fmt.Sprint(a)
	}
	return "x86_64"
}
