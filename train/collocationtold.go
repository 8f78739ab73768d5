package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/model"
)

// tellLimits says how the simulation of the saved model keeps the inequalities, z being the
// unknowns of all members, and warns where it does not: between nodes, or because the
// program was not solved. It returns false if none of them is active.
func (l *collocating) tellLimits(r *Result, z []float64) (active bool) {
	a := l.members[0].tries[0]
	if a.nlp.limits == nil {
		return false
	}
	for j := range l.members {
		if one := ofMembers(z, len(l.members)).Lane(nil, j); slices.Equal(one[:a.nlp.theta], r.Model.Theta[0]) {
			a = l.members[j].tries[0]
			x := a.nlp.guess(one)
			if states, ok := a.nlp.simulate(x); ok {
				r.Constraints = a.nlp.kept(x, states)
				for i := range r.Constraints {
					if !a.nlp.limits.ls.Constant[i] {
						r.Constraints[i].Between = a.betweenTimes()
					}
				}
			}
			break
		}
	}
	for i := range r.Constraints {
		s := &r.Constraints[i]
		active = active || s.Active > 0
		if s.beyond > max(limitSlack, l.agrees) {
			r.Warnings = append(r.Warnings, "constraint "+s.words()+" by the simulated model")
		}
	}
	if active {
		l.tellConstrained(r, a)
	}
	return active
}

// tellConstrained states parameters and starts with standard errors that know of active
// inequalities: from the inverse of the Hessian reduced to what they leave free.
func (l *collocating) tellConstrained(r *Result, a *attempt) {
	p, c := l.p, a.nlp
	if !p.parametric() || a.state == nil {
		return
	}
	say := "the minimum lies where constraints are active"
	r.Convergence = &Convergence{Converged: a.state.Verdict.Solved(), Gradient: math.NaN(), Why: a.state.Verdict.Sentence() + " Constraints are active there: " + r.activeOnes()}
	unknowns := make([]int, 0, c.theta+len(c.starts)*c.states)
	for i := range c.theta {
		unknowns = append(unknowns, i)
	}
	if p.learnsStarts() {
		for _, at := range c.starts {
			for i := range c.states {
				unknowns = append(unknowns, at+i)
			}
		}
	}
	sd := c.standardErrors(a, unknowns)
	if sd == nil {
		say = "constraints are active, and no standard error is known"
		sd = make([]float64, len(unknowns))
		for i := range sd {
			sd[i] = math.NaN()
		}
	}
	r.Parameters = r.Model.Values(0)
	for i, q := range p.Parts.Named {
		_, slope := q.Value(r.Model.Theta[0][q.Theta])
		r.Parameters[i].SD, r.Parameters[i].Note = math.Abs(slope)*sd[q.Theta], say
	}
	if !p.learnsStarts() {
		return
	}
	f, x, k := &p.Parts.Frame, a.x(), c.theta
	for rec, at := range c.starts {
		for i, name := range f.States {
			if p.follows(i) {
				k++
				continue
			}
			e := model.NewEstimate(name+"(0)", f.User(i, x[at+i]))
			e.SD = f.Unit(i, x[at+i]) * sd[k]
			if len(c.starts) > 1 {
				e.Of = p.Train[rec].ID
			}
			r.Starts, k = append(r.Starts, e), k+1
		}
	}
}

// standardErrors are those of some unknowns, scaled, where a program has been solved; nil
// where its minimum is not strict. Noise is taken to be that of the distances to rows.
func (c *transcription) standardErrors(a *attempt, unknowns []int) []float64 {
	if !a.state.Verdict.Solved() || !a.solver.Linearise(a.state) {
		return nil
	}
	free := float64(len(unknowns))
	noise := c.misfit(a.x()) / max(leastLeft, 1-free/c.count)
	out, b := make([]float64, len(unknowns)), make([]float64, c.size+c.rows())
	for k, i := range unknowns {
		clear(b)
		b[i] = 1
		if !a.solver.Solve(a.state, b) {
			return nil
		}
		out[k] = math.Sqrt(max(0, 2*noise/c.count*b[i]))
	}
	return out
}

// activeOnes names the inequalities that are.
func (r *Result) activeOnes() string {
	text := ""
	for _, s := range r.Constraints {
		if s.Active > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%q at %d of %d nodes", s.Text, s.Active, s.Nodes)
			if s.Nodes == 1 {
				text = text[:len(text)-len(" at 1 of 1 nodes")]
			}
		}
	}
	return text
}
