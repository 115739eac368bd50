package roster

import (
	"strings"
	"testing"
	"unicode/utf16"

	"broadsheet/functions/internal/subscriber"
)

// verdicts reads a list and writes each row as "line status" or "line: why not".
func verdicts(t *testing.T, text string) (string, []string) {
	t.Helper()
	list, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range list.Rows {
		if r.Refused != "" {
			all = append(all, r.Refused)
			continue
		}
		all = append(all, r.Address.String()+" "+r.Status.String()+" "+r.At.Format("2006-01-02"))
	}
	return list.Shape, all
}

func TestShapes(t *testing.T) {
	for _, c := range []struct {
		shape, text string
		want        []string
	}{
		{"mailchimp", "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,UNSUB_TIME\n" +
			"a@example.org,A,2,2020-01-01 10:00:00,192.0.2.1,2020-01-02 10:05:00,192.0.2.1,1,\n" +
			"b@example.org,B,2,2020-01-01 10:00:00,,,,2,2021-03-04 00:00:00\n" +
			"c@example.org,C,2,,,,,3,\n",
			[]string{"a@example.org confirmed 2020-01-02", "b@example.org unsubscribed 2021-03-04", "has no time of opting in; " + neverConfirmed}},
		{"mailchimp", "Email Address,OPTIN_TIME,LEID,CLEAN_TIME\nd@example.org,2020-01-01 10:00:00,4,2022-05-06 00:00:00\n", []string{"d@example.org bounced 2022-05-06"}},
		{"listmonk", "uuid,email,name,attributes,status,created_at,updated_at\nu,a@example.org,A,{},enabled,2023-01-02T03:04:05.678901Z,2023-01-03T00:00:00Z\nu,b@example.org,B,{},blocklisted,2023-01-02T03:04:05Z,2023-02-03T00:00:00Z\n",
			[]string{"a@example.org confirmed 2023-01-02", "b@example.org complained 2023-02-03"}},
		{"keila", "Email,First name,Last name,Data,Status\na@example.org,A,B,{},active\nb@example.org,A,B,{},unsubscribed\nc@example.org,A,B,{},unreachable\nd@example.org,A,B,{},odd\n",
			[]string{"a@example.org confirmed 0001-01-01", "b@example.org unsubscribed 0001-01-01", "c@example.org bounced 0001-01-01", `status is "odd", whose meaning is not known`}},
		{"ghost", "id,email,name,note,subscribed_to_emails,complimentary_plan,created_at,deleted_at,labels\n1,a@example.org,A,,true,false,2022-06-07T08:09:10.000Z,,x\n2,b@example.org,B,,false,false,2022-06-07T08:09:10.000Z,,\n",
			[]string{"a@example.org confirmed 2022-06-07", "b@example.org unsubscribed 0001-01-01"}},
		{"buttondown", "email_address,notes,subscriber_type,tags,creation_date\na@example.org,,regular,x,2024-01-02 03:04:05.678+00:00\nb@example.org,,unactivated,,2024-01-02\n", []string{"a@example.org confirmed 2024-01-02", neverConfirmed}},
		{"broadsheet", "id;email;status;confirmed_at;left_at\n1;'+a@example.org;confirmed;2024-01-02T00:00:00Z;\n2;;erased;;2024-02-03T00:00:00Z\n", []string{"+a@example.org confirmed 2024-01-02", "there is no address; type one like name@example.org"}},
	} {
		shape, got := verdicts(t, c.text)
		if shape != c.shape || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: got %s\n\t%s\nwant\n\t%s", c.shape, shape, strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
		}
	}
}

// TestEncodings: a byte order mark, UTF-16 and tabs are read; another encoding
// is named with its line.
func TestEncodings(t *testing.T) {
	text := "Email\tFirst name\tLast name\tData\tStatus\na@example.org\tÉ\tB\t{}\tactive\n"
	utf16le := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	for name, b := range map[string]string{"utf-8": text, "with a mark": "\ufeff" + text, "utf-16": string(utf16le)} {
		if shape, got := verdicts(t, b); shape != "keila" || len(got) != 1 || !strings.Contains(got[0], "confirmed") {
			t.Errorf("%s: %s %v", name, shape, got)
		}
	}
	for text, want := range map[string]string{
		"Email,Status\na,\xe9\n": "line 2 is not UTF-8 text",
		"":                       "the file is empty",
		"who,when\n":             "the columns who, when are those of no list",
		"Email,First name,Last name,Data,Status\n\"a,b\n": "on line 2",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestRows: half a line, and one address twice.
func TestRows(t *testing.T) {
	_, got := verdicts(t, "Email,First name,Last name,Data,Status\na@example.org,A\nb@example.org,A,B,{},active\nB@example.org,A,B,{},unsubscribed\n")
	want := []string{"has 2 values, the first line has 5", "b@example.org confirmed 0001-01-01", "the address stands in line 3 already"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
}

// TestEvent: only the confirmed come in, and no network address with them.
func TestEvent(t *testing.T) {
	list, err := Read(strings.NewReader("Email Address,OPTIN_TIME,OPTIN_IP,LEID,UNSUB_TIME\na@example.org,2020-01-01 10:00:00,192.0.2.1,1,\nb@example.org,2020-01-01 10:00:00,192.0.2.1,1,2021-01-01 00:00:00\n"))
	if err != nil {
		t.Fatal(err)
	}
	keys := subscriber.NewKeys(list.Rows[0].At)
	e, ok := list.Rows[0].Event(keys, "op", "paper", subscriber.Preferences{}, list.Rows[0].At)
	if !ok || e.Kind != subscriber.Import || e.Email != "a@example.org" || !strings.HasPrefix(e.Consent.Evidence, "paper; list of mailchimp, optin_time") || strings.Contains(e.Consent.Evidence, "192.0.2") {
		t.Errorf("%+v", e)
	}
	if e, ok = list.Rows[1].Event(keys, "op", "paper", subscriber.Preferences{}, list.Rows[0].At); !ok || e.Kind != subscriber.Unsubscribe || e.Email != "" {
		t.Errorf("%+v", e)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Email,First name,Last name,Data,Status\na@example.org,A,B,{},active\n")
	f.Add("\xff\xfeE\x00m\x00")
	f.Fuzz(func(t *testing.T, s string) {
		list, err := Read(strings.NewReader(s))
		for _, r := range list.Rows {
			if r.Refused == "" && (r.Address == subscriber.Address{} || r.Status < subscriber.Confirmed) && err == nil {
				t.Errorf("%q: a row without address or status is taken: %+v", s, r)
			}
		}
	})
}
