package web

import (
	"strconv"
	"strings"

	"broadsheet/functions/internal/edition"
)

// matches evaluates If-None-Match with the weak comparison that RFC 9110,
// section 13.1.2, asks for. Our tags have no comma in them, so that splitting a
// list at commas cannot make one up.
func matches(fields []string, etag string) bool {
	for _, field := range fields {
		for tag := range strings.SplitSeq(field, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// choose picks the encoding of an answer by Accept-Encoding (RFC 9110, section
// 12.5.3): the highest weight wins, among equals Brotli, then gzip.
//
// A client that refuses everything, "identity;q=0" without a coding we have,
// gets the plain body all the same: the RFC allows it, and a page helps more
// than a refusal.
func choose(v edition.Version, fields []string) edition.Encoding {
	if !v.Compressed() {
		return edition.Identity
	}
	weight := weights(fields)
	best := edition.Identity
	for _, e := range [...]edition.Encoding{edition.Gzip, edition.Brotli} {
		if v.Has(e) && weight[e] > 0 && weight[e] >= weight[best] {
			best = e
		}
	}
	return best
}

// weights returns how much a client wants each encoding, 0 for not at all. A
// coding that is not listed has the weight of "*". Identity without a weight of
// its own is wanted least: it is what is left.
func weights(fields []string) (w [edition.Brotli + 1]float64) {
	const unlisted = -1
	w = [...]float64{edition.Identity: unlisted, edition.Gzip: unlisted, edition.Brotli: unlisted}
	others := 0.0
	for _, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			name, params, _ := strings.Cut(part, ";")
			q := quality(params)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "identity":
				w[edition.Identity] = q
			case "gzip", "x-gzip": // the same, RFC 9110, section 8.4.1.3
				w[edition.Gzip] = q
			case "br":
				w[edition.Brotli] = q
			case "*":
				others = q
			}
		}
	}
	for e := range w {
		if w[e] == unlisted && e != int(edition.Identity) {
			w[e] = others
		}
	}
	w[edition.Identity] = max(w[edition.Identity], 0)
	return w
}

// quality reads a weight, "q=0.8"; none is 1, a malformed one 0.
func quality(params string) float64 {
	name, value, ok := strings.Cut(strings.TrimSpace(params), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
