package bench

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// The spiral fit of DiffEqFlux: u' = (u³)ᵀA with A = [[−0.1, 2], [−2, −0.1]],
// u(0) = (2, 0), 30 points on [0, 1.5], fitted by cube → 50 tanh → 2 with 500
// steps of Adam (rate 0.05).
const (
	spiralHidden = 50
	spiralEpochs = 500
	spiralRate   = 0.05
)

// NewSpiral prepares G5.
func NewSpiral() (*Training, error) {
	truth, err := spiralProgram(0)
	if err != nil {
		return nil, err
	}
	u0, times := []float64{2, 0}, grid(30, 0, 1.5/29)
	tr, err := ode.Solve(&ode.IVP{Field: field.New(truth, 1, false), X0: column(u0), Theta: column([]float64{-0.1, -2, 2, -0.1}),
		T0: []float64{0}, Times: times}, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12})
	if err != nil {
		return nil, err
	}
	t := &Training{Name: "G5", Sizes: []int{2, spiralHidden, 2}, Starts: [][]float64{u0}, Times: times, Data: tr.X,
		Stages: []Stage{{spiralEpochs, len(times)}}, Batches: make([][]int, spiralEpochs), Rule: "adam", Rate: spiralRate,
		Options: ode.Options{Solver: "tsit5", RTol: 1e-3, ATol: 1e-6, Threads: 1}, flops: 8 * spiralHidden}
	for k := range t.Batches {
		t.Batches[k] = []int{0}
	}
	t.Start = net{states: []string{"x", "y"}, hidden: []int{spiralHidden}}.untrained()
	t.program = func() (*program.Program, error) { return spiralProgram(spiralHidden) }
	return t, nil
}

// spiralProgram is cube → tanh layer → affine; with no hidden units it is the
// truth, cube → linear, whose θ is the transposed A.
func spiralProgram(hidden int) (*program.Program, error) {
	size := 4
	if hidden > 0 {
		size = 5*hidden + 2
	}
	b := program.New()
	x, theta := b.Batched("x", 2, 1), b.Shared("theta", size, 1)
	b.Batched("t", 1, 1)
	a := b.Mul(b.Act(program.Square, x), x)
	if hidden == 0 {
		b.Output("dx", b.MatVec(b.Slice(theta, 0, 2, 2), a))
		return b.Done()
	}
	z := b.Add(b.MatVec(b.Slice(theta, 0, hidden, 2), a), b.Slice(theta, 2*hidden, hidden, 1))
	y := b.MatVec(b.Slice(theta, 3*hidden, 2, hidden), b.Act(program.Tanh, z))
	b.Output("dx", b.Add(y, b.Slice(theta, 5*hidden, 2, 1)))
	return b.Done()
}
