package chaos

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// Equilibrium is a state at which a flow rests, or a fixed point of a map.
type Equilibrium struct {
	X           []float64 `json:"x"`           // user units
	Eigenvalues []Complex `json:"eigenvalues"` // of the Jacobian: per unit of time, of a map per iteration
	Kind        string    `json:"kind"`        // sink, saddle, spiral source, …
	Stable      bool      `json:"stable"`
	Unstable    int       `json:"unstable"` // directions in which errors grow
	Outside     bool      `json:"outside"`  // of the box of the starts
}

const (
	newtonRounds = 60
	newtonLanes  = 64
	// restRate is the share of the typical rate below which a rate is none.
	restRate = 1e-10
	// apartShare of the box two equilibria are at least.
	apartShare = 1e-6
	// An eigenvalue whose real part is below this share of the largest size decides
	// nothing.
	levelShare = 1e-7
)

// ErrEveryStateRests is what Equilibria says of a law whose rates are zero everywhere.
var ErrEveryStateRests = errors.New("every state rests: the rates of the law are zero wherever rest was looked for")

// Equilibria finds the states at which an autonomous flow rests, or the fixed points
// of a map, by Newton's method from many starts, n × Dim, row-major, user units. What
// lies farther than a box of the starts away from it is left out. Whether there are more
// cannot be known; more starts find more. Where all of them rest it is ErrEveryStateRests.
func Equilibria(f *model.Flow, starts []float64) ([]Equilibrium, error) {
	d := f.Dim()
	if !f.Autonomous() {
		return nil, fmt.Errorf("the law changes with time, so nothing rests; take time as a state of its own (phase' = …)")
	}
	if len(starts) < d {
		return nil, fmt.Errorf("equilibria need a state to begin from")
	}
	s := &newton{f: f, d: d, lu: num.NewLU(d), tr: newTraces(f, newtonLanes)}
	s.rates = make([]float64, 0, len(starts)/d)
	z := make([]float64, len(starts))
	for i := 0; i < len(z); i += d {
		f.Scaled(z[i:i+d], starts[i:i+d])
	}
	s.bounds(z)
	if len(s.rates) == 0 {
		return nil, fmt.Errorf("the rates of the law leave the floating-point numbers wherever rest was looked for")
	}
	if slices.Max(s.rates) == 0 {
		return nil, ErrEveryStateRests
	}
	var found [][]float64
	for lo := 0; lo < len(z); lo += newtonLanes * d {
		found = append(found, s.solve(z[lo:min(len(z), lo+newtonLanes*d)])...)
	}
	var out []Equilibrium
	for _, at := range s.distinct(found) {
		if e := s.classify(at); len(e.Eigenvalues) > 0 { // none where the Jacobian leaves the numbers
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Equilibrium) int { return slices.Compare(a.X, b.X) })
	return out, nil
}

// newton looks for zeros of a field in many lanes.
type newton struct {
	f       *model.Flow
	d       int
	lo, hi  []float64 // scaled box of the starts
	tr      traces
	lu      *num.LU
	typical float64
	rates   []float64
}

// bounds finds the box of the starts and the typical rate in it.
func (s *newton) bounds(z []float64) {
	s.lo, s.hi = slices.Clone(z[:s.d]), slices.Clone(z[:s.d])
	for i, v := range z {
		s.lo[i%s.d], s.hi[i%s.d] = min(s.lo[i%s.d], v), max(s.hi[i%s.d], v)
	}
	for k := range s.lo {
		if s.hi[k]-s.lo[k] < 1e-9*(1+math.Abs(s.hi[k])) { // starts in a plane: look around it
			s.lo[k], s.hi[k] = s.lo[k]-1, s.hi[k]+1
		}
	}
	for lo := 0; lo < len(z); lo += newtonLanes * s.d {
		part := z[lo:min(len(z), lo+newtonLanes*s.d)]
		s.place(part)
		s.tr.rate()
		for l := range len(part) / s.d {
			square := 0.0
			for i := range s.d {
				square += s.tr.out.At(i, l) * s.tr.out.At(i, l)
			}
			if num.Finite(square) { // of others nothing can be told
				s.rates = append(s.rates, math.Sqrt(square))
			}
		}
	}
	s.typical = median(s.rates)
}

