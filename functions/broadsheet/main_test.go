package main

import (
	"bytes"
	"database/sql"
	"errors"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"broadsheet": main}) }

// pictures puts map.png, a picture of one pixel, into folders: an archive of text
// cannot hold one.
func pictures(dir string, folders ...string) error {
	var file bytes.Buffer
	err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 1, 1)))
	for _, f := range folders {
		f = filepath.Join(dir, filepath.FromSlash(f))
		err = errors.Join(err, os.MkdirAll(f, 0o755), os.WriteFile(filepath.Join(f, "map.png"), file.Bytes(), 0o644))
	}
	return err
}

// changeByHand is the command "sql <file> <statement>": what somebody can do who
// may write into the file of a store.
func changeByHand(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
}

// elsewhere is the web as programs in scripts see it, through a proxy: what has
// "dead" in its address is, what has "moved" is at its host's /new/ now, and all
// else answers. There is no HTTPS.
func elsewhere(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case strings.Contains(r.URL.String(), "dead"):
		w.WriteHeader(http.StatusNotFound)
	case strings.Contains(r.URL.String(), "moved"):
		http.Redirect(w, r, "/new/", http.StatusMovedPermanently)
	}
}

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
	web := httptest.NewServer(http.HandlerFunc(elsewhere))
	t.Cleanup(web.Close)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"sql": changeByHand},
		Setup: func(e *testscript.Env) error {
			e.Setenv("CONTENT", content)
			e.Setenv("REPOSITORY", filepath.Dir(content))
			e.Setenv("BUSY", busy.Addr().String())
			e.Setenv("HTTP_PROXY", web.URL)
			e.Setenv("HTTPS_PROXY", web.URL)
			e.Setenv("DATA_DIR", filepath.Join(e.WorkDir, "var"))
			return errors.Join(os.CopyFS(filepath.Join(e.WorkDir, "content"), os.DirFS(content)), pictures(e.WorkDir, "uploads/2019/05", "old/2018"))
		},
	})
}
