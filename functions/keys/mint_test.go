package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"broadsheet/functions/internal/subscriber"
)

// parameters is SSM's JSON protocol (API version 2014-11-06) for two operations.
type parameters struct {
	mu     sync.Mutex
	kept   map[string][2]string // name to type and value
	calls  []string
	hidden int // so many reads do not see what is there, as when two make it at once
}

func (p *parameters) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var in struct {
		Name, Type, Value         string
		Overwrite, WithDecryption bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	p.calls = append(p.calls, operation)
	fail := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": code})
	}
	found, ok := p.kept[in.Name]
	switch operation {
	case "GetParameter":
		if !ok || p.hidden > 0 {
			p.hidden--
			fail("ParameterNotFound")
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]string{"Name": in.Name, "Type": found[0], "Value": found[1]}})
	case "PutParameter":
		if ok && !in.Overwrite {
			fail("ParameterAlreadyExists")
			return
		}
		p.kept[in.Name] = [2]string{in.Type, in.Value}
		_, _ = w.Write([]byte(`{"Version":1}`))
	default:
		fail("AccessDeniedException") // whatever else: the role does not allow it
	}
}

func newMint(t *testing.T, p *parameters) mint {
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	client := ssm.New(ssm.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	return mint{client, func() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }}
}

func request(kind cfn.RequestType, name, id string) cfn.Event {
	return cfn.Event{RequestType: kind, PhysicalResourceID: id, ResourceProperties: map[string]any{"Name": name}}
}

// TestMakesOnce: the first request makes a SecureString with keys that work;
// whatever follows leaves its bytes alone.
func TestMakesOnce(t *testing.T) {
	p := &parameters{kept: map[string][2]string{}}
	m := newMint(t, p)
	const name = "/site/keys"
	if id, err := m.handle(t.Context(), request(cfn.RequestCreate, name, "")); err != nil || id != name {
		t.Fatalf("create: %q, %v", id, err)
	}
	made := p.kept[name]
	if made[0] != "SecureString" {
		t.Errorf("it is a %q, want SecureString", made[0])
	}
	if _, err := subscriber.ParseKeys([]byte(made[1])); err != nil {
		t.Errorf("what was made are no keys: %v", err)
	}
	for _, kind := range []cfn.RequestType{cfn.RequestCreate, cfn.RequestUpdate, cfn.RequestDelete} {
		if id, err := m.handle(t.Context(), request(kind, name, name)); err != nil || id != name {
			t.Errorf("%s: %q, %v", kind, id, err)
		}
		if p.kept[name] != made {
			t.Errorf("%s changed the keys", kind)
		}
	}
	if _, err := m.handle(t.Context(), request(cfn.RequestUpdate, "/other/keys", name)); err != nil || len(p.kept) != 2 || p.kept[name] != made {
		t.Errorf("another name: %v, %d parameters; want a second one and the first as it was", err, len(p.kept))
	}
}

// TestTwoAtOnce: somebody makes the parameter between the look and the write.
func TestTwoAtOnce(t *testing.T) {
	keys, err := subscriber.NewKeys(time.Now()).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	p := &parameters{kept: map[string][2]string{"/k": {"SecureString", string(keys)}}, hidden: 1}
	if _, err := newMint(t, p).handle(t.Context(), request(cfn.RequestCreate, "/k", "")); err != nil {
		t.Error(err)
	}
	if p.kept["/k"][1] != string(keys) {
		t.Error("the faster one's keys are gone")
	}
	if got := strings.Join(p.calls, " "); got != "GetParameter PutParameter GetParameter" {
		t.Errorf("it called %s", got)
	}
}

// TestRefuses: what is not ours is left alone and named.
func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		kept [2]string
		want string
	}{
		"no keys":         {[2]string{"SecureString", "hunter2"}, "holds something else"},
		"no SecureString": {[2]string{"String", "{}"}, "is no SecureString"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &parameters{kept: map[string][2]string{"/k": c.kept}}
			_, err := newMint(t, p).handle(t.Context(), request(cfn.RequestCreate, "/k", ""))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it says %v, want %q and nothing secret", err, c.want)
			}
			if p.kept["/k"] != c.kept {
				t.Error("it changed what was there")
			}
		})
	}
	if _, err := newMint(t, &parameters{}).handle(t.Context(), cfn.Event{RequestType: cfn.RequestCreate}); err == nil || !strings.Contains(err.Error(), "no property Name") {
		t.Errorf("without a name it says %v", err)
	}
}

// TestDeleteNeedsNobody: a stack is deleted even if SSM is away.
func TestDeleteNeedsNobody(t *testing.T) {
	m := mint{} // a call would panic
	if id, err := m.handle(context.Background(), request(cfn.RequestDelete, "/k", "")); err != nil || id == "" {
		t.Errorf("%q, %v", id, err)
	}
}
