package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// What is left of rows is white if only they are noisy. Where it remembers, a part of it is the
// model's own error:
//
//	left = misfit + noise,  misfit an Ornstein–Uhlenbeck process, noise white,
//
// told apart by the likelihood of what is left, of which the variance of both together drops out.
const (
	misfitRows   = 2000 // at most, of each recording
	misfitZ      = 3    // of the lag-one correlation, from which on misfit is looked for
	misfitAhead  = 6    // log likelihood that two numbers more must be worth
	misfitMemory = 1    // mean steps between rows that a memory must have, else it is noise
)

// tellMisfit divides the noise of b, in whose units left is, into noise and misfit where what is
// left has a memory; the noise that r tells of is divided likewise.
func (p *Problem) tellMisfit(b *model.Band, r *Result, left [][]float64) {
	rows, d := p.rows(r.Refit || p.Held == nil), len(b.Noise)
	for c := range d {
		if b.Models != nil && b.Models[c] != nil {
			continue
		}
		runs := make([]ouRun, len(left))
		for rec := range left {
			runs[rec] = newOURun(&rows[rec], left[rec], c)
		}
		share, long, ok := misfitOf(runs)
		if !ok {
			continue
		}
		if b.Misfit == nil {
			b.Misfit = make([]model.Misfit, d)
		}
		b.Misfit[c] = model.Misfit{SD: math.Sqrt(share) * b.Noise[c], Memory: long}
		b.Noise[c] *= math.Sqrt(1 - share)
		if c < len(r.Noise) {
			r.Noise[c] *= math.Sqrt(1 - share)
		}
	}
}

// ouRun is what is left of a column of a recording at times; what is missing is left out.
type ouRun struct{ t, v []float64 }

func newOURun(s *data.Series, left []float64, c int) (out ouRun) {
	d := len(s.Names)
	for k := range min(s.Len(), misfitRows) {
		if v := left[k*d+c]; isNumber(v) {
			out.t, out.v = append(out.t, s.T[k]), append(out.v, v)
		}
	}
	return out
}

// misfitOf is the share of the variance of runs that is misfit, and its memory; ok is false where
// white noise explains them as well.
func misfitOf(runs []ouRun) (share, long float64, ok bool) {
	var values [][]float64
	span, steps := 0.0, 0.0
	for _, r := range runs {
		values = append(values, r.v)
		if n := len(r.t); n > 1 {
			span, steps = max(span, r.t[n-1]-r.t[0]), steps+float64(n-1)
		}
	}
	if z, _ := memory(values); !(z > misfitZ) {
		return 0, 0, false
	}
	step := 0.0
	for _, r := range runs {
		if n := len(r.t); n > 1 {
			step += (r.t[n-1] - r.t[0]) / steps
		}
	}
	at := func(logit, log float64) float64 { return ouLikelihood(runs, 1/(1+math.Exp(-logit)), math.Exp(log)) }
	best, logit, log := math.Inf(-1), 0.0, 0.0
	for l := math.Log(misfitMemory * step); l <= math.Log(span); l += math.Ln2 {
		for q := -4.0; q <= 6; q++ {
			if v := at(q, l); v > best {
				best, logit, log = v, q, l
			}
		}
	}
	for width := 0.5; width > 0.01; { // by coordinates: two numbers need no more
		moved := false
		for _, try := range [][2]float64{{width, 0}, {-width, 0}, {0, width}, {0, -width}} {
			q, l := logit+try[0], log+try[1]
			if v := at(q, l); v > best && l >= math.Log(misfitMemory*step) && l <= math.Log(span) {
				best, logit, log, moved = v, q, l, true
			}
		}
		if !moved {
			width /= 2
		}
	}
	return 1 / (1 + math.Exp(-logit)), math.Exp(log), best-ouLikelihood(runs, 0, 1) > misfitAhead
}

// ouLikelihood is the log likelihood, up to a constant, of runs whose misfit has that share of the
// variance and that memory, with the variance that makes it largest. It is that of a Kalman filter.
func ouLikelihood(runs []ouRun, share, memory float64) float64 {
	n, square, logs := 0.0, 0.0, 0.0
	for _, r := range runs {
		mean, variance := 0.0, share // of the misfit, in units of the whole variance
		for k, v := range r.v {
			if k > 0 {
				phi := math.Exp(-(r.t[k] - r.t[k-1]) / memory)
				mean, variance = phi*mean, phi*phi*variance+(1-phi*phi)*share
			}
			of := variance + 1 - share
			e := v - mean
			n, square, logs = n+1, square+e*e/of, logs+math.Log(of)
			gain := variance / of
			mean, variance = mean+gain*e, (1-gain)*variance
		}
	}
	return -(n*math.Log(square/n) + logs) / 2
}
