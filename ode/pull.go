package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// pullback is the transpose of a Runge–Kutta step: for i from the last stage
// to the first, with λ the cotangent of x1 and J_i the Jacobian at stage i,
//
//	κ_i = h (B_i λ + Σ_{m>i} A_mi ξ_m) + (states inside) + (handed over),
//	ξ_i = J_iᵀ κ_i,   x̄ += λ + Σ ξ_i,   θ̄ += Σ (∂f/∂θ)ᵀ κ_i.
type pullback struct {
	kappas []float64 // of all stages
	xis    []float64
	kappa  []Batch // each of them
	xi     []Batch
	lambda Batch
	from   []*kernel.Combination // what κ_i takes from ξ and λ
	all    *kernel.Combination   // λ + Σ ξ_i
	ones   []float64
	handed Batch // κ of first stages that the steps before will evaluate
	any    bool  // something was handed over
	inside bool  // states inside the step have cotangents
	g      field.Point
}

func newPullback(r *rungeKutta) pullback {
	var p pullback
	p.kappas, p.xis = make([]float64, r.total*r.size()), make([]float64, r.total*r.size())
	for i := range r.total {
		p.kappa = append(p.kappa, Batch{V: r.stage(p.kappas, i), Rows: r.rows, Lanes: r.lanes})
		p.xi = append(p.xi, Batch{V: r.stage(p.xis, i), Rows: r.rows, Lanes: r.lanes})
	}
	p.lambda, p.handed = newBatch(r.rows, r.lanes), newBatch(r.rows, r.lanes)
	terms := append(append([]Batch{}, p.xi...), p.lambda)
	ones := make([]float64, max(len(terms), r.lanes))
	kernel.Fill(ones, 1)
	p.all, p.ones = newSum(ones[:len(terms)], terms), ones[:r.lanes]
	for i := range r.total {
		coef := make([]float64, r.total+1)
		for m := i + 1; m < r.total; m++ {
			if i < len(r.a[m]) {
				coef[m] = r.a[m][i]
			}
		}
		if i < r.stages {
			coef[r.total] = r.tab.B[i]
		}
		p.from = append(p.from, newSum(coef, terms))
	}
	return p
}

// Rest forgets what was handed over.
func (r *rungeKutta) Rest() {
	p := &r.pull
	clear(p.handed.V)
	p.any, p.inside = false, false
}

// Owed is what was handed over.
func (r *rungeKutta) Owed() (Batch, bool) { return r.pull.handed, r.pull.any }

// Owe says whether anything was.
func (r *rungeKutta) Owe(any bool) { r.pull.any = any }

// PullInside notes the cotangent of a state inside the step.
func (r *rungeKutta) PullInside(g, s *Step, c []float64, lane int, theta float64) {
	if !r.pull.inside {
		clear(r.pull.kappas)
		r.pull.inside = true
	}
	r.tab.Dense.weights(r.weight, theta)
	h := s.H[lane]
	kappa := r.pull.kappas
	for _, w := range r.weight {
		if w != 0 {
			for j := lane; j < len(c); j += r.lanes {
				kappa[j] += h * w * c[j]
			}
		}
		kappa = kappa[len(c):]
	}
	for j := lane; j < len(c); j += r.lanes {
		g.From.X.V[j] += c[j]
	}
}

// Pull pulls g.X back through s.
func (r *rungeKutta) Pull(g, s *Step) {
	p := &r.pull
	copy(p.lambda.V, g.X.V)
	r.park(s)
	p.g.Theta = g.From.Theta
	clear(p.xis)
	for i := r.total - 1; i >= 0; i-- {
		if i == r.stages-1 && r.scripts.fit(r, s) && g.From.Theta.V != nil {
			i = r.scripts.pull(r, s) // the last of them
			continue
		}
		r.cotangent(s, i)
		if i == 0 && !r.hand(s) || r.idle(i) {
			continue
		}
		r.place(s, i)
		r.parkPoint(s)
		p.g.X = p.xi[i]
		r.vjp(&p.g, s, i, p.kappa[i])
	}
	r.add(g.From.X.V, g.From.X.V, p.ones, p.all)
	p.inside = false
}

// idle says that κ_i is zero whatever the cotangent of the step.
func (r *rungeKutta) idle(i int) bool {
	switch p := &r.pull; {
	case p.inside:
		return false
	case i >= r.stages:
		return true
	case r.tab.FSAL && i == r.stages-1:
		return !p.any
	default:
		return p.from[i].Len() == 0
	}
}

// cotangent completes κ_i.
func (r *rungeKutta) cotangent(s *Step, i int) {
	p := &r.pull
	kappa, start := p.kappa[i].V, r.zero
	if p.inside {
		start = kappa
	}
	if !p.inside && i >= r.stages {
		clear(kappa)
		return
	}
	r.add(kappa, start, s.H, p.from[i])
	if !r.tab.FSAL || i != r.stages-1 || !p.any {
		return
	}
	for l, h := range s.H {
		if h == 0 {
			continue
		}
		for j := l; j < len(kappa); j += r.lanes {
			kappa[j] += p.handed.V[j]
			p.handed.V[j] = 0
		}
	}
}

// hand passes κ_0 of lanes that took over their first slope to the steps
// before and says whether any lane is left to evaluate.
func (r *rungeKutta) hand(s *Step) bool {
	if !r.tab.FSAL {
		return true
	}
	p := &r.pull
	left, kappa := false, p.kappa[0].V
	for l, st := range s.Start {
		switch {
		case s.H[l] == 0:
		case st == StartNext:
			for j := l; j < len(kappa); j += r.lanes {
				p.handed.V[j], kappa[j] = kappa[j], 0
			}
			p.any = true
		default:
			left = true
		}
	}
	return left
}

// park moves the stages of resting lanes to the place of a working one. Their
// cotangents are zero, and so is what the field makes of them there, whereas
// the place where a lane failed may hold no numbers.
func (r *rungeKutta) park(s *Step) {
	if r.lanes == 1 {
		return // it works
	}
	donor := working(s)
	if donor < 0 {
		return
	}
	for l, h := range s.H {
		if h == 0 {
			parkLane(s.Work[:min(len(s.Work), r.room())], l, donor, r.lanes)
		}
	}
}

func (r *rungeKutta) parkPoint(s *Step) {
	if r.lanes == 1 {
		return
	}
	donor := working(s)
	if donor < 0 {
		return
	}
	for l, h := range s.H {
		if h == 0 {
			r.at.T[l] = r.at.T[donor]
			parkLane(r.at.U.V, l, donor, r.lanes)
		}
	}
}

// working is the first lane that moves if there is also one that rests,
// otherwise -1.
func working(s *Step) int {
	donor, rests := -1, false
	for l, h := range s.H {
		if h == 0 {
			rests = true
		} else if donor < 0 {
			donor = l
		}
	}
	if !rests {
		return -1
	}
	return donor
}

func parkLane(v []float64, l, donor, lanes int) {
	for i := 0; i+lanes <= len(v); i += lanes {
		v[i+l] = v[i+donor]
	}
}
