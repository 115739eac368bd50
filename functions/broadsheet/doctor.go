package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"broadsheet/functions/internal/doctor"
)

func doctorCommand() command {
	return command{
		name:    "doctor",
		summary: "look at the deployment and say what to mend",
		about:   "Looks at tools, account, region, stack, tables, ledger of consent, keys and SES, changes nothing, and prints each finding with its cure: for SES the exact DNS records and the steps that need a human. Without an account it says what it could not look at. Exit code 1 if something is wrong. Run it at the root of the repository; samconfig.toml names stack and region.",
		example: "broadsheet doctor\nAWS_PROFILE=office broadsheet doctor -stage production -json",
		setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
			stage := f.String("stage", "default", "the part of samconfig.toml that names the stack: default or production")
			asJSON := f.Bool("json", false, "print one JSON object a finding")
			return func(ctx context.Context, p *program, _ []string) error { return p.doctor(ctx, *stage, *asJSON) }
		},
	}
}

func (p *program) doctor(ctx context.Context, stage string, asJSON bool) error {
	text, err := os.ReadFile("samconfig.toml")
	if err != nil {
		return errors.New("there is no samconfig.toml here; run this at the root of the repository")
	}
	site, err := siteOf(string(text), stage)
	if err != nil {
		return err
	}
	if site.MailFrom == "" {
		site.MailFrom = p.config.MailFrom
	}
	if commit, err := output(ctx, "git", "rev-parse", "--short=12", "HEAD"); err == nil {
		site.Commit = commit
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	findings := tools(ctx)
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		findings = append(findings, doctor.Finding{State: doctor.Unchecked, What: "account", Says: err.Error(), Cure: "mend ~/.aws/config, or set AWS_PROFILE"})
	} else {
		findings = append(findings, doctor.Examine(ctx, settings, site)...)
	}
	wrong := 0
	for _, f := range findings {
		if f.State == doctor.Wrong {
			wrong++
		}
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(f); err != nil {
				return err
			}
			continue
		}
		state := map[doctor.State]colour{doctor.OK: green, doctor.Wrong: red}[f.State]
		if state == "" {
			state = yellow
		}
		fmt.Fprintf(p.stdout, "%s  %s: %s\n", p.paint(p.stdout, state, fmt.Sprintf("%-9s", f.State)), f.What, f.Says)
		if f.Cure != "" {
			fmt.Fprintf(p.stdout, "           %s\n", strings.ReplaceAll(f.Cure, "\n", "\n           "))
		}
	}
	if wrong > 0 {
		return told{fmt.Errorf("%d to mend", wrong)}
	}
	return nil
}

// siteOf reads what samconfig.toml says of a stage. It is the file that `make
// deploy` reads too; only quoted values on lines of their own are understood.
func siteOf(text, stage string) (doctor.Site, error) {
	global := section(text, stage+".global.parameters")
	deploy := section(text, stage+".deploy.parameters")
	site := doctor.Site{Stack: value(global, `stack_name = "([^"]+)"`), Region: value(global, `region = "([^"]+)"`), MailFrom: value(deploy, `"MailFrom=([^"]+)"`)}
	if site.Stack == "" || site.Region == "" {
		return site, fmt.Errorf("samconfig.toml has no stage %s with stack_name and region", stage)
	}
	return site, nil
}

// section returns the lines of one table of a TOML file.
func section(text, name string) string {
	_, rest, _ := strings.Cut("\n"+text, "\n["+name+"]\n")
	lines, _, _ := strings.Cut(rest, "\n[")
	return lines
}

func value(text, pattern string) string {
	if m := regexp.MustCompile(`(?m)^\s*` + pattern).FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// tools looks at what a deployment needs on this machine.
func tools(ctx context.Context) []doctor.Finding {
	var all []doctor.Finding
	for _, t := range []struct{ name, argument, least, cure string }{
		{"go", "version", "go1.26", "install Go 1.26 or newer"},
		{"git", "--version", "", "install git"},
		{"sam", "--version", "1.151", "pip install aws-sam-cli"},
	} {
		says, err := output(ctx, t.name, t.argument)
		switch {
		case err != nil:
			all = append(all, doctor.Finding{State: doctor.Wrong, What: t.name, Says: "it is missing, and a deployment needs it", Cure: t.cure})
		case !newEnough(says, t.least):
			all = append(all, doctor.Finding{State: doctor.Wrong, What: t.name, Says: says + " is too old", Cure: t.cure})
		default:
			all = append(all, doctor.Finding{State: doctor.OK, What: t.name, Says: says})
		}
	}
	return all
}

// newEnough compares the first version in a text with the least that will do.
func newEnough(says, least string) bool {
	var have, want [2]int
	number := regexp.MustCompile(`(\d+)\.(\d+)`)
	scan := func(s string, v *[2]int) { _, _ = fmt.Sscanf(number.FindString(s), "%d.%d", &v[0], &v[1]) }
	scan(says, &have)
	scan(least, &want)
	return have[0] > want[0] || have[0] == want[0] && have[1] >= want[1]
}

// output runs a tool and returns the first line it prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	first, _, _ := bytes.Cut(out, []byte("\n"))
	return string(first), err
}
