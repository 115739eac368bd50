package cost_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"broadsheet/functions/internal/cost"
	"broadsheet/functions/internal/stack"
)

func read(t *testing.T, parameters map[string]string) (*stack.Template, cost.Prices) {
	t.Helper()
	b, err := os.ReadFile("../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := stack.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	s, err := whole.With(parameters)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile("../../../infra/prices.json"); err != nil {
		t.Fatal(err)
	}
	p, err := cost.ReadPrices(b)
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

func compute(t *testing.T, s *stack.Template, p cost.Prices, u cost.Use) map[string]cost.Line {
	t.Helper()
	lines, err := cost.Compute(s, p, cost.Measurements(), u)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]cost.Line{}
	for _, l := range lines {
		all[l.Name] = l
	}
	return all
}

// TestByHand: a sheet that was counted on paper. 1,000 people, 4 issues: 4,000
// mails at 10 cents a thousand; 8 writes each at 0.7125 a million.
func TestByHand(t *testing.T) {
	s, p := read(t, nil)
	got := compute(t, s, p, cost.Use{Subscribers: 1000, Issues: 4, Views: 30000})
	for name, want := range map[string]float64{
		"mail":        (4000 + 50) * 0.10 / 1000,
		"table_write": (4000*8 + 150*3) * 0.7125 / 1e6,
		"api_request": (90000 + 150) * 1.25 / 1e6,
		"transfer":    0, "log": 0, "lambda_request": 0,
	} {
		if math.Abs(got[name].Cost-want) > 1e-9 {
			t.Errorf("%s costs %v, want %v", name, got[name].Cost, want)
		}
	}
	if _, ok := got["lambda_arm64"]; !ok {
		t.Error("the programs' time on arm64 is not counted")
	}
}

// TestIdle: while nobody visits, nothing costs but what Lambda asks of the two
// queues beyond the free million, the index of the table's recovery, and the
// kept programs: less than 15 cents a month in all.
func TestIdle(t *testing.T) {
	s, p := read(t, nil)
	sum := 0.0
	for name, l := range compute(t, s, p, cost.Use{}) {
		if l.Cost > 0 && name != "queue_request" && name != "artefact_storage" && name != "table_read" {
			t.Errorf("%s costs %v while idle", name, l.Cost)
		}
		sum += l.Cost
	}
	if sum > 0.15 {
		t.Errorf("an idle month costs %.3f", sum)
	}
}

// TestCdn: a CDN takes most requests from the gateway, and what it carries is
// not billed twice.
func TestCdn(t *testing.T) {
	plain, p := read(t, nil)
	with, _ := read(t, map[string]string{"Cdn": "yes"})
	u := cost.Use{Views: 1_000_000}
	a, b := compute(t, plain, p, u), compute(t, with, p, u)
	if b["api_request"].Quantity >= a["api_request"].Quantity/2 || b["cdn_request"].Quantity < a["api_request"].Quantity {
		t.Errorf("the gateway has %v requests without and %v with a CDN, which has %v", a["api_request"].Quantity, b["api_request"].Quantity, b["cdn_request"].Quantity)
	}
	if _, ok := b["transfer"]; ok {
		t.Error("with a CDN the gateway's transfer is billed too")
	}
}

func TestReadPrices(t *testing.T) {
	for document, want := range map[string]string{
		`{`:  "cannot be read",
		`{}`: "need a date",
		`{"as_of":"2025-06","region":"x","prices":{"mail":{"unit":"","price":1,"per":1}}}`: "the price mail needs",
	} {
		if _, err := cost.ReadPrices([]byte(document)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", document, err, want)
		}
	}
	s, p := read(t, nil)
	delete(p.Prices, "mail")
	if _, err := cost.Compute(s, p, cost.Measurements(), cost.Use{}); err == nil || !strings.Contains(err.Error(), "no mail") {
		t.Errorf("without the price of a mail: %v", err)
	}
}
