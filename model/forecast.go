package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// StepsARow is how many steps a trajectory may take for every row of its inputs, at which
// steps end, if that is more than MaxSteps.
const StepsARow = 20

// Integrate runs every member from its scaled start at t0 and reports the
// measured states at times, in user units.
func (m *Model) Integrate(id string, t0 float64, starts [][]float64, times []float64, inputs *data.Series) (*Forecast, error) {
	return m.integrate(id, t0, starts, nil, times, inputs)
}

// integrate is Integrate of states with a past; nil: what the model says.
func (m *Model) integrate(id string, t0 float64, starts [][]float64, past ode.Past, times []float64, inputs *data.Series) (*Forecast, error) {
	if err := m.checkTimes(t0, times, inputs); err != nil {
		return nil, err
	}
	lanes := program.PadLanes(len(m.Theta))
	if len(times) == 0 { // of which no inputs are asked
		return m.report(id, times, ode.NewTrajectory(0, len(m.Parts.Frame.States), lanes), lanes), nil
	}
	tr, ivp, err := m.follow(t0, starts, past, times, inputs)
	if err != nil {
		return nil, err
	}
	out := m.report(id, times, tr, lanes)
	if out.Failed != "" {
		if why := m.undefined(tr, ivp, inputs, len(out.T)); why != "" {
			out.Failed = why
		}
	}
	return out, nil
}

// follow integrates from starts to times, all members, and sees what is measured there.
func (m *Model) follow(t0 float64, starts [][]float64, past ode.Past, times []float64, inputs *data.Series) (*ode.Trajectory, *ode.IVP, error) {
	f := &m.Parts.Frame
	members, n := len(m.Theta), len(f.States)
	lanes := program.PadLanes(members)
	ivp := ode.IVP{Field: m.Parts.NewField(lanes, members > 1), X0: program.NewBatch(n, lanes),
		Theta: program.NewBatch(len(m.Theta[0]), lanes), T0: make([]float64, lanes), Times: make([]float64, len(times)*lanes)}
	ivp.Input = NewInput(m.Parts, []*data.Series{inputs}, lanes, m.Hold)
	if past != nil {
		ivp.Past = slices.Repeat([]ode.Past{past}, lanes)
	}
	for l := range lanes {
		member := l
		if l >= members {
			member = 0
		}
		ivp.X0.SetLane(l, starts[member])
		ivp.Theta.SetLane(l, m.Theta[member])
		ivp.T0[l] = (t0 - f.T0) / f.Time
		for k, t := range times {
			ivp.Times[k*lanes+l] = (t - f.T0) / f.Time
		}
	}
	o := m.solverAlong(inputs)
	if err := stepsToGo(o.Step, ivp.T0, ivp.Times, f.Time); err != nil {
		return nil, nil, err
	}
	if err := m.unkept(t0, starts[0], inputs); err != nil {
		return nil, nil, err
	}
	solver, err := ode.NewParallelSolver(ivp.Field, o)
	if err != nil {
		return nil, nil, err
	}
	tr := ode.NewTrajectory(len(times), n, lanes)
	for i := range tr.X {
		tr.X[i] = math.NaN()
	}
	solver.Solve(tr, &ivp)
	if tr.Status[0] == ode.StatusInconsistent {
		return nil, nil, m.inconsistent(t0, starts[0], inputs)
	}
	NewObserver(m.Parts, lanes, members > 1).See(tr, &ivp)
	return tr, &ivp, nil
}

// solverAlong is the model's solver, which may take more steps where they end at every row of an input.
func (m *Model) solverAlong(inputs *data.Series) ode.Options {
	o := m.Solver
	if o.MaxSteps > 0 && len(m.Parts.Frame.Inputs) > 0 && inputs != nil {
		o.MaxSteps = max(o.MaxSteps, StepsARow*inputs.Len())
	}
	return o
}

// stepsToGo refuses more fixed steps than anybody waits for; unit is that of scaled time. A
// step of 0 is chosen by the solver, which counts.
func stepsToGo(step float64, t0, times []float64, unit float64) error {
	if step == 0 || len(times) == 0 {
		return nil
	}
	if n := (times[len(times)-1] - t0[len(t0)-1]) / step; !(n <= budget.Steps) {
		return fmt.Errorf("up to time %g it is %.2g steps of %g from %g on; %d is the most: end earlier, or take a longer step",
			times[len(times)-1]*unit, n, step*unit, t0[len(t0)-1]*unit, budget.Steps)
	}
	return nil
}

// rounding is how far apart two times may be that mean the same, in parts of the
// larger: decimal steps added up are not exact.
const Rounding = 1e-12

// notBefore are the times, of which those before t0 by rounding only are t0.
func notBefore(times []float64, t0 float64) []float64 {
	if len(times) == 0 || times[0] >= t0 || t0-times[0] > Rounding*math.Max(math.Abs(t0), math.Abs(times[0])) {
		return times
	}
	out := slices.Clone(times)
	for i := range out {
		out[i] = max(out[i], t0)
	}
	return out
}

