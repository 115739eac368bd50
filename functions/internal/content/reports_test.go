package content_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"broadsheet"
	"broadsheet/functions/internal/content"
)

// realSite loads the content of this repository. The tests here are about the
// reports of this organisation: who replaces the content replaces them, too.
func realSite(t *testing.T) *content.Site {
	t.Helper()
	site, err := content.Load(broadsheet.Content())
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// words counts what a reader reads of Markdown: not the addresses of links and
// not the marks of headings and lists.
func words(markdown string) int {
	text := regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(markdown, "]")
	n := 0
	for _, field := range strings.Fields(text) {
		if strings.ContainsFunc(field, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// TestReportsAreShort holds the length that readers and the mails are made for.
func TestReportsAreShort(t *testing.T) {
	site := realSite(t)
	if len(site.Articles) < 87 {
		t.Errorf("%d reports, want all 87 of the office", len(site.Articles))
	}
	for _, a := range site.Articles {
		if n := words(string(a.Body)); n < 120 || n > 300 {
			t.Errorf("%s: %d words, want 120 to 300", a.Path, n)
		}
		if n := words(a.Front.Summary); n < 8 || n > 32 || !strings.HasSuffix(a.Front.Summary, ".") {
			t.Errorf("%s: the summary is no sentence of 8 to 32 words but %d: %s", a.Path, n, a.Front.Summary)
		}
	}
}

// TestReportsDoNotRepeatThemselves finds texts that were copied: no two reports
// begin alike, and no sentence stands in two of them.
func TestReportsDoNotRepeatThemselves(t *testing.T) {
	owner := map[string]string{}
	for _, a := range realSite(t).Articles {
		text := strings.Join(strings.Fields(string(a.Body)), " ")
		first := strings.Join(strings.Fields(text)[:4], " ")
		for _, s := range append(strings.Split(text, ". "), "begins "+first) {
			if strings.Count(s, " ") < 4 || strings.Contains(s, "](") {
				continue
			}
			if other := owner[s]; other != "" && other != a.Path {
				t.Errorf("%s and %s both have: %s", other, a.Path, s)
			}
			owner[s] = a.Path
		}
	}
}

// TestNames holds how the WCO names its members.
func TestNames(t *testing.T) {
	wrong := map[*regexp.Regexp]string{
		regexp.MustCompile(`Vietnam\b`):                            "Viet Nam",
		regexp.MustCompile(`Macau`):                                "Macao, China",
		regexp.MustCompile(`South Korea|Republic of Korea`):        "Korea",
		regexp.MustCompile(`\bLaos\b`):                             "Lao PDR",
		regexp.MustCompile(`\bBurma\b`):                            "Myanmar",
		regexp.MustCompile(`Timor Leste|East Timor`):               "Timor-Leste",
		regexp.MustCompile(`\bBrunei\b( Customs|[^ ]| [^DC])`):     "Brunei Darussalam",
		regexp.MustCompile(`[^;:] Hong Kong, China(,| and) [A-Z]`): "Hong Kong, China in a list set apart by semicolons",
	}
	for _, a := range realSite(t).Articles {
		text := strings.Join(append(slices.Concat(a.Front.Organisers, a.Front.Guests),
			a.Front.Title, a.Front.Summary, a.Front.Host, a.Front.Place, a.Front.Note, string(a.Body)), "\n")
		for pattern, right := range wrong {
			if found := pattern.FindString(text); found != "" {
				t.Errorf("%s: %q, write %s", a.Path, found, right)
			}
		}
	}
}

// TestOldAddresses holds where the addresses of the office's earlier sites lead.
func TestOldAddresses(t *testing.T) {
	want := map[int]string{
		85:  "/news/2014/anniversary-10/",
		104: "/news/2015/safe-aeo-new-delhi/",
		108: "/news/2015/global-meeting-10/",
		111: "/news/2015/traffic-wildlife-bangkok/",
		143: "/news/2015/wco-upu-guangzhou/",
		146: "/news/2015/pnr-kashiwa/",
		148: "/news/2015/roo-malaysia/",
		169: "/news/2015/paperless-trade-unescap/",
		194: "/news/2015/action-ipr-ap/",
		257: "/news/2024/rtc-heads-22-palasamudram/",
		276: "/news/2025/asean-secretariat-online/",
		291: "/news/2016/rtc-heads-14-hong-kong/",
		315: "/news/2017/rhca-18-suva/",
		364: "/news/2017/ipr-indonesia/",
		381: "/news/2017/carec-bangkok/",
		389: "/news/2018/mou-kcs/",
		392: "/news/2018/global-meeting-13/",
		397: "/news/2018/aml-sydney/",
		419: "/news/2018/unep-risk-profiling/",
		420: "/news/2018/appu-workshop/",
		461: "/news/2019/aml-kashiwa/",
		467: "/news/2019/hong-kong-dialogue/",
		476: "/news/2019/global-meeting-14/",
		499: "/news/2019/asean-wildlife-guidelines/",
		523: "/news/2019/visit-shanghai-customs-college/",
		532: "/news/2020/global-meeting-15/",
		540: "/news/2020/mtp-webinar-pacific/",
		545: "/news/2020/appc-50/",
		548: "/news/2020/rtc-heads-18-online/",
		562: "/news/2021/global-meeting-16/",
		589: "/news/2021/mtp-launch-pacific/",
		598: "/news/2021/rtc-heads-19-online/",
		604: "/news/2021/appu-visit/",
		639: "/news/2022/canine-korea/",
		640: "/news/2022/appu-60/",
		641: "/news/2022/siren-debriefing/",
		647: "/news/2022/rtc-heads-20-bangkok/",
		652: "/news/2022/rcp-32-brisbane/",
		664: "/news/2023/global-meeting-18/",
		674: "/news/2023/rcl-heads-2-kashiwa/",
		713: "/news/2023/rtc-heads-21-kashiwa/",
		729: "/news/2024/roo-refresher-shanghai/",
	}
	got := map[string]string{}
	for _, r := range realSite(t).Redirects {
		got[r.From] = r.To
	}
	for id, to := range want {
		for _, from := range []string{fmt.Sprintf("/article-detail/%d/", id), fmt.Sprintf("/article-detail.php?id=%d", id)} {
			if got[from] != to {
				t.Errorf("%s leads to %q, want %s", from, got[from], to)
			}
		}
	}
	for from, to := range map[string]string{"/service/45/": "/about/", "/home/": "/", "/contactus/": "/contact/"} {
		if got[from] != to {
			t.Errorf("%s leads to %q, want %s", from, got[from], to)
		}
	}
}

// TestWeakReportsSaySo holds which reports rest on weak sources, so that a new
// one is a decision and a mark cannot be lost unseen.
func TestWeakReportsSaySo(t *testing.T) {
	got := map[string]string{}
	for _, a := range realSite(t).Articles {
		if a.Front.Confidence != "" {
			got[a.Permalink] = a.Front.Confidence
		}
	}
	want := map[string]string{
		"/news/2013/ipr-shanghai/":              "low",
		"/news/2015/ipr-accreditation-kashiwa/": "medium",
		"/news/2021/ecommerce-online/":          "medium",
		"/news/2022/canine-korea/":              "medium",
		"/news/2022/hr-online/":                 "low",
		"/news/2024/anniversary-20/":            "low",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reports with weak sources (-want +got):\n%s", diff)
	}
}
