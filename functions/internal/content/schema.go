package content

import (
	"cmp"
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// sources are the files of this package, whose comments describe the fields: what
// a developer reads beside a field, an editor reads beside the cursor.
//
//go:embed article.go directory.go event.go gazetteer.go language.go letter.go publication.go site.go vocabulary.go
var sources embed.FS

// Schema is a JSON Schema (draft 07, which editors know) of one kind of file.
type Schema struct {
	Name  string   // of the file to write, without its ending
	Files []string // patterns of the files in the content folder that it is for; the last schema that fits counts
	Front bool     // it is for front matter, not for whole files
	JSON  map[string]any
}

// Schemas returns the schemas of all files that editors write. They are made of the
// structs that files are read into and of the rules at their fields, with the words
// of the site's own vocabularies.
func Schemas(site *Site) ([]Schema, error) {
	comments, err := fieldComments()
	if err != nil {
		return nil, fmt.Errorf("content: schemas: %w", err)
	}
	s := schemer{site: site, comments: comments}
	return []Schema{
		s.front("article", Article{}.Front, "news/**/*.md"),
		s.front("event", Event{}.Front, "events/**/*.md"),
		s.front("publication", Publication{}.Front, "publications/**/*.md"),
		s.front("newsletter", Letter{}.Front, "newsletter/*/*.md"),
		s.front("page", Page{}.Front, "pages/**/*.md"),
		s.front("translation", translatedFront{}, "**/*.*.md"), // and not what its original is
		s.file("site", Config{}, "site.yaml"),
		s.file("vocabulary", []Term{}, vocabularyFiles(site)...),
		s.file("partners", partnersFile{}, "data/partners.yaml"),
		s.file("members", Membership{}, "data/members.yaml"),
		s.file("entities", Entities{}, "data/entities.yaml"),
		s.file("vice_chairs", []Tenure{}, "data/vice_chairs.yaml"),
		s.file("publications", publicationsFile{}, "data/publications.yaml"),
		s.file("places", []Spot{}, "data/places.yaml"),
		s.file("figures", figuresFile{}, "data/figures.yaml"),
		s.file("redirects", []Redirect{}, "redirects.yaml"),
		s.file("texts", map[string]string{}, "strings/*.yaml", "data/*.*.yaml"),
		s.file("site-texts", siteTexts{}, "site.*.yaml"),
	}, nil
}

func vocabularyFiles(site *Site) []string {
	var names []string
	for _, v := range site.vocabularies() {
		names = append(names, v.File)
	}
	return names
}

type schemer struct {
	site     *Site
	comments map[string]string // by type and field
}

func (s schemer) front(name string, front any, files ...string) Schema {
	schema := s.file(name, front, files...)
	schema.Front = true
	return schema
}

func (s schemer) file(name string, v any, files ...string) Schema {
	t := reflect.TypeOf(v)
	root := s.of(t, "", false)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Broadsheet: " + name
	return Schema{Name: name, Files: files, JSON: root}
}

// of returns the schema of a type whose field has a tag.
func (s schemer) of(t reflect.Type, tag reflect.StructTag, required bool) map[string]any {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[written]()) {
		return dateSchema(t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.object(t)
	case reflect.Slice:
		list := map[string]any{"type": "array", "items": s.of(t.Elem(), tag, true)}
		if tag.Get("in") != "" {
			list["uniqueItems"] = true
		}
		return list
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem(), "", true)}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	}
	return s.text(tag, required)
}

func (s schemer) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "" {
			continue
		}
		needed := options == "required"
		property := s.of(field.Type, field.Tag, needed)
		if comment := s.comments[t.Name()+"."+field.Name]; comment != "" {
			property["description"] = comment
		}
		properties[name] = property
		if needed {
			required = append(required, name)
		}
	}
	object := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		object["required"] = required
	}
	return object
}

// text is the schema of a field that holds text. The reader takes what YAML calls a
// number or a truth as the text that stands there, and nothing as an empty one.
func (s schemer) text(tag reflect.StructTag, required bool) map[string]any {
	var words []string
	if v := s.site.vocabulary(tag.Get("in")); v != nil {
		for _, t := range v.Terms {
			words = append(words, t.Slug)
		}
	}
	words = append(words, strings.Fields(tag.Get("one"))...)
	text := map[string]any{"type": "string"}
	switch tag.Get("form") {
	case "url":
		text["pattern"] = "^https?://[^/]"
	case "path", "old":
		text["pattern"] = "^/"
	case "origin":
		text["pattern"] = "^https?://[^/?#@]+/?$"
	case "slug":
		text["pattern"] = "^[a-z0-9]+(-[a-z0-9]+)*$"
	case "language":
		text["pattern"] = "^..$"
	default:
		if words == nil {
			text["type"] = []string{"string", "number", "boolean"}
		}
	}
	if words != nil {
		delete(text, "type")
		text["enum"] = words
	} else if required {
		text["minLength"] = 1
	}
	return optional(text, required)
}

// optional lets a field have nothing behind its colon if it may be left out.
func optional(schema map[string]any, required bool) map[string]any {
	if required {
		return schema
	}
	if words, ok := schema["enum"].([]string); ok {
		all := []any{}
		for _, w := range words {
			all = append(all, w)
		}
		schema["enum"] = append(all, nil)
		return schema
	}
	types, ok := schema["type"].([]string)
	if !ok {
		types = []string{schema["type"].(string)}
	}
	schema["type"] = append(slices.Clone(types), "null")
	return schema
}

// dateSchema is the schema of a day, a moment or a date of which little is known.
// That the day exists is left to the check.
func dateSchema(t reflect.Type) map[string]any {
	const day = `\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`
	switch t {
	case reflect.TypeFor[Date]():
		return map[string]any{"type": "string", "pattern": "^" + day + "$", "examples": []string{"2022-09-20"}}
	case reflect.TypeFor[Moment]():
		return map[string]any{"type": "string", "pattern": "^" + day + `( ([01]\d|2[0-3]):[0-5]\d)?$`, "examples": []string{"2022-09-20", "2022-09-20 09:30"}}
	}
	return map[string]any{"type": []string{"string", "integer"}, "pattern": `^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`, "minimum": 1000, "maximum": 9999, "examples": []string{"2012", "2012-07", "2012-07-03"}}
}

// fieldComments reads what stands beside or above the fields of structs, by type
// and field.
func fieldComments() (map[string]string, error) {
	entries, err := sources.ReadDir(".")
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	for _, e := range entries {
		b, err := sources.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), b, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				if structure, ok := t.Type.(*ast.StructType); ok {
					maps.Insert(comments, maps.All(commentsOf(t.Name.Name, structure)))
				}
			}
			return true
		})
	}
	return comments, nil
}

func commentsOf(name string, structure *ast.StructType) map[string]string {
	comments := map[string]string{}
	for _, field := range structure.Fields.List {
		text := strings.TrimSpace(cmp.Or(field.Comment.Text(), field.Doc.Text()))
		for _, n := range field.Names {
			comments[name+"."+n.Name] = strings.Join(strings.Fields(text), " ")
		}
	}
	return comments
}
