package opt

import (
	"math"
	"slices"
	"testing"
)

// residual is one residual of one unknown.
type residual func(z float64) (r, slope float64)

func (f residual) Size() (m, n int) { return 1, 1 }

func (f residual) Residuals(r, jac, z []float64, _ int) string {
	v, slope := f(z[0])
	if r[0] = v; jac != nil {
		jac[0] = slope
	}
	return ""
}

// A step of ratio ρ between the true and the predicted fall makes the damping
// max(1/3, 1 − (2ρ−1)³) times as large.
func TestDampingFollowsNielsensRule(t *testing.T) {
	parabola := func(z float64) (float64, float64) { return z*z - 2, 2 * z }
	for _, at := range []float64{0.5, 1, 1.3, 3, 40} {
		for _, mu := range []float64{0.01, 1, 20} {
			cfg := DefaultLM()
			cfg.Damping = mu
			var state LMState
			z := []float64{at}
			out := NewLM(residual(parabola), *cfg).Step(z, &state, 0)
			r, j := parabola(at)
			h := -j * r / (j*j + mu*j*j)
			after, _ := parabola(at + h)
			gain, predicted := (r*r-after*after)/2, h*(mu*j*j*h-j*r)/2
			if gain <= 0 {
				if out.Accepted || state.Damping != 2*mu || state.Growth != 4 || z[0] != at {
					t.Errorf("from %g with μ = %g, a rise: %+v, %+v", at, mu, out, state)
				}
				continue
			}
			q := 2*gain/predicted - 1
			want := mu * max(1.0/3, 1-q*q*q)
			if !out.Accepted || math.Abs(state.Damping-want) > 1e-9*want || state.Growth != 2 || math.Abs(z[0]-at-h) > 1e-12 {
				t.Errorf("from %g with μ = %g: %+v, %+v, want a step of %g and μ = %g", at, mu, out, state, h, want)
			}
		}
	}
}

func TestRejectionsRaiseTheDampingEverFaster(t *testing.T) {
	cfg := DefaultLM()
	cfg.Damping, cfg.MaxDamping = 1, 3000
	s := NewLM(residual(func(z float64) (float64, float64) { return 1 + math.Abs(z), 1 }), *cfg)
	var state LMState
	z := []float64{0}
	for _, want := range []float64{2, 8, 64, 1024, 3000} {
		if out := s.Step(z, &state, 0); out.Status != Going || out.Accepted || state.Damping != want {
			t.Fatalf("μ = %g, want %g; %+v", state.Damping, want, out)
		}
	}
	if out := s.Step(z, &state, 0); out.Status != Stalled || state.Damping != 3000 || z[0] != 0 {
		t.Errorf("at the largest damping: %+v, μ = %g", out, state.Damping)
	}
}

// A pair of the filter blocks what is as bad in both respects; a new pair takes
// out those that are as bad as itself.
func TestFilterKeepsPairsThatNoOtherDominates(t *testing.T) {
	st := &InteriorState{ThetaMax: 10}
	st.block(1, 5)
	if want := [][2]float64{{1 - 1e-5, 5 - 1e-8}}; !slices.Equal(st.Filter, want) {
		t.Fatalf("the filter is %v, want %v", st.Filter, want)
	}
	for _, c := range []struct {
		theta, phi float64
		want       bool
	}{{1, 5, true}, {1 - 1e-5, 5 - 1e-8, true}, {0.9, 6, false}, {1.1, 4, false}, {2, 6, true}, {10, 4, false}, {10.001, -9, true}} {
		if got := st.blocked(c.theta, c.phi); got != c.want {
			t.Errorf("(%g, %g) is blocked: %v", c.theta, c.phi, got)
		}
	}
	st.block(2, 3)
	if want := [2]float64{2 * (1 - 1e-5), 3 - 2e-8}; st.Filter[1] != want {
		t.Errorf("(2, 3) makes the pair %v, want %v", st.Filter[1], want)
	}
	st.block(0.5, 9)
	if len(st.Filter) != 3 {
		t.Errorf("pairs that are better in one respect make %v", st.Filter)
	}
	st.block(0.75, 4)
	if len(st.Filter) != 3 {
		t.Errorf("(1, 5) stays beside (0.75, 4): %v", st.Filter)
	}
	st.Filter = st.Filter[:1]
	st.Filter[0] = [2]float64{0, 0}
	if st.block(0, 0); len(st.Filter) != 1 {
		t.Errorf("a pair stands twice: %v", st.Filter)
	}
}

