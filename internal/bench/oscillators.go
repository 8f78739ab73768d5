package bench

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// The neural ODE example of diffrax: x = y/(1+y), y0' = x1, y1' = −x0; 256
// starts uniform in [−0.6, 1]², 100 points on [0, 10]; a network 2→64→64→2
// with softplus, then tanh times a learnt scalar; 500 iterations on the first
// tenth of the points and 500 on all, in batches of 32.
const (
	oscillators       = 256
	oscillatorsBatch  = 32
	oscillatorsSteps  = 500
	oscillatorsHidden = 64
	oscillatorsRate   = 3e-3
)

// NewOscillators prepares G4. Starts and batches are drawn from streams of
// their own; the peers get them as they are.
func NewOscillators() (*Training, error) {
	times := grid(100, 0, 10.0/99)
	t := &Training{Name: "G4", Sizes: []int{2, oscillatorsHidden, oscillatorsHidden, 2}, Times: times,
		Stages: []Stage{{oscillatorsSteps, 10}, {oscillatorsSteps, 100}}, Rule: "adabelief", Rate: oscillatorsRate,
		// diffrax's controller is the integral one; its first step is the distance of the points.
		Options: ode.Options{Solver: "tsit5", RTol: 1e-3, ATol: 1e-6, Controller: "integral", FirstStep: times[1], Threads: 1}}
	draw := num.Stream(0, "oscillators")
	for range oscillators {
		t.Starts = append(t.Starts, []float64{-0.6 + 1.6*draw.Float64(), -0.6 + 1.6*draw.Float64()})
	}
	for k := 0; k < 2*oscillatorsSteps; k += oscillators / oscillatorsBatch {
		order := draw.Perm(oscillators)
		for b := 0; b < oscillators; b += oscillatorsBatch {
			t.Batches = append(t.Batches, order[b:b+oscillatorsBatch])
		}
	}
	t.program = oscillatorsProgram
	for l := 1; l < len(t.Sizes); l++ { // uniform within the root of 1/fan-in, as equinox draws them
		for range t.Sizes[l] * (t.Sizes[l-1] + 1) {
			t.Start = append(t.Start, (2*draw.Float64()-1)/math.Sqrt(float64(t.Sizes[l-1])))
		}
	}
	t.Start = append(t.Start, 1)
	t.flops = 2 * oscillatorsHidden * (2 + oscillatorsHidden + 2)
	var err error
	t.Data, err = oscillatorsTruth(t.Starts, times)
	return t, err
}

// NewOscillatorsStep prepares one iteration of G4 on all points, from the
// weights that the training ends with.
func NewOscillatorsStep() (*Training, *TrainingStep, error) {
	t, err := NewOscillators()
	if err != nil {
		return nil, nil, err
	}
	if err := t.Run(); err != nil {
		return nil, nil, err
	}
	s, err := t.Step(1)
	return t, s, err
}

// oscillatorsTruth are the noise-free trajectories, times × trajectories ×
// states.
func oscillatorsTruth(starts [][]float64, times []float64) ([]float64, error) {
	b := program.New()
	y := b.Batched("x", 2, 1)
	b.Batched("t", 1, 1)
	b.Shared("theta", 0, 1)
	x := b.Mul(y, b.Act(program.Reciprocal, b.Add(b.Const(1, 2, 1), y)))
	b.Output("dx", b.Concat(b.Slice(x, 1, 1, 1), b.Scale(-1, b.Slice(x, 0, 1, 1))))
	p, err := b.Done()
	if err != nil {
		return nil, err
	}
	ivp := &ode.IVP{Field: field.New(p, len(starts), false), X0: program.NewBatch(2, len(starts)), T0: make([]float64, len(starts)),
		Theta: program.NewBatch(0, 1)}
	for l, s := range starts {
		ivp.X0.SetLane(l, s)
	}
	for _, t := range times {
		for range starts {
			ivp.Times = append(ivp.Times, t)
		}
	}
	tr, err := ode.Solve(ivp, ode.Options{Solver: "dop853", RTol: 1e-10, ATol: 1e-12})
	if err != nil {
		return nil, err
	}
	data := make([]float64, 0, len(tr.X))
	for k := range times {
		s := tr.State(k, 2)
		for l := range starts {
			data = append(data, s.At(0, l), s.At(1, l))
		}
	}
	return data, nil
}

// oscillatorsProgram is softplus(softplus(·)) with affine layers, then tanh
// times the last entry of θ.
func oscillatorsProgram() (*program.Program, error) {
	const h = oscillatorsHidden
	b := program.New()
	x, theta := b.Batched("x", 2, 1), b.Shared("theta", 3*h+h*(h+1)+2*(h+1)+1, 1)
	b.Batched("t", 1, 1)
	at := 0
	layer := func(x program.Value, rows, cols int) program.Value {
		w, c := b.Slice(theta, at, rows, cols), b.Slice(theta, at+rows*cols, rows, 1)
		at += rows * (cols + 1)
		return b.Add(b.MatVec(w, x), c)
	}
	x = b.Act(program.Softplus, layer(x, h, 2))
	x = b.Act(program.Softplus, layer(x, h, h))
	x = b.Act(program.Tanh, layer(x, 2, h))
	scale := b.Slice(theta, at, 1, 1)
	b.Output("dx", b.Mul(b.Concat(scale, scale), x))
	return b.Done()
}
