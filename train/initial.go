package train

import (
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// draw is θ of a member before training, as the initialiser has it that was asked for.
func (p *Problem) draw(member int) ([]float64, error) {
	if p.Init == field.ChosenInit {
		return p.drawnAs(p.chosen(), member)
	}
	return p.drawnAs(p.Init, member)
}

// drawnAs is θ of a member as another initialiser has it.
func (p *Problem) drawnAs(init string, member int) ([]float64, error) {
	var known *field.Facts
	if f, err := field.ParseInitialiser(init); err == nil {
		if _, blind := f.(field.LayerDraw); !blind { // the others would not look
			known = p.facts()
		}
	}
	return field.DrawKnowing(p.Parts, init, known, p.Seed, member)
}

// factRows is how many rows an initialiser is told of, evenly spread over all.
const factRows = 500

// facts are what an initialiser may know.
func (p *Problem) facts() *field.Facts {
	k := &field.Facts{Solver: p.Solver.Solver, Step: p.stepSize()}
	if m, err := ode.Method(p.Solver.Solver); err == nil {
		k.Stability = m.Stability()
	}
	f, all := &p.Parts.Frame, 0
	for _, s := range p.Train {
		all += s.Len()
		k.Span = max(k.Span, (s.T[s.Len()-1]-s.T[0])/f.Time)
	}
	every, at := max(1, all/factRows), 0
	for rec := range p.Train {
		in := p.alone(&p.Train[rec])
		for _, user := range p.Train[rec].T {
			if at++; (at-1)%every == 0 {
				p.fact(k, rec, in, (user-f.T0)/f.Time)
			}
		}
	}
	return k
}

// fact adds what is known of a time, if every column is seen there.
func (p *Problem) fact(k *field.Facts, rec int, in field.Input, t float64) {
	n := len(p.Train[rec].Names)
	x, dx := make([]float64, n), make([]float64, n)
	for c := range n {
		if within(p.unseen(rec, c), t) {
			return
		}
		x[c], dx[c] = p.Splines[rec][c].At(t), p.Splines[rec][c].Derivative(t)
	}
	k.T, k.X, k.DX = append(k.T, t), append(k.X, x), append(k.DX, dx)
	if in != nil {
		u := program.NewBatch(len(p.Parts.Frame.Inputs), 1)
		in.At(u, []float64{t})
		k.U = append(k.U, u.V)
	}
}

// stepSize is the step of the solver in scaled time, or the usual time between rows
// where the solver chooses its steps.
func (p *Problem) stepSize() float64 {
	if p.Solver.Step > 0 {
		return p.Solver.Step
	}
	var gaps []float64
	for _, s := range p.Train {
		for i := 1; i < s.Len(); i++ {
			if g := (s.T[i] - s.T[i-1]) / p.Parts.Frame.Time; g > 0 {
				gaps = append(gaps, g)
			}
		}
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}
