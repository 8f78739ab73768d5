//go:build slow

package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// trueProblem is an estimation problem whose answer is known.
type trueProblem struct {
	name     string
	text     string
	start    map[string]float64 // of all states
	states   []string           // in the order of the text; the first are measured
	measured int
	noise    []float64 // of each measured column
	t        []float64
	truth    map[string]float64
	begin    map[string]field.Unknown
	guess    map[string]float64 // of hidden starts
	known    bool               // the starts are given
	silent   []string           // parameters of which the data say nothing
}

func from(start float64) field.Unknown { return field.Unknown{Start: start} }

func above(start float64) field.Unknown {
	zero := 0.0
	return field.Unknown{Start: start, Min: &zero}
}

// trueProblems have valleys, bounds, hidden states and starts that are decades off.
func trueProblems() []trueProblem {
	return []trueProblem{
		{name: "growth from next to nothing", text: "s' = r*s*(1 - s/K)", states: []string{"s"}, measured: 1, start: map[string]float64{"s": 1e-6},
			noise: []float64{0.02}, t: steps(41, 1), truth: map[string]float64{"r": 0.6, "K": 2}, begin: map[string]field.Unknown{"r": above(0.01), "K": above(50)}},
		{name: "inflow and decay, starts 1000 times off", text: "x' = q - k*x", states: []string{"x"}, measured: 1, start: map[string]float64{"x": 100},
			noise: []float64{120}, t: steps(40, 0.25), truth: map[string]float64{"q": 3000, "k": 0.6}, begin: map[string]field.Unknown{"q": from(1), "k": from(0.0005)}},
		{name: "predator and prey, 0.5 to 3 times off", text: "x' = a*x - b*x*y\ny' = c*x*y - d*y", states: []string{"x", "y"}, measured: 2, start: map[string]float64{"x": 1, "y": 2},
			noise: []float64{0.15, 0.15}, t: steps(61, 0.15), truth: map[string]float64{"a": 1.3, "b": 0.9, "c": 0.8, "d": 1.8},
			begin: map[string]field.Unknown{"a": between(0.65, 0, 10), "b": between(2.7, 0, 10), "c": between(0.4, 0, 10), "d": between(3.6, 0, 10)}},
		{name: "epidemic, susceptibles hidden", text: "I' = b*S*I/1000 - g*I\nS' = -b*S*I/1000", states: []string{"I", "S"}, measured: 1, start: map[string]float64{"I": 3, "S": 900},
			noise: []float64{12}, t: steps(40, 0.7), truth: map[string]float64{"b": 1.2, "g": 0.4}, begin: map[string]field.Unknown{"b": above(0.1), "g": above(5)}, guess: map[string]float64{"S": 500}},
		{name: "Michaelis–Menten, a valley", text: "s' = -V*s/(K + s)", states: []string{"s"}, measured: 1, start: map[string]float64{"s": 3},
			noise: []float64{0.05}, t: steps(31, 0.4), truth: map[string]float64{"V": 1, "K": 2}, begin: map[string]field.Unknown{"V": above(0.01), "K": above(100)}},
		{name: "oscillator, velocity hidden", text: "x' = v\nv' = -k*x - c*v", states: []string{"x", "v"}, measured: 1, start: map[string]float64{"x": 1, "v": 0.5},
			noise: []float64{0.08}, t: steps(61, 0.25), truth: map[string]float64{"k": 2, "c": 0.15}, begin: map[string]field.Unknown{"k": from(0.3), "c": from(2)}},
		{name: "absorption, depot hidden, starts known", text: "C' = ka*depot/V - CL/V*C\ndepot' = -ka*depot", states: []string{"C", "depot"}, measured: 1, start: map[string]float64{"C": 0, "depot": 600}, known: true,
			noise: []float64{1.2}, t: steps(31, 0.8), truth: map[string]float64{"ka": 0.7, "CL": 1.5, "V": 12}, begin: map[string]field.Unknown{"ka": above(10), "CL": above(0.05), "V": above(300)}},
		{name: "chain of reactions, rates decades off", text: "a' = -k1*a\nb' = k1*a - k2*b", states: []string{"a", "b"}, measured: 2, start: map[string]float64{"a": 10, "b": 0},
			noise: []float64{0.3, 0.3}, t: steps(31, 40), truth: map[string]float64{"k1": 0.004, "k2": 0.0015}, begin: map[string]field.Unknown{"k1": above(3), "k2": above(20)}},
		{name: "fall with drag, a valley", text: "h' = v\nv' = 9.81*(1 - rho/7000) - a*v - b*v^2", states: []string{"h", "v"}, measured: 1, start: map[string]float64{"h": 0, "v": 0}, known: true,
			noise: []float64{0.02}, t: steps(81, 0.05), truth: map[string]float64{"rho": 1000, "a": 0.5, "b": 0.2}, begin: map[string]field.Unknown{"rho": above(100), "a": above(0.001), "b": above(0.001)}},
		{name: "nerve cell within bounds", text: "v' = v - v^3/3 - w + I\nw' = (v + a - b*w)/tau", states: []string{"v", "w"}, measured: 2, start: map[string]float64{"v": -1, "w": 1},
			noise: []float64{0.1, 0.05}, t: steps(81, 1), truth: map[string]float64{"I": 0.5, "a": 0.7, "b": 0.8, "tau": 12.5},
			begin: map[string]field.Unknown{"I": between(1.5, 0, 5), "a": between(0.35, 0, 5), "b": between(2, 0, 5), "tau": between(5, 1, 100)}},
		{name: "nothing is said: a sum", text: "x' = -(p + q)*x", states: []string{"x"}, measured: 1, start: map[string]float64{"x": 5},
			noise: []float64{0.1}, t: steps(31, 0.2), truth: map[string]float64{"p": 0.3, "q": 0.5}, begin: map[string]field.Unknown{"p": from(1), "q": from(1)}, silent: []string{"p", "q"}},
		{name: "nothing is said: saturation far above the data", text: "s' = -V*s/(K + s)", states: []string{"s"}, measured: 1, start: map[string]float64{"s": 1},
			noise: []float64{0.03}, t: steps(31, 0.2), truth: map[string]float64{"V": 700, "K": 1000}, begin: map[string]field.Unknown{"V": above(1), "K": above(1)}, silent: []string{"V", "K"}},
		{name: "nothing is said: binding that is fast", text: "s' = -f*s*e + r*c\np' = 8*c\ne' = -f*s*e + (r + 8)*c\nc' = f*s*e - (r + 8)*c", states: []string{"s", "p", "e", "c"}, measured: 2,
			start: map[string]float64{"s": 1, "p": 0, "e": 0.01, "c": 0}, known: true, noise: []float64{0.02, 0.02}, t: steps(31, 0.5), truth: map[string]float64{"f": 300, "r": 100},
			begin: map[string]field.Unknown{"f": above(30), "r": above(1)}, silent: []string{"f", "r"}},
	}
}

