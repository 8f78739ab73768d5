package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

// Linearisation is what the first member of a model does near a place,
//
//	z' = A·z + B·u,   y = C·z + D·u,
//
// where z are deviations of its moving states in scaled units, u and y those of inputs and
// measured columns in user units, and time is the user's. Matrices are row-major.
type Linearisation struct {
	X, U    []float64 // the place in user units, hidden states last
	N       int       // moving states
	A, B    []float64 // N × N, N × inputs
	C, D    []float64 // columns × N, columns × inputs
	Rests   bool      // the states rest at the place with its inputs
	Exact   bool      // the law is linear: any place has the same
	Columns []string
	Inputs  []string
}

// What the search for rest takes: rounds of Newton's method, the largest step of one, how far from
// the middle it may end, in scaled units, and the rate that is none.
const (
	restRounds = 100
	restStep   = 1.0
	restFar    = 10.0
	restSlow   = 1e-10
)

// Linearise takes the exact derivatives of the law where it rests with the given inputs, near the
// middle of the data, or in the middle itself where no rest is found. inputs is nil for their means.
// A model in discrete time, with delays, events or algebraic equations, or whose law changes with
// time, is refused.
func (m *Model) Linearise(inputs []float64) (*Linearisation, error) {
	if err := m.linearisable(); err != nil {
		return nil, err
	}
	if inputs == nil {
		inputs = m.MeanInputs()
	}
	f := &m.Parts.Frame
	s := newSlopes(m.Parts.Field, m.Theta[0], len(f.States), len(f.Inputs))
	for c, v := range inputs {
		s.u[c] = (v - f.UShift[c]) / f.UScale[c]
	}
	middle := m.middle()
	copy(s.z, middle)
	s.take()
	moving := s.moving()
	out := &Linearisation{U: inputs, N: len(moving), Columns: m.Measured(), Inputs: f.Inputs}
	if law, ok := m.Arch.(*field.Linear); ok {
		out.Exact = len(law.Logs) == 0
	}
	if out.Rests = s.rest(moving, middle); !out.Rests {
		copy(s.z, middle)
		s.take()
	}
	if !num.AllFinite(s.a) || !num.AllFinite(s.b) {
		return nil, fmt.Errorf("the slopes of the law leave the floating-point numbers in the middle of the data; give other inputs")
	}
	for i, z := range s.z {
		out.X = append(out.X, f.User(i, z))
	}
	out.matrices(m.Parts, s, moving, m.Theta[0])
	return out, nil
}

// linearisable refuses models of which a few matrices do not say what they do.
func (m *Model) linearisable() error {
	_, timed := m.Parts.Field.Input("t")
	switch p := m.Parts; {
	case p.Frame.Step > 0:
		return fmt.Errorf("the model goes in steps of its rows; a response in continuous time needs a differential equation, such as model=linear")
	case p.Algebraic != nil:
		return fmt.Errorf("the model has equations 0 = …; a response needs one of derivatives alone")
	case p.Delays != nil:
		return fmt.Errorf("the equations look back at states of earlier times; a response needs a model of the moment alone")
	case p.Events != nil:
		return fmt.Errorf("more happens to the states than their equations say (events:); a response needs a model of equations alone")
	case timed:
		return fmt.Errorf("the law changes with time, so that its response at one time is not that at another; give what changes it as an input")
	}
	return nil
}

// MeanInputs are the means of the inputs over all rows the model was trained on, user units; of
// impulses, which are nothing between rows, zero.
func (m *Model) MeanInputs() []float64 {
	f := &m.Parts.Frame
	out := slices.Clone(f.UShift)
	k, impulses := len(f.Inputs), Impulses(m.Hold, f.Inputs)
	for c := range out {
		sum, rows := 0.0, 0
		for i := range m.Records {
			for j := c; j < len(m.Records[i].U.U); j += k {
				if v := m.Records[i].U.U[j]; num.Finite(v) {
					sum, rows = sum+v, rows+1
				}
			}
		}
		if rows > 0 {
			out[c] = sum / float64(rows)
		}
		if slices.Contains(impulses, f.Inputs[c]) {
			out[c] = 0
		}
	}
	return out
}

// middle is about the mean of the states, scaled: where scaling has it, or where recordings begin of
// states that were not shifted. What each recording has for itself is that of the first.
func (m *Model) middle() []float64 {
	f := &m.Parts.Frame
	z := make([]float64, len(f.States))
	if len(m.Records) == 0 {
		return z
	}
	for i := range z {
		if f.Shift[i] == 0 {
			for r := range m.Records {
				z[i] += m.Records[r].Start[0][i] / float64(len(m.Records))
			}
		}
	}
	for _, r := range m.Parts.PerRecording {
		z[r.State] = m.Records[0].Start[0][r.State]
	}
	return z
}

