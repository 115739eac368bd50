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

	"github.com/mattn/go-isatty"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // whoever presses Ctrl-C again does not want to wait
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, interactive: isTerminal(os.Stdin), getenv: os.Getenv}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// isTerminal tells whether a person is at the other end of a file.
func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }
