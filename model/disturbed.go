package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Disturbed follows the flow from its start along ascending times, user units, while white noise
// drives it: dx = f dt + σ dW with a Wiener process of its own for each state, sd having their σ, in
// units of the state per square root of a unit of time. Of a map, σ is what each step adds. The result
// holds rows of states, fewer than times if failed says why the last of them cannot be reached.
//
// Between kicks the flow is followed by its solver: half a kick before, half behind it (Strang's
// splitting), often enough that the field changes by little between two. That has weak order 2.
// The noise of a state depends on the seed and on how often it is kicked.
//
// Errors: a standard deviation that is none; more kicks than mostKicks; the end of ctx.
func (f *Flow) Disturbed(ctx context.Context, times, sd []float64, seed uint64) (x []float64, failed string, err error) {
	d, err := f.newDisturbed(sd, seed)
	if err != nil {
		return nil, "", err
	}
	for i, t := range times {
		if i > 0 {
			if failed, err = d.pass(ctx, times[i-1], t); failed != "" || err != nil {
				return x, failed, err
			}
		}
		x = append(x, make([]float64, f.Dim())...)
		f.User(x[i*f.Dim():], d.ivp.X0.V)
	}
	return x, "", nil
}

// A flow is kicked so often that the field changes by about this share between two kicks, and so
// many times in all at most.
const (
	kickShare = 0.05
	mostKicks = 20_000_000
)

// Disturbed follows the first member of a model from a start along ascending times while white noise
// drives it, see Flow.Disturbed.
//
// Errors: those of Flow.Disturbed; a model of more than equations of the moment, beside which noise
// cannot be followed; no flow.
func (m *Model) Disturbed(ctx context.Context, start, times, sd []float64, seed uint64) (x []float64, failed string, err error) {
	if beside := undisturbed(m.Parts); beside != "" {
		return nil, "", fmt.Errorf("noise drives equations of the moment alone, not beside %s; leave one of them out", beside)
	}
	flow, err := NewFlow(m.Parts, m.Theta[0], start, m.Solver)
	if err != nil {
		return nil, "", err
	}
	return flow.Disturbed(ctx, times, sd, seed)
}

// undisturbed says what a model has that noise cannot be followed beside; "": nothing.
func undisturbed(p *field.Parts) string {
	switch {
	case p.Algebraic != nil:
		return "equations 0 = …"
	case p.Events != nil:
		return "events:"
	case p.Delays != nil:
		return "delays"
	case p.Observe != nil:
		return "observe:"
	}
	return ""
}

type disturbed struct {
	f      *Flow
	ivp    ode.IVP
	tr     *ode.Trajectory
	solver *ode.Solver // nil: of a map
	point  field.Point
	rate   program.Batch
	sd     []float64 // scaled
	noise  []*rand.Rand
	kicks  int
	jac    []float64
	at     []float64 // user units
}

func (f *Flow) newDisturbed(sd []float64, seed uint64) (*disturbed, error) {
	n := f.Dim()
	if len(sd) != n {
		return nil, fmt.Errorf("there are %d states and %d standard deviations of what drives them", n, len(sd))
	}
	fl, theta := f.Field(1)
	d := &disturbed{f: f, rate: program.NewBatch(n, 1), jac: make([]float64, n*n), at: make([]float64, n)}
	d.ivp = ode.IVP{Field: fl, X0: program.NewBatch(n, 1), Theta: theta, T0: make([]float64, 1), Times: make([]float64, 1)}
	f.Scaled(d.ivp.X0.V, f.Start)
	for k, v := range sd {
		if !(v >= 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("%g is no standard deviation of what drives %s", v, f.Frame.States[k])
		}
		d.sd = append(d.sd, v/f.Frame.Scale[k])
		d.noise = append(d.noise, num.Stream(seed, "process noise", uint64(k)))
	}
	if f.IsMap() {
		d.point = field.Point{T: d.ivp.T0, X: d.ivp.X0, Theta: theta}
		return d, nil
	}
	var err error
	d.solver, err = ode.NewSolver(fl, f.Solver)
	d.tr = ode.NewTrajectory(1, n, 1)
	return d, err
}

// pass goes from one time to a later one, user units.
func (d *disturbed) pass(ctx context.Context, from, to float64) (failed string, err error) {
	n, advance := d.often(from, to-from), d.flow
	if d.solver == nil {
		n, advance = int(math.Round((to-from)/d.f.Frame.Step)), d.iterate
	}
	if d.kicks += n; d.kicks > mostKicks {
		return "", fmt.Errorf("the states change so fast that more than %d kicks of noise are needed by t = %g; take fewer times", mostKicks, to)
	}
	for i := range n {
		if i%1024 == 0 && ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		at := (from - d.f.Frame.T0 + (to-from)*float64(i)/float64(n)) / d.f.Frame.Time
		if failed := advance(at, (to-from)/float64(n)); failed != "" {
			return failed, nil
		}
	}
	return "", nil
}

// often is how many times the flow is kicked over a time, by how fast its field changes here.
func (d *disturbed) often(t, over float64) int {
	d.f.User(d.at, d.ivp.X0.V)
	d.f.Jacobian(d.jac, t, d.at)
	sum := 0.0
	for i, v := range d.jac {
		n := len(d.at)
		v *= d.f.Frame.Scale[i%n] / d.f.Frame.Scale[i/n]
		sum += v * v
	}
	n := math.Ceil(over * math.Sqrt(sum/float64(len(d.at))) / kickShare)
	return int(min(max(n, 1), mostKicks+1)) // NaN is 1: the solver says what is wrong there
}

// flow follows the flow from scaled time at over a user time, between two halves of a kick.
func (d *disturbed) flow(at, over float64) (failed string) {
	half := math.Sqrt(over / 2)
	d.kick(half)
	d.ivp.T0[0], d.ivp.Times[0] = at, at+over/d.f.Frame.Time
	d.solver.Solve(d.tr, &d.ivp)
	if d.tr.Status[0] != ode.StatusOK {
		return d.tr.Status[0].String()
	}
	copy(d.ivp.X0.V, d.tr.X)
	d.kick(half)
	return ""
}

// iterate takes a step of a map, and kicks what comes of it.
func (d *disturbed) iterate(at, _ float64) (failed string) {
	d.ivp.T0[0] = at
	d.ivp.Field.Eval(d.rate, &d.point)
	for k, v := range d.rate.V {
		d.ivp.X0.V[k] += d.f.Frame.Step / d.f.Frame.Time * v
	}
	d.kick(1)
	if !num.AllFinite(d.ivp.X0.V) {
		return "it leaves the numbers"
	}
	return ""
}

func (d *disturbed) kick(by float64) {
	for k, sd := range d.sd {
		if sd > 0 {
			d.ivp.X0.V[k] += by * sd * d.noise[k].NormFloat64()
		}
	}
}
