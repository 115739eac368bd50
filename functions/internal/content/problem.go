package content

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing an editor has to mend: where it is, what is wrong and
// how to mend it. Line and Column count from 1, columns in characters; 0 means the
// whole file.
type Problem struct {
	File         string
	Line, Column int
	What         string
	Cure         string
	Warning      bool // worth a look; nothing stops for it
	Edit         Edit // what mends it, if nothing else can be meant
}

// String returns the problem as file:line:column: what: cure, the form that
// editors and terminals turn into a link.
func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	if p.Warning {
		where += ": warning"
	}
	if p.Cure == "" {
		return where + ": " + p.What
	}
	return where + ": " + p.What + "; " + p.Cure
}

// Problems is every problem that was found, as one error.
type Problems []Problem

// Error returns all problems, a line each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems sorted by place as an error, nil if there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return ps
}

// nearest offers the candidate that is spelt most like name; empty if none is
// close.
func nearest(name string, candidates []string) string {
	if best := Nearest(name, candidates); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

// Nearest returns the candidate that is spelt most like name, empty if none is
// close: a third of its letters, and one more, may differ.
func Nearest(name string, candidates []string) string {
	best, limit := "", 1+len(name)/3
	for _, c := range candidates {
		if d := distance(name, c); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