func TestShortestStepIsThatOfTheSource(t *testing.T) {
	st := &InteriorState{ThetaMin: 0.1}
	for _, c := range []struct{ theta, slope, want float64 }{
		{1, 2, 0.05 * 1e-5},
		{1e-4, -1e-9, 0.05 * 1e-5},
		{1, -2, 0.05 * 1e-8 / 2},
		{0.1, -1e8, 0.05 * math.Pow(0.1, 1.1) / math.Pow(1e8, 2.3)},
		{0.11, -1e8, 0.05 * 0.11e-8 / 1e8},
	} {
		if got := st.shortest(c.theta, c.slope); math.Abs(got-c.want) > 1e-12*c.want {
			t.Errorf("θ = %g, slope %g: %g, want %g", c.theta, c.slope, got, c.want)
		}
	}
}

// Where the violation is small and the step falls steeply, the barrier function
// has to fall by Armijo's rule; elsewhere either of the two by a little.
func TestFilterTakesWhatIsEnoughBetter(t *testing.T) {
	for _, c := range []struct {
		name                string
		theta, phi          float64 // where it stands
		newTheta, newPhi    float64
		slope               float64
		wantTake, wantByPhi bool
	}{
		{"the violation falls", 1, 5, 0.9, 50, -1, true, false},
		{"the violation stays, the function falls", 1, 5, 1, 4.9, -1, true, false},
		{"neither falls", 1, 5, 1, 5, -1, false, false},
		{"the function falls too little", 1, 0, 1, -0.5e-8, -1, false, false},
		{"the violation is too large", 1, 5, 101, -50, -1, false, false},
		{"steep, and the function falls", 1e-3, 5, 2e-3, 4, -1, true, true},
		{"steep, and the function rises", 1e-3, 5, 0, 5.1, -1, false, true},
		{"steep, and the function falls too little", 1e-3, 0, 0, -0.5e-8, -1, false, true},
		{"not steep, and the function rises", 1e-3, 5, 0, 5.1, -1e-4, true, false},
		{"uphill, and the violation falls", 1e-3, 5, 0, 5.1, 1, true, false},
	} {
		s := &InteriorSolver{}
		s.point = evaluation{theta: c.theta, phi: c.phi}
		st := &InteriorState{ThetaMin: 0.01, ThetaMax: 100}
		take, byPhi := s.takes(st, &evaluation{theta: c.newTheta, phi: c.newPhi}, c.slope, 1)
		if take != c.wantTake || byPhi != c.wantByPhi {
			t.Errorf("%s: taken %v, by the function alone %v", c.name, take, byPhi)
		}
		if s.remember(st, byPhi); (len(st.Filter) == 0) != byPhi {
			t.Errorf("%s: the filter becomes %v", c.name, st.Filter)
		}
		st.block(c.newTheta, c.newPhi)
		if take, _ := s.takes(st, &evaluation{theta: c.newTheta, phi: c.newPhi}, c.slope, 1); take {
			t.Errorf("%s: taken in spite of the filter", c.name)
		}
	}
}

// valley is a parabola along a line, that fails beyond wall.
type valley struct {
	least, wall float64
	tried       []float64
}

func (v *valley) Size() int { return 1 }

func (v *valley) Eval(grad, z []float64, _ int) Loss {
	v.tried = append(v.tried, z[0])
	if z[0] > v.wall {
		return Loss{Fail: "a wall"}
	}
	grad[0] = z[0] - v.least
	return Loss{Value: grad[0] * grad[0] / 2}
}

