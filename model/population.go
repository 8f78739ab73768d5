package model

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// Common is what a fit found of a parameter that every recording has for itself: the value that
// those of recordings lie about, and how far apart they lie.
type Common struct {
	State int     `json:"state"`         // its place among the states
	Value float64 `json:"value"`         // user units
	SD    float64 `json:"sd"`            // of values of recordings around it
	Error float64 `json:"error"`         // standard error of the common value; 0: not known
	Log   bool    `json:"log,omitempty"` // SD and Error are those of logarithms; Value is the median
	// With are the correlations of values with those of other parameters.
	With []Correlated `json:"with,omitempty"`
}

// Correlated is another parameter with which values of recordings are correlated.
type Correlated struct {
	State int     `json:"state"` // its place among the states
	R     float64 `json:"r"`     // the correlation, between -1 and 1
}

// Width is the standard deviation of what is known of the value of a further recording.
func (c *Common) Width() float64 { return max(math.Hypot(c.SD, c.Error), leastWidth) }

// leastWidth bounds it from below, as something has to give way.
const leastWidth = 1e-3

// CommonOf is what is known in common of a state; nil if nothing is.
func (m *Model) CommonOf(state int) *Common {
	for i := range m.Population {
		if m.Population[i].State == state {
			return &m.Population[i]
		}
	}
	return nil
}

// off is how far the scaled value z of a state is from the common one, in widths, and the
// derivative of that; false where it has no logarithm.
func (c *Common) off(z float64, f *field.Frame) (off, slope float64, ok bool) {
	scale, w := f.Scale[c.State], c.Width()
	v := f.Shift[c.State] + scale*z
	if !c.Log {
		return (v - c.Value) / w, scale / w, true
	}
	if !(v > 0) {
		return 0, 0, false
	}
	return math.Log(v/c.Value) / w, scale / v / w, true
}

// related are parameters of recordings whose values are correlated.
type related struct {
	states []int
	factor *mat.TriDense // L of their correlations, L·Lᵀ
}

// relations are those of the model.
func (m *Model) relations() (all []related) {
	seen := map[int]bool{}
	for i := range m.Population {
		c := &m.Population[i]
		if len(c.With) == 0 || seen[c.State] {
			continue
		}
		r := related{states: []int{c.State}}
		for _, other := range c.With {
			r.states = append(r.states, other.State)
		}
		for _, s := range r.states {
			seen[s] = true
		}
		var chol mat.Cholesky
		if chol.Factorize(m.correlations(r.states)) {
			r.factor = &mat.TriDense{}
			chol.LTo(r.factor)
			all = append(all, r)
		}
	}
	return all
}

// correlations are those of the values of states.
func (m *Model) correlations(states []int) *mat.SymDense {
	out := mat.NewSymDense(len(states), nil)
	for i, s := range states {
		out.SetSym(i, i, 1)
		for j := range i {
			out.SetSym(i, j, m.CommonOf(s).correlation(states[j]))
		}
	}
	return out
}

// correlation is that with the value of another state; 0 if none is known.
func (c *Common) correlation(state int) float64 {
	if c != nil {
		for _, other := range c.With {
			if other.State == state {
				return other.R
			}
		}
	}
	return 0
}

// Covariance is that of what is known of the values of a further recording, of two parameters: in
// logarithms where those are compared.
func (c *Common) Covariance(other *Common) float64 {
	if c.State == other.State {
		return c.Width() * c.Width()
	}
	return c.correlation(other.State) * c.Width() * other.Width()
}

// whiten makes the deviations of related states independent, and their derivatives, of which a
// state has a row of n.
func (r *related) whiten(off, jac []float64, n int) {
	for a, s := range r.states {
		by := r.factor.At(a, a)
		for b, other := range r.states[:a] {
			l := r.factor.At(a, b)
			off[s] -= l * off[other]
			for j := 0; j < n && jac != nil; j++ {
				jac[s*n+j] -= l * jac[other*n+j]
			}
		}
		off[s] /= by
		for j := 0; j < n && jac != nil; j++ {
			jac[s*n+j] /= by
		}
	}
}

// checkPopulation refuses what a fit cannot have found of n states.
func checkPopulation(all []Common, n int) error {
	for _, c := range all {
		if c.State < 0 || c.State >= n || !num.AllFinite([]float64{c.Value, c.SD, c.Error}) || c.SD < 0 || c.Error < 0 || c.Log && !(c.Value > 0) {
			return invalid("what recordings have in common is not that of a parameter")
		}
		for _, w := range c.With {
			if w.State == c.State || !(math.Abs(w.R) < 1) || !slices.ContainsFunc(all, func(o Common) bool { return o.State == w.State }) {
				return invalid("a correlation of parameters is not that of two of them")
			}
		}
	}
	return nil
}
