package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// parameter returns a SecureString of SSM in the clear. It is one signed request
// (API reference of Systems Manager, GetParameter): the SDK's client fills tables
// of all that SSM can do at each start of a program, which takes as long as the
// rest of the start.
//
// A program starts seldom and for somebody who waits: what may pass is tried
// three times, each for at most three seconds.
func (s *Services) parameter(ctx context.Context, name string) (string, error) {
	url := aws.ToString(s.Endpoint("SSM"))
	if url == "" {
		url = "https://ssm." + s.Region + "." + domain(s.Region)
	}
	body, err := json.Marshal(map[string]any{"Name": name, "WithDecryption": true})
	if err != nil {
		return "", err
	}
	for attempt := 1; ; attempt++ {
		value, again, err := s.ask(ctx, url, body)
		if err == nil || !again || attempt == 3 {
			return value, err
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(time.Duration(attempt) * 100 * time.Millisecond):
		}
	}
}

// domain is that of AWS's addresses in a region.
func domain(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// ask sends one request; again tells that another may fare better.
func (s *Services) ask(ctx context.Context, url string, body []byte) (value string, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", false, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter")
	credentials, err := s.Credentials.Retrieve(ctx)
	if err != nil {
		return "", false, err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(hash[:]), "ssm", s.Region, time.Now()); err != nil {
		return "", false, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", true, err
	}
	defer answer.Body.Close()
	var read struct {
		Parameter struct{ Value string }
		Type      string `json:"__type"` // of an error
		Message   string
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10)) // a parameter has at most 8 KB
	if err == nil {
		err = json.Unmarshal(raw, &read)
	}
	kind := read.Type[strings.LastIndex(read.Type, "#")+1:] // as com.amazonaws.ssm#ParameterNotFound
	switch {
	case answer.StatusCode >= 500, answer.StatusCode == http.StatusTooManyRequests, strings.HasPrefix(kind, "Throttling"):
		return "", true, fmt.Errorf("SSM answers %s %s %s", answer.Status, kind, read.Message)
	case answer.StatusCode != http.StatusOK:
		return "", false, fmt.Errorf("SSM answers %s %s %s", answer.Status, kind, read.Message)
	case err != nil:
		return "", true, fmt.Errorf("SSM's answer cannot be read: %w", err)
	case read.Parameter.Value == "":
		return "", false, errors.New("SSM's answer has no value")
	}
	return read.Parameter.Value, false, nil
}
