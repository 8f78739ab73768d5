package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// Signs are the figures behind verdicts. Those that could not be measured are NaN.
type Signs struct {
	// Memory is the largest over columns of the lag-one correlation of what the
	// fitted trajectory leaves of the rows, times the root of their number: of
	// white noise it is normal with deviation 1, or less.
	Memory float64
	Alike  float64 // that correlation itself
	Excess float64 // variance of what is left of that column, in that of its noise as smoothing has it
	Run    float64 // rows for which errors of that column keep their sign: what a row finds itself in, in the mean
	Of     string  // that column
	// Misfit is what the fitted trajectory leaves, root mean square over columns, in
	// deviations of each.
	Misfit   float64
	Period   float64 // of what is left, user time; NaN if there is none
	PeriodOf string  // its column
	Share    float64 // of its variance that has this period
	// Width is the half width of the band, noise and misfit apart, in deviations: mean over
	// columns and the next half of the record.
	Width float64
	Worse float64 // error of rolling forecasts of held-out rows, in that of the best baseline
	Wild  string  // how the free trajectory leaves the data, "" if it does not
	Turns int     // times at which a lone column turns back by more than its noise
}

// signs measures a completed fit.
func (p *Problem) signs(r *Result) *Signs {
	s := &Signs{Memory: math.NaN(), Alike: math.NaN(), Excess: math.NaN(), Run: math.NaN(), Misfit: math.NaN(), Period: math.NaN(), Share: math.NaN(), Worse: math.NaN()}
	p.leftOver(s, r)
	s.Width = p.width(r.Model)
	if r.Assessment != nil {
		if c := r.Assessment.Compare(); c != nil {
			s.Worse = c.Model / c.Best
		}
	}
	s.Wild = p.wild(r)
	if lone(r.Model) {
		for rec := range p.Train {
			s.Turns = max(s.Turns, p.turns(rec))
		}
	}
	return s
}

// leftOver looks at what the fitted trajectory leaves of the rows.
func (p *Problem) leftOver(s *Signs, r *Result) {
	rows := p.rows(r.Refit || p.Held == nil)
	names := rows[0].Names
	left := p.residuals(r)
	extent := data.NewMoments(p.rows(true)...).SD
	sum, columns, noise := 0.0, 0.0, p.NoiseEstimate()
	for c, name := range names[:rows[0].Measured()] {
		var runs [][]float64
		for _, all := range left {
			run := make([]float64, 0, len(all)/len(names))
			for i := c; i < len(all); i += len(names) {
				run = append(run, all[i])
			}
			runs = append(runs, run)
		}
		if extent[c] > 0 {
			if v := meanSquare(runs); isNumber(v) {
				sum, columns = sum+v/(extent[c]*extent[c]), columns+1
			}
		}
		if z, alike := memory(runs); !(s.Memory >= z) && isNumber(z) {
			s.Memory, s.Alike, s.Run, s.Of = z, alike, meanRun(runs), name
			s.Excess = meanSquare(runs) / (noise[c] * noise[c])
		}
		for i, run := range runs {
			if period, share, ok := periodOf(rows[i].T, run); ok && !(s.Share >= share) {
				s.Period, s.Share, s.PeriodOf = period, share, name
			}
		}
	}
	if columns > 0 {
		s.Misfit = math.Sqrt(sum / columns)
	}
}

func meanSquare(runs [][]float64) float64 {
	sum, n := 0.0, 0.0
	for _, run := range runs {
		for _, v := range run {
			if !math.IsNaN(v) {
				sum, n = sum+v*v, n+1
			}
		}
	}
	return sum / n
}

// memory is the lag-one correlation of all runs, and before it this times √n.
func memory(runs [][]float64) (z, alike float64) {
	product, square, n := 0.0, 0.0, 0.0
	for _, run := range runs {
		for i, v := range run {
			if math.IsNaN(v) {
				continue
			}
			square, n = square+v*v, n+1
			if i > 0 && !math.IsNaN(run[i-1]) {
				product += v * run[i-1]
			}
		}
	}
	return product / square * math.Sqrt(n), product / square
}

// meanRun is the length of the run of one sign that a row finds itself in, in the
// mean over rows: 3 of white noise. A value that is missing ends it.
func meanRun(runs [][]float64) float64 {
	sum, n := 0.0, 0.0
	for _, run := range runs {
		from := 0
		for i := 1; i <= len(run); i++ {
			if i == len(run) || sign(run[i]) != sign(run[i-1]) {
				if k := float64(i - from); !math.IsNaN(run[from]) {
					sum, n = sum+k*k, n+k
				}
				from = i
			}
		}
	}
	return sum / n
}

// sign is −1 or 1, or 0 of what is no number.
func sign(v float64) int {
	switch {
	case math.IsNaN(v):
		return 0
	case math.Signbit(v):
		return -1
	}
	return 1
}

// A period is looked for among so many of the rows, which must hold leastCycles
// of it, each of at least leastCycle rows; chance finds one in so few of series
// of noise.
const (
	periodRows  = 1000
	leastCycles = 3
	leastCycle  = 4
	byChance    = 1e-4
)

// periodOf is the period that explains most of the variance of v at times t, and
// its share; ok is false if noise would explain it.
//
// Source: Lomb, Astrophys. Space Sci. 39 (1976) 447; Scargle, Astrophys. J. 263
// (1982) 835; the share by chance after Baluev, Mon. Not. R. Astron. Soc. 385 (2008) 1279.
func periodOf(t, v []float64) (period, share float64, ok bool) { return periodWith(t, v, leastCycle) }

