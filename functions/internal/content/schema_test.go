package content_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"broadsheet"
	"broadsheet/functions/internal/content"
	"broadsheet/functions/internal/sitetest"
)

// schemas compiles the schemas of the real site by a validator that others wrote.
func schemas(t *testing.T) ([]content.Schema, map[string]*jsonschema.Schema) {
	t.Helper()
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	all, err := content.Schemas(site)
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]*jsonschema.Schema{}
	for _, s := range all {
		b, err := json.Marshal(s.JSON)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource(s.Name+".json", doc); err != nil {
			t.Fatal(err)
		}
		if compiled[s.Name], err = c.Compile(s.Name + ".json"); err != nil {
			t.Fatal(err)
		}
	}
	return all, compiled
}

// value is YAML as the validators of editors see it: by the core schema of YAML
// 1.2, in which a date is text.
func value(t *testing.T, doc []byte) any {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(doc, &root); err != nil {
		t.Fatal(err)
	}
	if len(root.Content) == 0 {
		return map[string]any{}
	}
	return plain(root.Content[0])
}

func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, plain(item))
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		return json.Number(n.Value)
	}
	return n.Value
}

// schemaOf returns the last schema that is for a file.
func schemaOf(all []content.Schema, name string) (found content.Schema) {
	for _, s := range all {
		for _, pattern := range s.Files {
			expression := regexp.QuoteMeta(pattern)
			expression = strings.ReplaceAll(expression, `\*\*/`, `(.*/)?`)
			expression = strings.ReplaceAll(expression, `\*`, `[^/]*`)
			if regexp.MustCompile("^" + expression + "$").MatchString(name) {
				found = s
			}
		}
	}
	return found
}

