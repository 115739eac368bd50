package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// start measures from the start of a process to its first poll of the runtime,
// the programs by turns. It prints a line a program: name, median in
// milliseconds, ratio to the first one.
func start(args []string) error {
	f := flag.NewFlagSet("start", flag.ContinueOnError)
	rounds := f.Int("rounds", 31, "how many starts of each")
	cold := f.Bool("cold", false, "put the program's file out of the page cache before each start")
	if err := f.Parse(args); err != nil {
		return err
	}
	names, programs, err := named(f.Args())
	if err != nil {
		return err
	}
	took := make([][]float64, len(programs))
	for round := range *rounds + 1 {
		for i, program := range programs {
			if *cold {
				if err := evict(program); err != nil {
					return err
				}
			}
			d, err := once(program)
			if err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
			if round > 0 { // the first round warms up
				took[i] = append(took[i], d.Seconds()*1000)
			}
		}
	}
	first := median(took[0])
	for i, name := range names {
		fmt.Printf("%s %.2f %.3f\n", name, median(took[i]), median(took[i])/first)
	}
	return nil
}

// once starts a program and ends it at its first poll.
func once(program string) (time.Duration, error) {
	r, err := newRuntime()
	if err != nil {
		return 0, err
	}
	defer r.listener.Close()
	hold := make(chan struct{})
	defer close(hold)
	r.next = func(http.ResponseWriter) { <-hold }
	cmd := r.command(program)
	cmd.Stdout = io.Discard
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	select {
	case polled := <-r.polls:
		return polled.Sub(started), nil
	case <-time.After(20 * time.Second):
		return 0, fmt.Errorf("it does not poll the runtime")
	}
}

// evict asks the kernel to drop a file from the page cache: posix_fadvise with
// POSIX_FADV_DONTNEED. Nothing else of the machine is touched.
func evict(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return err
	}
	const dontNeed = 4
	if _, _, e := syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0); e != 0 {
		return e
	}
	return nil
}

// instructions counts the instructions of a start by valgrind's callgrind, which
// no other work on the machine disturbs. There is no runtime: the first poll is
// refused, at which the program ends. It prints name, millions, ratio.
func instructions(args []string) error {
	names, programs, err := named(args)
	if err != nil {
		return err
	}
	var first float64
	for i, program := range programs {
		var counts []float64
		for range 5 { // the runtime's own threads differ a little from run to run
			n, err := count(program)
			if err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
			counts = append(counts, n)
		}
		n := median(counts)
		if i == 0 {
			first = n
		}
		fmt.Printf("%s %.2f %.3f\n", names[i], n/1e6, n/first)
	}
	return nil
}

func count(program string) (float64, error) {
	r, err := newRuntime()
	if err != nil {
		return 0, err
	}
	if err := r.listener.Close(); err != nil {
		return 0, err
	}
	cmd := r.command(program, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
	// Callgrind trips over the signals by which Go interrupts its goroutines.
	cmd.Env = append(cmd.Env, "GODEBUG=asyncpreemptoff=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &out
	_ = cmd.Run() // it ends with an error, as it is meant to
	m := regexp.MustCompile(`Collected : (\d+)`).FindSubmatch(out.Bytes())
	if m == nil {
		return 0, fmt.Errorf("callgrind says %s", out.String())
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
