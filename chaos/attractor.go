package chaos

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// Attractor is what a long orbit, or a recording, looks like as a whole.
type Attractor struct {
	Columns []ColumnStatistics `json:"columns"`
	Rows    int                `json:"rows"`
	Span    float64            `json:"span"`
	// Drift is how far the means of the two halves are apart, in standard errors of
	// that distance, of the column where it is largest; see Drifts.
	Drift  float64 `json:"drift"`
	Status Status  `json:"status"`
	Reason string  `json:"reason"`
}

// ColumnStatistics are those of one column.
type ColumnStatistics struct {
	Mean      float64 `json:"mean"`
	MeanError float64 `json:"mean_error"` // standard error, from blocks
	Deviation float64 `json:"deviation"`
	Lo        float64 `json:"lo"`
	Hi        float64 `json:"hi"`
	// Memory is the time until the autocorrelation falls below 1/e, NaN if it does
	// not. Period is that of the strongest frequency if a fifth of the variance lies
	// within 5 % of it, else NaN.
	Memory float64 `json:"memory"`
	Period float64 `json:"period"`
	// Density is the share of rows in each of equal bins from Lo to Hi.
	Density []float64 `json:"density"`
	// Frequency and Power are the spectrum, in cycles per unit of time and shares
	// of the variance.
	Frequency []float64 `json:"frequency"`
	Power     []float64 `json:"power"`
}

const (
	fewestLook    = 200
	densityBins   = 60
	meanBlocks    = 16
	mostFrequency = 400 // places of a spectrum that is drawn
	periodWidth   = 0.05
	periodShare   = 0.2
)

// Describe returns the long-run statistics of rows x, n × d, row-major, dt apart.
// Status: TooShort below 200 rows.
func Describe(x []float64, d int, dt float64) (*Attractor, error) {
	n := len(x) / max(d, 1)
	a := &Attractor{Rows: n, Span: float64(n) * dt, Status: OK}
	if n < fewestLook {
		a.Status, a.Reason = TooShort, fmt.Sprintf("there are %d rows; the statistics of an attractor need %d at least", n, fewestLook)
		return a, nil
	}
	mean, sd, err := columnMoments(x, d)
	if err != nil {
		return nil, err
	}
	z := scaledRows(x, mean, sd)
	for k := range d {
		v := columnOf(x, d, k)
		c := ColumnStatistics{Mean: mean[k], Deviation: sd[k], Lo: slices.Min(v), Hi: slices.Max(v)}
		values := blockValues(v, meanBlocks)
		_, c.MeanError = num.MeanError(values)
		a.Drift = max(a.Drift, drift(values))
		c.Memory = float64(memory(columnOf(z, d, k))) * dt
		if c.Memory == 0 {
			c.Memory = math.NaN()
		}
		c.Density = density(v, c.Lo, c.Hi)
		c.spectrum(v, dt)
		a.Columns = append(a.Columns, c)
	}
	return a, nil
}

// drift is how far the means of the first half of blocks and of the second are
// apart, in standard errors. Those come from neighbouring blocks, which a slow drift
// leaves alike (von Neumann, Ann. Math. Stat. 12 (1941) 367).
func drift(blocks []float64) float64 {
	half, square := len(blocks)/2, 0.0
	first, _ := num.MeanError(blocks[:half])
	second, _ := num.MeanError(blocks[half:])
	for i, v := range blocks[1:] {
		square += (v - blocks[i]) * (v - blocks[i]) / 2 / float64(len(blocks)-1)
	}
	return math.Abs(second-first) / math.Sqrt(2*square/float64(half))
}

// Drifts tells that the two halves of the rows differ more than chance has it: five
// standard errors, of which blocks of a recording that is not much longer than its
// memory know too little.
func (a *Attractor) Drifts() bool { return a.Drift > 5 }

func columnOf(x []float64, d, k int) []float64 {
	out := make([]float64, 0, len(x)/d)
	for i := k; i < len(x); i += d {
		out = append(out, x[i])
	}
	return out
}

// blockValues are the means of blocks of equal length, one after the other.
func blockValues(v []float64, blocks int) []float64 {
	out := make([]float64, blocks)
	for b := range out {
		lo, hi := b*len(v)/blocks, (b+1)*len(v)/blocks
		for _, x := range v[lo:hi] {
			out[b] += x / float64(hi-lo)
		}
	}
	return out
}

// memory is the lag at which the autocorrelation of standardised values falls below
// 1/e; 0 if it does not within half of them.
func memory(z []float64) int {
	n := len(z)
	for lag := 1; lag < n/2; lag++ {
		sum := 0.0
		for i, v := range z[:n-lag] {
			sum += v * z[i+lag]
		}
		if sum/float64(n-lag) < 1/math.E {
			return lag
		}
	}
	return 0
}

func density(v []float64, lo, hi float64) []float64 {
	out := make([]float64, densityBins)
	for _, x := range v {
		b := 0
		if share := (x - lo) / (hi - lo); share > 0 { // not where both round to the same
			b = int(min(share*densityBins, densityBins-1))
		}
		out[b] += 1 / float64(len(v))
	}
	return out
}

// spectrum gathers the powers of neighbouring frequencies, so that there are few.
func (c *ColumnStatistics) spectrum(v []float64, dt float64) {
	p := num.PowerSpectrum(v, 2)
	length := float64(num.FastLength(len(v))) * dt
	strongest := 1 + slices.Index(p[1:], slices.Max(p[1:]))
	near := 0.0
	for i, x := range p[1:] {
		if math.Abs(float64(i+1)-float64(strongest)) <= max(periodWidth*float64(strongest), 4) {
			near += x
		}
	}
	if c.Period = length / float64(strongest); near < periodShare || strongest < 4 {
		c.Period = math.NaN()
	}
	each := max(1, (len(p)-1+mostFrequency-1)/mostFrequency)
	for lo := 1; lo < len(p); lo += each {
		hi, sum := min(lo+each, len(p)), 0.0
		for _, x := range p[lo:hi] {
			sum += x
		}
		c.Frequency = append(c.Frequency, float64(lo+hi-1)/2/length)
		c.Power = append(c.Power, sum/float64(hi-lo))
	}
}

// ReturnMap are the heights of successive maxima of v, each with the next.
func ReturnMap(v []float64) (now, next []float64) {
	last := math.NaN()
	for i := 1; i+1 < len(v); i++ {
		if !(v[i] > v[i-1] && v[i] >= v[i+1]) {
			continue
		}
		// The top of the parabola through three rows.
		a, b := (v[i-1]+v[i+1])/2-v[i], (v[i+1]-v[i-1])/2
		top := v[i]
		if a < 0 {
			top -= b * b / (4 * a)
		}
		if !math.IsNaN(last) {
			now, next = append(now, last), append(next, top)
		}
		last = top
	}
	return now, next
}
