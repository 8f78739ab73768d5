package linear

import (
	"math"
	"slices"
)

// unknowns are the entries of a model that may be varied, one behind the other: A, B,
// C, D, the noise G with Q = G·Gᵀ (n × p) and the logarithms of R. vary lists those
// that are; the others stay as they are in the template.
type unknowns struct {
	m     Model
	g     []float64
	vary  []int
	exact bool // the basis of the states is settled, so an unknown start has a flat prior
}

func (u *unknowns) entries() []float64 {
	e := slices.Concat(u.m.A, u.m.B, u.m.C, u.m.D, u.g)
	for _, r := range u.m.R {
		e = append(e, math.Log(r))
	}
	return e
}

// values are the unknowns as they are.
func (u *unknowns) values() []float64 {
	e := u.entries()
	out := make([]float64, len(u.vary))
	for i, at := range u.vary {
		out[i] = e[at]
	}
	return out
}

// with is the template with other values.
func (u *unknowns) with(values []float64) *unknowns {
	e := u.entries()
	for i, at := range u.vary {
		e[at] = values[i]
	}
	n, p, q := u.m.sizes()
	out := &unknowns{m: u.m, vary: u.vary, exact: u.exact}
	take := func(k int) []float64 {
		v := e[:k:k]
		e = e[k:]
		return v
	}
	out.m.A, out.m.B, out.m.C, out.m.D = take(n*n), take(n*q), take(p*n), take(p*q)
	out.g, out.m.R = take(n*p), take(p)
	for i, r := range out.m.R {
		out.m.R[i] = math.Exp(r)
	}
	out.m.Q = make([]float64, n*n)
	for i := range n {
		for j := range n {
			for l := range p {
				out.m.Q[i*n+j] += out.g[i*p+l] * out.g[j*p+l]
			}
		}
	}
	return out
}

// free chooses what is varied: the blocks of A, B, C and the constants always; the
// direct terms and the noise of the states if wanted; of R all but one, the common
// scale being found by itself.
func (u *unknowns) free(direct, noise bool) {
	n, p, q := u.m.sizes()
	u.vary = nil
	at := 0
	for i := range n {
		for j := range n {
			if i/2 == j/2 {
				u.vary = append(u.vary, at+i*n+j)
			}
		}
	}
	all := func(k int, ok func(i int) bool) {
		for i := range k {
			if ok(i) {
				u.vary = append(u.vary, at+i)
			}
		}
		at += k
	}
	yes := func(int) bool { return true }
	at += n * n
	all(n*q, yes)
	all(p*n, yes)
	all(p*q, func(i int) bool { return direct || i%q == q-1 })
	all(n*p, func(int) bool { return noise })
	all(p, func(i int) bool { return i > 0 })
}

// degrees is how many of the unknowns change what can be seen: a change of the basis
// inside each pair of states does not.
func (u *unknowns) degrees() int {
	n := u.m.N
	return len(u.vary) - 4*(n/2) - n%2
}

// leastKnown is what is known of any start, as part of what is known of the best known one.
const leastKnown = 1e-6

// fitness is what an evaluation finds.
type fitness struct {
	resid  []float64 // whose mean square is the likelihood's: −2·log L = N·log(mean) + constant
	mean   float64   // variance of the whitened innovations
	values float64
	starts [][]float64
}

// evaluate runs the filter over all recordings; nil if it cannot be followed.
func (u *unknowns) evaluate(r *records) *fitness {
	steps := r.steps(&u.m)
	out, logDet := &fitness{values: float64(r.values)}, 0.0
	for i := range r.all {
		f := newFilter(&u.m, nil, nil)
		if !f.run(&r.all[i], steps, nil) {
			return nil
		}
		steady := 0.0
		if u.exact {
			steady = leastKnown
		}
		start, det := f.settle(steady)
		out.starts = append(out.starts, start)
		logDet += f.logDet
		if u.exact {
			logDet += det
			out.values -= float64(f.n)
		}
		out.resid = append(out.resid, f.white...)
	}
	out.mean = squares(out.resid) / out.values
	scale(out.resid, math.Exp(logDet/2/out.values))
	if s := squares(out.resid); math.IsNaN(s) || math.IsInf(s, 0) {
		return nil
	}
	return out
}

// logLikelihood at the best common scale of all noise.
func (f *fitness) logLikelihood() float64 {
	return -f.values / 2 * (math.Log(2*math.Pi*squares(f.resid)/f.values) + 1)
}

// settled is the model with the common scale of its noise.
func (u *unknowns) settled(f *fitness) Model {
	m := u.m
	m.Q, m.R = slices.Clone(m.Q), slices.Clone(m.R)
	scale(m.Q, f.mean)
	scale(m.R, f.mean)
	return m
}
