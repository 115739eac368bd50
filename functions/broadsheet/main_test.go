package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"broadsheet": main}) }

// TestCommands runs the command line as people type it, wrong input included.
func TestCommands(t *testing.T) {
	content, err := filepath.Abs("../../content")
	if err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// Not deferred: the scripts run after this function has returned.
	t.Cleanup(func() { _ = busy.Close() })
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("CONTENT", content)
			e.Setenv("BUSY", busy.Addr().String())
			e.Setenv("DATA_DIR", filepath.Join(e.WorkDir, "var"))
			return os.CopyFS(filepath.Join(e.WorkDir, "content"), os.DirFS(content))
		},
	})
}