// TestSchemasOfRealContent: every file that editors write has a schema, and is valid
// by it.
func TestSchemasOfRealContent(t *testing.T) {
	all, compiled := schemas(t)
	used := map[string]bool{}
	err := fs.WalkDir(broadsheet.Content(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" && path.Ext(name) != ".md" {
			return err
		}
		text, err := fs.ReadFile(broadsheet.Content(), name)
		if err != nil {
			return err
		}
		s := schemaOf(all, name)
		if s.Name == "" {
			t.Errorf("%s has no schema", name)
			return nil
		}
		used[s.Name] = true
		if s.Front {
			text, _, _, _ = content.Split(text)
		}
		if err := compiled[s.Name].Validate(value(t, text)); err != nil {
			t.Errorf("%s by %s: %v", name, s.Name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(used) != len(all) {
		t.Errorf("only %d of %d schemas are of use", len(used), len(all))
	}
}

// TestSchemaAgrees spoils a front matter field by field. What the reader refuses
// for the sake of that field the schema refuses, and the reverse.
func TestSchemaAgrees(t *testing.T) {
	_, compiled := schemas(t)
	for _, field := range []string{
		"mode: offsite", "mode: hybrid", "mode:", "confidence: high", "confidence: low", "confidence:",
		"country: zz", "country: kr", "topics: [aoe]", "topics: [aeo, aeo]", "topics: [aeo, drugs]", "topics: aeo", "funds: [usaid]", "funds: [x]",
		"members: [kr, zz]", "pillar: none", "series: rhca", "activity: party", "activity: visit", "activity:",
		"start: 2020-13-01", "start: 2020-03-01", "start: 01.03.2020", "start:", "start: 2020-03-01 09:00", "published: 2020-05-01 09:00", "published: 2020-05-01 25:00",
		"participants: many", "participants: 12", "participants: 1.5", "participants:", "draft: yes", "draft: true", "draft: 1",
		"title:", "title: 2020", "title: [a]", "title: {a: b}", "summary: true", "organizers: [x]", "zzz: 1",
		"people: [{role: x}]", "people: [{name: x, rank: y}]", "people: [{name: x, role: y}]", "people: x",
		"seizures: [{what: x, quantity: many, unit: kg}]", "seizures: [{what: x, quantity: 3, unit: kg}]", "seizures: [{what: x, unit: kg}]",
		"legacy_ids: [a]", "legacy_ids: [77]", "aliases: [old]", "aliases: [/old/]", "sources: [x]",
	} {
		t.Run(field, func(t *testing.T) {
			name, _, _ := strings.Cut(field, ":")
			text := regexp.MustCompile(`(?m)^`+name+`:.*\n`).ReplaceAllString(article, "")
			text = strings.Replace(text, "---\n", "---\n"+field+"\n", 1)
			files := sitetest.Files(t, "")
			files["news/2020/a/index.md"] = &fstest.MapFile{Data: []byte(text)}
			_, byReader := content.Load(files)
			head, _, _, ok := content.Split([]byte(text))
			if !ok {
				t.Fatal("no front matter")
			}
			bySchema := compiled["article"].Validate(value(t, head))
			if (byReader == nil) != (bySchema == nil) {
				t.Errorf("the reader says %v, the schema %v", byReader, bySchema)
			}
		})
	}
}

// TestSchemaAgreesOnData is the same for data files and site.yaml.
func TestSchemaAgreesOnData(t *testing.T) {
	_, compiled := schemas(t)
	for i, test := range []struct{ file, schema, old, new string }{
		{"site.yaml", "site", "founded: 2004", "founded: long ago"},
		{"site.yaml", "site", "founded: 2004", "founded: 2005"},
		{"site.yaml", "site", "locality: Bangkok\n", ""},
		{"site.yaml", "site", "founded: 2004", "colour: red"},
		{"site.yaml", "site", "url: https://broadsheet.example", "url: https://broadsheet.example/news/"},
		{"site.yaml", "site", "url: https://broadsheet.example", "url: http://broadsheet.example:8080/"},
		{"data/topics.yaml", "vocabulary", "- {slug: drugs,", "- {slug: Drugs!,"},
		{"data/topics.yaml", "vocabulary", "- {slug: drugs,", "- {short: x, slug: drugs,"},
		{"data/topics.yaml", "vocabulary", "- {slug: drugs,", "- {colour: x, slug: drugs,"},
		{"data/places.yaml", "places", "country: bn", "country: zz"},
		{"data/places.yaml", "places", "lat: 4.89", "lat: north"},
		{"data/places.yaml", "places", "lat: 4.89", "lat: 5"},
		{"data/members.yaml", "members", "url: \"https://www.customs.gov.hk", "url: \"www.customs.gov.hk"},
		{"data/vice_chairs.yaml", "vice_chairs", "from: 2000-07", "from: July 2000"},
		{"data/vice_chairs.yaml", "vice_chairs", "from: 2000-07", "from: 2000"},
		{"redirects.yaml", "redirects", "from: /home/", "from: home"},
	} {
		t.Run(test.file+" "+strconv.Itoa(i), func(t *testing.T) {
			files := sitetest.Files(t, "")
			text := string(files[test.file].Data)
			if !strings.Contains(text, test.old) {
				t.Fatalf("%s has no %q", test.file, test.old)
			}
			text = strings.Replace(text, test.old, test.new, 1)
			files[test.file] = &fstest.MapFile{Data: []byte(text)}
			_, byReader := content.Load(files)
			var own content.Problems
			if problems, ok := byReader.(content.Problems); ok {
				own = slices.DeleteFunc(slices.Clone(problems), func(p content.Problem) bool { return p.File != test.file })
			}
			bySchema := compiled[test.schema].Validate(value(t, []byte(text)))
			if (len(own) == 0) != (bySchema == nil) {
				t.Errorf("the reader says %v, the schema %v", own, bySchema)
			}
		})
	}
}

// TestSchemaDescribes: what stands beside a field in the code stands beside the
// cursor of the editor.
func TestSchemaDescribes(t *testing.T) {
	all, _ := schemas(t)
	properties := all[0].JSON["properties"].(map[string]any)
	if got := fmt.Sprint(properties["summary"].(map[string]any)["description"]); got != "one sentence for lists, feeds and mail" {
		t.Errorf("summary is described as %q", got)
	}
	described := 0
	for _, s := range all {
		b, err := json.Marshal(s.JSON)
		if err != nil {
			t.Fatal(err)
		}
		described += strings.Count(string(b), `"description":"`)
	}
	if described < 60 {
		t.Errorf("only %d fields are described", described)
	}
}
