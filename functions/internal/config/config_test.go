package config_test

import (
	"strings"
	"testing"
	"time"

	"broadsheet/functions/internal/config"
)

func load(settings map[string]string) (config.Config, error) {
	return config.Load(func(name string) string { return settings[name] })
}

func TestDefaultsSuitALaptop(t *testing.T) {
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.DataDir != "var" || c.Store != "sqlite" || c.Mailer != "outbox" || c.MailCooldown != 10*time.Minute || c.Keys != "var/keys.json" {
		t.Errorf("%+v", c)
	}
}

func TestLaptopURL(t *testing.T) {
	for settings, want := range map[[2]string]string{
		{"127.0.0.1:9000", ""}: "http://127.0.0.1:9000",
		{":9000", ""}:          "http://127.0.0.1:9000",
		{"0.0.0.0:80", ""}:     "http://127.0.0.1:80",
		{"[::1]:80", ""}:       "http://[::1]:80",
		{"127.0.0.1:80", "https://news.example.org/"}: "https://news.example.org",
	} {
		c, err := load(map[string]string{"ADDR": settings[0], "SITE_URL": settings[1]})
		if err != nil || c.LaptopURL() != want {
			t.Errorf("%v: %s, %v; want %s", settings, c.LaptopURL(), err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	for setting, want := range map[string]config.Limits{
		"": {Day: 3, Month: 5, Source: 10, Site: 200}, "source=1000 day=0": {Month: 5, Source: 1000, Site: 200},
	} {
		c, err := load(map[string]string{"LIMITS": setting})
		if err != nil || c.Limits != want {
			t.Errorf("LIMITS=%q: %v, %v", setting, c.Limits, err)
		}
	}
	for _, setting := range []string{"day", "day=", "day=-1", "week=3", "3"} {
		if _, err := load(map[string]string{"LIMITS": setting}); err == nil {
			t.Errorf("LIMITS=%q was taken", setting)
		}
	}
}

// TestWrong: each wrong setting is named with its value and its cure, all at
// once.
func TestWrong(t *testing.T) {
	settings := map[string]string{
		"ADDR": "8080", "SITE_URL": "news.example.org", "STORE": "oracle", "MAILER": "pigeon", "MAIL_FROM": "Jane <jane@example.org>", "MAIL_COOLDOWN": "-1m", "LIMITS": "day=3 hour=many", "QUEUE_URL": "https://q.example/?x",
	}
	_, err := load(settings)
	if err == nil {
		t.Fatal("nothing was found")
	}
	for name, value := range settings {
		if want := name + `="` + value + `" is wrong: write `; !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
	for _, addr := range []string{"127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999", "http://127.0.0.1:80", "a b:80"} {
		if _, err := load(map[string]string{"ADDR": addr}); err == nil {
			t.Errorf("ADDR=%q was taken", addr)
		}
	}
}

// TestSiteURL: the routes of the site stand at the root of a host.
func TestSiteURL(t *testing.T) {
	for value, want := range map[string]string{
		"https://x.example": "", "https://x.example/": "", "http://127.0.0.1:8080": "",
		"https://x.example/sub":  "write it without /sub, as https://x.example: the site stands at the root of its host",
		"https://x.example/sub/": "write it without /sub, as https://x.example",
		"https://x.example?a=b":  "write a whole address without ? and #",
		"https://x.example/?":    "write a whole address without ? and #",
		"https://x.example/#top": "write a whole address without ? and #",
		"https://a@x.example":    "write a whole address",
		"https://:80":            "write a whole address",
	} {
		_, err := load(map[string]string{"SITE_URL": value})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("SITE_URL=%q gives %v, want %q", value, err, want)
		}
	}
	if _, err := load(map[string]string{"QUEUE_URL": "https://sqs.example/1/deliveries"}); err != nil {
		t.Errorf("a queue has a path: %v", err)
	}
}

func TestEverySettingIsPrinted(t *testing.T) {
	c, _ := load(map[string]string{"KEYS": "/parameter/name"})
	printed := map[string]string{}
	for _, s := range c.Settings() {
		if s.Meaning == "" {
			t.Errorf("%s is not explained", s.Name)
		}
		printed[s.Name] = s.Value
	}
	for _, name := range []string{"ADDR", "SITE_URL", "DATA_DIR", "CONTENT_DIR", "STORE", "TABLE", "JOURNAL", "QUEUE_URL", "MAILER", "MAIL_FROM", "MAIL_COOLDOWN", "LIMITS", "KEYS"} {
		if _, ok := printed[name]; !ok {
			t.Errorf("%s is not printed", name)
		}
	}
	if printed["KEYS"] != "/parameter/name" {
		t.Errorf("KEYS is printed as %q", printed["KEYS"])
	}
}
