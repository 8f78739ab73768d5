package linear

import "math"

// step is the model over one distance in time h:
//
//	x₊ = e·x + from·v + to·v₊ + noise of covariance q,
//
// v and v₊ being the inputs at both ends.
type step struct {
	n, m        int
	e, from, to []float64
	lo, hi      []int     // columns of e that are not zero, of each row
	q           []float64 // nil: there is no noise, or nobody asked
}

// stepper makes steps and keeps them by their length.
type stepper struct {
	m     *Model
	noise bool
	known map[int64]*step
}

func newStepper(m *Model, noise bool) *stepper {
	noisy := false
	for _, v := range m.Q {
		noisy = noisy || v != 0
	}
	return &stepper{m: m, noise: noise && noisy, known: map[int64]*step{}}
}

// alikeSteps is the relative difference of lengths that are rounding errors.
const alikeSteps = 1e-9

// stepKey is the same for lengths that differ by no more than rounding.
func stepKey(h float64) int64 {
	if h == 0 {
		return math.MinInt64
	}
	return int64(math.Round(math.Log(math.Abs(h)) / alikeSteps / 8))
}

// to is the step over h ≥ 0.
func (s *stepper) to(h float64) *step {
	key := stepKey(h)
	if st := s.known[key]; st != nil {
		return st
	}
	st := s.m.step(h, s.noise)
	s.known[key] = st
	return st
}

func (m *Model) step(h float64, noise bool) *step {
	n, _, q := m.sizes()
	st := &step{n: n, m: q, e: make([]float64, n*n), from: make([]float64, n*q), to: make([]float64, n*q)}
	f1, f2 := make([]float64, n*n), make([]float64, n*n)
	phi(st.e, f1, f2, m.A, n, h)
	whole, ramp := make([]float64, n*q), make([]float64, n*q)
	mul(whole, f1, m.B, n, n, q)
	mul(ramp, f2, m.B, n, n, q)
	for i := range n {
		for c := range q {
			at := i*q + c
			if c == q-1 || m.Hold[c] {
				st.from[at] = h * whole[at]
			} else {
				st.from[at], st.to[at] = h*(whole[at]-ramp[at]), h*ramp[at]
			}
		}
	}
	for i := range n {
		lo, hi := 0, n
		for lo < hi && st.e[i*n+lo] == 0 {
			lo++
		}
		for hi > lo && st.e[i*n+hi-1] == 0 {
			hi--
		}
		st.lo, st.hi = append(st.lo, lo), append(st.hi, hi)
	}
	if noise {
		st.q = make([]float64, n*n)
		gathered(st.q, m.A, m.Q, n, h)
	}
	return st
}

// move writes the state behind the step into next.
func (s *step) move(next, x, v, after []float64) {
	n, m := s.n, s.m
	for i := range n {
		sum := 0.0
		for j := s.lo[i]; j < s.hi[i]; j++ {
			sum += s.e[i*n+j] * x[j]
		}
		from, to := s.from[i*m:(i+1)*m], s.to[i*m:(i+1)*m]
		for j, w := range from {
			sum += w*v[j] + to[j]*after[j]
		}
		next[i] = sum
	}
}
