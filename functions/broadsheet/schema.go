package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"

	"broadsheet/functions/internal/content"
)

func schemaCommand() command {
	return command{
		name:    "schema",
		summary: "write JSON schemas of content files for editors of text",
		about:   "Writes a JSON Schema (draft 07) of each kind of front matter and data file, with the words of the vocabularies as they are now, so that an editor offers fields and words while one types, and says what they mean. .vscode/settings.json names them for the data files, which the extension YAML of Red Hat reads, as do others with yaml-language-server. Front matter that extension does not read: there remark does, by .remarkrc.yaml, after `npm install --no-save remark-cli@12.0.1 remark-frontmatter@5.0.0 remark-lint-frontmatter-schema@3.15.4`, on the command line (`npx remark content --quiet`) and in the extension unified of VS Code. What editors show helps; what counts is `broadsheet check`.",
		json:    "one JSON object: folder, schemas",
		example: "broadsheet schema",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			out := f.String("o", ".schemas", "the `folder` to write them into")
			return func(_ context.Context, p *program, _ []string) error { return p.schema(*out) }
		},
	}
}

func (p *program) schema(out string) error {
	fsys, _, err := p.contentFS()
	if err != nil {
		return err
	}
	site, err := content.Load(fsys)
	if err != nil {
		return err
	}
	all, err := content.Schemas(site)
	if err != nil {
		return err
	}
	for _, s := range all {
		b, err := json.MarshalIndent(s.JSON, "", "  ")
		if err == nil {
			err = writeFile(filepath.Join(out, s.Name+".json"), append(b, '\n'))
		}
		if err != nil {
			return fmt.Errorf("schema: %w", err)
		}
	}
	return p.result(struct {
		Folder  string `json:"folder"`
		Schemas int    `json:"schemas"`
	}{out, len(all)}, "schema: %s in %s\n", several(len(all), "schema"), out)
}
