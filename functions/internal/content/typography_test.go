package content_test

import (
	"testing"

	"broadsheet/functions/internal/content"
)

func TestTypeset(t *testing.T) {
	for _, test := range []struct{ language, text, want string }{
		{"fr", "Qui ? Lui ; moi : « oui » !", "Qui\u202f? Lui\u202f; moi\u00a0: «\u00a0oui\u00a0»\u202f!"},
		{"fr-CA", "Source %d : %s", "Source %d\u00a0: %s"},
		{"fr", "Qui\u202f? «\u00a0Lui\u00a0»", "Qui\u202f? «\u00a0Lui\u00a0»"}, // typed right already
		{"fr", "a  ; b", "a  ; b"}, // not one space
		{"fr", " ", " "},
		{"fr", "", ""},
		{"fr", "12:30, http://a/?b;c", "12:30, http://a/?b;c"},
		{"en", "What ? « this » : !", "What ? « this » : !"},
		{"fry", "a ?", "a ?"},
		{"fr", "\xff ?", "\ufffd\u202f?"}, // YAML is UTF-8, so this does not come
	} {
		if got := content.Typeset(test.language, test.text); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.language, test.text, got, test.want)
		}
	}
}
