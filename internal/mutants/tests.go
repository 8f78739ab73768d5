package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// probe is a test with what it costs and reaches.
type probe struct {
	name    string
	seconds float64 // of processor time
	reaches map[string]bool
}

// program is a test binary.
type program struct {
	binary, dir string
	limit       time.Duration
}

// probes runs every test of a binary alone. Tests that fail without a mutant cannot judge one:
// those are told apart.
func (p program) probes(folder string) (good []probe, bad []string, err error) {
	cmd := exec.Command(p.binary, "-test.list", ".", "-test.short")
	cmd.Dir = p.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("the tests of %s cannot be listed: %w", p.dir, err)
	}
	for line := range strings.Lines(string(out)) {
		name := strings.TrimSpace(line)
		if name == "" || strings.HasPrefix(name, "Benchmark") {
			continue
		}
		file := filepath.Join(folder, "reached")
		os.Remove(file)
		pass, seconds := p.run([]string{name}, -1, file, 0)
		if !pass {
			bad = append(bad, name)
			continue
		}
		text, _ := os.ReadFile(file)
		t := probe{name: name, seconds: seconds, reaches: map[string]bool{}}
		for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan(); {
			t.reaches[scan.Text()] = true
		}
		good = append(good, t)
	}
	slices.SortStableFunc(good, func(a, b probe) int { return cmp.Compare(a.seconds, b.seconds) })
	return good, bad, nil
}

// run tells whether tests pass with a mutant (0: none, -1: none, but what is reached is noted), and
// the processor time they took, which may not be above most seconds, 0 for no bound.
func (p program) run(names []string, number int, reach string, most float64) (pass bool, seconds float64) {
	ctx, cancel := context.WithTimeout(context.Background(), p.limit)
	defer cancel()
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = regexp.QuoteMeta(n)
	}
	args := []string{"-test.short", "-test.failfast", "-test.run", "^(" + strings.Join(quoted, "|") + ")$"}
	bound := ""
	if most > 0 {
		bound = fmt.Sprintf("ulimit -t %.0f; ", 1+most)
	}
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", bound + `exec "$0" "$@"`, p.binary}, args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", chosen, number), reached+"="+reach)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.ProcessState != nil {
		seconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	return err == nil, seconds
}

// kills tells whether any of the tests, cheapest first, fails with a mutant. The cheaper ones are
// asked before the others, in parts of which each may take five times as long as those before it.
func (p program) kills(tests []probe, number int) bool {
	all := 0.0
	for _, t := range tests {
		all += t.seconds
	}
	for most := all / 125; len(tests) > 0; most *= 5 {
		var names []string
		seconds := 0.0
		for len(tests) > 0 && (seconds+tests[0].seconds <= most || most >= all) {
			names, seconds = append(names, tests[0].name), seconds+tests[0].seconds
			tests = tests[1:]
		}
		if len(names) == 0 {
			continue
		}
		if pass, _ := p.run(names, number, "", 2+4*seconds); !pass {
			return true
		}
	}
	return false
}