// periodWith is periodOf of cycles of at least so many rows.
func periodWith(t, v []float64, rows float64) (period, share float64, ok bool) {
	var x, y []float64
	for i := range v {
		if !math.IsNaN(v[i]) && len(x) < periodRows {
			x, y = append(x, t[i]), append(y, v[i])
		}
	}
	n := len(x)
	if n < 3*leastCycle*leastCycles/2 {
		return 0, 0, false
	}
	mean, variance := 0.0, 0.0
	for _, e := range y {
		mean += e / float64(n)
	}
	for i := range y {
		y[i] -= mean
		variance += y[i] * y[i]
	}
	span := x[n-1] - x[0]
	fastest := float64(n) / rows / span
	count := 0.0
	for f := leastCycles / span; f <= fastest; f += 0.25 / span {
		count++
		if s := waveSquares(x, y, 2*math.Pi*f) / variance; s > share {
			share, period = s, 1/f
		}
	}
	chance := 1 - math.Pow(byChance/count, 2/float64(n-3))
	return period, share, share > chance
}

// waveSquares is the sum of squares that a wave of frequency w explains.
func waveSquares(t, y []float64, w float64) float64 {
	ys, yc, cc, ss, cs := 0.0, 0.0, 0.0, 0.0, 0.0
	for i, at := range t {
		s, c := math.Sincos(w * (at - t[0]))
		ys, yc = ys+y[i]*s, yc+y[i]*c
		cc, ss, cs = cc+c*c, ss+s*s, cs+c*s
	}
	det := cc*ss - cs*cs
	if !(det > 0) {
		return 0
	}
	return (yc*yc*ss - 2*yc*ys*cs + ys*ys*cc) / det
}

// width is the mean half width of the band over the next half of each recording,
// noise and misfit apart, in deviations. Of a model with inputs, whose future is not known,
// the members say nothing.
func (p *Problem) width(m *model.Model) float64 {
	b := m.Band
	if b == nil {
		return math.NaN()
	}
	sum, n := 0.0, 0.0
	for rec, s := range p.rows(true) {
		end := s.T[s.Len()-1]
		var times []float64
		for k := range widthTimes {
			times = append(times, end+0.5*(end-s.T[0])*float64(k+1)/widthTimes)
		}
		var f *model.Forecast
		if len(s.Inputs) == 0 {
			f, _ = m.Forecast(rec, times, &s)
		}
		for k, t := range times {
			for c := range s.Names {
				half := 0.0
				switch i := k*len(s.Names) + c; {
				case f == nil || f.Hi == nil:
				case i >= len(f.Hi):
					half = math.Inf(1)
				default:
					half = b.Of(c, f.Hi[i]) - b.Of(c, f.X[i])
				}
				x := b.Centre[c]
				if i := k*len(s.Names) + c; f != nil && i < len(f.X) {
					x = b.Of(c, f.X[i])
				}
				d, own := b.Deviation(x, t-end, c, half), b.NoiseAt(x, c)
				w := model.BandDeviations * b.Factor(t-end) * math.Sqrt(max(0, d*d-own*own-square(b.MisfitAt(c)))) / b.Extent[c]
				sum, n = sum+min(w, model.MostExtents), n+1
			}
		}
	}
	return sum / n
}

const widthTimes = 16

// wild says how the free trajectory leaves the neighbourhood of the data: of a
// model without inputs behind the last row, of another behind the training rows.
func (p *Problem) wild(r *Result) string {
	for rec, s := range p.rows(true) {
		m, from, times := r.Model, s.T[s.Len()-1], []float64(nil)
		if len(s.Inputs) > 0 {
			if p.Held == nil {
				continue
			}
			m, times = r.chosen(), p.Held[rec].T
		} else {
			for k := range widthTimes {
				times = append(times, from+0.5*(from-s.T[0])*float64(k+1)/widthTimes)
			}
		}
		f, err := m.Forecast(rec, times, &s)
		switch {
		case err != nil:
		case f.Failed != "":
			return "ends: " + f.Failed
		case isWild(m, f, &s):
			return "leaves the neighbourhood of the data"
		}
	}
	return ""
}

// lone tells whether the model is one autonomous equation for one column, which
// cannot turn back.
func lone(m *model.Model) bool {
	f := &m.Parts.Frame
	return len(f.States) == 1 && len(f.Inputs) == 0 && f.Step == 0 && !readsTime(m.Parts.Field)
}

// readsTime tells whether the rates depend on time itself.
func readsTime(f *program.Program) bool {
	return slices.ContainsFunc(f.Nodes, func(n program.Node) bool {
		for _, i := range []int{n.A, n.B} {
			if i >= 0 && n.Op != program.OpInput && f.Nodes[i].Op == program.OpInput && f.Nodes[i].Name == "t" {
				return true
			}
		}
		return false
	})
}

// turns counts how often a column turns back by more than turnNoise deviations of
// its noise and turnPart of its range, by its smoothing spline.
func (p *Problem) turns(rec int) int {
	sp := p.Splines[rec][0]
	lo, hi := slices.Min(sp.G), slices.Max(sp.G)
	least := turnPart * (hi - lo)
	if isNumber(sp.Sigma) {
		least = max(least, turnNoise*sp.Sigma)
	}
	n, up := 0, 0 // direction: 0 not known yet
	low, high := sp.G[0], sp.G[0]
	for _, v := range sp.G {
		low, high = min(low, v), max(high, v)
		switch {
		case up >= 0 && high-v > least: // falls
			if up > 0 {
				n++
			}
			up, low = -1, v
		case up <= 0 && v-low > least:
			if up < 0 {
				n++
			}
			up, high = 1, v
		}
		if up > 0 {
			low = v
		}
		if up < 0 {
			high = v
		}
	}
	return n
}

const (
	turnNoise = 4
	turnPart  = 0.15
)
