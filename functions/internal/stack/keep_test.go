package stack_test

import (
	"fmt"
	"strings"
	"testing"

	"broadsheet/functions/internal/stack"
)

// idle says why each type of resource costs nothing while nobody visits. A type
// that is not here must be looked up before it is used.
func idle() map[string]string {
	const nothing, use = "has no price", "is paid for by use"
	return map[string]string{
		"AWS::ApiGatewayV2::Api": use, "AWS::ApiGatewayV2::Stage": nothing, "AWS::ApiGatewayV2::Route": nothing, "AWS::ApiGatewayV2::Integration": nothing,
		"AWS::ApiGatewayV2::DomainName": nothing, "AWS::ApiGatewayV2::ApiMapping": nothing,
		"AWS::Serverless::Function": use, "AWS::Lambda::Permission": nothing, "Custom::Keys": "a standard parameter of SSM has no price",
		"AWS::IAM::Role": nothing, "AWS::IAM::OIDCProvider": nothing,
		"AWS::Logs::LogGroup": "by use; retention ends the storage", "AWS::Logs::MetricFilter": "its metric is billed for hours with error pages, ten are free",
		"AWS::DynamoDB::Table":                       "on demand; storage and recovery by the gigabyte, the first 25 free",
		"AWS::CloudFormation::Stack":                 nothing,
		"AWS::CloudWatch::Alarm":                     "ten are free, see TestFreeAlarms",
		"AWS::CloudWatch::Dashboard":                 "three are free, see TestFreeAlarms",
		"AWS::SES::ConfigurationSet":                 nothing,
		"AWS::SES::EmailIdentity":                    nothing,
		"AWS::SES::ConfigurationSetEventDestination": nothing,
		"AWS::SNS::Topic":                            "by use; a thousand mails are free",
		"AWS::SQS::Queue":                            "by request, a million are free; what the programs' polling takes is in `broadsheet cost`",
		"AWS::SQS::QueuePolicy":                      nothing,
		"AWS::Events::Rule":                          "events of AWS's own services have no price",
		"AWS::CloudFront::CachePolicy":               nothing, "AWS::CloudFront::Distribution": use,
		"AWS::Route53::RecordSet": "the zone is billed, and not made here", "AWS::Route53::RecordSetGroup": "the zone is billed, and not made here",
	}
}

// TestNothingBillsWhileIdle: only types from the list, and none of the settings
// that are billed by the hour.
func TestNothingBillsWhileIdle(t *testing.T) {
	all := templates(t)
	for file, s := range all {
		for name, r := range s.Resources {
			if idle()[r.Type] == "" {
				t.Errorf("%s: %s is a %s: look up whether it costs money while idle, and add it to the list with the reason", file, name, r.Type)
			}
			for _, setting := range []string{"ProvisionedConcurrencyConfig", "ProvisionedThroughput", "ReservedConcurrentExecutions", "VpcConfig", "WebACLId", "KMSMasterKeyId", "KmsKeyId", "CustomDomainConfig", "DedicatedIpPool", "SendingPoolName", "OriginShield", "ProvisionedPollerConfig"} {
				if strings.Contains(fmt.Sprint(r.Properties), setting+":") {
					t.Errorf("%s: %s sets %s, which is billed by the hour or blocks first deployments", file, name, setting)
				}
			}
			if r.Type == "AWS::DynamoDB::Table" && r.Properties["BillingMode"] != "PAY_PER_REQUEST" {
				t.Errorf("%s: the table %s is not on demand", file, name)
			}
			if r.Type == "AWS::Logs::LogGroup" && (r.Properties["RetentionInDays"] == nil || r.Properties["LogGroupClass"] != nil) {
				t.Errorf("%s: the log group %s keeps its lines for ever", file, name)
			}
		}
	}
}

// TestFreeAlarms: the largest stack has at most the ten alarms and three
// dashboards that CloudWatch gives for nothing (CloudWatch pricing, free tier).
func TestFreeAlarms(t *testing.T) {
	whole := map[string]string{"Stage": "production", "AlarmMail": "a@example.org", "Cdn": "yes", "Domain": "news.example.org", "MailDomain": "example.org"}
	alarms, dashboards := 0, 0
	for file, s := range templates(t) {
		parameters := whole
		if file != "template.yaml" {
			parameters = nil
		}
		s, err := s.With(parameters)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range s.OfType("AWS::CloudWatch::Alarm") {
			alarms++
			if s.Resources[name].Properties["Metrics"] != nil {
				t.Errorf("%s: %s is billed by each metric that it counts with", file, name)
			}
		}
		dashboards += len(s.OfType("AWS::CloudWatch::Dashboard"))
	}
	if alarms < 4 || alarms > 10 || dashboards != 1 {
		t.Errorf("%d alarms and %d dashboards; ten and three are free", alarms, dashboards)
	}
}

