// Package dynamotest is DynamoDB in a test's own process: the JSON protocol of
// the service (API version 2012-08-10) over HTTP on the loopback, for tables of
// any name and for the expressions that store/dynamo uses. An expression it does
// not know is an error, so that it cannot pass a test by accident. It counts the
// calls and can fail the n-th one, see Server.On.
//
// It proves the protocol; emulators and real tables, which the same suite runs
// on, prove the expressions.
package dynamotest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is one running service.
type Server struct {
	URL   string
	mu    sync.Mutex
	items map[string]item // by table, pk and sk
	calls []string        // operations asked for
	on    func(n int, operation string) Fault
	over  chan struct{} // closed when the test ends: hanging calls come back
}

// item is an item in the wire form: {"name": {"S": "text"}}.
type item map[string]map[string]any

func (i item) text(name string) string { s, _ := i[name]["S"].(string); return s }
func (i item) number(name string) int {
	s, _ := i[name]["N"].(string)
	n, _ := strconv.Atoi(s)
	return n
}

// Start starts a table that ends with the test.
func Start(t testing.TB) *Server {
	s := &Server{items: map[string]item{}, over: make(chan struct{})}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Cleanup(func() { close(s.over) })
	s.URL = h.URL
	return s
}

// write is what the writing operations have in common.
type write struct {
	TableName                 string
	Item                      item
	Key                       item
	ConditionExpression       string
	UpdateExpression          string
	ExpressionAttributeValues item

	delete bool
}

type request struct {
	write
	TransactItems          []struct{ Put, Update, Delete, ConditionCheck *write }
	RequestItems           map[string]struct{ Keys []item }
	KeyConditionExpression string
	FilterExpression       string
}

const checkFailed = "ConditionalCheckFailed"

// ServeHTTP answers one call of the protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fail(w, "SerializationException", err.Error(), nil)
		return
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.faulty(w, r, operation, func(w http.ResponseWriter) { s.do(w, operation, in) })
}

func (s *Server) do(w http.ResponseWriter, operation string, in request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch operation {
	case "GetItem":
		out := map[string]any{}
		if found, ok := s.items[keyOf(in.TableName, in.Key)]; ok {
			out["Item"] = found
		}
		answer(w, out)
	case "BatchGetItem":
		found := map[string][]item{}
		for table, wanted := range in.RequestItems {
			for _, key := range wanted.Keys {
				if i, ok := s.items[keyOf(table, key)]; ok {
					found[table] = append(found[table], i)
				}
			}
		}
		answer(w, map[string]any{"Responses": found, "UnprocessedKeys": map[string]any{}})
	case "DeleteItem":
		in.delete = true
		fallthrough
	case "PutItem", "UpdateItem":
		s.write(w, []write{in.write}, func(reasons []string) {
			fail(w, checkFailed+"Exception", "The conditional request failed", nil)
		})
	case "TransactWriteItems":
		var all []write
		for _, t := range in.TransactItems {
			for _, one := range []*write{t.Put, t.Update, t.Delete, t.ConditionCheck} {
				if one != nil {
					one.delete = one == t.Delete
					all = append(all, *one)
				}
			}
		}
		s.write(w, all, func(reasons []string) { fail(w, "TransactionCanceledException", "Transaction cancelled", reasons) })
	case "Query", "Scan":
		answer(w, s.list(in))
	default:
		fail(w, "UnknownOperationException", operation, nil)
	}
}

// write does all writes or none.
func (s *Server) write(w http.ResponseWriter, all []write, refused func(reasons []string)) {
	reasons := make([]string, len(all))
	for i, one := range all {
		reasons[i] = "None"
		if ok, err := s.holds(one); err != nil {
			fail(w, "ValidationException", err.Error(), nil)
			return
		} else if !ok {
			reasons[i] = checkFailed
		}
	}
	if slices.Contains(reasons, checkFailed) {
		refused(reasons)
		return
	}
	for _, one := range all {
		if err := s.apply(one); err != nil {
			fail(w, "ValidationException", err.Error(), nil)
			return
		}
	}
	answer(w, map[string]any{})
}

