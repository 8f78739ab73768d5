package chaos

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/model"
)

// SpectrumOptions say how Lyapunov exponents are computed. Times are in user
// units, iterations of a map. Zeros are chosen by the program.
type SpectrumOptions struct {
	Count     int     // exponents, largest first; 0 = all
	Interval  float64 // between orthonormalisations; 0 = by the growth of tangents
	Transient float64 // not counted, before the average; 0 = by the return time
	Span      float64 // averaged over, all orbits together; 0 = until Error is reached, or Longest
	Error     float64 // wanted standard error of the leading exponent, relative to the largest size; 0 = 0.005
	Longest   float64 // most that Span may become; 0 = 50 000 return times
}

// Spectrum is the Lyapunov spectrum of an attractor, or of an orbit.
type Spectrum struct {
	// Exponents come largest first, per unit of user time or per iteration; −Inf where errors vanish
	// altogether, as beside a superstable cycle.
	Exponents []float64 `json:"exponents"`
	Errors    []float64 `json:"errors"`    // standard errors, from blocks
	Dimension float64   `json:"dimension"` // Kaplan–Yorke; NaN if there is none
	// Divergence is the mean of ∇·f along the orbit, which the sum of all exponents
	// of a flow must be; NaN for maps, and unless all exponents were asked for.
	Divergence float64 `json:"divergence"`
	Span       float64 `json:"span"`
	Transient  float64 `json:"transient"`
	Interval   float64 `json:"interval"`
	Blocks     int     `json:"blocks"`
	Status     Status  `json:"status"`
	Reason     string  `json:"reason"` // a sentence where Status is not OK
	// Checks are what is known beforehand and how well it is met, in words.
	Checks []Check `json:"checks"`
	// Course[j] is the average of exponent j up to the times CourseTime, which are
	// spans of all orbits together and grow geometrically.
	Course     [][]float64 `json:"course"`
	CourseTime []float64   `json:"course_time"`
}

// Check is a property that the numbers must have.
type Check struct {
	Name string `json:"name"`
	Met  bool   `json:"met"`
	Text string `json:"text"`
}

// Status tells how an analysis ended.
type Status string

// The ways an analysis may end.
const (
	OK           Status = "ok"
	NotConverged Status = "not converged"
	Diverged     Status = "diverged"
	Stopped      Status = "stopped"
	TooShort     Status = "too short"
)

const (
	spectrumError = 0.005
	mostReturns   = 50_000
	// The first tangents and the last may differ by this factor, in logarithms, at
	// an orthonormalisation: 1e-16·exp(8) is the error it leaves.
	spread = 8
)

// LyapunovSpectrum returns the largest exponents of a flow or map, largest first.
//
//	λ_j = lim (1/t) Σ log R_jj   over QR steps of the tangent flow
//
// Method: Benettin; several orbits that begin along one, each
// with its tangents, orthonormalised together. Blocks of their averages give the
// standard errors.
// Units: exponents per unit of the time axis, of a map per iteration.
// Status: Diverged if the orbit leaves the floats, NotConverged if the error wanted
// was not reached; the estimate so far is returned. There are no exponents of an orbit that goes
// away, nor of one along which errors neither grow nor shrink; Reason says so.
// Cost: count+1 vectors of one integration. Deterministic.
// Source: Benettin, Galgani, Giorgilli, Strelcyn, Meccanica 15 (1980) 9–20.
func LyapunovSpectrum(ctx context.Context, f *model.Flow, o SpectrumOptions) (*Spectrum, error) {
	if o.Count == 0 {
		o.Count = f.Dim()
	}
	if err := o.check(f.Dim()); err != nil {
		return nil, err
	}
	b, err := newBundle(f, o.Count)
	if err != nil {
		return nil, err
	}
	return spectrumOf(ctx, b, o)
}

// check refuses what means nothing; n is the number of exponents there are.
func (o *SpectrumOptions) check(n int) error {
	if o.Count < 0 || o.Count > n {
		return fmt.Errorf("count=%d: the system has %d exponents", o.Count, n)
	}
	for _, v := range []float64{o.Interval, o.Transient, o.Span, o.Error, o.Longest} {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("interval, transient, span, error and longest must be finite and not negative")
		}
	}
	return nil
}

// spectrumOf is the spectrum of a bundle that has not begun.
func spectrumOf(ctx context.Context, b *bundle, o SpectrumOptions) (*Spectrum, error) {
	if o.Error == 0 {
		o.Error = spectrumError
	}
	s := &Spectrum{Divergence: math.NaN(), Dimension: math.NaN(), Status: OK}
	short := b.scale(&o)
	if err := o.affordable(short); err != nil {
		return nil, err
	}
	s.run(ctx, b, o, short)
	return s, nil
}