// TestTablesAreProtected: what people wrote is not lost by a slip.
func TestTablesAreProtected(t *testing.T) {
	s := read(t, "template.yaml")
	tables := s.OfType("AWS::DynamoDB::Table")
	if len(tables) == 0 {
		t.Fatal("the template has no table")
	}
	for _, name := range tables {
		r := s.Resources[name]
		p := r.Properties
		for what, ok := range map[string]bool{
			"DeletionPolicy: Retain":               r.Fields["DeletionPolicy"] == "Retain",
			"UpdateReplacePolicy: Retain":          r.Fields["UpdateReplacePolicy"] == "Retain",
			"DeletionProtectionEnabled: true":      p["DeletionProtectionEnabled"] == true,
			"point-in-time recovery":               stack.Map(p["PointInTimeRecoverySpecification"])["PointInTimeRecoveryEnabled"] == true,
			"SSESpecification: {SSEEnabled: true}": stack.Map(p["SSESpecification"])["SSEEnabled"] == true,
			"no fixed TableName":                   p["TableName"] == nil,
			"a maximum throughput":                 limited(p["OnDemandThroughput"]),
			"a maximum throughput on every index":  limitedIndexes(p),
			"no Condition: it would come and go":   r.Condition == "",
		} {
			if !ok {
				t.Errorf("the table %s needs %s", name, what)
			}
		}
	}
	if ttl := stack.Map(s.Resources["Table"].Properties["TimeToLiveSpecification"]); ttl["AttributeName"] != "ttl" || ttl["Enabled"] != true {
		t.Errorf("expired items stay: the time to live is %v", ttl)
	}
	if k := s.Resources["Keys"]; k.Fields["DeletionPolicy"] != "Retain" || k.Condition != "" {
		t.Error("Keys needs DeletionPolicy: Retain and no Condition")
	}
}

func limited(v any) bool {
	most := stack.Map(v)
	return most["MaxReadRequestUnits"] != nil && most["MaxWriteRequestUnits"] != nil
}

func limitedIndexes(p map[string]any) bool {
	for _, i := range stack.List(p["GlobalSecondaryIndexes"]) {
		if !limited(stack.Map(i)["OnDemandThroughput"]) {
			return false
		}
	}
	return true
}

// TestQueuesAreProtected: every queue that a program reads passes what it cannot
// carry out to another one, which keeps it for two weeks; while a program works
// nobody else gets its message.
func TestQueuesAreProtected(t *testing.T) {
	s := read(t, "template.yaml")
	dead := map[string]bool{}
	for _, name := range s.OfType("AWS::SQS::Queue") {
		p := s.Resources[name].Properties
		if p["SqsManagedSseEnabled"] != true {
			t.Errorf("the queue %s needs SqsManagedSseEnabled: true", name)
		}
		if target := stack.Map(stack.Map(p["RedrivePolicy"])["deadLetterTargetArn"])["Fn::GetAtt"]; target != nil {
			dead[strings.TrimSuffix(fmt.Sprint(target), ".Arn")] = true
		}
	}
	for _, name := range s.OfType("AWS::SQS::Queue") {
		p := s.Resources[name].Properties
		if dead[name] {
			if p["MessageRetentionPeriod"] != 1209600 || p["RedrivePolicy"] != nil {
				t.Errorf("the dead letters of %s stay for %v s, want 1209600", name, p["MessageRetentionPeriod"])
			}
			continue
		}
		if p["RedrivePolicy"] == nil {
			t.Errorf("the queue %s has no queue for dead letters", name)
		}
	}
	for _, name := range s.OfType("AWS::Serverless::Function") {
		for _, e := range stack.Map(s.Resources[name].Properties["Events"]) {
			p := stack.Map(stack.Map(e)["Properties"])
			if stack.Map(e)["Type"] != "SQS" {
				continue
			}
			queue := strings.TrimSuffix(fmt.Sprint(stack.Map(p["Queue"])["Fn::GetAtt"]), ".Arn")
			timeout, _ := s.Resources[name].Properties["Timeout"].(int)
			hidden, _ := s.Resources[queue].Properties["VisibilityTimeout"].(int)
			if timeout == 0 || hidden < 6*timeout {
				t.Errorf("%s takes up to %d s and %s hides a message for %d s, want six times as long", name, timeout, queue, hidden)
			}
			if fmt.Sprint(p["FunctionResponseTypes"]) != "[ReportBatchItemFailures]" {
				t.Errorf("%s repeats a whole batch for one message that failed", name)
			}
		}
	}
}

