// Mutants tells how many small faults the tests of a package notice. It makes
// a seeded sample of them in the package's code, in a copy that only the
// compiler sees, and runs the package's own short tests on each:
//
//	go run ./internal/mutants -n 150 -seed 1 ./field
//	go run ./internal/mutants -only field.log ./field
//
// A mutant that the tests pass has survived. Either a test is missing, or the
// mutant computes the same as the code; the latter are listed in
// equivalent.txt beside this program, each with the reason, and do not count.
//
// Read mutant.go (the faults), copies.go (one binary that holds them all),
// coverage.go and tests.go (which tests run which code) and trial.go (the runs).
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

//go:embed equivalent.txt
var equivalentList string

func main() {
	n := flag.Int("n", 150, "mutants a package that compile")
	seed := flag.Uint64("seed", 1, "of the sample")
	jobs := flag.Int("jobs", 1, "mutants at the same time")
	limit := flag.Duration("timeout", time.Hour, "by the clock, for a mutant that waits for ever; others are bounded by processor time")
	within := flag.Float64("within", 0, "seconds of processor time for the tests of a mutant, of which the first are taken; 0: all that run it")
	only := flag.String("only", "", "an earlier output of this program: its survivors are tried, nothing else")
	run := flag.String("run", ".", "names of the tests that are asked, a regular expression")
	flag.Parse()
	asked, err := regexp.Compile(*run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants: -run:", err)
		os.Exit(2)
	}
	var again map[string]bool
	if *only != "" {
		text, err := os.ReadFile(*only)
		if err != nil {
			fmt.Fprintln(os.Stderr, "mutants:", err)
			os.Exit(2)
		}
		again = survivors(string(text))
	}
	code := 0
	for _, dir := range flag.Args() {
		t := trial{dir: filepath.Clean(dir), limit: *limit, within: *within, jobs: *jobs, only: again, asked: asked, out: os.Stdout}
		alive, tried, err := t.run(*n, *seed)
		if err != nil {
			fmt.Fprintln(os.Stderr, "mutants:", err)
			os.Exit(2)
		}
		fmt.Printf("%s: %d of %d mutants killed (%.0f %%)\n", dir, tried-alive, tried, 100*float64(tried-alive)/float64(max(tried, 1)))
		if 10*alive > tried {
			code = 1
		}
	}
	os.Exit(code)
}

// survivors are the identities that an earlier output tells of.
func survivors(text string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(text) {
		if _, what, ok := strings.Cut(strings.TrimSpace(line), "survived "); ok {
			what, _, _ = strings.Cut(what, " # ")
			found[what] = true
		}
	}
	return found
}

// equivalents are the identities of the list: lines of an identity, " # " and the reason.
func equivalents(list string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(list) {
		if what, why, ok := strings.Cut(strings.TrimSpace(line), " # "); ok && why != "" {
			found[what] = true
		}
	}
	return found
}