// mostSteps is how many orthonormalisations, or typical times, a computation may
// take: hours of them.
const mostSteps = 1e9

// affordable refuses what would not end; short is a typical time of the system.
func (o *SpectrumOptions) affordable(short float64) error {
	interval := o.Interval
	if interval == 0 {
		interval = short
	}
	for _, c := range []struct {
		name       string
		time, step float64
	}{{"transient", o.Transient, short}, {"span", max(o.Span, o.Longest), interval}, {"interval", o.Interval, short}} {
		if c.time/c.step > mostSteps {
			return fmt.Errorf("%s=%g: that is %.2g steps of %.2g; %.0g is the most", c.name, c.time, c.time/c.step, c.step, float64(mostSteps))
		}
	}
	return nil
}

// run averages until the error is small enough.
func (s *Spectrum) run(ctx context.Context, b *bundle, o SpectrumOptions, scale float64) {
	s.Interval, s.Transient = o.Interval, o.Transient
	if !b.settle(ctx, o.Transient, scale) {
		s.end(ctx, b)
		return
	}
	if o.Interval == 0 {
		s.Interval = b.tune(ctx, scale)
	} else {
		b.interval = b.whole(o.Interval)
	}
	b.box = &box{} // the pilot went in other steps
	longest := o.Longest
	if o.Span > 0 {
		longest = o.Span
	}
	all, lanes := blocks{size: firstBlock, lanes: b.lanes}, float64(b.lanes)
	done, look := 0, 0
	for s.Span < longest*(1-1e-9) && ctx.Err() == nil {
		// The last block of a given span is cut to it.
		size := max(1, min(all.size, int(math.Ceil((longest-s.Span)/lanes/b.interval-1e-9))))
		if !b.average(size, &all) {
			break
		}
		s.Span += float64(size) * b.interval * lanes
		if b.vanished[0] && all.count() >= fewestPieces {
			break
		}
		if done += size; done >= look && o.Span == 0 {
			mean, se := all.estimate()
			if all.count() >= mostPieces && converged(mean, se, o.Error) {
				break
			}
			look = done * 5 / 4
		}
	}
	s.conclude(ctx, b, &all, o)
}

// conclude makes the numbers of what was gathered.
func (s *Spectrum) conclude(ctx context.Context, b *bundle, all *blocks, o SpectrumOptions) {
	if all.count() < fewestPieces {
		s.end(ctx, b)
		if s.Status == OK {
			s.Status, s.Reason = TooShort, "the span is too short for an average with an error; give a longer one"
		}
		return
	}
	s.Exponents, s.Errors = all.estimate()
	if s.Exponents[0] < max(3*s.Errors[0], 2*all.drift(), regular*largestOf(s.Exponents)) {
		s.Exponents, s.Errors = all.weighted()
	}
	for j := range s.Errors {
		s.Errors[j] = max(s.Errors[j], leastError*largestOf(s.Exponents))
		if b.vanished[j] {
			s.Exponents[j], s.Errors[j] = math.Inf(-1), 0
		}
	}
	if s.nothing(b) {
		return
	}
	s.Blocks = min(all.count(), mostPieces) * b.lanes
	s.Course, s.CourseTime = all.course(s.Span)
	s.order()
	s.Dimension = KaplanYorke(s.cleaned())
	s.end(ctx, b)
	if s.Status == OK && o.Span == 0 && !converged(s.Exponents, s.Errors, o.Error) {
		s.Status = NotConverged
		s.Reason = fmt.Sprintf("the standard error of the leading exponent is %.2g after a time of %.4g; give a longer span", s.Errors[0], s.Span)
	}
	s.check(b, all)
}

// nothing takes the exponents back, with the reason, where they are of no attractor.
func (s *Spectrum) nothing(b *bundle) bool {
	if err := b.box.away(b.f); err != nil {
		s.Exponents, s.Errors, s.Status, s.Reason = nil, nil, Diverged, err.Error()
		return true
	}
	if slices.ContainsFunc(s.Exponents, func(v float64) bool { return v != 0 }) {
		return false
	}
	s.Exponents, s.Errors, s.Status = nil, nil, NotConverged
	s.Reason = "errors neither grow nor shrink anywhere on the orbit, which is at rest where every state beside it is too; it has no exponents to tell of"
	if k := b.box.grows(movesOn, b.f); k >= 0 {
		s.Reason = fmt.Sprintf("the orbit moves on without end, %s over %.4g, and errors neither grow nor shrink; it has no exponents to tell of", b.f.Frame.States[k], b.box.hi[k]-b.box.lo[k])
	}
	return true
}

