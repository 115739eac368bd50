package lambdahttp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// maxAnswer is the largest body Lambda carries, in bytes as it stands in the
// answer (Lambda quotas: 6 MB of JSON), less room for the headers.
const maxAnswer = 6<<20 - 64<<10

// encode writes an answer as events.APIGatewayV2HTTPResponse has it in JSON.
// head is its status, headers and cookies. Compressed and binary bodies are
// base64, written once and in place: encoding/json would make a string of them
// and then look at each of its letters.
func encode(head events.APIGatewayV2HTTPResponse, body []byte) ([]byte, error) {
	packed := head.Headers["Content-Encoding"] != "" || !utf8.Valid(body)
	size := base64.StdEncoding.EncodedLen(len(body))
	if !packed {
		size = len(body)
	}
	if size > maxAnswer {
		return nil, fmt.Errorf("an answer of %d bytes; Lambda carries %d", size, maxAnswer)
	}
	out := make([]byte, 0, size+size/16+4<<10)
	out = append(out, `{"statusCode":`...)
	out = strconv.AppendInt(out, int64(head.StatusCode), 10)
	out = append(out, `,"headers":{`...)
	for name, value := range head.Headers {
		out = append(appendString(out, name), ':')
		out = append(appendString(out, value), ',')
	}
	if len(head.Headers) > 0 {
		out = out[:len(out)-1]
	}
	out = append(out, `},"cookies":[`...)
	for i, cookie := range head.Cookies {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, cookie)
	}
	out = append(out, `],"body":`...)
	if packed {
		out = append(out, '"')
		out = base64.StdEncoding.AppendEncode(out, body)
		out = append(out, `","isBase64Encoded":true}`...)
	} else {
		out = appendString(out, string(body))
		out = append(out, '}')
	}
	if len(out) > maxAnswer+64<<10 { // a text of quotes and control characters
		return nil, fmt.Errorf("an answer of %d bytes in JSON; Lambda carries %d", len(out), maxAnswer)
	}
	return out, nil
}

// appendString appends a string as JSON. What every header value is made of is
// copied as it is; the rest is left to encoding/json.
func appendString(out []byte, s string) []byte {
	start := len(out)
	out = append(out, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c < ' ' || c >= 0x7f:
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string can be marshalled
			}
			return append(out[:start], quoted...)
		case c == '"' || c == '\\':
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return append(out, '"')
}