func TestLineSearchTriesWhatTheCubicSays(t *testing.T) {
	far := math.Inf(1)
	for _, c := range []struct {
		least, wall, c2 float64
		want            []float64
	}{
		{1, far, 0.1, []float64{1}},
		{10, far, 0.1, []float64{1, 4, 10}},
		{1.01, far, 0.001, []float64{1, 1.1, 1.01}},
		{10, far, 0.95, []float64{1}},
		{0.5, far, 0.1, []float64{1, 0.5}},
		{0.9, far, 0.05, []float64{1, 0.9}},
		{0.01, far, 0.1, []float64{1, 0.1, 0.01}},
		{0.2, 0.5, 0.1, []float64{1, 0.2}},
	} {
		v := &valley{least: c.least, wall: c.wall}
		s := lineSearch{c1: 1e-4, c2: c.c2, maxEvals: 10, z: make([]float64, 1), grad: make([]float64, 1)}
		found := s.search(v, []float64{0}, []float64{1}, []float64{-c.least}, c.least*c.least/2, 1, 0)
		if !found || !alike(v.tried, c.want) || s.evals != len(c.want) {
			t.Errorf("towards %g with a wall at %g: tried %v, want %v; found %v", c.least, c.wall, v.tried, c.want, found)
		}
	}
}

func alike(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= 1e-12*math.Abs(y) })
}

func TestLineSearchKeepsTheLowestPointItHas(t *testing.T) {
	v := &valley{least: 100, wall: math.Inf(1)}
	s := lineSearch{c1: 1e-4, c2: 1e-6, maxEvals: 2, z: make([]float64, 1), grad: make([]float64, 1)}
	if !s.search(v, []float64{0}, []float64{1}, []float64{-100}, 5000, 1, 0) || s.z[0] != 4 || s.cost != 96*96/2 {
		t.Errorf("out of evaluations at %v with a cost of %g, want 4 and %g", s.z, s.cost, 96.0*96/2)
	}
	v = &valley{least: 10, wall: 2}
	if !s.search(v, []float64{0}, []float64{1}, []float64{-10}, 50, 1, 0) || !alike(v.tried, []float64{1, 4, 1}) || s.z[0] != 1 || s.cost != 40.5 {
		t.Errorf("before a wall it tried %v and ends at %v with a cost of %g", v.tried, s.z, s.cost)
	}
	v = &valley{least: -1, wall: math.Inf(1)}
	if s.search(v, []float64{0}, []float64{1}, []float64{-1}, 0.5, 1, 0) {
		t.Error("a point was found uphill")
	}
}

// α³ − 3α has its minimum at 1, from whichever two points it is known.
func TestCubicHasTheMinimumOfACubic(t *testing.T) {
	at := func(a float64) point { return point{a, a*a*a - 3*a, 3*a*a - 3} }
	for _, c := range [][2]float64{{0, 2}, {2, 0}, {-0.5, 3}, {1.5, 0.25}} {
		if got, ok := cubic(at(c[0]), at(c[1])); !ok || math.Abs(got-1) > 1e-12 {
			t.Errorf("from %v: %g, %v", c, got, ok)
		}
	}
	if _, ok := cubic(point{0, 0, 1}, point{1, 1.5, 2}); !ok {
		t.Error("a parabola that rises has no minimum")
	}
	if _, ok := cubic(point{0, 0, -1}, point{1, math.Inf(1), math.NaN()}); ok {
		t.Error("a point that failed has a cubic")
	}
	for _, c := range []struct {
		lo, hi point
		want   float64
	}{
		{at(0), at(2), 1},
		{at(2), at(0), 1},
		{at(0.999), at(5), 0.999 + 0.4001},
		{at(-1.5), at(1.001), 1.001 - 0.2501},
		{at(0), point{2, math.Inf(1), math.NaN()}, 0.4},
		{point{0, 0, 1}, point{2, 4.0 / 3, 1}, 1},
	} {
		if got := between(c.lo, c.hi); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("between %v and %v: %g, want %g", c.lo, c.hi, got, c.want)
		}
	}
}

