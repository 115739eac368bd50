package stack_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"broadsheet/functions/internal/stack"
)

const small = `
Parameters:
  Stage: {Type: String, Default: trial}
Conditions:
  Production: !Equals [!Ref Stage, production]
  Trial: !Not [!Condition Production]
  Both: !And [!Condition Production, !Condition Trial]
  Either: !Or [!Condition Production, !Condition Trial]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: &role
      Version: "2012-10-17"
      Action: sqs:*
  Table:
    Type: AWS::DynamoDB::Table
    Condition: Production
    Properties:
      Size: !If [Production, 10, 5]
      Name: !Sub "${Stage}-x"
      Arn: !GetAtt Role.Arn
      Other: *role
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: Trial
    Properties:
      Threshold: 0.5
      Actions: [!Ref AWS::NoValue, !Ref Stage]
      Nothing: !If [Either, !Ref AWS::NoValue, 1]
  Never:
    Type: AWS::SQS::Queue
    Condition: Both
`

func TestRead(t *testing.T) {
	s, err := stack.Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Size": map[string]any{"Fn::If": []any{"Production", 10, 5}}, "Name": map[string]any{"Fn::Sub": "${Stage}-x"},
		"Arn": map[string]any{"Fn::GetAtt": "Role.Arn"}, "Other": map[string]any{"Version": "2012-10-17", "Action": "sqs:*"},
	}
	if diff := cmp.Diff(want, s.Resources["Table"].Properties); diff != "" {
		t.Error(diff)
	}
	for document, cure := range map[string]string{
		"a: [":                            "not YAML",
		"":                                "empty",
		"Resources: {A: {}}":              "A has no Type",
		"a: 1":                            "no Resources",
		"a: 1\nb:\n  c: 1\n  c: 2\n":      `"c" is given twice`,
		"Resources:\n  A: {Type: !Ref}\n": "A has no Type",
	} {
		if _, err := stack.Read([]byte(document)); err == nil || !strings.Contains(err.Error(), cure) {
			t.Errorf("%q: %v, want %q", document, err, cure)
		}
	}
}

func TestWith(t *testing.T) {
	s, err := stack.Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	trial, err := s.With(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := trial.Resources["Table"]; ok || len(trial.Resources) != 2 {
		t.Errorf("a trial has %d resources, want the role and the alarm", len(trial.Resources))
	}
	if diff := cmp.Diff(map[string]any{"Threshold": 0.5, "Actions": []any{"trial"}}, trial.Resources["Alarm"].Properties); diff != "" {
		t.Error(diff)
	}
	production, err := s.With(map[string]string{"Stage": "production"})
	if err != nil {
		t.Fatal(err)
	}
	if got := production.Resources["Table"].Properties["Size"]; got != 10 {
		t.Errorf("production has size %v, want 10", got)
	}
	if _, err := s.With(map[string]string{"Stag": "x"}); err == nil || !strings.Contains(err.Error(), "no parameter Stag") {
		t.Errorf("an unknown parameter: %v", err)
	}
}
