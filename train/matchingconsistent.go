package train

import (
	"gonum.org/v1/gonum/floats"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// consistentMatching are the residuals of gradient matching where algebraic unknowns are not
// measured: at the smoothed data they are what makes their rows zero, z(x, θ), so that
//
//	f(x, z(x, θ); θ) − slope,    dz/dθ = −(∂g/∂z)⁻¹ ∂g/∂θ,
//
// is left to be matched, and, where an algebraic unknown is measured, z − value. Every state
// with a derivative has to be measured.
//
// Source: Varah, SIAM J. Sci. Stat. Comput. 3 (1982) 28–46, with the implicit function theorem.
type consistentMatching struct {
	*matching
	measured  int
	algebraic []int
	last      []float64 // algebraic unknowns where they were found last, at all times
	lu        *num.LU
	by        field.Point // slopes of one component of the field
	toX, toT  []float64   // of all
	wanted    []float64
	pull      []float64
}

// matchesHidden tells that gradient matching finds its hidden states from algebraic rows.
func (p *Problem) matchesHidden() bool {
	if p.Parts.Algebraic == nil || p.Parts.Observed != nil {
		return false
	}
	for i := len(p.Train[0].Names); i < len(p.Parts.Frame.States); i++ {
		if !p.Parts.Algebraic[i] {
			return false
		}
	}
	return true
}

func newConsistentMatching(m *matching) *consistentMatching {
	p, n, size := m.r.p, m.r.states, m.r.theta.Rows
	c := &consistentMatching{matching: m, measured: len(p.Train[0].Names), by: field.Point{X: program.NewBatch(n, 1)},
		toX: make([]float64, n*n), toT: make([]float64, n*size), wanted: make([]float64, n)}
	for i, yes := range p.Parts.Algebraic {
		if yes {
			c.algebraic = append(c.algebraic, i)
		}
	}
	c.lu, c.pull = num.NewLU(len(c.algebraic)), make([]float64, len(c.algebraic))
	starts := p.startGuess()
	for i, s := range m.r.segs {
		for _, t := range m.times[i] {
			for _, j := range c.algebraic {
				if j < c.measured {
					c.last = append(c.last, p.smoothed(s.rec, j, t))
				} else {
					c.last = append(c.last, starts[s.rec][j])
				}
			}
		}
	}
	return c
}

// Size implements opt.Residual.
func (c *consistentMatching) Size() (rows, n int) {
	_, n = c.r.Size()
	return c.nodes * c.measured, n
}

// Residuals implements opt.Residual.
func (c *consistentMatching) Residuals(res, jac, z []float64, _ int) (fail string) {
	copy(c.r.theta.V, z)
	_, n := c.Size()
	if jac != nil {
		zero(jac)
	}
	node, wide := 0, len(c.algebraic)
	for i, s := range c.r.segs {
		for _, t := range c.times[i] {
			q := node * c.measured
			switch {
			case c.r.stopped():
				return opt.WasStopped
			case !c.meet(s, t, c.last[node*wide:(node+1)*wide]):
				return "the rows 0 = … do not hold at the data"
			}
			for k := range c.measured {
				if res[q+k] = (c.dx.V[k] - c.wanted[k]) / c.sigma; !isNumber(res[q+k]) {
					return "the field is not finite at the data"
				}
			}
			if jac != nil && !c.slopesOf(jac[q*n:(q+c.measured)*n], n) {
				return "the rows 0 = … do not determine their unknowns at the data"
			}
			node++
		}
	}
	return ""
}

// meet finds the algebraic unknowns at a time, from where they were, and writes what is to be
// compared: slopes, or algebraic unknowns that are measured.
func (c *consistentMatching) meet(s *track, t float64, last []float64) bool {
	c.node(s, t)
	for k, i := range c.algebraic {
		if c.at.X.V[i] = last[k]; i < c.measured {
			c.wanted[i] = c.r.p.Splines[s.rec][i].At(t)
		}
	}
	if _, ok := ode.Consistent(c.r.field, &c.at); !ok {
		return false
	}
	c.r.field.Eval(c.dx, &c.at)
	for i := range c.measured {
		if !c.r.p.Parts.Algebraic[i] {
			c.wanted[i] = c.r.p.Splines[s.rec][i].Derivative(t)
		}
	}
	for k, i := range c.algebraic {
		last[k], c.dx.V[i] = c.at.X.V[i], c.at.X.V[i]
	}
	return true
}

// slopesOf fills rows of n numbers, one for each measured state, with the derivatives by θ of what is
// compared.
func (c *consistentMatching) slopesOf(jac []float64, n int) bool {
	d, p := c.r.states, c.r.theta.Rows
	for i := range d {
		clear(c.one.V)
		c.one.V[i] = 1
		clear(c.by.X.V)
		c.by.Theta = field.Batch{V: c.toT[i*p : (i+1)*p], Rows: p, Lanes: 1}
		clear(c.by.Theta.V)
		c.r.field.VJP(&c.by, &c.at, c.one)
		copy(c.toX[i*d:(i+1)*d], c.by.X.V)
	}
	a := c.lu.Matrix()
	for k, i := range c.algebraic {
		for l, j := range c.algebraic {
			a[k*len(c.algebraic)+l] = c.toX[i*d+j]
		}
	}
	if !c.lu.Factor() {
		return false
	}
	for i := range c.measured {
		to := jac[i*n : i*n+p]
		of := c.r.p.Parts.Algebraic[i]
		for k, j := range c.algebraic { // the row of f, or of z itself, by z
			if c.pull[k] = c.toX[i*d+j]; of {
				c.pull[k] = 0
				if i == j {
					c.pull[k] = 1
				}
			}
		}
		c.lu.SolveT(c.pull)
		if !of {
			floats.AddScaled(to, 1/c.sigma, c.toT[i*p:(i+1)*p])
		}
		for k, j := range c.algebraic {
			floats.AddScaled(to, -c.pull[k]/c.sigma, c.toT[j*p:(j+1)*p])
		}
	}
	return true
}
