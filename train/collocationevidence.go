package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// Figures of the evidence.
const (
	firstDecay    = 1e-4 // with which a search for others begins
	mostWeighings = 6
	weighedEnough = 0.2 // largest change of a logarithm at which it is over
	mostWeighed   = 700 // parameters: each takes a solution with the factors
	leastDecay    = 1e-9
	mostDecay     = 1.0
	leastLeft     = 0.1 // least part of the values that is left for the noise
)

// weigh finds new weights of the squares of the parameters of each layer by maximising
// the evidence, where a program has been solved, and goes on with them. It returns ""
// if there is nothing to be gained.
//
// A layer's weight is σ²γ/(N Σθ²), where γ, the number of its parameters that the data
// determine, comes from the diagonal of the inverse of the reduced Hessian, and σ² is
// the variance of the distances to rows.
//
// Source: MacKay, Neural Computation 4 (1992) 415–447.
func (l *collocating) weigh(a *attempt) (text string) {
	if l.set.Decay > 0 || len(l.p.Parts.Layers) == 0 || a.nlp.theta > mostWeighed || a.weighings >= mostWeighings || !a.state.Verdict.Solved() {
		return ""
	}
	x, by, _ := a.solver.Solution(a.state)
	free := a.nlp.inverseDiagonal(a.solver, a.state)
	if free == nil {
		a.weighings = mostWeighings
		return ""
	}
	a.weighings++
	next, change := a.nlp.evident(x, free)
	if change <= weighedEnough {
		a.weighings = mostWeighings
		return ""
	}
	copy(a.nlp.decay, next)
	a.solver.Forget()
	a.state = a.solver.Warm(x, by, l.set.Tolerance)
	return fmt.Sprintf("the evidence changes the weights of layers by a factor of up to %.2g", math.Exp(change))
}

// inverseDiagonal is that of the inverse of the reduced Hessian, of all of θ; nil where
// second-order conditions of a minimum do not hold.
func (c *transcription) inverseDiagonal(s *opt.InteriorSolver, st *opt.InteriorState) []float64 {
	if !s.Linearise(st) {
		return nil
	}
	out, b := make([]float64, c.theta), make([]float64, c.size+c.rows())
	for i := range out {
		clear(b)
		b[i] = 1
		if !s.Solve(st, b) {
			return nil
		}
		out[i] = b[i]
	}
	return out
}

// evident are the weights that maximise the evidence as it looks at x, and the largest
// change of a logarithm. A layer has one weight, its thresholds included.
func (c *transcription) evident(x, inverse []float64) (decay []float64, change float64) {
	gamma, square := make([]float64, len(c.p.Parts.Layers)), make([]float64, len(c.p.Parts.Layers))
	layer := c.layers()
	all := float64(c.p.ofRecordings().size())
	for i, g := range layer {
		if g >= 0 {
			tied := min(1, max(0, 2*c.decay[i]*inverse[i]))
			gamma[g], square[g], all = gamma[g]+1-tied, square[g]+x[i]*x[i], all-tied
		}
	}
	noise := c.misfit(x) / max(leastLeft, 1-all/c.count)
	decay = make([]float64, c.theta)
	for i, g := range layer {
		if g < 0 || square[g] == 0 {
			decay[i] = c.decay[i]
			continue
		}
		decay[i] = min(mostDecay, max(leastDecay, noise*gamma[g]/(c.count*square[g])))
		change = max(change, math.Abs(math.Log(decay[i]/c.decay[i])))
	}
	return decay, change
}

// layers is the layer of each entry of θ, −1 where it has none.
func (c *transcription) layers() []int {
	out := make([]int, c.theta)
	for i := range out {
		out[i] = -1
	}
	for k, l := range c.p.Parts.Layers {
		for i := l.W; i < l.W+l.Rows*l.Cols; i++ {
			out[i] = k
		}
		for i := l.B; l.B >= 0 && i < l.B+l.Rows; i++ {
			out[i] = k
		}
	}
	return out
}
