// Command compare runs Entrain and its peers in turn, in the same minutes, on
// the same problems, and writes what it found as Markdown.
//
// The peers are processes that time themselves when asked (see bench/peers).
// Before anything is timed, their results are compared with ours. A peer that
// cannot be started is left out and named.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/bench"
)

func main() {
	var (
		environments = flag.String("environments", "bench/peers", "folder with the Python environments of the peers")
		folder       = flag.String("peers", "bench/peers", "folder of the peers")
		out          = flag.String("out", "bench/RESULTS.md", "file to write")
		with         = flag.String("with", "", "only peers whose names contain one of these words (comma-separated)")
		draws        = flag.Int("draws", 0, "draws of each program, at most; 0: all")
		only         = flag.String("only", "", "only problems that have one of these names or are below it (comma-separated); no levels")
	)
	flag.Parse()
	mostDraws = *draws
	if err := compare(*folder, *environments, *out, words(*with), words(*only)); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func compare(folder, environments, out string, with, only []string) error {
	r := &results{command: "make bench-peers", before: load()}
	for _, w := range [][2]string{{"ONLY", strings.Join(only, ",")}, {"WITH", strings.Join(with, ",")}} {
		if w[1] != "" {
			r.command += " " + w[0] + "=" + w[1]
		}
	}
	all := contests(only)
	if len(all) == 0 {
		return fmt.Errorf("no problem is called %s; they begin with G1, G2, …, G9, C1, C2, C3, C4", strings.Join(only, " or "))
	}
	r.start(all, folder, environments, with)
	for _, p := range slices.Concat(r.double.peers, r.single.peers) {
		defer p.stop()
	}
	for _, c := range all {
		t := r.of(c)
		if err := c.play(t.peers); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		t.contests = append(t.contests, c)
		fmt.Fprintln(os.Stderr, t.row(c))
		// A run that is stopped leaves what it has.
		if err := os.WriteFile(out, []byte(r.report()), 0o644); err != nil {
			return err
		}
	}
	if len(only) > 0 {
		return nil
	}
	table, err := levels(bench.DefaultMeter(true))
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(r.report()+table), 0o644)
}

// start starts the peers for the problems there are.
func (r *results) start(all []*contest, folder, environments string, with []string) {
	isSingle := func(c *contest) bool { return c.single }
	isDouble := func(c *contest) bool { return !c.single }
	if slices.ContainsFunc(all, isDouble) {
		r.double.peers, r.absent = startPeers(participants, folder, environments, with)
	}
	if slices.ContainsFunc(all, isSingle) {
		var absent []string
		r.single.peers, absent = startPeers(singles, folder, environments, with)
		for _, a := range absent {
			if !slices.Contains(r.absent, a) {
				r.absent = append(r.absent, a)
			}
		}
	}
}
