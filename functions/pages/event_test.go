package main

import (
	"io"
	"log/slog"
	"strings"
	"testing"
)

// page is an event as an HTTP API sends it for a browser's request.
const page = `{"version":"2.0","routeKey":"$default","rawPath":"/news/2022/siren-debriefing/","rawQueryString":"",` +
	`"headers":{"accept":"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",` +
	`"accept-encoding":"gzip, deflate, br, zstd","accept-language":"en-GB,en;q=0.9,th;q=0.8","content-length":"0","dnt":"1",` +
	`"host":"a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com","priority":"u=0, i","referer":"https://a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com/",` +
	`"sec-fetch-dest":"document","sec-fetch-mode":"navigate","sec-fetch-site":"same-origin","sec-fetch-user":"?1","upgrade-insecure-requests":"1",` +
	`"user-agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",` +
	`"x-amzn-trace-id":"Root=1-6924a1b2-0123456789abcdef01234567","x-forwarded-for":"203.0.113.9","x-forwarded-port":"443","x-forwarded-proto":"https"},` +
	`"requestContext":{"accountId":"123456789012","apiId":"a1b2c3d4e5","domainName":"a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com",` +
	`"domainPrefix":"a1b2c3d4e5","http":{"method":"GET","path":"/news/2022/siren-debriefing/","protocol":"HTTP/1.1","sourceIp":"203.0.113.9",` +
	`"userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},` +
	`"requestId":"JKJaXmPLvHcESHA=","routeKey":"$default","stage":"$default","time":"24/Nov/2026:18:20:34 +0000","timeEpoch":1795544434123},"isBase64Encoded":false}`

// BenchmarkEvent is what the program does between a poll of the runtime and its
// answer: JSON in, JSON out, by way of the adapter, the handlers, the log and the
// edition.
func BenchmarkEvent(b *testing.B) {
	adapter, err := open(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	if err != nil {
		b.Skip(err)
	}
	for name, event := range map[string]string{
		"page":      page,
		"unchanged": strings.Replace(page, `"dnt":"1"`, `"if-none-match":"*"`, 1),
		"missing":   strings.ReplaceAll(page, "siren-debriefing", "what-is-not-there"),
		"search":    strings.Replace(strings.ReplaceAll(page, "/news/2022/siren-debriefing/", "/search"), `"rawQueryString":""`, `"rawQueryString":"q=drugs"`, 1),
	} {
		b.Run(name, func(b *testing.B) {
			status := map[string]string{"page": "200", "search": "200", "unchanged": "304", "missing": "404"}[name]
			b.ReportAllocs()
			for b.Loop() {
				answer, err := adapter.Invoke(b.Context(), []byte(event))
				if err != nil || !strings.HasPrefix(string(answer[:min(len(answer), 40)]), `{"statusCode":`+status) {
					b.Fatalf("%.80s, %v; want %s", answer, err, status)
				}
			}
		})
	}
}
