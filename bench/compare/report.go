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

// results are all there is to report.
type results struct {
	command        string
	before         string   // load average
	absent         []string // who does not take part, and why
	double, single table    // in float64, in float32
}

// table is of the problems in one precision; who takes part in the order of the
// columns.
type table struct {
	peers    []*peer
	contests []*contest
}

// of is the table that a problem belongs to.
func (r *results) of(c *contest) *table {
	if c.single {
		return &r.single
	}
	return &r.double
}

const preface = `# How fast, beside its peers

Written by %s; do not edit. Everyone has a turn of the same length in every round, so all
numbers of a problem come from the same minutes. Times are those of the fastest call; "median" is the median
over rounds of the median of a turn. Where the mean time of the processor for a call is less it counts instead of the
clock's, so that other work on the machine matters little. "×" is a peer's fastest time divided by ours.
PyTorch is eager. One thread each, float64 on both sides; the problems whose names end in f32 are in float32 on both
sides and have a table of their own.
Results were compared before timing: "differs by" is the larger relative difference of loss and gradient norm, of
the norm of the result for a field or an ensemble. A peer whose result is another one is not timed.

`

// notes say what the reader of the problems of one kind needs to know.
var notes = map[string]string{
	"G1": "One trajectory (2-32-2; rk4 is the 3/8 rule in steps of 0.1). Evaluations are those of the field going forward.",
	"G2": "One trajectory (3-50-50-3).",
	"G3": "256 trajectories of 3-50-50-3. Ours, diffrax and torchode have a step size for each trajectory, torchdiffeq and SciPy one for all. " +
		"\"cores\" is ours on all processors visible, beside nobody.",
	"G4": "The neural ODE example of diffrax. G4 is the whole fit, compiling included (imports are not); losses are means of the first 10 and the last 50 " +
		"iterations, small differences of the solvers grow over a thousand of them, and a fit that takes 15 s is made once. G4/step is one iteration on all 100 points from the " +
		"weights that our fit ends with; that of torchdiffeq, which has neither Tsit5 nor AdaBelief, is the gradient alone with Dopri5, one step size for all.",
	"G5": "The spiral of DiffEqFlux, 500 iterations of Adam, compiling included; torchdiffeq has Dopri5 instead of Tsit5.",
	"G6": "No gradient. Lorenz from 0 to 100 with tolerances of 1e-8, Lotka–Volterra on [0, 10] with the tolerance of the name, errors against a far more " +
		"exact orbit (Lorenz: at time 5, before orbits part). dop853 is Dopri8 in diffrax; multistep is LSODA in SciPy and CVODES in CasADi beside our dop853. " +
		"The ensemble is 8192 Lorenz systems on [0, 1], fixed steps of 1e-3 or tolerances of 1e-8; the whole one is 524 288 of them, ours alone with fixed steps.",
	"G7": "The last number is the batch. A call from Python costs what Python takes, a few µs, which matters in small batches.",
	"C6": "Stiff problems, at equal digits: the number in the name is how many are to be correct at the end, in every component above the absolute " +
		"tolerance. Each takes the loosest tolerance, in halves of powers of ten, with which it reaches them; ours also the fastest of radau5, kencarp4 and rodas4. " +
		"Radau and BDF are SciPy's with Jacobians by hand, multistep is CVODES in CasADi or, where there are algebraic equations, IDAS with consistent starts " +
		"and slopes.",
	"C1": "Collocation as one nonlinear program: a network 2-32-2 with tanh on 200 rows of a forced Van der Pol oscillator, noise 0.1, 66 elements of three " +
		"Radau stages, tolerance 1e-8. Medians over draws of noise and weights; evaluations are iterations. Ours is everything from the rows on, " +
		"the start, the relaxation and the simulated score; CasADi's is IPOPT's solve alone (MUMPS, exact second derivatives, expanded, the fastest " +
		"ordering), from the point where our program begins. That it is the same program is checked at both ends.",
	"C2": "C1 with 4 to 128 hidden units.",
	"C3": "Without the force, 200 to 3200 rows, a third as many elements. IPOPT is stopped after a minute.",
	"G9": "The gradient of one trajectory in more and more steps of the 3/8 rule, and of wider and wider networks (3-width-width-3, a hundred steps). " +
		"\"discrete\" is the exact gradient of the steps (ours keeps up to 64 MiB, diffrax every step), with \"checkpoints\" ours keeps 1 MiB and diffrax its usual number of them, " +
		"\"backsolve\" is the continuous adjoint, \"forward\" has tangents. Memory is what ours holds in all, and for diffrax what the compiled program takes " +
		"for temporaries and results. Whatever would take more than ten seconds a call is left out.",
}

const twins = `
## Float32 twins

The same problems in float32: all of it at the peers, the field at Entrain, whose states, sums over a batch and steps stay in
float64. Results agree to rounding in float32. The last column is what float32 gains: our time in float64, a table above, divided by
ours.

`

