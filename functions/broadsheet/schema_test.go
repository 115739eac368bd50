package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"broadsheet"
	"broadsheet/functions/internal/content"
)

// TestEditorSettings: the settings of editors that stand in the repository name
// every schema for the files that it is for.
func TestEditorSettings(t *testing.T) {
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	all, err := content.Schemas(site)
	if err != nil {
		t.Fatal(err)
	}
	data, front := map[string][]string{}, map[string][]string{}
	for _, s := range all {
		kind := data
		if s.Front {
			kind = front
		}
		for _, pattern := range s.Files {
			kind[".schemas/"+s.Name+".json"] = append(kind[".schemas/"+s.Name+".json"], "content/"+pattern)
		}
	}
	var settings struct {
		Schemas map[string][]string `json:"yaml.schemas"`
	}
	b, err := os.ReadFile("../../.vscode/settings.json")
	if err == nil {
		err = json.Unmarshal(b, &settings)
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(data, settings.Schemas); diff != "" {
		t.Errorf(".vscode/settings.json (-want +got):\n%s", diff)
	}
	var remark struct{ Plugins []any }
	if b, err = os.ReadFile("../../.remarkrc.yaml"); err == nil {
		err = yaml.Unmarshal(b, &remark)
	}
	if err != nil {
		t.Fatal(err)
	}
	rule, _ := json.Marshal(remark.Plugins[len(remark.Plugins)-1])
	var parts []json.RawMessage
	var options struct{ Schemas map[string][]string }
	if err = json.Unmarshal(rule, &parts); err == nil && len(parts) == 2 {
		err = json.Unmarshal(parts[1], &options)
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(front, options.Schemas); diff != "" {
		t.Errorf(".remarkrc.yaml (-want +got):\n%s", diff)
	}
}
