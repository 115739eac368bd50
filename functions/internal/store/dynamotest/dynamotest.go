// Package dynamotest is DynamoDB in a test's own process: the JSON protocol of
// the service (API version 2012-08-10) over HTTP on the loopback, for one table
// and for the expressions that store/dynamo uses. An expression it does not know
// is an error, so that it cannot pass a test by accident.
//
// It proves the protocol; emulators and real tables, which the same suite runs
// on, prove the expressions.
package dynamotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is one running table.
type Server struct {
	URL   string
	mu    sync.Mutex
	items map[string]item
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
	s := &Server{items: map[string]item{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// write is what the writing operations have in common.
type write struct {
	Item                      item
	Key                       item
	ConditionExpression       string
	UpdateExpression          string
	ExpressionAttributeValues item
}

type request struct {
	write
	TransactItems          []struct{ Put, Update *write }
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
	s.mu.Lock()
	defer s.mu.Unlock()
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch operation {
	case "GetItem":
		out := map[string]any{}
		if found, ok := s.items[keyOf(in.Key)]; ok {
			out["Item"] = found
		}
		answer(w, out)
	case "PutItem", "UpdateItem":
		s.write(w, []write{in.write}, func(reasons []string) {
			fail(w, checkFailed+"Exception", "The conditional request failed", nil)
		})
	case "TransactWriteItems":
		var all []write
		for _, t := range in.TransactItems {
			for _, one := range []*write{t.Put, t.Update} {
				if one != nil {
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
		return keyOf(w.Item)
	}
	return keyOf(w.Key)
}

// keyOf joins both keys of an item; they sort as DynamoDB sorts them.
func keyOf(i item) string { return i.text("pk") + "\x00" + i.text("sk") }

func (s *Server) holds(w write) (bool, error) {
	old, exists := s.items[w.pk()]
	v := w.ExpressionAttributeValues
	switch w.ConditionExpression {
	case "attribute_not_exists(pk)":
		return !exists, nil
	case "version = :seen":
		return exists && old.number("version") == v.number(":seen"), nil
	case "attribute_not_exists(taken) OR taken < :max":
		return !exists || old["taken"] == nil || old.number("taken") < v.number(":max"), nil
	}
	return false, fmt.Errorf("condition %q", w.ConditionExpression)
}

func (s *Server) apply(w write) error {
	if w.Item != nil {
		s.items[w.pk()] = w.Item
		return nil
	}
	if w.UpdateExpression != "ADD taken :one SET #ttl = :expires" {
		return fmt.Errorf("update %q", w.UpdateExpression)
	}
	taken := s.items[w.pk()].number("taken") + 1
	s.items[w.pk()] = item{"pk": w.Key["pk"], "sk": w.Key["sk"], "taken": {"N": strconv.Itoa(taken)}, "ttl": w.ExpressionAttributeValues[":expires"]}
	return nil
}

func (s *Server) list(in request) map[string]any {
	found := []item{}
	for pk, i := range s.items {
		switch {
		case in.KeyConditionExpression == "confirmed = :digit" && i.text("confirmed") == in.ExpressionAttributeValues.text(":digit"),
			in.FilterExpression == "begins_with(pk, :person)" && strings.HasPrefix(pk, in.ExpressionAttributeValues.text(":person")):
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b item) int { return strings.Compare(keyOf(a), keyOf(b)) })
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