func (r *results) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, preface, "`"+r.command+"`")
	fmt.Fprintf(&b, "- %s; %s; %d processors visible, kernels %s, %s\n", time.Now().UTC().Format(time.DateOnly), processor(),
		runtime.NumCPU(), kernel.Level(), runtime.Version())
	fmt.Fprintf(&b, "- load average before %s, after %s (ours and the peers' turns are one of it)\n", r.before, load())
	for _, p := range slices.Concat(r.double.peers, r.single.peers) {
		var v []string
		for _, name := range slices.Sorted(maps.Keys(p.Versions)) {
			v = append(v, name+" "+p.Versions[name])
		}
		name := p.Name
		if p.single {
			name += " in float32"
		}
		fmt.Fprintf(&b, "- %s: %s%s\n", name, strings.Join(v, ", "), busy(p))
	}
	for _, a := range r.absent {
		fmt.Fprintf(&b, "- not measured: %s\n", a)
	}
	if len(r.double.contests) > 0 {
		b.WriteString("\n## In short\n\nOur time, and how many times longer each peer takes.\n\n" + r.double.header("\n"))
		for _, c := range r.double.contests {
			b.WriteString(r.double.row(c) + "\n")
		}
	}
	group := ""
	for _, c := range r.double.contests {
		if g, _, _ := strings.Cut(c.name, "/"); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s", g, notes[g], detailHeader(g))
		}
		b.WriteString(r.double.details(c, group))
	}
	if len(r.single.contests) > 0 {
		b.WriteString(twins + r.twins())
	}
	return b.String()
}

// twins are the problems in float32, in short and in detail.
func (r *results) twins() string {
	var b strings.Builder
	b.WriteString(r.single.header(" gain |\n"))
	for _, c := range r.single.contests {
		b.WriteString(r.single.row(c) + " " + r.gain(c) + " |\n")
	}
	b.WriteString("\n" + detailHeader(""))
	for _, c := range r.single.contests {
		b.WriteString(r.single.details(c, ""))
	}
	return b.String()
}

// gain is how many times longer the same takes in float64, if it was measured.
func (r *results) gain(c *contest) string {
	for _, d := range r.double.contests {
		if d.name == strings.TrimSuffix(c.name, "/f32") {
			return fmt.Sprintf("%.3g", d.ours.fastest()/c.ours.fastest())
		}
	}
	return "–"
}

// busy says how many cores a peer used, which is to be one.
func busy(p *peer) string {
	if p.cores == 0 {
		return ""
	}
	return fmt.Sprintf("; at most %.2f cores busy in a turn", p.cores)
}

// header has a column for everyone, and those of last, which ends the line.
func (t *table) header(last string) string {
	s := "| problem | Entrain |"
	for _, p := range t.peers {
		s += " " + p.Name + " |"
	}
	return s + last + "|---|--:|" + strings.Repeat("--:|", len(t.peers)+strings.Count(last, "|")) + "\n"
}

// row is one problem in short.
func (t *table) row(c *contest) string {
	cells := []string{c.name, bench.Clock(c.ours.fastest())}
	for i := range c.theirs {
		cells = append(cells, ratio(&c.ours, &c.theirs[i]))
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func ratio(ours, e *entry) string {
	switch {
	case e.failed != "":
		return "failed"
	case !e.offered:
		return "–"
	case e.wrong:
		return "another result"
	}
	return fmt.Sprintf("**%.3g**", e.fastest()/ours.fastest())
}

// detailHeader is that of the problems of one kind: what is stated depends on
// what they have.
func detailHeader(group string) string {
	last := "differs by"
	switch group {
	case "C6":
		last = "error"
	case "G6":
		last = "error, or differs by"
	case "G9":
		last = "differs by | memory"
	case "C1", "C2", "C3":
		last = "draws"
	}
	n := strings.Count(last, "|") + 1
	return "| problem | who | time | median | × | evaluations | first call | " + last + " |\n|---|---|--:|--:|--:|--:|--:|" + strings.Repeat("--:|", n) + "\n"
}

// details are a line for everyone who took part.
func (t *table) details(c *contest, group string) string {
	s := line(c, "Entrain", &c.ours, group)
	for i := range c.theirs {
		if e := &c.theirs[i]; e.offered || e.failed != "" {
			s += line(c, t.peers[i].Name, e, group)
		}
	}
	return s
}

func line(c *contest, who string, e *entry, group string) string {
	cells := []string{c.name, who, "", "", ratio(&c.ours, e), "", "", ""}
	if e == &c.ours {
		cells[4] = ""
	}
	if len(e.ns) > 0 {
		cells[2], cells[3] = bench.Clock(e.fastest()), bench.Clock(e.median())
	}
	if e.figures.Evals > 0 {
		cells[5] = fmt.Sprintf("%.4g", e.figures.Evals)
	}
	if e.first > 0 {
		cells[6] = fmt.Sprintf("%.2f s", e.first)
	}
	switch {
	case e.failed != "":
		cells[7] = e.failed
	case e.note != "":
		cells[7] = e.note
	case e.figures.Error > 0:
		cells[7] = fmt.Sprintf("error %.1e", e.figures.Error)
		if e.figures.Said != "" {
			cells[7] += "; " + e.figures.Said
		}
	case e.figures.Begin > 0:
		cells[7] = fmt.Sprintf("ends at %.2g", e.figures.Loss)
		if e != &c.ours {
			cells[7] = fmt.Sprintf("%.0e at first, ", c.difference(e.figures)) + cells[7]
		}
	case e != &c.ours:
		cells[7] = fmt.Sprintf("%.0e", c.difference(e.figures))
	}
	if group == "G9" {
		memory := ""
		if e.figures.Bytes > 0 {
			memory = bench.Bytes(e.figures.Bytes)
		}
		cells = append(cells, memory)
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
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
