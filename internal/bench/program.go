package bench

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/train"
)

// Program is a fit by collocation as a nonlinear program of a stated size: a Van der
// Pol oscillator on [0, 15] from (0, 1), with noise of 0.1, and a network with one
// layer of tanh that is not told of the force, if there is one. States and parameters
// are in the oscillator's units.
//
//	minimise (1/2N) Σ (polynomial at the time of a row − value)² + Decay Σ θ²
//
// over N rows of two values, with Elements elements of equal length whose stages are
// those of Radau IIA, and free starts. Twice that is the published objective.
type Program struct {
	Name   string
	Sizes  []int
	Times  []float64
	Data   []float64 // rows × 2
	Ends   []float64 // of the elements
	Stages int
	Decay  float64

	Start      []float64 // unknowns at which the program begins: θ, start, stages
	Begin      float64   // objective there
	Solution   []float64
	Objective  float64 // at the solution
	Violation  float64 // largest of a row there
	Iterations int
	Solved     bool
	Simulated  float64 // mean square of the distances of the simulated trajectory to the rows

	series []data.Series
	seed   uint64
}

// Figures of the programs.
const (
	oscillatorSpan  = 15
	oscillatorNoise = 0.1
	rowsPerElement  = 3
)

// ProgramNames are those of all programs: C1 is the published size, C2/h has h hidden
// units, C3/n has n rows of the oscillator without force, C4 has 800 rows of that with it: dense
// data, and a model that cannot be right.
func ProgramNames() []string {
	names := []string{"C1"}
	for _, h := range []int{4, 8, 16, 32, 64, 128} {
		names = append(names, "C2/"+strconv.Itoa(h))
	}
	for _, n := range []int{200, 400, 800, 1600, 3200} {
		names = append(names, "C3/"+strconv.Itoa(n))
	}
	return append(names, "C4")
}

// NewProgram prepares a program with noise and weights drawn with seed.
func NewProgram(name string, seed uint64) (*Program, error) {
	hidden, rows, force := 32, 200, 1.0
	if name == "C4" {
		rows = 800
	}
	if group, number, ok := strings.Cut(name, "/"); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("%s is no program", name)
		}
		if group == "C2" {
			hidden = n
		} else {
			rows, force = n, 0
		}
	}
	p := &Program{Name: name, Sizes: []int{2, hidden, 2}, Stages: 3, Decay: 5e-4, seed: seed,
		Times: grid(rows, 0, oscillatorSpan/float64(rows-1))}
	elements := rows / rowsPerElement
	p.Ends = grid(elements+1, 0, oscillatorSpan/float64(elements))
	clean, err := orbit("van-der-pol-forced", map[string]float64{"mu": 1, "A": force, "omega": 1}, []float64{0, 1}, p.Times,
		ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12})
	if err != nil {
		return nil, err
	}
	draw := num.Stream(seed, "oscillator")
	s := data.Series{Names: []string{"x", "y"}, Units: make([]string, 2), Time: "t", T: p.Times}
	for _, v := range clean.X {
		s.X = append(s.X, v+oscillatorNoise*draw.NormFloat64())
	}
	p.Data, p.series = s.X, []data.Series{s}
	return p, nil
}

// Rule is the matrix that integrates within an element, Stages × Stages.
func (p *Program) Rule() []float64 { return num.RadauRule(p.Stages).A }

// Observed says what the beginning and the stages of an element contribute to the
// polynomial at the time of each row, and which element it is.
func (p *Program) Observed() (element []int, weights [][]float64) {
	rule, e := num.RadauRule(p.Stages), 0
	for _, t := range p.Times {
		for e+2 < len(p.Ends) && t > p.Ends[e+1] {
			e++
		}
		by := make([]float64, p.Stages+1)
		rule.Weights(by, min(1, (t-p.Ends[e])/(p.Ends[e+1]-p.Ends[e])))
		element, weights = append(element, e), append(weights, by)
	}
	return element, weights
}

// Run fits once on one thread, from the rows to a simulated score.
func (p *Program) Run() error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := train.DefaultSettings()
	s.Heldout, s.Scale, s.Seed, s.Budget = 0, "none", p.seed, 1000
	problem, err := train.NewProblem(p.series, "mlp", &field.MLP{Hidden: p.Sizes[1:2], Activation: "tanh"}, s)
	if err != nil {
		return err
	}
	c := &train.Collocation{Elements: len(p.Ends) - 1, Stages: p.Stages, Decay: p.Decay, Tolerance: 1e-8, Refine: math.MaxFloat64, Starts: 1}
	var first, last *train.Checkpoint
	r, err := c.Fit(context.Background(), problem, nil, func(e train.Event) {
		if e.Checkpoint != nil {
			if last = e.Checkpoint; first == nil {
				first = last
			}
		}
	})
	if err != nil {
		return err
	}
	if len(first.Collocated) != 1 || first.Collocated[0].Relaxed == nil {
		return fmt.Errorf("%s: %s", p.Name, strings.Join(r.Warnings, " "))
	}
	p.Start, p.Begin = first.Collocated[0].Relaxed.X, first.Parts["values of start 0"][0]
	p.Iterations, p.Simulated, p.Solved = r.Iterations, r.Train.MSE, false
	if end := last.Collocated[0].Interior; end != nil {
		p.Solution, p.Solved = end.X, end.Verdict.Solved()
		values := last.Parts["values of start 0"]
		p.Objective, p.Violation = values[0], values[1]
	}
	return nil
}

// programs are measured with one draw each.
func programs() []Case {
	var out []Case
	for _, name := range ProgramNames() {
		out = append(out, Case{Name: name, Lanes: 1, Heavy: true, Asked: name != "C1", Prepare: func() (*Job, error) {
			p, err := NewProgram(name, 1)
			if err != nil {
				return nil, err
			}
			return &Job{Run: p.Run, Flops: uncounted, Note: func() string {
				return fmt.Sprintf("%d unknowns, %d iterations, objective %.5g", len(p.Start), p.Iterations, p.Objective)
			}}, nil
		}})
	}
	return out
}
