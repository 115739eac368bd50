package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// zshCompletes types a command in a zsh that a person could sit at, presses the
// tabulator and prints what then stands on the line.
const zshCompletes = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "autoload -Uz compinit; compinit -u -D; source <(broadsheet completion zsh); print rea''dy"
zpty -r -m shell line '*ready*'
zpty -w -n shell $'broadsheet subscribers exp\t'
zpty -w shell "| cat >/dev/null; print don''e"
zpty -r -m shell line '*done*'
print -r -- "$line"
zpty -d shell
`

// TestCompletion asks the real shells what they complete, with what the program
// prints for their start-up files. A shell that is not installed is left out;
// make verify installs all three.
func TestCompletion(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// The test program is the command when it is called so, see TestMain.
	if err := os.Symlink(self, filepath.Join(dir, "broadsheet")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, shell  string
		args         []string
		want, absent string
	}{
		{"a command", "bash", []string{"--norc", "-c", `source <(broadsheet completion bash); COMP_WORDS=(broadsheet su); COMP_CWORD=1; _broadsheet; printf '%s\n' "${COMPREPLY[@]}"; complete -p broadsheet`}, "subscribers\ncomplete -o default -F _broadsheet broadsheet", "serve"},
		{"its second word", "bash", []string{"--norc", "-c", `source <(broadsheet completion bash); COMP_WORDS=(broadsheet subscribers ""); COMP_CWORD=2; _broadsheet; printf '%s\n' "${COMPREPLY[@]}"`}, "erase\nexport\n", "subscribers"},
		{"a command", "fish", []string{"--no-config", "-c", `broadsheet completion fish | source; complete -C "broadsheet su"`}, "subscribers", "serve"},
		{"its second word", "fish", []string{"--no-config", "-c", `broadsheet completion fish | source; complete -C "broadsheet subscribers "`}, "erase\nexport\n", "completion"},
		{"a flag", "fish", []string{"--no-config", "-c", `broadsheet completion fish | source; complete -C "broadsheet serve -"`}, "-json\n-live", "-no"},
		{"a file", "fish", []string{"--no-config", "-c", `broadsheet completion fish | source; touch members.csv; complete -C "broadsheet subscribers import mem"`}, "members.csv", "subscribers"},
		{"a command", "zsh", []string{"-f", "-c", zshCompletes}, "broadsheet subscribers export", "erase"},
	} {
		t.Run(c.shell+" "+c.name, func(t *testing.T) {
			path, err := exec.LookPath(c.shell)
			if err != nil {
				t.Skip(c.shell, " is not installed")
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, path, c.args...)
			command.Dir = t.TempDir()
			command.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+command.Dir, "TERM=dumb")
			out, err := command.CombinedOutput()
			if got := string(out); err != nil || !strings.Contains(got, c.want) || strings.Contains(got, c.absent) {
				t.Errorf("got %q (%v), want %q, and not %q", got, err, c.want, c.absent)
			}
		})
	}
}
