package chaos

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// ErrOrbit is of a flow that leaves the numbers, or that its solver gives up: no fault of
// what was asked for.
var ErrOrbit = errors.New("the orbit cannot be followed")

// Orbit samples n states of a flow, step apart in user time, after a transient
// from its start: n × Dim, row-major, user units. Of a map step is rounded to
// whole iterations. Of one that cannot be followed the error wraps ErrOrbit and says where.
func Orbit(f *model.Flow, n int, step, transient float64) ([]float64, error) {
	if n < 1 || !(step > 0) || !(transient >= 0) || math.IsInf(step+transient, 1) {
		return nil, fmt.Errorf("an orbit needs a number of states, a positive step and a transient that is not negative")
	}
	d := f.Dim()
	fl, theta := f.Field(1)
	z := program.NewBatch(d, 1)
	f.Scaled(z.V, f.Start)
	if f.IsMap() {
		return iterate(f, fl, theta, z, n, step, transient)
	}
	o := f.Solver
	o.MaxSteps = max(o.MaxSteps, stepsOfOrbit+n*stepsOfState)
	s, err := ode.NewSolver(fl, o)
	if err != nil {
		return nil, err
	}
	ivp := ode.IVP{Field: fl, X0: z, Theta: theta, T0: []float64{0}, Times: make([]float64, n)}
	for k := range ivp.Times {
		ivp.Times[k] = (transient + float64(k)*step) / f.Frame.Time
	}
	tr := ode.NewTrajectory(n, d, 1)
	s.Solve(tr, &ivp)
	if tr.Status[0] != ode.StatusOK {
		return nil, fmt.Errorf("%w: %s", ErrOrbit, tr.Status[0])
	}
	x := make([]float64, n*d)
	for k := range n {
		f.User(x[k*d:(k+1)*d], tr.X[k*d:(k+1)*d])
	}
	return x, nil
}

// A long orbit may take more steps than the solver of a model is given for its record.
const (
	stepsOfOrbit = 10_000_000
	stepsOfState = 100
)

// iterate is Orbit of a map.
func iterate(f *model.Flow, fl field.Field, theta, z program.Batch, n int, step, transient float64) ([]float64, error) {
	d, h := f.Dim(), f.Frame.Step/f.Frame.Time
	at := &field.Point{T: []float64{0}, X: z, Theta: theta}
	dx := program.NewBatch(d, 1)
	if steps := (transient + float64(n)*max(step, f.Frame.Step)) / f.Frame.Step; !(steps <= mostSteps) {
		return nil, fmt.Errorf("the orbit takes %.2g iterations; %.0e is the most", steps, float64(mostSteps))
	}
	advance := func(time float64) {
		for range int(math.Round(time / f.Frame.Step)) {
			fl.Eval(dx, at)
			for i, v := range dx.V {
				z.V[i] += h * v
			}
			at.T[0] += h
		}
	}
	advance(transient)
	x := make([]float64, n*d)
	step = max(step, f.Frame.Step)
	for k := range n {
		if k > 0 {
			advance(step)
		}
		f.User(x[k*d:(k+1)*d], z.V)
		for _, v := range z.V {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: it leaves the numbers after %d states", ErrOrbit, k)
			}
		}
	}
	return x, nil
}

// TypicalTime is a user time in which a flow changes noticeably: the inverse of
// the size of its Jacobian, root mean squared along an orbit that has settled.
func TypicalTime(f *model.Flow) (float64, error) {
	if f.IsMap() {
		return f.Frame.Step, nil
	}
	b, err := newBundle(f, 1)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	const looks = 64
	for range looks {
		rate := max(b.norm(), 1e-9)
		if sum += rate * rate; !b.advance(b.unit / rate) {
			return 0, fmt.Errorf("%w: %s", ErrOrbit, b.failed)
		}
		b.orthonormalise()
	}
	return b.unit / math.Sqrt(sum/looks), nil
}
