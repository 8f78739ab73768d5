package train

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// asker says what each training recording is called, by the parameters of the member one asks.
type asker struct {
	p       *Problem
	columns int
	parts   []*askedPart
	target  []float64 // scaled, as the rows have it; NaN: not known
	misfit  rowMisfit
}

// askedPart are recordings that are followed together, a lane each.
type askedPart struct {
	from, to int
	ivp      ode.IVP
	tr       ode.Trajectory
	solver   *ode.ParallelSolver
	seen     *ode.Observer
}

// askedLanes are the most that are followed together.
const askedLanes = 128

func newAsker(p *Problem) (*asker, error) {
	t := &asker{p: p, columns: len(p.Train[0].Names), misfit: p.misfit()}
	last := p.compared(false)
	for i := range last {
		for c, v := range last[i].Row(0) {
			t.target = append(t.target, p.Parts.Frame.Scaled(c, v))
		}
	}
	for from := 0; from < len(p.Train); from += askedLanes {
		part, err := t.part(from, min(from+askedLanes, len(p.Train)))
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part)
	}
	return t, nil
}

func (t *asker) part(from, to int) (*askedPart, error) {
	p, f := t.p, &t.p.Parts.Frame
	lanes, states := program.PadLanes(to-from), len(f.States)
	o := &askedPart{from: from, to: to}
	var series []*data.Series
	for i := from; i < to; i++ {
		series = append(series, &p.Train[i])
	}
	o.ivp = ode.IVP{Field: p.Parts.NewField(lanes, true), Input: model.NewInput(p.Parts, series, lanes, p.Hold),
		X0: program.NewBatch(states, lanes), T0: make([]float64, lanes), Times: make([]float64, lanes), Theta: program.NewBatch(len(p.Parts.Theta0), lanes)}
	rest := p.startGuess()
	for l := range lanes {
		i := from
		if l < to-from {
			i += l
		}
		s := &p.Train[i]
		o.ivp.T0[l], o.ivp.Times[l] = (s.T[0]-f.T0)/f.Time, (s.T[s.Len()-1]-f.T0)/f.Time
		for c, v := range rest[i] {
			o.ivp.X0.Set(c, l, v)
		}
	}
	o.tr, o.seen = *ode.NewTrajectory(1, states, lanes), model.NewObserver(p.Parts, lanes, true)
	var err error
	o.solver, err = ode.NewParallelSolver(o.ivp.Field, p.Solver)
	return o, err
}

// tell is what the member by[i] of those in z says of recording i, scaled: logarithms of the
// probabilities of classes, or the number, columns of them each. NaN where by is −1, or where the
// recording cannot be followed.
func (t *asker) tell(z []float64, members int, by []int) []float64 {
	out := make([]float64, len(by)*t.columns)
	all := ofMembers(z, members)
	for _, o := range t.parts {
		for l := range o.ivp.X0.Lanes {
			member := 0
			if o.from+l < o.to {
				member = max(0, by[o.from+l])
			}
			for i := range o.ivp.Theta.Rows {
				o.ivp.Theta.Set(i, l, all.At(i, member))
			}
		}
		o.solver.Solve(&o.tr, &o.ivp)
		o.seen.See(&o.tr, &o.ivp)
		for i := o.from; i < o.to; i++ {
			for c := range t.columns {
				v := o.tr.X[c*o.ivp.X0.Lanes+i-o.from]
				if by[i] < 0 || o.tr.Status[i-o.from] != ode.StatusOK {
					v = math.NaN()
				}
				out[i*t.columns+c] = v
			}
		}
	}
	return out
}

// cost is what is lost on recording i; +Inf where nothing could be said.
func (t *asker) cost(i int, said []float64) (sum float64) {
	for c := range t.columns {
		if want := t.target[i*t.columns+c]; !math.IsNaN(want) {
			v, _, _ := t.misfit.at(c, said[i*t.columns+c]-want)
			sum += infinite(v)
		}
	}
	return sum
}

// The temperature lies between these, and differs from 1 by so much in its logarithm before that is
// unlikely.
const (
	coldest, hottest  = 0.25, 16
	temperatureSpread = 0.5
	temperatureSteps  = 32 // to 1e-6 of its logarithm
)

// temperature is what logarithms of probabilities have to be divided by for the class that it was
// to be the most likely over all recordings, given that it is near 1 before.
//
// Source: Guo, Pleiss, Sun, Weinberger, ICML 2017 (without what is known before).
func temperature(logs [][]float64, truth []int) float64 {
	cost := func(l float64) float64 {
		sum := l * l / (2 * temperatureSpread * temperatureSpread)
		for i, v := range logs {
			sum -= math.Log(max(cooled(v, math.Exp(l))[truth[i]], leastProbability))
		}
		return sum
	}
	// The cost is convex in 1/T, so that it has one minimum in log T too but for what is known before.
	return math.Exp(num.Golden(cost, math.Log(coldest), math.Log(hottest), temperatureSteps))
}

// cooled are the probabilities of logarithms at a temperature.
func cooled(logs []float64, at float64) []float64 {
	out := make([]float64, len(logs))
	for c, v := range logs {
		out[c] = v / at
	}
	sum := floats.LogSumExp(out)
	for c, v := range out {
		out[c] = math.Exp(v - sum)
	}
	return out
}

// cool divides what is read from the state of a classifier by a temperature. Where what is read
// is bounded (beyond 30) it is not exact.
func (p *Problem) cool(theta []float64, at float64) {
	for _, l := range p.Parts.Layers {
		if l.Name != "read-out" && l.Name != "summary" {
			continue
		}
		for i := range l.Rows * l.Cols {
			theta[l.W+i] /= at
		}
		if l.B >= 0 {
			for i := range l.Rows {
				theta[l.B+i] /= at
			}
		}
	}
}