// place puts states into the lanes; spare lanes repeat the first.
func (s *newton) place(z []float64) {
	for l := range newtonLanes {
		at := l * s.d
		if at >= len(z) {
			at = 0
		}
		s.tr.own.SetLane(l, z[at:at+s.d])
	}
}

// solve is where Newton's method ends from each start, of those that end at rest.
func (s *newton) solve(z []float64) [][]float64 {
	s.place(z)
	count := len(z) / s.d
	step := make([]float64, s.d)
	for range newtonRounds {
		s.tr.jacobians()
		s.tr.rate()
		for l := range count {
			m := s.lu.Matrix()
			for i := range m {
				m[i] = s.tr.jac[i*newtonLanes+l]
			}
			if !s.lu.Factor() {
				continue
			}
			s.tr.out.Lane(step, l)
			s.lu.Solve(step)
			share := 1.0 // no step is longer than the box
			for k, v := range step {
				share = math.Min(share, (s.hi[k]-s.lo[k])/math.Abs(v))
			}
			for k, v := range step {
				if w := s.tr.own.At(k, l) - share*v; w-w == 0 {
					s.tr.own.Set(k, l, w)
				}
			}
		}
	}
	s.tr.rate()
	var out [][]float64
	for l := range count {
		rate := s.tr.out.Lane(make([]float64, s.d), l)
		at := s.tr.own.Lane(make([]float64, s.d), l)
		if length(rate) <= restRate*s.typical+1e-14*length(at) && s.within(at, 1) {
			out = append(out, at)
		}
	}
	return out
}

// within tells whether a scaled state is in the box, widened on each side by a share
// of its width.
func (s *newton) within(z []float64, share float64) bool {
	for k, v := range z {
		pad := share * (s.hi[k] - s.lo[k])
		if !(v >= s.lo[k]-pad && v <= s.hi[k]+pad) {
			return false
		}
	}
	return true
}

func length(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// distinct leaves out what was found before.
func (s *newton) distinct(all [][]float64) [][]float64 {
	var out [][]float64
	for _, z := range all {
		if !slices.ContainsFunc(out, func(o []float64) bool {
			for k, v := range z {
				if math.Abs(v-o[k]) > apartShare*(s.hi[k]-s.lo[k]) {
					return false
				}
			}
			return true
		}) {
			out = append(out, z)
		}
	}
	return out
}

func (s *newton) classify(z []float64) Equilibrium {
	e := Equilibrium{X: make([]float64, s.d), Outside: !s.within(z, 0)}
	s.f.User(e.X, z)
	jac := make([]float64, s.d*s.d)
	s.f.Jacobian(jac, s.f.Frame.T0, e.X)
	values := eigenvalues(jac, s.d, s.f.IsMap())
	e.Eigenvalues = complexes(values)
	e.Kind, e.Unstable, e.Stable = kindOf(values, s.f.IsMap())
	return e
}

// kindOf names the motion around a state at rest. An eigenvalue on the border
// between growth and decay within rounding makes it a centre, which the linear part
// does not decide.
func kindOf(values []complex128, isMap bool) (kind string, unstable int, stable bool) {
	level, spiral, decays, largest := 0, false, 0, 0.0
	for _, z := range values {
		largest = max(largest, math.Hypot(real(z), imag(z)))
	}
	for _, z := range values {
		growth := real(z)
		if isMap {
			growth = math.Hypot(real(z), imag(z)) - 1
		}
		switch {
		case math.Abs(growth) <= levelShare*max(largest, 1e-300):
			level++
		case growth > 0:
			unstable++
		default:
			decays++
		}
		spiral = spiral || imag(z) != 0
	}
	shape := "node "
	switch {
	case len(values) == 1:
		shape = ""
	case spiral:
		shape = "spiral "
	}
	switch {
	case len(values) == 0:
		return "unknown", 0, false
	case level > 0 && unstable == 0 && decays == 0 && spiral:
		return "centre", 0, false
	case level > 0:
		return "undecided (" + words.Several(level, "eigenvalue") + " on the border)", unstable, false
	case unstable == 0:
		return shape + "sink", 0, true
	case decays == 0:
		return shape + "source", unstable, false
	case spiral:
		return "saddle with a spiral", unstable, false
	}
	return "saddle", unstable, false
}
