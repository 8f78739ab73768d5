package ode

import "math"

// Error is Hairer and Wanner's: with γ0 = 1/real,
//
//	e = (1 − hγ0 J)⁻¹ (γ0 h f(x0) + Σ e_i z_i),
//
// once more with f(x0 + e) where e is too large in a first or a repeated step.
func (r *radau) Error(norm []float64, s *Step, rtol, atol float64) {
	r.rtol, r.atol = radauTolerances(rtol, atol)
	once := false
	for l, h := range s.H {
		q := &r.lane[l]
		switch {
		case h == 0:
			norm[l] = 0
		case s.Status[l] != StatusOK:
			norm[l] = q.asError(4)
			q.again = true
		default:
			norm[l] = r.fault(q, s, l, r.slopes.start)
			r.needJ[l] = norm[l] >= 1 && (q.before == 0 || q.again)
			once = once || r.needJ[l]
			continue
		}
		r.needJ[l] = false
	}
	if once {
		r.refine(norm, s)
	}
	for l, e := range norm {
		r.lane[l].again = r.lane[l].again || !(e <= 1)
	}
}

// fault is the norm of the error of a lane, which is left in v.
func (r *radau) fault(q *radauLane, s *Step, l int, slope Batch) float64 {
	n, e, h := r.n, &radauCoefficients.fault, s.H[l]
	sum := 0.0
	for k := range n {
		if r.v[k] = slope.V[k*r.lanes+l]; r.moves(k) {
			r.v[k] += (e[0]*q.z[k] + e[1]*q.z[n+k] + e[2]*q.z[2*n+k]) / h
		}
	}
	q.real.Solve(r.v[:n])
	for k := range n {
		d := r.v[k] / (r.atol + r.rtol*math.Abs(s.From.X.V[k*r.lanes+l]))
		sum += d * d
	}
	return max(math.Sqrt(sum/float64(max(n, 1))), 1e-10)
}

// refine estimates the error of the lanes that need it once more.
func (r *radau) refine(norm []float64, s *Step) {
	x := r.f[0].V // room
	copy(x, s.From.X.V)
	for l, need := range r.needJ {
		if need {
			r.fault(&r.lane[l], s, l, r.slopes.start)
			for k := range r.n {
				x[k*r.lanes+l] += r.v[k]
			}
			if s.Evals != nil {
				s.Evals[l]++
			}
		}
	}
	r.slopes.place(s, s.From.T, r.f[0])
	r.slopes.eval(s, r.f[1])
	for l, need := range r.needJ {
		if need {
			norm[l] = r.fault(&r.lane[l], s, l, r.f[1])
		}
	}
}

// Extend does nothing: the polynomial of the stages is there.
func (r *radau) Extend(*Step, []bool) {}

// Inside is the polynomial through the start and the stages.
func (r *radau) Inside(x []float64, s *Step, lane int, theta float64) {
	var w [stages]float64
	collocation(&w, theta)
	z, n := r.lane[lane].z, r.n
	for k := range n {
		x[k*r.lanes+lane] = s.From.X.V[k*r.lanes+lane] + (w[0]*z[k] + w[1]*z[n+k] + w[2]*z[2*n+k])
	}
}
