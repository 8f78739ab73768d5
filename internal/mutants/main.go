// Mutants tells how many small faults the tests of a package notice. It makes
// a seeded sample of them in the package's code, one at a time, in a copy that
// only the compiler sees, and runs the package's own tests on each:
//
//	go run ./internal/mutants -n 150 -seed 1 ./field
//
// A mutant that the tests pass has survived. Either a test is missing, or the
// mutant computes the same as the code; the latter are listed in
// equivalent.txt beside this program, each with the reason, and do not count.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

//go:embed equivalent.txt
var equivalentList string

// outcome is what became of a mutant.
type outcome int

const (
	invalid outcome = iota // it does not compile
	killed
	survived
)

func main() {
	n := flag.Int("n", 150, "mutants a package that compile")
	seed := flag.Uint64("seed", 1, "of the sample")
	jobs := flag.Int("jobs", 1, "mutants at the same time")
	limit := flag.Duration("timeout", 3*time.Minute, "for the tests of a mutant; one that takes longer is killed")
	flag.Parse()
	code := 0
	for _, dir := range flag.Args() {
		alive, tried, err := trial{dir: dir, limit: *limit, jobs: *jobs}.run(*n, *seed)
		if err != nil {
			fmt.Fprintln(os.Stderr, "mutants:", err)
			os.Exit(2)
		}
		fmt.Printf("%s: %d of %d mutants killed (%.0f %%)\n", dir, tried-len(alive), tried, 100*float64(tried-len(alive))/float64(max(tried, 1)))
		if 10*len(alive) > tried {
			code = 1
		}
	}
	os.Exit(code)
}

// trial is the sample of one package.
type trial struct {
	dir   string
	limit time.Duration
	jobs  int
}

// run tries mutants in a seeded order until n of them compiled, and returns
// those that survived.
func (t trial) run(n int, seed uint64) (alive []mutant, tried int, err error) {
	all, err := mutantsOf(t.dir)
	if err != nil {
		return nil, 0, err
	}
	if o, out := t.test(nil); o != survived {
		return nil, 0, fmt.Errorf("the tests of %s fail without a mutant:\n%s", t.dir, out)
	}
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var mu sync.Mutex
	var group sync.WaitGroup
	next := 0
	for range t.jobs {
		group.Go(func() {
			for {
				mu.Lock()
				if next == len(all) || tried >= n {
					mu.Unlock()
					return
				}
				m := all[next]
				next++
				mu.Unlock()
				if equivalent(m) {
					continue
				}
				o, _ := t.test(&m)
				mu.Lock()
				if o != invalid && tried < n {
					tried++
					if o == survived {
						alive = append(alive, m)
						fmt.Println("survived", m)
					}
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return alive, tried, nil
}

// test runs the tests of the package with one mutant in it, or with none.
func (t trial) test(m *mutant) (outcome, string) {
	args := []string{"test", "-short", "-count=1", "-failfast", "-vet=off"}
	if m != nil {
		folder, err := os.MkdirTemp("", "mutant")
		if err != nil {
			return invalid, err.Error()
		}
		defer os.RemoveAll(folder)
		overlay, err := m.overlay(folder)
		if err != nil {
			return invalid, err.Error()
		}
		args = append(args, "-overlay", overlay)
	}
	ctx, cancel := context.WithTimeout(context.Background(), t.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+filepath.ToSlash(filepath.Clean(t.dir)))...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived, string(out)
	case ctx.Err() == nil && (!errors.As(err, &exit) || bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]"))):
		return invalid, string(out)
	}
	return killed, string(out)
}

// overlay writes the mutated file and the list that tells the compiler of it.
func (m *mutant) overlay(folder string) (string, error) {
	text, err := os.ReadFile(m.path)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(folder, "mutant.go")
	text = append(append(append([]byte{}, text[:m.from]...), m.to...), text[m.upTo:]...)
	if err := os.WriteFile(changed, text, 0o600); err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.path)
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

// equivalent tells whether the list has a mutant: lines of its path, its text
// and its replacement, then " # " and the reason.
func equivalent(m mutant) bool {
	for line := range strings.Lines(equivalentList) {
		what, _, ok := strings.Cut(strings.TrimSpace(line), " # ")
		if ok && what == m.identity() {
			return true
		}
	}
	return false
}
