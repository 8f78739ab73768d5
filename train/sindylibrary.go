package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/train/regress"
)

// library are the terms of SINDy at the data: rows of all recordings.
type library struct {
	p      *Problem
	terms  []field.Term
	states int
	radius float64 // of windows, user units of time
	stop   func() bool

	blocks []slopeRows // of each recording
	rows   int
	a      []float64 // rows × terms
	scale  []float64 // root mean square of each term
	slope  []float64 // … of each state's slope

	inputs []field.Input // of each recording; nil if there are none
	x, v   []float64     // variables and terms at one place
	u      field.Batch
	at     []float64
}

// library is that of the degree asked for, or of the highest that is not too
// large and has not more terms than there are rows.
func (s *SINDy) library(p *Problem, form string, stop func() bool) (*library, error) {
	if s.Degree != 0 {
		return s.ofDegree(p, form, max(0, s.Degree), stop)
	}
	for degree := (&field.PolyMLP{}).Top(len(p.Train[0].Names) + len(p.Train[0].Inputs)); ; degree-- {
		l, err := s.ofDegree(p, form, degree, stop)
		if err != nil || degree == 1 || l.rows >= len(l.terms) {
			return l, err
		}
	}
}

func (s *SINDy) ofDegree(p *Problem, form string, degree int, stop func() bool) (*library, error) {
	first := &p.Train[0]
	names := slices.Concat(first.Names, first.Inputs)
	l := &library{p: p, stop: stop, states: len(first.Names), inputs: newInputs(p), x: make([]float64, len(names)), at: make([]float64, 1)}
	if n := field.CountTerms(len(names), degree, s.Harmonics, s.Products); n > mostTerms {
		return nil, fmt.Errorf("sindy: a library of %d terms is too large, %d is the limit; lower degree= or harmonics=, leave products out, or name fewer columns with states=", n, mostTerms)
	}
	l.terms = field.Terms(names, degree, s.Harmonics, s.Products)
	l.u, l.v = program.NewBatch(len(first.Inputs), 1), make([]float64, len(l.terms))
	l.radius = s.Window / 2
	if l.radius == 0 {
		l.radius = p.windowRadius()
	}
	for rec := range p.Train {
		block, err := l.differential(rec), error(nil)
		if form == "weak" {
			block, err = l.weak(rec, l.radius)
		}
		if err != nil {
			return nil, err
		}
		l.blocks = append(l.blocks, block)
		l.rows += block.n
		l.a = append(l.a, block.a...)
	}
	if l.rows == 0 {
		return nil, l.tooShort(l.radius)
	}
	l.measure()
	return l, nil
}

// A window is long enough to average over the noise of some rows, and short
// beside the time in which the states change: that is the unit of scaled time.
const (
	windowTime  = 1 // radius, scaled time
	windowSteps = 4 // and at least so many steps
)

func (p *Problem) windowRadius() float64 {
	step := 0.0
	for i := range p.Train {
		step = max(step, p.Train[i].Step())
	}
	return max(windowTime*p.Parts.Frame.Time, windowSteps*step)
}

// measure sets the scales of terms and slopes; those that are zero have 1.
func (l *library) measure() {
	m := len(l.terms)
	l.scale, l.slope = make([]float64, m), make([]float64, l.states)
	for i, v := range l.a {
		l.scale[i%m] += v * v
	}
	for _, b := range l.blocks {
		for c := range b.b {
			for _, v := range b.b[c] {
				l.slope[c] += v * v
			}
		}
	}
	for _, list := range [][]float64{l.scale, l.slope} {
		for i, v := range list {
			if list[i] = math.Sqrt(v / float64(l.rows)); v == 0 {
				list[i] = 1
			}
		}
	}
}

// white returns the rows of state c, weighted so that their errors are
// independent and of equal size.
func (l *library) white(c int) (a, b []float64) {
	m := len(l.terms)
	for _, block := range l.blocks {
		wa, wb := slices.Clone(block.a), slices.Clone(block.b[c])
		if block.noise != nil && block.noise[c] != nil {
			for j := range m {
				if block.n > 0 {
					block.noise[c].Forward(wa[j:], m)
				}
			}
			block.noise[c].Forward(wb, 1)
		}
		a, b = append(a, wa...), append(b, wb...)
	}
	return a, b
}

// starts are the terms up to each degree: a simple law is found more surely
// among few terms.
func (l *library) starts() [][]bool {
	var all [][]bool
	for degree, left := 1, true; left; degree++ {
		left = false
		start := make([]bool, len(l.terms))
		for j := range l.terms {
			start[j] = l.terms[j].Degree() <= degree
			left = left || !start[j]
		}
		all = append(all, start)
	}
	return all
}

// informed is how many independent values the smoothing splines have of state
// c: slopes at neighbouring rows are not.
func (l *library) informed(c int) float64 {
	sum := 0.0
	for rec := range l.blocks {
		sum += l.p.Splines[rec][c].DoF
	}
	return sum
}

// dependence tells which terms are too alike.
func (l *library) dependence(found []regress.Dependence, ridge float64) string {
	var parts []string
	for _, d := range found {
		var of []string
		for _, j := range d.Of {
			of = append(of, l.terms[j].String())
		}
		switch {
		case len(of) == 0:
			parts = append(parts, l.terms[d.Term].String()+" is zero")
		case len(of) == 1:
			parts = append(parts, fmt.Sprintf("%s is like %s", &l.terms[d.Term], of[0]))
		case len(of) > 6:
			parts = append(parts, fmt.Sprintf("%s is a combination of %s and %d more", &l.terms[d.Term], strings.Join(of[:4], ", "), len(of)-4))
		default:
			parts = append(parts, fmt.Sprintf("%s is a combination of %s", &l.terms[d.Term], strings.Join(of, ", ")))
		}
		if len(parts) == 4 && len(found) > 5 {
			parts = append(parts, fmt.Sprintf("and %d more", len(found)-4))
			break
		}
	}
	return fmt.Sprintf("these data cannot tell all %d terms of the library apart: %s; a ridge of %.2g keeps the regression solvable where both stand, and which of them is kept is a choice; other recordings, fewer harmonics= or a lower degree= would decide",
		len(l.terms), strings.Join(parts, "; "), ridge)
}