// matrices takes slopes at the place to user units of time, columns and inputs.
func (l *Linearisation) matrices(p *field.Parts, s *slopes, moving []int, theta []float64) {
	f, k := &p.Frame, len(l.Inputs)
	for _, i := range moving {
		for _, j := range moving {
			l.A = append(l.A, s.a[i*s.n+j]/f.Time)
		}
		for c := range k {
			l.B = append(l.B, s.b[i*k+c]/f.Time/f.UScale[c])
		}
	}
	var seen *slopes
	if p.Observe != nil {
		seen = newSlopes(p.Observe, theta, s.n, k)
		copy(seen.z, s.z)
		copy(seen.u, s.u)
		seen.take()
	}
	for i := range l.Columns {
		z := s.z[i]
		shown := seen != nil && p.Observed[i]
		if shown {
			z = seen.rate[i]
			l.X[i] = f.User(i, z)
		}
		unit := f.Unit(i, z)
		for _, j := range moving {
			v := 0.0
			if shown {
				v = seen.a[i*s.n+j]
			} else if i == j {
				v = 1
			}
			l.C = append(l.C, v*unit)
		}
		for c := range k {
			v := 0.0
			if shown {
				v = seen.b[i*k+c] / f.UScale[c]
			}
			l.D = append(l.D, v*unit)
		}
	}
}

// slopes are the rates of a program at a place and their derivatives, scaled.
type slopes struct {
	n    int
	z, u []float64
	rate []float64
	a, b []float64 // n × n, n × inputs
	fl   field.Field
	at   *field.Point
	v    *field.Point
	out  program.Batch
}

func newSlopes(p *program.Program, theta []float64, n, inputs int) *slopes {
	lanes := program.PadLanes(n + inputs)
	s := &slopes{n: n, z: make([]float64, n), u: make([]float64, inputs), rate: make([]float64, n), a: make([]float64, n*n), b: make([]float64, n*inputs)}
	s.fl = field.New(p, lanes, false)
	rows := s.fl.Shape().Input // a program that reads no input has none
	s.at = &field.Point{T: make([]float64, lanes), X: program.NewBatch(n, lanes), U: program.NewBatch(rows, lanes), Theta: program.NewBatch(len(theta), 1)}
	s.v = &field.Point{X: program.NewBatch(n, lanes), U: program.NewBatch(rows, lanes)}
	copy(s.at.Theta.V, theta)
	for i := range n {
		s.v.X.Set(i, i, 1)
	}
	for c := range rows {
		s.v.U.Set(c, n+c, 1)
	}
	s.out = program.NewBatch(n, lanes)
	return s
}

// take finds rates and derivatives at z and u.
func (s *slopes) take() {
	for l := range s.out.Lanes {
		s.at.X.SetLane(l, s.z)
		if s.at.U.Rows > 0 {
			s.at.U.SetLane(l, s.u)
		}
	}
	s.fl.Eval(s.out, s.at)
	for i := range s.n {
		s.rate[i] = s.out.At(i, 0)
	}
	s.fl.JVP(s.out, s.at, s.v)
	for i := range s.n {
		for j := range s.n {
			s.a[i*s.n+j] = s.out.At(i, j)
		}
		for c := range s.u {
			s.b[i*len(s.u)+c] = s.out.At(i, s.n+c)
		}
	}
}

// moving are the states that anything moves: others keep their value and tell nothing.
func (s *slopes) moving() []int {
	var out []int
	some := func(v []float64) bool { return slices.ContainsFunc(v, func(x float64) bool { return x != 0 }) }
	k := len(s.u)
	for i := range s.n {
		if s.rate[i] != 0 || some(s.a[i*s.n:(i+1)*s.n]) || some(s.b[i*k:(i+1)*k]) {
			out = append(out, i)
		}
	}
	return out
}

// rest moves z to where the moving states rest, by Newton's method with bounded steps; false where
// it finds no such place near the middle.
func (s *slopes) rest(moving []int, middle []float64) bool {
	n := len(moving)
	lu, step := num.NewLU(n), make([]float64, n)
	for range restRounds {
		size := 0.0
		for k, i := range moving {
			step[k] = -s.rate[i]
			size += s.rate[i] * s.rate[i]
			for l, j := range moving {
				lu.Matrix()[k*n+l] = s.a[i*s.n+j]
			}
		}
		if math.Sqrt(size) < restSlow {
			return true
		}
		if !num.Finite(size) || !lu.Factor() {
			return false
		}
		lu.Solve(step)
		longest := 0.0
		for _, v := range step {
			longest = max(longest, math.Abs(v))
		}
		for k, i := range moving {
			s.z[i] += step[k] * min(1, restStep/longest)
			if far := math.Abs(s.z[i] - middle[i]); !(far < restFar) {
				return false
			}
		}
		s.take()
	}
	return false
}
