package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/issue"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/store/sqlite"
	"broadsheet/functions/internal/subscriber"
	"broadsheet/functions/internal/subscription"
)

// store is where subscribers and issues live, for the server and for operators.
type store interface {
	subscription.Store
	issue.Issues
	issue.Roster
	issue.Rows
	issue.Lister
	Confirmed(ctx context.Context, digit int) iter.Seq2[subscriber.ID, error]
	All(context.Context) iter.Seq2[subscriber.Subscriber, error]
	Due(context.Context) iter.Seq2[subscriber.Subscriber, error]
	Journal(context.Context) iter.Seq2[subscriber.Leave, error]
	consent.Ledger
	KeepEntry(context.Context, consent.Entry) error
	Close() error
}

// openStore opens the store that STORE names.
func (p *program) openStore(ctx context.Context) (store, error) {
	if p.config.Store != "dynamodb" {
		return sqlite.Open(ctx, p.storePath(), p.limits())
	}
	c, err := cloud(ctx)
	if err != nil {
		return nil, err
	}
	return table{dynamo.New(dynamodb.NewFromConfig(c), p.config.Table, p.limits()).WithJournal(p.config.Journal)}, nil
}

// table is a store that needs no closing.
type table struct{ *dynamo.Store }

func (table) Close() error { return nil }

// cloud is the account that AWS's own settings name: profile, region,
// AWS_ENDPOINT_URL and the others.
func cloud(ctx context.Context) (aws.Config, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err == nil && c.Region == "" {
		err = errors.New("no region is set; set AWS_REGION, as AWS_REGION=eu-west-1")
	}
	if err != nil {
		return c, fmt.Errorf("the AWS account: %w", err)
	}
	return c, nil
}

// limits are those of the form with the settings in them.
func (p *program) limits() subscriber.Limits {
	c := p.config
	return subscriber.Limits{Cooldown: c.MailCooldown, PerDay: c.Limits.Day, Asked: c.Limits.Month, Source: c.Limits.Source, Site: c.Limits.Site}
}

func (p *program) storePath() string { return filepath.Join(p.config.DataDir, "broadsheet.db") }

// openData makes DATA_DIR and reads the keys, or makes them the first time. With
// a table, keys that are not a file are the parameter of that name.
func (p *program) openData(ctx context.Context) (*subscriber.Keys, error) {
	if err := os.MkdirAll(p.config.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("DATA_DIR=%q cannot be made: %w; name a folder you may write in", p.config.DataDir, err)
	}
	if p.config.Store == "dynamodb" && !p.keysAreFile() {
		return p.parameterKeys(ctx)
	}
	keys, err := p.readKeys()
	if !errors.Is(err, os.ErrNotExist) {
		return keys, err
	}
	// Beside a store that is in use already new keys would be wrong: the records
	// in it were made with others.
	if p.config.Store == "dynamodb" {
		return nil, fmt.Errorf("KEYS=%q is missing; name the parameter of the deployment, as KEYS=/broadsheet/keys, or put the file there", p.config.Keys)
	}
	if p.storeUsed(ctx) {
		return nil, fmt.Errorf("KEYS=%q is missing but %s exists; put the keys back from a backup, or move the store away to begin anew", p.config.Keys, p.storePath())
	}
	return p.makeKeys()
}

// storeUsed tells whether the embedded store has a record. A command that only
// reads leaves an empty store behind, and new keys do no harm to that. One that
// cannot be read may hold anything, so it counts as used.
func (p *program) storeUsed(ctx context.Context) bool {
	if _, err := os.Stat(p.storePath()); errors.Is(err, os.ErrNotExist) {
		return false
	}
	s, err := sqlite.Open(ctx, p.storePath(), p.limits())
	if err != nil {
		return true
	}
	defer s.Close()
	for range s.All(ctx) {
		return true // a record, or what hinders reading it
	}
	return false
}

// keysAreFile tells whether KEYS names a file and not a parameter.
func (p *program) keysAreFile() bool { return strings.HasSuffix(p.config.Keys, ".json") }

func (p *program) parameterKeys(ctx context.Context) (*subscriber.Keys, error) {
	c, err := cloud(ctx)
	if err != nil {
		return nil, err
	}
	out, err := ssm.NewFromConfig(c).GetParameter(ctx, &ssm.GetParameterInput{Name: &p.config.Keys, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("KEYS=%q: the parameter cannot be read: %w; check its name, the region and your rights", p.config.Keys, err)
	}
	keys, err := subscriber.ParseKeys([]byte(aws.ToString(out.Parameter.Value)))
	if err != nil {
		return nil, fmt.Errorf("KEYS=%q: %w; put an older version of the parameter back", p.config.Keys, err)
	}
	return keys, nil
}

// keepDaily does what package consent asks for once a day; hourly, since a laptop
// sleeps.
func keepDaily(ctx context.Context, s store, log *slog.Logger) {
	for {
		if err := consent.Keep(ctx, s, now(), log); err != nil && ctx.Err() == nil {
			log.Error("keep", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}
