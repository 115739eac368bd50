// Command broadsheet is the site on a laptop and the commands of editors and
// operators: the same handlers as the Lambda programs in one process, with an
// embedded store and an outbox instead of DynamoDB and SES.
//
// Run it without arguments for the list of commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
