package dynamotest

import (
	"fmt"
	"strconv"
	"strings"
)

// ledgerHolds are the conditions of the ledger of issues.
func ledgerHolds(w write, old item, exists bool) (bool, error) {
	v := w.ExpressionAttributeValues
	if w.ConditionExpression == "#rank = :confirmed AND #schema <= :schema" {
		return exists && old.number("rank") == v.number(":confirmed") && old.number("schema") <= v.number(":schema"), nil
	}
	return false, fmt.Errorf("condition %q", w.ConditionExpression)
}

// ledgerApply adds to the counts of an issue.
func (s *Server) ledgerApply(w write) error {
	rest, ok := strings.CutPrefix(w.UpdateExpression, "ADD #")
	if !ok {
		return fmt.Errorf("update %q", w.UpdateExpression)
	}
	after := item{"pk": w.Key["pk"], "sk": w.Key["sk"]}
	for name, value := range s.items[w.pk()] {
		after[name] = value
	}
	for term := range strings.SplitSeq(rest, ", #") {
		name, value, ok := strings.Cut(term, " ")
		if !ok {
			return fmt.Errorf("update %q", w.UpdateExpression)
		}
		after[name] = map[string]any{"N": strconv.Itoa(after.number(name) + w.ExpressionAttributeValues.number(value))}
	}
	s.items[w.pk()] = after
	return nil
}

// inPartition tells whether a query by the table's own keys finds an item.
func inPartition(in request, i item) bool {
	v := in.ExpressionAttributeValues
	switch in.KeyConditionExpression {
	case "pk = :pk":
		return i.text("pk") == v.text(":pk")
	case "pk = :pk AND begins_with(sk, :id)":
		return i.text("pk") == v.text(":pk") && strings.HasPrefix(i.text("sk"), v.text(":id"))
	}
	return false
}
