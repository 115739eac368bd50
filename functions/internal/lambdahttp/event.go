package lambdahttp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// event is what is read of an API Gateway event, in the names of
// events.APIGatewayV2HTTPRequest. The rest of it, half of its bytes, nobody asks
// for; the decoder passes over it.
type event struct {
	RawPath        string            `json:"rawPath"`
	RawQueryString string            `json:"rawQueryString"`
	Cookies        []string          `json:"cookies"`
	Headers        map[string]string `json:"headers"`
	RequestContext struct {
		Stage      string `json:"stage"`
		DomainName string `json:"domainName"`
		HTTP       struct {
			Method   string `json:"method"`
			Path     string `json:"path"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
	} `json:"requestContext"`
	Body            string `json:"body"`
	IsBase64Encoded bool   `json:"isBase64Encoded"`
}

// read returns the event of a payload, normalised.
func read(payload []byte) (*event, error) {
	e := &event{}
	if err := json.Unmarshal(payload, e); err != nil {
		return nil, fmt.Errorf("it is no event of an HTTP API: %w", err)
	}
	return e, e.normalise()
}

// plainEvent is what is answered in place of an event that cannot be read.
func plainEvent() *event {
	e := &event{RawPath: "/"}
	e.RequestContext.DomainName = "localhost"
	e.RequestContext.HTTP.Method = "GET"
	return e
}

// request returns what the adapter gets to read. It splits header values at
// commas, so it gets none.
func (e *event) request() events.APIGatewayV2HTTPRequest {
	r := events.APIGatewayV2HTTPRequest{RawPath: e.RawPath, RawQueryString: e.RawQueryString, Body: e.Body}
	r.RequestContext.DomainName = e.RequestContext.DomainName
	r.RequestContext.HTTP.Method = e.RequestContext.HTTP.Method
	r.RequestContext.HTTP.SourceIP = e.RequestContext.HTTP.SourceIP
	return r
}

// normalise makes an event that the adapter reads without an error, and as the
// same request that a server on TCP would see.
func (e *event) normalise() error {
	http := &e.RequestContext.HTTP
	if http.Method == "" {
		http.Method = "GET"
	}
	if strings.ContainsFunc(http.Method, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' }) {
		return fmt.Errorf("the method has characters that methods do not have")
	}
	if e.RequestContext.DomainName == "" {
		e.RequestContext.DomainName = "localhost"
	}
	if strings.ContainsFunc(e.RequestContext.DomainName, func(r rune) bool { return !strings.ContainsRune("-.:0123456789", r) && (r|0x20 < 'a' || r|0x20 > 'z') }) {
		return fmt.Errorf("the domain name has characters that domain names do not have")
	}
	if e.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return fmt.Errorf("the body is said to be base64 and is not: %w", err)
		}
		e.Body, e.IsBase64Encoded = string(body), false
	}
	e.RawPath = e.escapePath()
	e.RawQueryString = escapeQuery(e.RawQueryString)
	return nil
}

// escapePath returns the path as a request line has it. It arrives decoded, so
// that a ? or # or % in it is part of a name; the name of a stage stands in
// front of it, unless the stage is $default.
func (e *event) escapePath() string {
	path := e.RawPath
	if path == "" {
		path = e.RequestContext.HTTP.Path
	}
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		if rest, ok := strings.CutPrefix(path, "/"+stage); ok && (rest == "" || rest[0] == '/') {
			path = rest
		}
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// escapeQuery escapes what must not stand in a request line.
func escapeQuery(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c == '#' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