// TestLogsTellNobody: no log of the gateway has a path, a query or an address,
// and every program writes into a group of its own.
func TestLogsTellNobody(t *testing.T) {
	s := read(t, "template.yaml")
	for _, name := range s.OfType("AWS::ApiGatewayV2::Stage") {
		p := s.Resources[name].Properties
		format := fmt.Sprint(stack.Map(p["AccessLogSettings"])["Format"])
		for _, tells := range []string{"path", "querystring", "sourceIp", "userAgent", "domainName", "Referer"} {
			if !strings.Contains(format, "$context.requestId") || strings.Contains(format, tells) {
				t.Errorf("the access log's format tells %s: %s", tells, format)
			}
		}
		if p["StageName"] != "$default" || stack.Map(p["DefaultRouteSettings"])["ThrottlingRateLimit"] == nil || stack.Map(stack.Map(p["RouteSettings"])["POST /subscription"])["ThrottlingRateLimit"] == nil {
			t.Errorf("%s needs the stage $default, a throttle, and a finer one for POST /subscription", name)
		}
	}
	groups := map[string]bool{}
	for _, name := range s.OfType("AWS::Serverless::Function") {
		group := fmt.Sprint(stack.Map(stack.Map(s.Resources[name].Properties["LoggingConfig"])["LogGroup"])["Ref"])
		if s.Resources[group].Type != "AWS::Logs::LogGroup" || groups[group] {
			t.Errorf("%s has no log group of its own (%q)", name, group)
		}
		groups[group] = true
	}
	if format := stack.Map(stack.Map(s.Globals["Function"])["LoggingConfig"])["LogFormat"]; format != "JSON" {
		t.Errorf("logs are in the format %v, want JSON", format)
	}
}

// TestParametersExplain: every parameter says what it is for, and what is right
// where something can be wrong; and every one is used.
func TestParametersExplain(t *testing.T) {
	for file, s := range templates(t) {
		text := fmt.Sprint(s.Rules, s.Conditions, s.Globals, s.Resources, s.Outputs)
		for name, v := range s.Parameters {
			p := stack.Map(v)
			if p["Description"] == nil {
				t.Errorf("%s: the parameter %s has no Description", file, name)
			}
			if (p["AllowedPattern"] != nil || p["AllowedValues"] != nil) && p["ConstraintDescription"] == nil {
				t.Errorf("%s: the parameter %s has no ConstraintDescription that says what is right", file, name)
			}
			if !strings.Contains(text, "[Ref:"+name+"]") && !strings.Contains(text, "${"+name+"}") {
				t.Errorf("%s: the parameter %s is not used", file, name)
			}
		}
	}
}

// TestCdnSpeaksModernTLS: with a domain, visitors get TLS 1.2 or newer; to the
// API the CDN speaks nothing else.
func TestCdnSpeaksModernTLS(t *testing.T) {
	s, err := read(t, "infra/cdn.yaml").With(map[string]string{"Domain": "news.example.org", "CertificateArn": "arn"})
	if err != nil {
		t.Fatal(err)
	}
	d := stack.Map(s.Resources["Distribution"].Properties["DistributionConfig"])
	if got := stack.Map(d["ViewerCertificate"])["MinimumProtocolVersion"]; got != "TLSv1.2_2021" {
		t.Errorf("visitors get %v", got)
	}
	for _, o := range stack.List(d["Origins"]) {
		c := stack.Map(stack.Map(o)["CustomOriginConfig"])
		if c["OriginProtocolPolicy"] != "https-only" || fmt.Sprint(c["OriginSSLProtocols"]) != "[TLSv1.2]" {
			t.Errorf("to the API it speaks %v", c)
		}
	}
}
