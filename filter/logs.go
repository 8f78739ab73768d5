package filter

import (
	"math"

	"github.com/entrain-dev/entrain/field"
)

// inLogs is a system in which some states that nothing moves, and that are positive, are followed by
// the logarithms of their values in user units.
type inLogs struct {
	System
	frame  *field.Frame
	states []int
	x      []float64 // the state in scaled units
}

// plain is the state of the system without logarithms.
func (s *inLogs) plain(x []float64) []float64 {
	s.x = append(s.x[:0], x...)
	for _, i := range s.states {
		s.x[i] = (math.Exp(x[i]) - s.frame.Shift[i]) / s.frame.Scale[i]
	}
	return s.x
}

// byLogs makes a derivative by the state one by logarithms; own is the derivative of each logarithm
// by itself.
func (s *inLogs) byLogs(jac, x []float64, own float64) {
	n := len(x)
	for _, i := range s.states {
		for k := range n {
			jac[k*n+i] *= math.Exp(x[i]) / s.frame.Scale[i]
		}
	}
	for _, i := range s.states {
		clear(jac[i*n : (i+1)*n])
		jac[i*n+i] = own
	}
}

// Advance implements System.
func (s *inLogs) Advance(dst, jac, x []float64, t0, t1 float64) error {
	if err := s.System.Advance(dst, jac, s.plain(x), t0, t1); err != nil {
		return err
	}
	for _, i := range s.states {
		dst[i] = x[i]
	}
	if jac != nil {
		s.byLogs(jac, x, 1)
	}
	return nil
}

// Rates implements System.
func (s *inLogs) Rates(jac, x []float64, t float64) error {
	if err := s.System.Rates(jac, s.plain(x), t); err != nil {
		return err
	}
	s.byLogs(jac, x, 0)
	return nil
}
