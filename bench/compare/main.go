// Command compare runs Entrain and its peers in turn, in the same minutes, on
// the same problems, and writes what it found as Markdown.
//
// The peers are processes that time themselves when asked (see bench/peers).
// Before anything is timed, their results are compared with ours.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/entrain-dev/entrain/internal/bench"
)

func main() {
	var (
		python = flag.String("python", "bench/peers/.venv/bin/python", "interpreter with the peers' requirements")
		older  = flag.String("older", "bench/peers/.venv-older/bin/python", "one with an older JAX, whose processor runtime was another; left out where it is not installed")
		peers  = flag.String("peers", "bench/peers", "folder of the peers")
		out    = flag.String("out", "bench/RESULTS.md", "file to write")
		rounds = flag.Int("rounds", 5, "times that everyone has a turn")
		secs   = flag.Float64("seconds", 0.3, "length of a turn")
	)
	flag.Parse()
	if err := compare([]string{*python, *older}, *peers, *out, *rounds, *secs, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(python []string, folder, out string, rounds int, seconds float64, names []string) error {
	contests, err := contests(names)
	if err != nil {
		return err
	}
	file, err := writeProblems(contests)
	if err != nil {
		return err
	}
	defer os.Remove(file)
	peers, err := startPeers(python, folder, file)
	for _, p := range peers {
		defer p.stop()
	}
	if err != nil {
		return fmt.Errorf("%w; make bench-peers prepares the interpreter", err)
	}
	before := load()
	for i := range contests {
		c := &contests[i]
		if err := c.play(peers, rounds, seconds); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintln(os.Stderr, c.row(peers))
		// A run that is stopped leaves what it has.
		if err := os.WriteFile(out, []byte(report(contests[:i+1], peers, before)), 0o644); err != nil {
			return err
		}
	}
	table, err := levels(bench.DefaultMeter(true))
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(report(contests, peers, before)+table), 0o644)
}