// draw makes the recording of a draw and the problem.
func (q *trueProblem) draw(t *testing.T, seed uint64) *Problem {
	t.Helper()
	var start []float64
	for _, s := range q.states {
		start = append(start, q.start[s])
	}
	clean := recorded(t, &field.System{Name: "true", States: q.states, Equations: q.text, Parameters: q.truth, Start: start}, q.t, "0", 0)
	rec := data.Series{Names: q.states[:q.measured], Units: make([]string, q.measured), Time: "t", T: q.t}
	r := num.Stream(seed, "coverage "+q.name)
	for k := range q.t {
		for c := range q.measured {
			rec.X = append(rec.X, clean.Row(k)[c]+q.noise[c]*r.NormFloat64())
		}
	}
	return mustProblem(t, []data.Series{rec}, &field.Equations{Text: q.text, Parameters: q.begin, Start: q.guess}, func(s *Settings) {
		s.Heldout, s.Seed, s.Members = 0, seed, 1
		if q.known {
			s.Initial, s.Start = "known", start
		}
	})
}

// count of one parameter or start.
type covered struct{ in, of, none, far int }

// covers tells whether an estimate holds the truth in what it calls two standard
// deviations.
func covers(e model.Estimate, truth float64) bool {
	if !math.IsNaN(e.Lo) && !math.IsNaN(e.Hi) {
		return e.Lo <= truth && truth <= e.Hi
	}
	return math.Abs(e.Value-truth) <= 2*e.SD
}

