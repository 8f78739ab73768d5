package main

import (
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

// probe is a test with what it costs and the code that it runs.
type probe struct {
	name, file string
	seconds    float64 // of processor time
	runs       coverage
}

// program is a test binary.
type program struct {
	binary, dir string
	limit       time.Duration
	asked       *regexp.Regexp // names of the tests that are
}

// probes runs every test of a binary alone, and of one that notes what is run. Tests that fail
// without a mutant cannot judge one: those are told apart.
func (p program) probes(folder string) (good []probe, bad []string, err error) {
	noting := program{binary: filepath.Join(folder, "cover.test"), dir: p.dir, limit: p.limit}
	if out, err := compile(p.dir, "", noting.binary, "-cover"); err != nil {
		return nil, nil, fmt.Errorf("%s does not compile: %w:\n%s", p.dir, err, out)
	}
	files, err := testFiles(p.dir)
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(p.binary, "-test.list", ".", "-test.short")
	cmd.Dir = p.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("the tests of %s cannot be listed: %w", p.dir, err)
	}
	for line := range strings.Lines(string(out)) {
		name := strings.TrimSpace(line)
		if name == "" || strings.HasPrefix(name, "Benchmark") || !p.asked.MatchString(name) {
			continue
		}
		profile := filepath.Join(folder, "profile")
		os.Remove(profile)
		t := probe{name: name, file: files[name]}
		noted, _ := noting.run([]string{name}, 0, 0, "-test.coverprofile="+profile)
		pass, seconds := p.run([]string{name}, 0, 0)
		if !noted || !pass {
			bad = append(bad, name)
			continue
		}
		t.seconds = seconds
		text, err := os.ReadFile(profile)
		if err == nil {
			t.runs, err = readCoverage(string(text))
		}
		if err != nil {
			return nil, nil, err
		}
		good = append(good, t)
	}
	return good, bad, nil
}

// testFiles are the files of the tests of a package, by their names.
func testFiles(dir string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, found := range testFunction.FindAllSubmatch(text, -1) {
			files[string(found[1])] = filepath.Base(name)
		}
	}
	return files, nil
}

var testFunction = regexp.MustCompile(`(?m)^func (\w+)\(`)

// of are the tests that run the code of a mutant, cheap ones first; those in the file beside its own
// count as ten times cheaper, and those that are not tried within so many seconds are left out (0: none).
func (m *mutant) of(tests []probe, within float64) []probe {
	var found []probe
	for _, t := range tests {
		if t.runs.runs(m) {
			found = append(found, t)
		}
	}
	beside := strings.TrimSuffix(filepath.Base(m.path), ".go") + "_test.go"
	price := func(t probe) float64 {
		if t.file == beside {
			return t.seconds / 10
		}
		return t.seconds
	}
	slices.SortStableFunc(found, func(a, b probe) int { return cmp.Compare(price(a), price(b)) })
	all := 0.0
	for i, t := range found {
		if all += t.seconds; within > 0 && all > within && i > 0 {
			return found[:i]
		}
	}
	return found
}

// run tells whether tests pass with a mutant (0: none), and the processor time they took, which may
// not be above most seconds, 0 for no bound.
func (p program) run(names []string, number int, most float64, flags ...string) (pass bool, seconds float64) {
	ctx, cancel := context.WithTimeout(context.Background(), p.limit)
	defer cancel()
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = regexp.QuoteMeta(n)
	}
	args := []string{"-test.short", "-test.failfast", "-test.run", "^(" + strings.Join(quoted, "|") + ")$"}
	args = append(args, flags...)
	bound := ""
	if most > 0 {
		bound = fmt.Sprintf("ulimit -t %.0f; ", 1+most)
	}
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", bound + `exec "$0" "$@"`, p.binary}, args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", chosen, number))
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.ProcessState != nil {
		seconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	return err == nil, seconds
}

// kills tells whether any of the tests fails with a mutant. They are asked in their order, in parts
// of which each may take five times as long as those before it.
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
		if pass, _ := p.run(names, number, 2+4*seconds); !pass {
			return true
		}
	}
	return false
}
