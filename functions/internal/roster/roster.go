// Package roster reads the lists of subscribers that other programs export as
// CSV: Mailchimp, listmonk, Keila, Ghost, Buttondown, and Broadsheet's own.
//
// Read finds out by the column names whose list it is and returns a row for each
// line: who, with which status, since when, and what proves consent. A line that
// cannot be taken has the reason in Refused. Only people that the other program
// calls confirmed come in as confirmed; whoever left, bounced or complained there
// is taken as such, so that nobody is mailed again; who never confirmed is
// refused and has to ask anew.
//
// Text is UTF-8 or UTF-16 with a byte order mark, values stand between commas,
// semicolons or tabs (RFC 4180).
package roster

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"broadsheet/functions/internal/subscriber"
)

// Row is one line of a list.
type Row struct {
	Line     int // in the file, counted from 1
	Address  subscriber.Address
	Status   subscriber.Status // Confirmed, Unsubscribed, Bounced or Complained
	At       time.Time         // when the person confirmed or left; zero if the list does not say
	Evidence string            // what the list says of consent
	Refused  string            // why the line cannot be taken
	Fields   []string          // as they stand in the file
}

// List is a file that was read.
type List struct {
	Shape  string // mailchimp, listmonk, keila, ghost, buttondown or broadsheet
	Header []string
	Rows   []Row
}

// Read reads a whole list. Its error says what is wrong with the file; what is
// wrong with a line stands in the row.
func Read(r io.Reader) (List, error) {
	text, err := decoded(r)
	if err != nil {
		return List{}, err
	}
	lines := csv.NewReader(bytes.NewReader(text))
	lines.Comma = delimiter(text)
	lines.FieldsPerRecord = -1
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return List{}, errors.New("the file is empty")
	}
	if err != nil {
		return List{}, fmt.Errorf("this is no CSV: %w", err)
	}
	s, err := shapeOf(header)
	if err != nil {
		return List{}, err
	}
	list := List{Shape: s.name, Header: header}
	seen := map[string]int{}
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil { // it names the line
			return list, fmt.Errorf("this is no CSV: %w; mend the line or export again", err)
		}
		line, _ := lines.FieldPos(0)
		row := s.row(header, fields)
		row.Line = line
		if first, twice := seen[row.Address.Key()]; twice && row.Refused == "" {
			row.Refused = fmt.Sprintf("the address stands in line %d already", first)
		}
		if row.Refused == "" {
			seen[row.Address.Key()] = line
		}
		list.Rows = append(list.Rows, row)
	}
}

// decoded returns the text in UTF-8 without a byte order mark.
func decoded(r io.Reader) ([]byte, error) {
	in := bufio.NewReader(r)
	text, err := io.ReadAll(transform.NewReader(in, unicode.BOMOverride(transform.Nop)))
	if err != nil {
		return nil, err
	}
	if i := invalid(text); i >= 0 {
		return nil, fmt.Errorf("line %d is not UTF-8 text; save the file as “CSV UTF-8”", 1+bytes.Count(text[:i], []byte("\n")))
	}
	return text, nil
}

// invalid returns where text stops being UTF-8, -1 if it does not.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			return i
		}
		i += size
	}
	return -1
}

// delimiter is the one that stands most often in the first line.
func delimiter(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	best := ','
	for _, d := range ";\t" {
		if bytes.Count(first, []byte(string(d))) > bytes.Count(first, []byte(string(best))) {
			best = d
		}
	}
	return best
}

// Event returns the event that brings a row into a store, and false for a row
// that is refused. evidence is what the operator says of the whole list. Who
// bounced elsewhere counts as unsubscribed: the mailbox may have another owner
// now, who can subscribe anew.
func (r Row) Event(keys *subscriber.Keys, op, evidence string, preferences subscriber.Preferences, now time.Time) (subscriber.Event, bool) {
	if r.Refused != "" {
		return subscriber.Event{}, false
	}
	e := subscriber.Event{ID: keys.ID(r.Address), Op: op, At: now}
	switch r.Status {
	case subscriber.Confirmed:
		e.Kind, e.Email, e.Preferences = subscriber.Import, r.Address.String(), preferences
		e.Consent = subscriber.Consent{ConfirmedAt: r.At, Method: "import", Evidence: strings.Join(slices.DeleteFunc([]string{evidence, r.Evidence}, func(s string) bool { return s == "" }), "; ")}
	case subscriber.Complained:
		e.Kind, e.Reason = subscriber.Complaint, "import"
	default:
		e.Kind = subscriber.Unsubscribe
	}
	return e, true
}
