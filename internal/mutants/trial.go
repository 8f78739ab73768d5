package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// trial is the sample of one package.
type trial struct {
	dir    string
	limit  time.Duration
	within float64 // seconds of processor time of the tests of one mutant; 0: all that run it
	jobs   int
	only   map[string]bool // identities; nil for a sample
	asked  *regexp.Regexp  // names of the tests that are
	out    io.Writer
}

// sample is what may be tried, in the order in which it is.
func (t trial) sample(seed uint64) ([]*mutant, error) {
	all, err := mutantsOf(t.dir)
	if err != nil {
		return nil, err
	}
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	same := equivalents(equivalentList)
	kept := all[:0]
	for _, m := range all {
		if id := m.identity(); !same[id] && (t.only == nil || t.only[id]) {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// run tries mutants in a seeded order until n of them compiled, and tells how many survived.
func (t trial) run(n int, seed uint64) (alive, tried int, err error) {
	sample, err := t.sample(seed)
	if err != nil {
		return 0, 0, err
	}
	sample = sample[:min(len(sample), n+n/2+5)]
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(folder)
	pkg, err := packageOf(t.dir)
	if err != nil {
		return 0, 0, err
	}
	together := copies{dir: t.dir, pkg: pkg, folder: folder, numbers: map[*mutant]int{}}
	for i, m := range sample {
		if m.holds() {
			together.numbers[m] = i + 1
		}
	}
	p := program{binary: filepath.Join(folder, "all.test"), dir: t.dir, limit: t.limit, asked: t.asked}
	if err := together.build(p.binary); err != nil {
		return 0, 0, err
	}
	fmt.Fprintf(t.out, "%s: %d mutants in one binary\n", t.dir, len(together.numbers))
	tests, bad, err := p.probes(folder)
	if err != nil {
		return 0, 0, err
	}
	for _, name := range bad {
		fmt.Fprintf(t.out, "%s: %s fails without a mutant and is left out\n", t.dir, name)
	}
	j := judge{trial: t, program: p, tests: tests, numbers: together.numbers, folder: folder}
	alive, tried = j.all(sample, n)
	return alive, tried, nil
}

// judge tries mutants.
type judge struct {
	trial
	program program
	tests   []probe
	numbers map[*mutant]int
	folder  string
}

// all tries a sample until n of it compiled.
func (j judge) all(sample []*mutant, n int) (alive, tried int) {
	var mu sync.Mutex
	var group sync.WaitGroup
	next := 0
	for range j.jobs {
		group.Go(func() {
			for {
				mu.Lock()
				if next == len(sample) || tried >= n {
					mu.Unlock()
					return
				}
				m := sample[next]
				next++
				mu.Unlock()
				valid, killed, note := j.one(m)
				mu.Lock()
				if valid && tried < n {
					tried++
					if !killed {
						alive++
						fmt.Fprintf(j.out, "survived %s # line %d%s\n", m.identity(), m.line, note)
					}
					if tried%10 == 0 {
						fmt.Fprintf(os.Stderr, "%d tried, %d killed\n", tried, tried-alive)
					}
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return alive, tried
}

// one tries a mutant.
func (j judge) one(m *mutant) (valid, killed bool, note string) {
	tests := m.of(j.tests, j.within)
	if number, ok := j.numbers[m]; ok {
		if len(tests) == 0 {
			return true, false, ", no test runs it"
		}
		return true, j.program.kills(tests, number), ""
	}
	if m.in != nil && m.in.whole {
		return false, false, ""
	}
	folder, err := os.MkdirTemp(j.folder, "alone")
	if err != nil {
		return false, false, ""
	}
	defer os.RemoveAll(folder)
	p := j.program
	p.binary = filepath.Join(folder, "one.test")
	if valid, err = m.alone(j.dir, folder, p.binary); err != nil || !valid {
		return false, false, ""
	}
	return true, p.kills(tests, 0), ""
}
