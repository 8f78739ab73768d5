package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// Laws that are no polynomials are tried where two signs are there: the columns
// are such that the law could be meant (never negative, or as wide as an angle),
// and the slopes of the smoothed data have more evidence with it.
const (
	askedFor     = 2           // log evidence of slopes that a law must be ahead of polynomials
	mostLawTerms = 45          // of a library, for each state
	barelyNeg    = 0.1         // part of a column's largest value that noise may put below zero
	widestTurn   = 3           // range of a column in radians from which on it may be an angle
	goesRound    = 6 * math.Pi // range from which on nothing holds an angle but its waves
)

// laws are the libraries that the slopes ask for rather than for the polynomial
// or one of lower degree, by name.
func (p *Problem) laws(polynomial *field.PolyMLP) (names []string, archs []*field.TermLibrary) {
	base := math.Inf(-1)
	for d := min(2, polynomial.Degree); d <= polynomial.Degree; d++ {
		lower := *polynomial
		lower.Degree = d
		v, ok := p.slopeEvidence(&lower)
		if !ok {
			return nil, nil
		}
		base = max(base, v)
	}
	if m, v := p.saturating(); m != nil && v > base+askedFor {
		names, archs = append(names, "law with saturation"), append(archs, m)
	}
	turning, v := p.turning()
	if turning != nil && v > base+askedFor {
		names, archs = append(names, "law with waves"), append(archs, turning)
		base = v
	}
	if m, v := p.waving(); m != nil && v > base+askedFor+simpler {
		names, archs = append(names, "law with waves beside"), append(archs, m)
	}
	return names, archs
}

// farFromZero tells whether the polynomials of the other candidates have their
// origin in the data because zero is far from them, in deviations, though not so far
// that monomials about zero would all look alike: laws tend to have few terms about
// zero, and only there. The library must not be too large.
func (p *Problem) farFromZero(degree int) bool {
	const furthest = 12
	f := &p.Parts.Frame
	width := len(p.Train[0].Names) + len(p.Train[0].Inputs)
	moved, terms := false, 1
	for k := range degree {
		terms = terms * (width + k + 1) / (k + 1)
	}
	shifts, scales := append(slices.Clone(f.Shift[:len(p.Train[0].Names)]), f.UShift...), append(slices.Clone(f.Scale[:len(p.Train[0].Names)]), f.UScale...)
	for c, shift := range shifts {
		if math.Abs(shift) > furthest*scales[c] {
			return false
		}
		moved = moved || field.OriginInData(shift, scales[c])
	}
	return moved && terms <= mostLawTerms
}

// slopeEvidence is the log evidence of the slopes of smoothed data for a library,
// up to a constant, by its asymptotic form (Schwarz, Ann. Stat. 6 (1978)
// 461–464). Errors of neighbouring slopes are alike, so a third of the rows count.
func (p *Problem) slopeEvidence(arch field.Architecture) (v float64, ok bool) {
	const alikeRows, finest = 3, 1e-3
	if p.stopped() {
		return 0, false
	}
	q, err := p.with(p.ArchName, arch)
	if err != nil {
		return 0, false
	}
	segs, err := q.fits(q.cut())
	if err != nil { // what cannot be fitted need not be begun
		return 0, false
	}
	b, err := newBayes(q, segs, q.Parts.Theta0)
	if err != nil {
		return 0, false
	}
	s := b.librarySlopes()
	if s == nil {
		return 0, false
	}
	s.stop = p.stopped
	mean, prec, ok := s.sparse(s.redundant())
	if !ok {
		return 0, false
	}
	rows := float64(len(s.y)) / alikeRows
	noise := make([]float64, s.states)
	s.renoise(noise, mean, make([]float64, s.states))
	for c := range noise {
		v -= rows / float64(s.states) * math.Log(max(finest, noise[c]))
	}
	for k := range prec {
		if prec[k] < precisionOff {
			v -= math.Log(max(2, rows)) / 2
		}
	}
	return v, true
}

// halves are the columns that may saturate, because they are never negative, and about
// where half of that would be.
func (p *Problem) halves() map[string]float64 {
	half := map[string]float64{}
	m := data.NewMoments(p.Train...)
	for c, name := range p.Train[0].Names {
		if m.Max[c] > 0 && m.Min[c] > -barelyNeg*m.Max[c] && m.Mean[c] > 0 && m.Max[c] > 2*m.Min[c] {
			half[name] = m.Mean[c]
		}
	}
	return half
}

