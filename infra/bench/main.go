// Command bench measures what `make bench` prints: see bench.sh, which calls it.
//
//	bench generate -n 1000 -o DIR     a content folder of 1,000 articles
//	bench start NAME=PROGRAM …        process start to the first poll of the runtime
//	bench instructions NAME=PROGRAM … the same in instructions, by callgrind
//	bench memory PROGRAM              own memory after serving every URL
//	bench compress DIR                each text of a folder in gzip 9 and Brotli 5
//	bench plain ADDR FILE             net/http with one gzip file in memory, nothing else
//
// It measures by turns and compares medians: what else the machine does then
// strikes all alike. It knows nothing of the packages it measures.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("say what: generate, start, instructions, memory, compress or plain")
	}
	switch rest := args[1:]; args[0] {
	case "generate":
		return generate(rest)
	case "start":
		return start(rest)
	case "instructions":
		return instructions(rest)
	case "memory":
		return memory(rest)
	case "compress":
		return compress(rest)
	case "plain":
		return plain(rest)
	}
	return fmt.Errorf("%q is nothing it does: generate, start, instructions, memory, compress or plain", args[0])
}