func (m *Model) checkTimes(t0 float64, times []float64, inputs *data.Series) error {
	f := &m.Parts.Frame
	for k, t := range times {
		switch {
		case !num.Finite(t):
			return fmt.Errorf("time %d is not a finite number", k+1)
		case t < t0:
			return fmt.Errorf("time %g lies before the start of the trajectory at %g", t, t0)
		case k > 0 && t <= times[k-1]:
			return fmt.Errorf("times must increase; %g follows %g", t, times[k-1])
		}
	}
	if len(times) == 0 {
		return nil
	}
	if err := Bounded(m.Parts, t0, times[len(times)-1]); err != nil || len(f.Inputs) == 0 {
		return err
	}
	return m.checkInputs(t0, times[len(times)-1], inputs)
}

// checkInputs checks that the inputs are those of the model and are known from
// t0 to end.
func (m *Model) checkInputs(t0, end float64, inputs *data.Series) error {
	names := m.Parts.Frame.Inputs
	none := inputs == nil || inputs.Len() == 0
	switch {
	case none && onlyDoses(m.Parts): // nothing is given
		return nil
	case none:
		return fmt.Errorf("the model has the inputs %v; a forecast needs their values over its whole span", names)
	case !slices.Equal(inputs.Inputs, names) || len(inputs.U) != inputs.Len()*len(names):
		return fmt.Errorf("the model has the inputs %v, in this order, but values of %v are given", names, inputs.Inputs)
	case onlyDoses(m.Parts) || m.heldBeyond(): // none is given before and after, and covariates keep their values
		return nil
	case inputs.T[0]-t0 > Rounding*math.Abs(t0):
		return fmt.Errorf("the inputs %v are known from time %g on, but the trajectory starts at %g; give their earlier values", names, inputs.T[0], t0)
	case end-inputs.T[inputs.Len()-1] > Rounding*math.Abs(end):
		return fmt.Errorf("the inputs %v are known up to time %g, but the forecast goes to %g; give their future values", names, inputs.T[inputs.Len()-1], end)
	}
	return nil
}

// report turns scaled lanes into the orbit of member 0 and the band of all.
// Rows from the first that member 0 did not reach are cut.
func (m *Model) report(id string, times []float64, tr *ode.Trajectory, lanes int) *Forecast {
	f := &m.Parts.Frame
	members, n, d := len(m.Theta), len(f.States), len(f.States)-len(m.Parts.Start)
	out := &Forecast{Series: data.Series{ID: id, Names: f.States[:d], Units: m.Units, Time: m.Time, TUnit: m.TUnit, Epoch: m.Epoch, Dates: m.Dates}}
	out.Note = tr.Stats.Note(0)
	for _, evals := range tr.Stats.Evals[:members] {
		out.Evals += evals
	}
	if tr.Status[0] != ode.StatusOK {
		out.Failed = tr.Status[0].String()
	}
	others, band := make([]float64, members-1), newSpread(members-1)
	for k, t := range times {
		if !m.reached(tr, k, lanes) {
			if out.Failed == "" {
				out.Failed = "its values leave the floating-point numbers"
			}
			break
		}
		out.T = append(out.T, t)
		for c := range d {
			row := tr.X[(k*n+c)*lanes : (k*n+c)*lanes+members]
			out.X = append(out.X, f.User(c, row[0]))
			if members == 1 {
				continue
			}
			for j, v := range row[1:] {
				others[j] = f.Shift[c] + f.Scale[c]*v
			}
			orbit := f.Shift[c] + f.Scale[c]*row[0]
			half := band.half(orbit, others)
			if math.IsInf(half, 0) {
				half = math.NaN() // nobody knows
			}
			lo, hi := orbit-half, orbit+half
			if f.IsLog(c) {
				lo, hi = math.Exp(lo), math.Exp(hi)
			}
			out.Lo, out.Hi = append(out.Lo, lo), append(out.Hi, hi)
		}
	}
	return out
}

// First is the forecast of the first n measured states.
func (f *Forecast) First(n int) *Forecast {
	d := len(f.Names)
	pick := func(all []float64) (out []float64) {
		for i := 0; i+d <= len(all); i += d {
			out = append(out, all[i:i+n]...)
		}
		return out
	}
	some := *f
	some.Names, some.Units = f.Names[:n], f.Units[:min(n, len(f.Units))]
	some.X, some.Lo, some.Hi, some.PLo, some.PHi = pick(f.X), pick(f.Lo), pick(f.Hi), pick(f.PLo), pick(f.PHi)
	return &some
}

// reached tells that member 0 has a value for every measured state at time k,
// in user units too.
func (m *Model) reached(tr *ode.Trajectory, k, lanes int) bool {
	f := &m.Parts.Frame
	n := len(f.States)
	for c := range n - len(m.Parts.Start) {
		if !num.Finite(f.User(c, tr.X[(k*n+c)*lanes])) {
			return false
		}
	}
	return true
}