// saturating is the library in which columns that are never negative saturate:
// where half of it is, and how steeply, is looked for on a grid, all columns
// alike, then each alone. It is nil where there are no such columns.
func (p *Problem) saturating() (best *field.TermLibrary, evidence float64) {
	half := p.halves()
	width := len(p.Train[0].Names) + len(p.Train[0].Inputs) + len(half)
	if len(half) == 0 || 1+width+width*(width+1)/2 > mostLawTerms {
		return nil, 0
	}
	s := &saturation{p: p, half: half, evidence: math.Inf(-1)}
	for _, power := range []int{1, 2, 4} {
		for _, f := range saturationSteps {
			s.try(power, func(string) float64 { return f })
		}
	}
	if s.best == nil {
		return nil, 0
	}
	for _, name := range p.Train[0].Names {
		if half[name] != 0 && len(half) > 1 {
			s.alone(name)
		}
	}
	return s.best, s.evidence
}

// saturationSteps are where half of the saturation is tried, beside its first guess.
var saturationSteps = []float64{0.15, 0.5, 1.5}

// saturation is the search for where columns saturate.
type saturation struct {
	p        *Problem
	half     map[string]float64 // of each column that may: the first guess
	best     *field.TermLibrary // nil: none yet
	evidence float64            // of best
}

// try keeps the library that has half of the saturation at so many times the first guess, if
// it is better than the best. A steeper law is a stronger claim.
func (s *saturation) try(power int, times func(column string) float64) {
	ahead := 0.0
	if s.best != nil && s.best.Power < power {
		ahead = askedFor + simpler
	}
	lib := &field.TermLibrary{Degree: 2, Power: power, Saturates: map[string]float64{}}
	for name, v := range s.half {
		lib.Saturates[name] = v * times(name)
	}
	if v, ok := s.p.slopeEvidence(lib); ok && v > s.evidence+ahead {
		s.best, s.evidence = lib, v
	}
}

// alone moves one column, the others as in the best library when it begins.
func (s *saturation) alone(column string) {
	from := s.best
	for _, f := range saturationSteps {
		s.try(from.Power, func(name string) float64 {
			if name == column {
				return f
			}
			return from.Saturates[name] / s.half[name]
		})
	}
}

// turning is the library in which columns as wide as an angle turn; nil where
// there are none.
func (p *Problem) turning() (*field.TermLibrary, float64) {
	var tries [][]string
	var round []string // columns that go round
	m := data.NewMoments(p.Train...)
	for c, name := range p.Train[0].Names {
		if m.Max[c]-m.Min[c] > widestTurn {
			tries = append(tries, []string{name})
		}
		if m.Max[c]-m.Min[c] > 2*math.Pi {
			round = append(round, name)
		}
	}
	if len(round) > 1 {
		tries = append(tries, round)
	}
	var best *field.TermLibrary
	evidence := math.Inf(-1)
	for _, turns := range tries {
		one := field.TermLibrary{Degree: 2, Power: 1, Turns: turns}
		width := len(p.Train[0].Names) + len(p.Train[0].Inputs) + len(turns)
		if 1+width+width*(width+1)/2 > mostLawTerms {
			continue
		}
		if v, ok := p.slopeEvidence(&one); ok && v > evidence {
			best, evidence = &one, v
		}
	}
	return best, evidence
}

// waving is the library in which columns as wide as an angle are accompanied by
// their waves: all of them, or one, with products as far as terms are not too many;
// nil where there are none.
func (p *Problem) waving() (*field.TermLibrary, float64) {
	m := data.NewMoments(p.Train...)
	var wide []string
	for c, name := range p.Train[0].Names {
		if width := m.Max[c] - m.Min[c]; width > widestTurn && width < goesRound {
			wide = append(wide, name)
		}
	}
	var tries [][]string
	for _, name := range wide {
		tries = append(tries, []string{name})
	}
	if len(wide) > 1 {
		tries = append(tries, wide)
	}
	var best *field.TermLibrary
	evidence := math.Inf(-1)
	for _, waves := range tries {
		width := len(p.Train[0].Names) + len(p.Train[0].Inputs) + 2*len(waves)
		for degree := 1; degree <= 2; degree++ {
			terms := 1 + width
			if degree == 2 {
				terms += width * (width + 1) / 2
			}
			one := field.TermLibrary{Degree: degree, Power: 1, Waves: waves}
			if terms > mostLawTerms {
				continue
			}
			if v, ok := p.slopeEvidence(&one); ok && v > evidence {
				best, evidence = &one, v
			}
		}
	}
	return best, evidence
}
