package doctor

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"broadsheet/functions/internal/consent"
	"broadsheet/functions/internal/store/dynamo"
	"broadsheet/functions/internal/subscriber"
)

// table looks at the settings of a table that somebody may have changed by hand.
func (e *examination) table(ctx context.Context, client *dynamodb.Client, name string, expires bool) {
	what := "table"
	if !expires {
		what = "journal"
	}
	if name == "" {
		e.add(Unchecked, what, "the stack does not name it", "make deploy")
		return
	}
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		e.failed(what, err)
		return
	}
	before := len(e.findings)
	update := "aws dynamodb update-table --table-name " + name + " "
	t := out.Table
	if t.BillingModeSummary == nil || t.BillingModeSummary.BillingMode != types.BillingModePayPerRequest {
		e.add(Wrong, what, "it is not on demand and bills by the hour", update+"--billing-mode PAY_PER_REQUEST")
	}
	if !aws.ToBool(t.DeletionProtectionEnabled) {
		e.add(Wrong, what, "it can be deleted by a slip", update+"--deletion-protection-enabled")
	}
	e.recovery(ctx, client, what, name)
	if expires {
		e.expiry(ctx, client, name)
	}
	if len(e.findings) == before {
		e.add(OK, what, name+" is protected as the template says", "")
	}
}

// ledger looks whether the days that are over get their roots: without one, what
// was written on a day can be changed with no trace.
func (e *examination) ledger(ctx context.Context, client *dynamodb.Client, name string) {
	if name == "" {
		e.add(Unchecked, "ledger", "the stack does not name its table", "make deploy")
		return
	}
	day, err := consent.Overdue(ctx, dynamo.New(client, name, subscriber.Limits{}), time.Now())
	switch {
	case err != nil:
		e.failed("ledger", err)
	case day != "":
		e.add(Wrong, "ledger", "the days since "+day+" have no root: the newsletter program makes them each day, and did not", "make logs shows why it fails; `broadsheet subscribers sweep` makes the roots now")
	default:
		e.add(OK, "ledger", "every day that is over has its root", "")
	}
}

func (e *examination) recovery(ctx context.Context, client *dynamodb.Client, what, name string) {
	out, err := client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	if err != nil {
		e.failed(what+", recovery", err)
		return
	}
	d := out.ContinuousBackupsDescription
	if d == nil || d.PointInTimeRecoveryDescription == nil || d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled {
		e.add(Wrong, what, "it cannot be restored to an earlier moment", "aws dynamodb update-continuous-backups --table-name "+name+" --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true")
	}
}

func (e *examination) expiry(ctx context.Context, client *dynamodb.Client, name string) {
	out, err := client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		e.failed("table, expiry", err)
		return
	}
	if d := out.TimeToLiveDescription; d == nil || d.TimeToLiveStatus != types.TimeToLiveStatusEnabled || aws.ToString(d.AttributeName) != "ttl" {
		e.add(Wrong, "table", "requests that nobody confirmed are kept for ever", "aws dynamodb update-time-to-live --table-name "+name+" --time-to-live-specification Enabled=true,AttributeName=ttl")
	}
}