// Over draws of the noise, two standard deviations hold the truth as often as they should, and
// where the data say nothing that is said. ENTRAIN_DRAWS sets the number of draws, 100 if not set.
func TestErrorsCoverTheTruth(t *testing.T) {
	draws := uint64(100)
	if n, err := strconv.Atoi(os.Getenv("ENTRAIN_DRAWS")); err == nil {
		draws = uint64(n)
	}
	in, of, said, silent := 0, 0, 0, 0
	for _, q := range trueProblems() {
		if only := os.Getenv("ENTRAIN_ONLY"); only != "" && !strings.Contains(q.name, only) {
			continue
		}
		count := map[string]*covered{}
		lost := 0
		for seed := range draws {
			r, err := (Auto{}).Fit(context.Background(), q.draw(t, seed), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Convergence == nil || !r.Convergence.Converged {
				lost++
			}
			truth := map[string]float64{}
			for k, v := range q.truth {
				truth[k] = v
			}
			for k, v := range q.start {
				truth[k+"(0)"] = v
			}
			if os.Getenv("ENTRAIN_SHOW") != "" {
				for _, e := range append(r.Parameters, r.Starts...) {
					t.Logf("  %d: %+v, truth %g", seed, e, truth[e.Name])
				}
				t.Log(r.Convergence, r.Tried[0].Why, r.Determined)
			}
			for _, e := range append(r.Parameters, r.Starts...) {
				c := count[e.Name]
				if c == nil {
					c = &covered{}
					count[e.Name] = c
				}
				switch {
				case math.IsNaN(e.SD) && (math.IsNaN(e.Lo) || math.IsNaN(e.Hi)):
					c.none++
				default:
					c.of++
					if covers(e, truth[e.Name]) {
						c.in++
					}
				}
				if math.IsNaN(e.SD) {
					c.far++
				}
			}
		}
		line := fmt.Sprintf("%-48s not converged %d:", q.name, lost)
		for _, name := range append(sortedNames(q.truth), startNames(q.states)...) {
			c := count[name]
			if c == nil {
				continue
			}
			line += fmt.Sprintf("  %s %d/%d", name, c.in, c.of)
			if c.none > 0 {
				line += fmt.Sprintf(" (none %d)", c.none)
			}
			isSilent := false
			for _, s := range q.silent {
				isSilent = isSilent || s == name
			}
			switch {
			case isSilent:
				said, silent = said+c.far, silent+int(draws)
			case len(q.silent) == 0:
				in, of = in+c.in, of+c.of
				if c.of < int(draws)*9/10 || float64(c.in) < 0.88*float64(c.of)-1e-9 {
					t.Errorf("%s: %s is covered %d of %d times, without an error %d times", q.name, name, c.in, c.of, c.none)
				}
			}
		}
		t.Log(line)
	}
	share := float64(in) / float64(max(1, of))
	t.Logf("pooled: %d of %d = %.1f ± %.1f %%; nothing said where nothing is known: %d of %d", in, of, 100*share, 100*math.Sqrt(share*(1-share)/float64(max(1, of))), said, silent)
	if of > 0 && (share < 0.92 || share > 0.98) || silent > 0 && float64(said) < 0.95*float64(silent) {
		t.Error("the errors are not what they say")
	}
}

func sortedNames(m map[string]float64) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func startNames(states []string) []string {
	var out []string
	for _, s := range states {
		out = append(out, s+"(0)")
	}
	return out
}