func (w write) pk() string {
	if w.Item != nil {
		return keyOf(w.TableName, w.Item)
	}
	return keyOf(w.TableName, w.Key)
}

// keyOf joins both keys of an item; they sort as DynamoDB sorts them.
func keyOf(table string, i item) string {
	return table + "\x00" + i.text("pk") + "\x00" + i.text("sk")
}

func (s *Server) holds(w write) (bool, error) {
	old, exists := s.items[w.pk()]
	v := w.ExpressionAttributeValues
	switch w.ConditionExpression {
	case "":
		return true, nil
	case "attribute_not_exists(#until) OR #until <= :now":
		return !exists || old["until"] == nil || old.number("until") <= v.number(":now"), nil
	case "#until > :now AND (attribute_not_exists(taken) OR taken < :max)":
		return exists && old["until"] != nil && old.number("until") > v.number(":now") && (old["taken"] == nil || old.number("taken") < v.number(":max")), nil
	case "attribute_not_exists(pk)":
		return !exists, nil
	case "version = :seen":
		return exists && old.number("version") == v.number(":seen"), nil
	case "attribute_not_exists(taken) OR taken < :max":
		return !exists || old["taken"] == nil || old.number("taken") < v.number(":max"), nil
	}
	return ledgerHolds(w, old, exists)
}

func (s *Server) apply(w write) error {
	if w.delete {
		delete(s.items, w.pk())
		return nil
	}
	if w.Item != nil {
		s.items[w.pk()] = w.Item
		return nil
	}
	if w.UpdateExpression == "" {
		return nil // a check without a write
	}
	v, taken := w.ExpressionAttributeValues, 1
	counter := item{"pk": w.Key["pk"], "sk": w.Key["sk"], "ttl": v[":expires"]}
	switch w.UpdateExpression {
	case "SET taken = :one, #until = :until, #ttl = :expires":
		counter["until"] = v[":until"]
	case "ADD taken :one SET #until = :until, #ttl = :expires":
		counter["until"] = v[":until"]
		taken += s.items[w.pk()].number("taken")
	case "ADD taken :one SET #ttl = :expires":
		taken += s.items[w.pk()].number("taken")
	default:
		return s.ledgerApply(w)
	}
	counter["taken"] = map[string]any{"N": strconv.Itoa(taken)}
	s.items[w.pk()] = counter
	return nil
}

func (s *Server) list(in request) map[string]any {
	found := []item{}
	for k, i := range s.items {
		table, pk, _ := strings.Cut(k, "\x00")
		if table != in.TableName {
			continue
		}
		switch {
		case in.KeyConditionExpression == "" && in.FilterExpression == "",
			in.KeyConditionExpression == "pk = :person" && i.text("pk") == in.ExpressionAttributeValues.text(":person"),
			in.KeyConditionExpression == "confirmed = :digit" && i.text("confirmed") == in.ExpressionAttributeValues.text(":digit"),
			in.FilterExpression == "begins_with(pk, :person)" && strings.HasPrefix(pk, in.ExpressionAttributeValues.text(":person")),
			in.KeyConditionExpression == "pk = :pk AND sk >= :from" && i.text("pk") == in.ExpressionAttributeValues.text(":pk") && i.text("sk") >= in.ExpressionAttributeValues.text(":from"),
			inPartition(in, i):
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b item) int { return strings.Compare(keyOf("", a), keyOf("", b)) })
	return map[string]any{"Items": found, "Count": len(found)}
}

func answer(w http.ResponseWriter, out map[string]any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(out)
}

func fail(w http.ResponseWriter, kind, message string, reasons []string) {
	out := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + kind, "message": message}
	var list []map[string]string
	for _, r := range reasons {
		list = append(list, map[string]string{"Code": r})
	}
	if list != nil {
		out["CancellationReasons"] = list
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(out)
}
