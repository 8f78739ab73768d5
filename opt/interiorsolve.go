package opt

// Linearise factorises the matrix of the optimality conditions at a state, with
// nothing added to its diagonals, for Solve. It reports whether the inertia is
// right: at a solution, whether second-order conditions make it a strict minimum.
// If it is not, or a value cannot be computed, Solve must not be called.
func (s *InteriorSolver) Linearise(st *InteriorState) bool {
	s.use(st)
	if s.arrive(st) != "" || s.prog.curvature(st.X[:s.prog.n], st.Y, 1) != "" {
		return false
	}
	s.diagonal(st)
	s.kkt.begun = false
	var it Iteration
	return s.right(s.factor(0, 0, &it))
}

// Solve replaces b (n values, then m) by the solution (dx, dy) of
//
//	[ ∇²L + Σ   Jᵀ ] [dx]
//	[ J         −E ] [dy] = b
//
// in the program's own units, where Linearise was called last. Σ holds bounds,
// E the slacks of inequalities: an active one is as good as an equality. With
// b = (e_i, 0), dx is column i of the inverse of the reduced Hessian, the
// covariance of the unknowns if f is a negative log likelihood. With
// b = (0, e_j), dx is the change of the solution with the bound of the active
// row j, and dy that of the multipliers. It returns false if the residual stays large.
func (s *InteriorSolver) Solve(st *InteriorState, b []float64) bool {
	n := s.prog.n
	for i := range n {
		s.rhs[i] = st.Objective * b[i]
		if s.prog.fixed[i] {
			s.rhs[i] = 0
		}
	}
	for j, scale := range st.Rows {
		s.rhs[n+j] = scale * b[n+j]
	}
	ok := s.kkt.solve(s.rhs)
	copy(b, s.rhs[:n])
	for j, scale := range st.Rows {
		b[n+j] = s.rhs[n+j] * scale / st.Objective
	}
	return ok
}

// Forget drops the values of the last point: those of the program have changed. States
// from before begin anew with Warm.
func (s *InteriorSolver) Forget() { s.prog.haveValues, s.prog.haveSlopes = false, false }
