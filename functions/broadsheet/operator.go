package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"broadsheet/functions/internal/subscriber"
)

// operatorCommands are the commands of operators.
func operatorCommands() []command {
	return []command{
		{
			name:    "subscribers export",
			summary: "print every subscriber",
			about:   "Prints the records of the store in DATA_DIR, also while the server runs. People whose address was forgotten have none.",
			example: "broadsheet subscribers export -json > subscribers.jsonl",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a subscriber")
				return func(ctx context.Context, p *program, _ []string) error {
					return p.export(ctx, *asJSON)
				}
			},
		},
		{
			name:    "subscribers show",
			args:    "<address>",
			summary: "print what is kept of one person",
			about:   "Prints the whole record: status, times, choices, and the evidence of consent.",
			example: "broadsheet subscribers show jane@example.org",
			setup: func(*flag.FlagSet) func(context.Context, *program, []string) error {
				return func(ctx context.Context, p *program, args []string) error {
					if len(args) != 1 {
						return usageError("subscribers show: name one address, as `broadsheet subscribers show jane@example.org`")
					}
					return p.show(ctx, args[0])
				}
			},
		},
		{
			name:    "keys new",
			summary: "print fresh secret keys",
			about:   "Prints keys for a deployment as a JSON document. Whoever has it can sign a link for anybody; losing it kills every link that was mailed. The laptop makes its own at the first start, in DATA_DIR/keys.json.",
			example: "broadsheet keys new > keys.json\naws ssm put-parameter --type SecureString --name /broadsheet/keys --value file://keys.json",
			setup: func(*flag.FlagSet) func(context.Context, *program, []string) error {
				return func(_ context.Context, p *program, _ []string) error {
					b, err := subscriber.NewKeys(now()).Marshal()
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(p.stdout, "%s\n", b)
					return err
				}
			},
		},
		{
			name:    "config",
			summary: "print the settings of this environment",
			about:   "Prints every setting with its value and meaning. Secrets are never printed: keys are named by the file that holds them.",
			example: "broadsheet config -json",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a setting")
				return func(_ context.Context, p *program, _ []string) error {
					return p.printConfig(*asJSON)
				}
			},
		},
	}
}

func (p *program) printConfig(asJSON bool) error {
	for _, s := range p.config.Settings() {
		if asJSON {
			line := map[string]string{"name": s.Name, "value": s.Value, "meaning": s.Meaning}
			if err := json.NewEncoder(p.stdout).Encode(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%-14s %-32s %s\n", s.Name, s.Value, s.Meaning)
	}
	return nil
}

// record is a subscriber as exports have it.
type record struct {
	ID          string     `json:"id"`
	Email       string     `json:"email,omitempty"`
	Status      string     `json:"status"`
	Reason      string     `json:"reason,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	LeftAt      *time.Time `json:"left_at,omitempty"`
	MailedAt    *time.Time `json:"mailed_at,omitempty"`
	Topics      []string   `json:"topics,omitempty"`
	Frequency   string     `json:"frequency,omitempty"`
	Language    string     `json:"language,omitempty"`
	Consent     *consent   `json:"consent,omitempty"`
}

// consent is the evidence that a person wanted the newsletter.
type consent struct {
	RequestedAt *time.Time `json:"requested_at,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	Method      string     `json:"method,omitempty"`
	Source      string     `json:"source,omitempty"`
	Shown       string     `json:"shown,omitempty"`
	Evidence    string     `json:"evidence,omitempty"`
}

func recordOf(s subscriber.Subscriber) record {
	r := record{
		ID: s.ID.String(), Email: s.Email, Status: s.Status.String(), Reason: s.Reason,
		ConfirmedAt: moment(s.ConfirmedAt), LeftAt: moment(s.LeftAt), MailedAt: moment(s.MailedAt),
		Topics: s.Preferences.Topics, Frequency: s.Preferences.Frequency, Language: s.Preferences.Language,
	}
	if c := s.Consent; c != (subscriber.Consent{}) {
		r.Consent = &consent{moment(c.RequestedAt), moment(c.ConfirmedAt), c.Method, c.Source, c.Shown, c.Evidence}
	}
	return r
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (p *program) export(ctx context.Context, asJSON bool) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	for s, err := range store.All(ctx) {
		if err != nil {
			return err
		}
		s = s.Current(now())
		if s.Status == subscriber.None {
			continue
		}
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(recordOf(s)); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%s  %-12s  %s\n", s.ID, s.Status, s.Email)
	}
	return nil
}

func (p *program) show(ctx context.Context, text string) error {
	address, err := subscriber.ParseAddress(text)
	if err != nil {
		return usageError("that is no address: " + err.Error())
	}
	keys, err := p.openData()
	if err != nil {
		return err
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	s, found, err := store.Get(ctx, keys.ID(address))
	if err != nil {
		return err
	}
	if s = s.Current(now()); !found || s.Status == subscriber.None {
		return errors.New("nothing is kept of this address")
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(recordOf(s))
}
