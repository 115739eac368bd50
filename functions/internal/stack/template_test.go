package stack_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet/functions/internal/stack"
)

// templates are the deployment's template and those nested in it, by file.
func templates(t *testing.T) map[string]*stack.Template {
	t.Helper()
	all := map[string]*stack.Template{}
	for _, name := range []string{"template.yaml", "infra/cdn.yaml", "infra/domain.yaml", "infra/watch.yaml"} {
		all[name] = read(t, name)
	}
	return all
}

func read(t *testing.T, name string) *stack.Template {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	s, err := stack.Read(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// functions are the template's functions by the folder of their program.
func functions(t *testing.T, s *stack.Template) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range s.OfType("AWS::Serverless::Function") {
		all[strings.ToLower(strings.TrimSuffix(name, "Function"))] = name
	}
	return all
}

// TestBuildTargets: `sam build` calls a target of the Makefile for each function,
// which builds the program of that name, after the edition if it embeds one.
func TestBuildTargets(t *testing.T) {
	s := read(t, "template.yaml")
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	all := programs(t)
	for folder, name := range functions(t, s) {
		p, ok := all[folder]
		if !ok {
			t.Errorf("%s has no program in functions/%s", name, folder)
			continue
		}
		if stack.Map(s.Resources[name].Fields["Metadata"])["BuildMethod"] != "makefile" {
			t.Errorf("%s needs Metadata: {BuildMethod: makefile}; SAM's own way with Go keeps stale content", name)
		}
		m := regexp.MustCompile(`(?m)^build-` + name + `:(.*)\n\t\$\(call program,` + folder + `\)$`).FindSubmatch(makefile)
		if m == nil {
			t.Errorf("the Makefile has no target build-%s that builds ./functions/%s", name, folder)
			continue
		}
		if printed := strings.Contains(string(m[1]), "edition"); p.embeds != printed {
			t.Errorf("build-%s: makes the edition first: %v; the program embeds it: %v", name, printed, p.embeds)
		}
	}
	for folder := range all {
		if _, ok := functions(t, s)[folder]; !ok {
			t.Errorf("the template has no function for functions/%s", folder)
		}
	}
}

// given says which variables a program reads that the template need not set.
func given() map[string]string {
	const lambda, emulator, tuned = "Lambda sets it", "for emulated services", "its default is right; tests shorten it"
	return map[string]string{
		"AWS_REGION": lambda, "AWS_ACCESS_KEY_ID": lambda, "AWS_SECRET_ACCESS_KEY": lambda, "AWS_SESSION_TOKEN": lambda, "AWS_LAMBDA_FUNCTION_VERSION": lambda,
		"AWS_ENDPOINT_URL": emulator, "DATA_DIR": "the outbox of tests, MAILER=outbox", "MAIL_COOLDOWN": tuned, "LIMITS": tuned,
	}
}

// TestEnvironment: what a program reads is set, what is set is read.
func TestEnvironment(t *testing.T) {
	s := read(t, "template.yaml")
	all := programs(t)
	for folder, name := range functions(t, s) {
		declared := stack.Map(stack.Map(s.Resources[name].Properties["Environment"])["Variables"])
		reads := all[folder].variables(t)
		for _, v := range reads {
			if _, ok := declared[v]; !ok && given()[v] == "" {
				t.Errorf("%s reads %s, which the template does not set", folder, v)
			}
		}
		for v := range declared {
			if !slices.Contains(reads, v) {
				t.Errorf("the template sets %s of %s, which does not read it (it reads %v)", v, name, reads)
			}
		}
	}
}

// TestRoutes: whatever the form's program answers is routed to it, and nothing
// is that it does not.
func TestRoutes(t *testing.T) {
	s := read(t, "template.yaml")
	patterns := muxPatterns(t, "functions/internal/subscription")
	if len(patterns) < 4 {
		t.Fatalf("only %q were found in the program", patterns)
	}
	routes := map[string]string{} // path to the resource of its integration
	for _, name := range s.OfType("AWS::ApiGatewayV2::Route") {
		p := s.Resources[name].Properties
		key := fmt.Sprint(p["RouteKey"])
		target := fmt.Sprint(stack.Map(p["Target"])["Fn::Sub"])
		integration := strings.TrimSuffix(strings.TrimPrefix(target, "integrations/${"), "}")
		if _, ok := s.Resources[integration]; !ok {
			t.Errorf("the route %q leads to %q, which is no integration", key, target)
		}
		method, path, _ := strings.Cut(key, " ")
		if key == "$default" {
			path = key
		} else if method != "ANY" {
			continue // only for its own throttle; the path has an ANY as well
		}
		routes[path] = strings.TrimSuffix(integration, "Integration")
	}
	if routes["$default"] != "Pages" {
		t.Errorf("everything else leads to %q, want Pages", routes["$default"])
	}
	used := map[string]bool{"$default": true}
	for _, pattern := range patterns {
		if pattern == "/" {
			continue // its page for what is not there
		}
		_, path, ok := strings.Cut(pattern, " ")
		if !ok {
			path = pattern
		}
		route := path
		if parent, _ := filepath.Split(path); routes[path] == "" {
			route = parent + "{link}"
		}
		if used[route] = true; routes[route] != "Subscription" {
			t.Errorf("%s is not routed to the program that answers it", pattern)
		}
	}
	for path := range routes {
		if !used[path] {
			t.Errorf("%s is routed to a program that does not answer it", path)
		}
	}
}

// never says which actions stand in a program's code and are not carried out by
// it, by program and action; its role does not allow them.
func never() map[string]string {
	const sender = "only who sends issues asks"
	const forget = "only the event Forget deletes, and only the operator's command records it"
	return map[string]string{
		"subscription dynamodb:DeleteItem": forget, "subscription dynamodb:Query": forget,
		"subscription ses:GetAccount": sender, "subscription ses:GetEmailIdentity": sender,
		"newsletter ses:GetEmailIdentity": "only the operator's preflight asks",
		"newsletter dynamodb:DeleteItem":  forget, "feedback dynamodb:DeleteItem": forget,
		"feedback dynamodb:BatchGetItem":       "a report has no counters, which are read together with a person",
		"feedback dynamodb:ConditionCheckItem": "only a claim checks that the person still wants the mail",
	}
}

// TestRoles: each function has a role of its own, which allows what its code
// calls and what its log and its queues need, and nothing else.
func TestRoles(t *testing.T) {
	s := read(t, "template.yaml")
	all := programs(t)
	roles := map[string]bool{}
	for folder, name := range functions(t, s) {
		p := s.Resources[name].Properties
		role := strings.TrimSuffix(fmt.Sprint(stack.Map(p["Role"])["Fn::GetAtt"]), ".Arn")
		if roles[role] || s.Resources[role].Type != "AWS::IAM::Role" {
			t.Errorf("%s has no role of its own (%q)", name, role)
		}
		roles[role] = true
		allowed := actionsOf(s.Resources[role])
		want := append([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, all[folder].actions()...)
		for _, e := range stack.Map(p["Events"]) {
			if stack.Map(e)["Type"] == "SQS" {
				want = append(want, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
			}
		}
		want = slices.DeleteFunc(want, func(action string) bool { return never()[folder+" "+action] != "" })
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(allowed, want) {
			t.Errorf("%s allows\n\t%v\nand the code calls\n\t%v", role, allowed, want)
		}
		if len(stack.List(s.Resources[role].Properties["ManagedPolicyArns"])) > 0 {
			t.Errorf("%s takes a policy from AWS, which is wider", role)
		}
	}
}

func statements(r stack.Resource) (all []map[string]any) {
	for _, p := range stack.List(r.Properties["Policies"]) {
		for _, st := range stack.List(stack.Map(stack.Map(p)["PolicyDocument"])["Statement"]) {
			all = append(all, stack.Map(st))
		}
	}
	return all
}

func actionsOf(r stack.Resource) []string {
	found := map[string]bool{}
	for _, st := range statements(r) {
		for _, a := range stack.List(st["Action"]) {
			found[fmt.Sprint(a)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TestNoStars: no policy has a star, but where a name cannot be known before.
func TestNoStars(t *testing.T) {
	reasons := map[string]string{
		"identity/*":                             "in SES's sandbox the recipient's identity is asked for too; ses:FromAddress holds the sender",
		"${PagesFunction.Arn}:*":                 "the number of a version",
		"${SubscriptionFunction.Arn}:*":          "the number of a version",
		"${ServerlessDeploymentApplication}/*":   "the groups of this stack's one application",
		"ses:GetAccount Effect:Allow Resource:*": "an account's quota belongs to no resource",
	}
	for file, s := range templates(t) {
		for name, r := range s.Resources {
			if r.Type != "AWS::IAM::Role" && !strings.HasSuffix(r.Type, "Policy") {
				continue
			}
			text := fmt.Sprint(r.Properties)
			for known := range reasons {
				text = strings.ReplaceAll(text, known, "")
			}
			if at := strings.Index(text, "*"); at >= 0 && r.Type != "AWS::CloudFront::CachePolicy" {
				t.Errorf("%s: %s has a star: …%s", file, name, text[max(0, at-60):at+1])
			}
		}
	}
}

// TestCdnKnowsQueries: the CDN sends on, and tells answers apart by, exactly the
// names of a query that the program of pages reads.
func TestCdnKnowsQueries(t *testing.T) {
	files, err := filepath.Glob(root + "/functions/internal/web/*.go")
	if err != nil {
		t.Fatal(err)
	}
	reads := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:params|Query\(\))\.Get\("(\w+)"\)`).FindAllSubmatch(b, -1) {
			reads[string(m[1])] = true
		}
		if m := regexp.MustCompile(`func facetNames\(\) \[\]string \{ return \[\]string\{([^}]*)\}`).FindSubmatch(b); m != nil {
			for _, name := range strings.Split(string(m[1]), ",") {
				reads[strings.Trim(name, `" `)] = true
			}
		}
	}
	config := stack.Map(read(t, "infra/cdn.yaml").Resources["Pages"].Properties["CachePolicyConfig"])
	queries := stack.Map(stack.Map(config["ParametersInCacheKeyAndForwardedToOrigin"])["QueryStringsConfig"])
	var sends []string
	for _, name := range stack.List(queries["QueryStrings"]) {
		sends = append(sends, fmt.Sprint(name))
	}
	slices.Sort(sends)
	if want := slices.Sorted(maps.Keys(reads)); len(want) < 4 || !slices.Equal(sends, want) {
		t.Errorf("the CDN sends %v on, the program reads %v", sends, want)
	}
}