// affine is the residual A·z − 1.
type affine struct {
	a    []float64
	m, n int
}

func (f affine) Size() (m, n int) { return f.m, f.n }

func (f affine) Residuals(r, jac, z []float64, _ int) string {
	for i := range f.m {
		r[i] = -1
		for j := range f.n {
			r[i] += f.a[i*f.n+j] * z[j]
		}
	}
	if jac != nil {
		copy(jac, f.a)
	}
	return ""
}

// Where nothing is lost by squaring the Jacobian, the way that does not square
// it says the same.
func TestBothWaysToAPosteriorAgree(t *testing.T) {
	f := affine{m: 6, n: 4, a: make([]float64, 24)}
	for i := range f.a {
		f.a[i] = math.Sin(float64(7*i*i + i))
	}
	cfg := DefaultLM()
	cfg.Prior = Prior{Precision: []float64{0.1, 0, 2, 0.5}, Centre: make([]float64, 4)}
	s := NewLM(f, *cfg)
	squared, direct := make([]float64, 4), make([]float64, 4)
	want, fail := s.Posterior(squared, []float64{1, 2, 3, 4}, 0)
	got, fail2 := s.posteriorQR(direct)
	if fail != "" || fail2 != "" || math.Abs(got-want) > 1e-10 {
		t.Errorf("log determinants %g and %g (%s, %s)", want, got, fail, fail2)
	}
	for i, v := range squared {
		if math.Abs(direct[i]-v) > 1e-10*v {
			t.Errorf("variance %d: %g and %g", i, v, direct[i])
		}
	}
}

// Weight decay acts on as many rows as the layout says, in every lane.
func TestDecayReachesTheRowsOfTheLayout(t *testing.T) {
	const rows, lanes = 3, 2
	for _, c := range []struct{ decay, want int }{{0, 3}, {1, 1}, {2, 2}} {
		rule, err := (&SGD{Learning: newLearning(1), Decay: 0.5}).Build(Layout{Lanes: lanes, Decay: c.decay})
		if err != nil {
			t.Fatal(err)
		}
		z, u := slices.Repeat([]float64{1}, rows*lanes), make([]float64, rows*lanes)
		rule.Apply(u, make([]float64, rule.StateSize(len(z))), z, 0)
		for i, v := range u {
			if (v != 0) != (i/lanes < c.want) {
				t.Errorf("decay of %d rows makes the step %v", c.decay, u)
				break
			}
		}
	}
}

func TestFewIsOverWhereNothingHasInfluence(t *testing.T) {
	z := []float64{3}
	out := Few{Iterations: 5, Near: 1e-3}.Minimise(residual(func(float64) (float64, float64) { return 2, 0 }), z, nil)
	if out.Status != Converged || out.Left != 0 || out.Steps != 0 || out.Cost != 2 {
		t.Errorf("%+v", out)
	}
}

// A step counts as zero beside z, or beside the tolerance where z is zero.
func TestStepsOfNoLengthEndTheRun(t *testing.T) {
	for _, c := range []struct {
		z, damping float64
		want       Status
	}{{0, 1e17, Converged}, {0, 1e15, Going}, {5, 1e9, Converged}, {5, 1e6, Going}} {
		cfg := DefaultLM()
		cfg.Damping, cfg.MaxDamping, cfg.StepTol, cfg.CostTol, cfg.GradTol = c.damping, 1e30, 1e-8, 0, 0
		var state LMState
		out := NewLM(residual(func(z float64) (float64, float64) { return z - 4, 1 }), *cfg).Step([]float64{c.z}, &state, 0)
		if out.Status != c.want || !(out.StepNorm > 0) {
			t.Errorf("from %g with damping %g: %+v", c.z, c.damping, out)
		}
	}
}
