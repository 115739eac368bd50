package functions_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which of our packages each internal package may import. It is the
// plan of the house; to move a wall, change it here and say why.
func allowed() map[string]string {
	return map[string]string{
		"asset":            "",
		"cloud":            "config store/dynamo subscriber",
		"backup":           "consent issue subscriber",
		"compress":         "",
		"config":           "",
		"consent":          "subscriber",
		"cost":             "stack",
		"deadlink":         "",
		"doctor":           "consent store/dynamo subscriber",
		"content":          "kept",
		"draw":             "",
		"edition":          "",
		"feed":             "",
		"feedback":         "issue subscriber",
		"issue":            "edition mail subscriber",
		"importer":         "content",
		"figure":           "content",
		"kept":             "", // what a build cache keeps of values
		"lambdahttp":       "",
		"mail":             "",
		"mail/outbox":      "mail",
		"mail/ses":         "mail",
		"queue":            "issue",
		"picture":          "asset",
		"proof":            "content render",
		"render":           "asset content",
		"roster":           "subscriber",
		"search":           "",
		"press":            "asset compress content draw edition feed figure issue kept picture render search",
		"subscriber":       "",
		"stack":            "",
		"subscription":     "edition mail subscriber web",
		"store/dynamo":     "consent issue subscriber",
		"store/sqlite":     "consent issue subscriber",
		"web":              "edition search",
		"webscript":        "",
		"lambdacall":       "",
		"lambdatest":       "lambdacall", // what follows is for tests only
		"sitetest":         "broadsheet",
		"store/dynamotest": "",
		"store/storetest":  "consent issue issue/issuetest subscriber",
		"issue/issuetest":  "issue mail subscriber",
	}
}

// reach says which of our packages a program may link, however indirectly.
func reach() map[string]string {
	return map[string]string{
		"pages":        "broadsheet config edition lambdahttp search web",
		"subscription": "broadsheet cloud config consent edition issue lambdahttp mail mail/outbox mail/ses search store/dynamo subscriber subscription web",
		"newsletter":   "broadsheet cloud config consent edition issue mail mail/outbox mail/ses queue store/dynamo subscriber",
		"feedback":     "cloud config consent edition feedback issue mail store/dynamo subscriber",
		"keys":         "config subscriber",
		"ready":        "config lambdacall webscript",
	}
}

// pack is what `go list -json` tells of a package.
type pack struct {
	ImportPath    string
	Imports, Deps []string
}

const (
	internal = "broadsheet/functions/internal/"
	programs = "broadsheet/functions/"
)

func packages(t *testing.T) []pack {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "lambda.norpc", "-json=ImportPath,Imports,Deps", "broadsheet", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pack
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pack
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestImports holds the rules of the house.
func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name, isInternal := strings.CutPrefix(p.ImportPath, internal)
		rule, known := allowed()[name]
		if isInternal && !known {
			t.Errorf("%s is not in the table of imports: add it and say what it may import", name)
		}
		for _, i := range p.Imports {
			short := strings.TrimPrefix(i, internal)
			switch {
			case p.ImportPath == "broadsheet" && i != "embed" && i != "io/fs":
				t.Errorf("the root package imports %s; it only embeds", i)
			case isInternal && strings.HasPrefix(i, "broadsheet") && !slices.Contains(strings.Fields(rule), short):
				t.Errorf("%s imports %s, which the table does not allow", name, short)
			case strings.HasPrefix(i, programs) && !strings.HasPrefix(i, internal):
				t.Errorf("%s imports the program %s", p.ImportPath, i)
			}
			for prefix, owners := range outside() {
				if strings.HasPrefix(i, prefix) && !slices.Contains(strings.Fields(owners), strings.TrimPrefix(name, programs)) {
					t.Errorf("%s imports %s; only %s may", p.ImportPath, i, owners)
				}
			}
		}
	}
}

// outside says who may import what others have made.
func outside() map[string]string {
	return map[string]string{
		"github.com/awslabs/aws-lambda-go-api-proxy": "lambdahttp",
		"github.com/aws/aws-sdk-go-v2":               "cloud queue store/dynamo mail/ses newsletter subscription keys ready broadsheet doctor",
		"modernc.org/sqlite":                         "store/sqlite",
		"github.com/yuin/goldmark":                   "render",
		"github.com/gen2brain/webp":                  "picture",
		"github.com/arran4/golang-ical":              "feed",
		"go.yaml.in/yaml":                            "content stack",
	}
}

// TestReach: what a program links decides how fast it starts. The pages program
// has no template, no Markdown and no AWS client in it.
func TestReach(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, programs)
		rule, known := reach()[name]
		if !known {
			continue
		}
		for _, d := range p.Deps {
			short := strings.TrimPrefix(d, internal)
			if strings.HasPrefix(d, "broadsheet") && !slices.Contains(strings.Fields(rule), short) {
				t.Errorf("the program %s reaches %s", name, short)
			}
			// Brotli and gzip writers fill tables at each start.
			for _, heavy := range []string{"github.com/andybalholm/brotli", "github.com/klauspost/compress", "html/template", "text/template", "github.com/yuin/goldmark", "modernc.org/"} {
				if strings.HasPrefix(d, heavy) {
					t.Errorf("the program %s links %s", name, d)
				}
			}
			if name == "pages" && strings.HasPrefix(d, "github.com/aws/aws-sdk-go") {
				t.Errorf("the program pages links %s", d)
			}
		}
	}
}

// TestLongestChain: no package stands on more than four others of ours in a row.
func TestLongestChain(t *testing.T) {
	imports := map[string][]string{}
	for _, p := range packages(t) {
		imports[p.ImportPath] = p.Imports
	}
	var depth func(string) int
	depth = func(path string) int {
		longest := 0
		for _, i := range imports[path] {
			if strings.HasPrefix(i, internal) {
				longest = max(longest, 1+depth(i))
			}
		}
		return longest
	}
	for path := range imports {
		if n := depth(path); n > 4 {
			t.Errorf("%s stands on %d packages in a row", path, n)
		}
	}
}
