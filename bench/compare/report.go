package main

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/bench"
	"github.com/entrain-dev/entrain/internal/kernel"
)

const preface = `# How fast, beside its peers

Written by %s; do not edit. Everyone has a turn of the same length in every round, so all
numbers of a row come from the same minutes. Each cell is the fastest call and, in brackets, the
median over rounds; "×" is their fastest time divided by ours. Float64, one thread each.
Results were compared before timing; "differs by" is the larger relative difference of loss and gradient
norm (of the result's norm for a field). G1, G2: one trajectory; G3: 256 segments, ours with a step
size for each, as diffrax's, SciPy's with one for all. Calls from Python cost what Python takes, a few µs: it matters in
the field alone with small batches (the last number of a G7 name is the batch).

`

const notMeasured = `
Not measured here: torchdiffeq and torchode, because the package index has PyTorch only together with
gigabytes of libraries for GPUs.
`

func report(all []contest, peers []*peer, before string) string {
	var b strings.Builder
	fmt.Fprintf(&b, preface, "`make bench-peers`")
	fmt.Fprintf(&b, "- %s; %s; %d processors visible, kernels %s, %s\n", time.Now().UTC().Format(time.DateOnly), processor(),
		runtime.NumCPU(), kernel.Level(), runtime.Version())
	fmt.Fprintf(&b, "- load average before %s, after %s (ours and the peers' turns are one of it)\n", before, load())
	for _, p := range peers {
		var v []string
		for _, name := range slices.Sorted(maps.Keys(p.Versions)) {
			v = append(v, name+" "+p.Versions[name])
		}
		fmt.Fprintf(&b, "- %s: %s\n", p.Name, strings.Join(v, ", "))
	}
	b.WriteString("\n| problem | Entrain |")
	for _, p := range peers {
		fmt.Fprintf(&b, " %s | × | differs by |", p.Name)
	}
	b.WriteString("\n|---|--:|" + strings.Repeat("--:|--:|--:|", len(peers)) + "\n")
	for i := range all {
		b.WriteString(all[i].row(peers) + "\n")
	}
	b.WriteString("\nField evaluations of one trajectory going forward, and seconds from the first call to its result (compiling):\n\n| problem | Entrain |")
	for _, p := range peers {
		fmt.Fprintf(&b, " %s | first call |", p.Name)
	}
	b.WriteString("\n|---|--:|" + strings.Repeat("--:|--:|", len(peers)) + "\n")
	for i := range all {
		b.WriteString(all[i].counts() + "\n")
	}
	return b.String() + notMeasured
}

// row is the times of one problem.
func (c *contest) row(peers []*peer) string {
	cells := []string{c.name, cell(&c.ours)}
	for i := range peers {
		e := &c.theirs[i]
		switch {
		case e.first == 0:
			cells = append(cells, "–", "", "")
		case e.wrong:
			cells = append(cells, "another result", "", fmt.Sprintf("%.0e", c.difference(e.figures)))
		default:
			cells = append(cells, cell(e), fmt.Sprintf("**%.3g**", e.fastest()/c.ours.fastest()), fmt.Sprintf("%.0e", c.difference(e.figures)))
		}
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// counts is the work of one problem.
func (c *contest) counts() string {
	cells := []string{c.name, evaluations(c.ours.figures)}
	for i := range c.theirs {
		e := &c.theirs[i]
		cells = append(cells, evaluations(e.figures), fmt.Sprintf("%.2f s", e.first))
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func evaluations(f figures) string {
	if f.Evals == 0 {
		return ""
	}
	return fmt.Sprintf("%.4g", f.Evals)
}

func cell(e *entry) string {
	return bench.Clock(e.fastest()) + " (" + bench.Clock(e.median()) + ")"
}

// levels is our own profile, as entrain bench prints it.
func levels(m bench.Meter) (string, error) {
	var b strings.Builder
	m.Peak = bench.Peak(m)
	peak := "is not measured in this build"
	if m.Peak > 0 {
		peak = fmt.Sprintf("%.3g GFLOP/s", m.Peak)
	}
	fmt.Fprintf(&b, "\n## Entrain level by level\n\nAs `entrain bench --quick` measures. Multiply-adds alone on one core: %s.\n\n", peak)
	b.WriteString("| name | lanes | time | median | a lane | allocations | GFLOP/s | of peak | |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, c := range bench.Cases() {
		r, err := m.Measure(c)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.Name, err)
		}
		rate, share := "", ""
		if r.Flops > 0 {
			rate = fmt.Sprintf("%.3g", r.Flops/r.NS)
		}
		if r.PeakPercent != nil {
			share = fmt.Sprintf("%.0f %%", *r.PeakPercent)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %.4g | %s | %s | %s |\n", r.Name, r.Lanes, bench.Clock(r.NS), bench.Clock(r.Median),
			bench.Clock(r.NS/float64(r.Lanes)), r.Allocs, rate, share, r.Note)
	}
	return b.String(), nil
}

// processor names the machine where the system tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, " \t:"))
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// load is the load average over a minute where the system tells.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
