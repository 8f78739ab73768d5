package kernel

import "unsafe"

// Combination is Σ_s coef[s] k[s], the sum of stages of a Runge–Kutta step. The vectors stay where they are, so they are
// looked at once.
type Combination struct {
	coef []float64
	k    [][]float64
	at   []*float64
	size int
}

// NewCombination leaves out the stages whose coefficient is zero: they are not read, so they may hold anything, NaN too,
// or be nil. k may be longer than coef.
func NewCombination(coef []float64, k [][]float64) *Combination {
	c := &Combination{}
	for s, v := range coef {
		if v == 0 {
			continue
		}
		if len(c.k) == 0 || len(k[s]) < c.size {
			c.size = len(k[s])
		}
		c.coef, c.k, c.at = append(c.coef, v), append(c.k, k[s]), append(c.at, unsafe.SliceData(k[s]))
	}
	return c
}

// Len is the number of terms that are not zero.
func (c *Combination) Len() int { return len(c.coef) }

// Step combines the stages, each lane with its own step size. Without any stage dst = x.
//
//	dst[i,l] = x[i,l] + h[l] Σ_s coef[s] k[s][i,l]     (s in order)
//
// Shapes: dst and x rows×lanes with lanes = len(h), every k[s] at least as long. dst may be x or one of k exactly.
func (c *Combination) Step(dst, x, h []float64) {
	x = first(x, len(dst))
	switch {
	case len(c.coef) == 0:
		copy(dst, x)
		return
	case c.size < len(dst):
		panic(shortError)
	}
	checkLanes(len(h))
	if !fastCombination(c, dst, x, h) {
		stageSumGo(dst, x, h, c.coef, c.k)
	}
}
