package functions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"broadsheet/functions/internal/issue/issuetest"
	"broadsheet/functions/internal/sitetest"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/dynamotest"
	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/store/storetest"
	"broadsheet/functions/internal/subscriber"
)

// fakeSES accepts mails over the protocol of SES (API version 2019-09-27) and
// remembers for whom. It lives in the tester's process, so no kill reaches it.
type fakeSES struct {
	*httptest.Server
	mu       sync.Mutex
	accepted map[string]int
	total    int
}

func startSES(t *testing.T) *fakeSES {
	f := &fakeSES{accepted: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/email/account", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ProductionAccessEnabled":true,"SendingEnabled":true,"EnforcementStatus":"HEALTHY","SendQuota":{"Max24HourSend":1000000,"MaxSendRate":150,"SentLast24Hours":0}}`)
	})
	mux.HandleFunc("GET /v2/email/identities/{name}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"VerifiedForSendingStatus":true,"DkimAttributes":{"Status":"SUCCESS"}}`)
	})
	mux.HandleFunc("POST /v2/email/outbound-emails", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			EmailTags []struct{ Name, Value string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		f.mu.Lock()
		for _, tag := range in.EmailTags {
			if tag.Name == "s" {
				f.accepted[tag.Value]++
			}
		}
		f.total++
		n := f.total
		f.mu.Unlock()
		// Accepted, and not yet answered: the moment that matters. At 150 mails a
		// second about four of them are there at any time.
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		fmt.Fprintf(w, `{"MessageId":"0102-%d"}`, n)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeSES) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// TestKills sends an issue with a process that is killed (kill -9) at random
// moments and started again, KILLS times for each store. `make verify` sets it.
func TestKills(t *testing.T) {
	kills, _ := strconv.Atoi(os.Getenv("KILLS"))
	if kills == 0 {
		t.Skip("KILLS is not set; `make verify` sets it to 200")
	}
	program := filepath.Join(t.TempDir(), "broadsheet")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./broadsheet").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		k := newKillRun(t, program, kills)
		s, err := sqlite.Open(t.Context(), filepath.Join(k.data, "broadsheet.db"), subscriber.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		k.run(s)
	})
	t.Run("dynamodb", func(t *testing.T) {
		t.Parallel()
		k := newKillRun(t, program, kills)
		table := dynamotest.Start(t)
		k.env = append(k.env, "STORE=dynamodb", "TABLE=people", "AWS_ENDPOINT_URL_DYNAMODB="+table.URL)
		k.run(dynamo.New(dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &table.URL,
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}), "people", subscriber.DefaultLimits()))
	})
}

// killRun is one issue under kills.
type killRun struct {
	*testing.T
	program, data string
	env           []string
	ses           *fakeSES
	kills, people int
	keys          *subscriber.Keys
}

func newKillRun(t *testing.T, program string, kills int) *killRun {
	k := &killRun{T: t, program: program, data: t.TempDir(), ses: startSES(t), kills: kills, people: kills*8 + 200, keys: subscriber.NewKeys(time.Now())}
	content := filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(content, sitetest.Files(t, "-- newsletter/7/index.md --\n---\nnumber: 7\ntitle: Seven\nsummary: One.\ndate: 2026-10-01\n---\nWords.\n")); err != nil {
		t.Fatal(err)
	}
	b, err := k.keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(k.data, "keys.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	k.env = append(os.Environ(), "CONTENT_DIR="+content, "DATA_DIR="+k.data, "SITE_URL=https://news.example.org", "MAILER=ses", "AWS_ENDPOINT_URL_SESV2="+k.ses.URL,
		"KEYS="+filepath.Join(k.data, "keys.json"), "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
	return k
}

// run kills and starts again, lets the last one end, and counts.
func (k *killRun) run(store interface {
	storetest.Store
	issuetest.Everything
}) {
	for n := range k.people {
		a, err := subscriber.ParseAddress(fmt.Sprintf("reader%d@example.org", n))
		if err != nil {
			k.Fatal(err)
		}
		if _, err := store.Record(k.Context(), subscriber.Event{Kind: subscriber.Import, ID: k.keys.ID(a), Op: fmt.Sprint(n), At: time.Now(), Email: a.String()}); err != nil {
			k.Fatal(err)
		}
	}
	for n := range k.kills {
		if output, killed := k.killOne(n); !killed {
			k.Fatalf("after %d kills of %d a process ended by itself, with %d of %d mails accepted: %s", n, k.kills, k.ses.count(), k.people, output)
		}
	}
	k.Logf("%d kills, %d of %d mails accepted by then", k.kills, k.ses.count(), k.people)
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(k.Context(), k.program, "issue", "send", "-json", "7")
	cmd.Env, cmd.Stdout, cmd.Stderr = k.env, &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		k.Fatal(err)
	}
	k.verdict(store, out.String(), errs.String())
}

// killOne starts the program and kills it: one in four at any moment from the
// start on, the others a little after their first mail. It returns what the
// program wrote, and whether the kill met a running process.
func (k *killRun) killOne(n int) (output string, killed bool) {
	var written bytes.Buffer
	cmd := exec.CommandContext(k.Context(), k.program, "issue", "send", "-json", "7")
	cmd.Env, cmd.Stdout, cmd.Stderr = k.env, &written, &written
	before := k.ses.count()
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if n%4 == 0 {
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
	} else {
		for late := time.Now().Add(20 * time.Second); k.ses.count() == before && time.Now().Before(late) && len(ended) == 0; {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
	}
	killed = len(ended) == 0 && cmd.Process.Kill() == nil // SIGKILL
	<-ended
	return written.String(), killed
}

// verdict compares what the service accepted with what the ledger says.
func (k *killRun) verdict(store issuetest.Everything, out, errs string) {
	var f struct {
		ID, State                               string
		Planned, Sent, Skipped, Failed, Unknown int
	}
	if err := json.Unmarshal([]byte(out[max(0, strings.LastIndex(out, "{")):]), &f); err != nil {
		k.Fatalf("%v: %s %s", err, out, errs)
	}
	if f.State != "closed" || f.Planned != k.people || f.Planned != f.Sent+f.Skipped+f.Failed+f.Unknown || f.Failed+f.Skipped > 0 {
		k.Errorf("the sum is wrong: %s", out)
	}
	accepted, twice := 0, 0
	for digit := range 16 {
		for d, err := range store.Deliveries(k.Context(), f.ID, digit) {
			if err != nil {
				k.Fatal(err)
			}
			n := k.ses.accepted[d.ID.String()]
			accepted += n
			if n > 1 {
				twice++
			}
			if (d.State == "sent") != (n == 1) && d.State != "unknown" {
				k.Errorf("%s is %s, %d mails were accepted", d.ID.Short(), d.State, n)
			}
		}
	}
	if twice > 0 || accepted != k.ses.count() {
		k.Errorf("%d people got two mails; %d mails accepted, %d of them for people of the ledger", twice, k.ses.count(), accepted)
	}
	k.Logf("planned %d, sent %d, unknown %d; accepted %d, nobody twice", f.Planned, f.Sent, f.Unknown, accepted)
}
