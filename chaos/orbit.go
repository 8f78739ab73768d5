package chaos

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
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
	all, err := Orbits(f, f.Start, n, step, transient)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Orbits are several from starts, one row each, user units, side by side: each as Orbit
// would give it, but for rounding. If one cannot be followed it is nil, and the error, which
// wraps ErrOrbit, is that of the first such; the others are there.
// Cost: eight take about as long as two.
func Orbits(f *model.Flow, starts []float64, n int, step, transient float64) ([][]float64, error) {
	d := f.Dim()
	if n < 1 || !(step > 0) || !(transient >= 0) || math.IsInf(step+transient, 1) || len(starts) < d {
		return nil, fmt.Errorf("an orbit needs a start, a number of states, a positive step and a transient that is not negative")
	}
	count := len(starts) / d
	lanes := 1
	if count > 1 {
		lanes = (count + flowLanes - 1) / flowLanes * flowLanes
	}
	fl, theta := f.Field(lanes)
	z, one := program.NewBatch(d, lanes), make([]float64, d)
	for l := range lanes { // spare lanes follow the last
		at := min(l, count-1) * d
		f.Scaled(one, starts[at:at+d])
		for i, v := range one {
			z.Set(i, l, v)
		}
	}
	if f.IsMap() {
		return iterate(f, fl, theta, z, count, n, step, transient)
	}
	o := f.Solver
	o.MaxSteps = max(o.MaxSteps, stepsOfOrbit+n*stepsOfState)
	s, err := ode.NewSolver(fl, o)
	if err != nil {
		return nil, err
	}
	ivp := ode.IVP{Field: fl, X0: z, Theta: theta, T0: make([]float64, lanes), Times: make([]float64, n*lanes)}
	for k := range n {
		for l := range lanes {
			ivp.Times[k*lanes+l] = (transient + float64(k)*step) / f.Frame.Time
		}
	}
	tr := ode.NewTrajectory(n, d, lanes)
	s.Solve(tr, &ivp)
	return sampled(f, tr, count, n)
}

// sampled are the first lanes of a trajectory in user units, nil where it ends early.
func sampled(f *model.Flow, tr *ode.Trajectory, count, n int) (out [][]float64, err error) {
	d, lanes := f.Dim(), len(tr.Status)
	one := make([]float64, d)
	out = make([][]float64, count)
	for l := range out {
		if tr.Status[l] != ode.StatusOK {
			if err == nil {
				err = fmt.Errorf("%w: %s", ErrOrbit, tr.Status[l])
			}
			continue
		}
		x := make([]float64, n*d)
		for k := range n {
			for i := range one {
				one[i] = tr.X[(k*d+i)*lanes+l]
			}
			f.User(x[k*d:(k+1)*d], one)
		}
		out[l] = x
	}
	return out, err
}

// A long orbit may take more steps than the solver of a model is given for its record.
const (
	stepsOfOrbit = 10_000_000
	stepsOfState = 100
)

// iterate is Orbits of a map.
func iterate(f *model.Flow, fl field.Field, theta, z program.Batch, count, n int, step, transient float64) ([][]float64, error) {
	d, lanes, h := f.Dim(), z.Lanes, f.Frame.Step/f.Frame.Time
	at := &field.Point{T: make([]float64, lanes), X: z, Theta: theta}
	dx := program.NewBatch(d, lanes)
	if steps := (transient + float64(n)*max(step, f.Frame.Step)) / f.Frame.Step; !(steps <= mostSteps) {
		return nil, fmt.Errorf("the orbit takes %.2g iterations; %.0e is the most", steps, float64(mostSteps))
	}
	advance := func(time float64) {
		for range int(math.Round(time / f.Frame.Step)) {
			fl.Eval(dx, at)
			for i, v := range dx.V {
				z.V[i] += h * v
			}
			for l := range at.T {
				at.T[l] += h
			}
		}
	}
	advance(transient)
	out, one := make([][]float64, count), make([]float64, d)
	for l := range out {
		out[l] = make([]float64, n*d)
	}
	var err error
	step = max(step, f.Frame.Step)
	for k := range n {
		if k > 0 {
			advance(step)
		}
		for l, x := range out {
			if x == nil {
				continue
			}
			for i := range one {
				one[i] = z.At(i, l)
			}
			f.User(x[k*d:(k+1)*d], one)
			if !num.AllFinite(x[k*d : (k+1)*d]) {
				if out[l] = nil; err == nil {
					err = fmt.Errorf("%w: it leaves the numbers after %d states", ErrOrbit, k)
				}
			}
		}
	}
	return out, err
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