// atRest is the root mean square rate, in scaled units, below which an orbit has
// ended in a fixed point; leastError is what rounding and the solver's tolerance
// leave of any exponent, as a share of the largest.
const (
	atRest     = 1e-6
	leastError = 1e-8
)

// regular is the share of the largest exponent below which the leading one may
// well be zero; averages that know regular motion better serve chaos as well.
const regular = 1e-3

func largestOf(v []float64) float64 {
	largest := 0.0
	for _, x := range v {
		if !math.IsInf(x, 0) { // of errors that vanish
			largest = max(largest, math.Abs(x))
		}
	}
	return largest
}

// firstBlock is how many intervals the first blocks have.
const firstBlock = 4

// converged tells whether the leading exponent is known well enough, in units of
// the largest.
func converged(mean, se []float64, want float64) bool {
	return se[0] <= want*max(math.Abs(mean[0]), 0.01*largestOf(mean))
}

func (s *Spectrum) end(ctx context.Context, b *bundle) {
	switch {
	case b.failed != "":
		s.Status, s.Reason = Diverged, "the orbit cannot be followed: "+b.failed
	case ctx.Err() != nil:
		s.Status, s.Reason = Stopped, "it was stopped before it was done"
	}
}

// order sorts the exponents, which sampling may have left out of order by less
// than their errors.
func (s *Spectrum) order() {
	for i := range s.Exponents {
		for j := i; j > 0 && s.Exponents[j] > s.Exponents[j-1]; j-- {
			s.Exponents[j], s.Exponents[j-1] = s.Exponents[j-1], s.Exponents[j]
			s.Errors[j], s.Errors[j-1] = s.Errors[j-1], s.Errors[j]
		}
	}
}

// cleaned are the exponents with zeros where they are zero but for rounding and
// the tolerance of the solver: the dimension jumps there.
func (s *Spectrum) cleaned() []float64 {
	out, largest := append([]float64{}, s.Exponents...), largestOf(s.Exponents)
	for i, v := range out {
		if math.Abs(v) < 1e-6*largest || math.Abs(v) < 2*s.Errors[i] && math.Abs(v) < 1e-3*largest {
			out[i] = 0
		}
	}
	return out
}

// check compares with what must hold: a flow that does not rest has an exponent
// of zero, and all together are the mean divergence.
func (s *Spectrum) check(b *bundle, all *blocks) {
	if b.copied > 0 {
		return
	}
	if !b.f.IsMap() && b.f.Autonomous() && b.rms() > atRest {
		near := 0
		for i, v := range s.Exponents {
			if math.Abs(v) < math.Abs(s.Exponents[near]) {
				near = i
			}
		}
		v, se := s.Exponents[near], s.Errors[near]
		if len(s.Exponents) == b.n || s.Exponents[len(s.Exponents)-1] < 0 {
			s.Checks = append(s.Checks, Check{Name: "zero exponent", Met: math.Abs(v) <= 3*se+1e-3*math.Abs(s.Exponents[0])+1e-6*largestOf(s.Exponents),
				Text: fmt.Sprintf("a flow that does not come to rest has an exponent of zero; the nearest is %.2g ± %.2g", v, se)})
		}
	}
	if b.count == b.n && !b.f.IsMap() && !slices.Contains(b.vanished, true) {
		var se float64
		s.Divergence, se = all.divergence()
		sum, size := 0.0, 0.0
		for _, v := range s.Exponents {
			sum, size = sum+v, size+math.Abs(v)
		}
		s.Checks = append(s.Checks, Check{Name: "divergence", Met: math.Abs(sum-s.Divergence) <= 2e-3*size+4*se,
			Text: fmt.Sprintf("the exponents add up to %.6g, the mean divergence along the orbit is %.6g", sum, s.Divergence)})
	}
}

// KaplanYorke is the Lyapunov dimension j + (λ₁ + … + λ_j)/|λ_{j+1}|, where j is
// the largest number of exponents whose sum is not negative. exponents come
// largest first. It is 0 if the first is negative, their number if no sum is, and
// NaN if there are too few exponents to tell.
//
// Source: Kaplan, Yorke, Lecture Notes in Mathematics 730 (1979) 204.
func KaplanYorke(exponents []float64) float64 {
	sum := 0.0
	for j, v := range exponents {
		if sum+v < 0 {
			return float64(j) + sum/math.Abs(v)
		}
		sum += v
	}
	if len(exponents) == 0 || math.IsNaN(sum) {
		return math.NaN()
	}
	return float64(len(exponents))
}
