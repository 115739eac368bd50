package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// memory serves every URL of the sitemap once and prints how much memory of its
// own a program has then, in MB, and how many URLs there were. Pages of the
// program's file, the edition among them, are not its own: the system shares
// them and drops them at will.
func memory(args []string) error {
	if len(args) != 1 {
		return errors.New("memory: name one program")
	}
	return serveEvents(args[0], func(pid int, get func(string) (answer, error)) error {
		if _, err := get("/version"); err != nil { // it is up
			return err
		}
		before, err := own(pid)
		if err != nil {
			return err
		}
		paths, err := sitemap(get, "/sitemap.xml")
		if err != nil {
			return err
		}
		for _, path := range paths {
			a, err := get(path)
			if err != nil {
				return err
			}
			if a.StatusCode != 200 {
				return fmt.Errorf("%s answers %d", path, a.StatusCode)
			}
		}
		after, err := own(pid)
		fmt.Printf("%.1f %.1f %d\n", before, after, len(paths))
		return err
	})
}

// sitemap returns the paths of a sitemap, or of all in an index of them.
func sitemap(get func(string) (answer, error), path string) ([]string, error) {
	a, err := get(path)
	if err != nil {
		return nil, err
	}
	body, err := text(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var paths []string
	for _, m := range regexp.MustCompile(`<loc>https?://[^/<]+([^<]*)</loc>`).FindAllStringSubmatch(body, -1) {
		if strings.HasSuffix(m[1], ".xml") && strings.Contains(body, "<sitemapindex") {
			more, err := sitemap(get, m[1])
			if err != nil {
				return nil, err
			}
			paths = append(paths, more...)
			continue
		}
		paths = append(paths, m[1])
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s names no URL", path)
	}
	return paths, nil
}

// text returns a body; event asks for gzip.
func text(a answer) (string, error) {
	if !a.Base64 {
		return a.Body, nil
	}
	b, err := base64.StdEncoding.DecodeString(a.Body)
	if err != nil {
		return "", err
	}
	if !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return string(b), nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	all, err := io.ReadAll(zr)
	return string(all), err
}

// own is the anonymous memory of a process in MB.
func own(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(b), "RssAnon:")
	if !ok {
		return 0, errors.New("the system does not say how much memory is anonymous")
	}
	var kB float64
	_, err = fmt.Sscan(rest, &kB)
	return kB / 1000, err
}
