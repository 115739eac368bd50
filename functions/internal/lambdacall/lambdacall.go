// Package lambdacall asks a Lambda program what a visitor would ask: it makes
// the event that an API Gateway HTTP API (payload format 2.0) makes of a
// request, and reads the program's answer as a client would see it. Tests use it
// on an emulated runtime, and the ready check on a version that is not live yet.
package lambdacall

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Source is the network address that made-up requests come from (RFC 5737: it
// belongs to nobody).
const Source = "203.0.113.9"

// Event returns the event of a request: names of headers in small letters,
// values joined by commas, the path decoded, cookies apart. A body is base64
// as API Gateway sends forms, or text as `sam local` sends them.
func Event(q *http.Request, plain bool) ([]byte, error) {
	path, err := url.PathUnescape(q.URL.EscapedPath())
	if err != nil {
		path = q.URL.Path
	}
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: q.URL.RawQuery, Headers: map[string]string{}}
	for name, values := range q.Header {
		if name == "Cookie" {
			e.Cookies = append(e.Cookies, values...)
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	host, _, err := net.SplitHostPort(q.URL.Host)
	if err != nil {
		host = q.URL.Host
	}
	e.Headers["host"] = host
	e.RequestContext = events.APIGatewayV2HTTPRequestContext{Stage: "$default", DomainName: host, RequestID: "JKJaXmPLvHcESHA="}
	e.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: q.Method, Path: path, Protocol: "HTTP/1.1", SourceIP: Source}
	if q.Body != nil {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return nil, err
		}
		e.Body = string(body)
		if !plain && len(body) > 0 {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return json.Marshal(e)
}

// Answer reads what a program answered to the event of q.
func Answer(q *http.Request, raw []byte) (*http.Response, error) {
	var a events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("the program's answer is no answer: %w", err)
	}
	if a.StatusCode == 0 {
		return nil, fmt.Errorf("the program's answer has no status: %.200s", raw)
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return nil, fmt.Errorf("the program's answer is not base64, though it says so: %w", err)
		}
	}
	answer := &http.Response{StatusCode: a.StatusCode, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: q,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}
	for name, value := range a.Headers {
		answer.Header.Set(name, value)
	}
	for _, cookie := range a.Cookies {
		answer.Header.Add("Set-Cookie", cookie)
	}
	return answer, nil
}
