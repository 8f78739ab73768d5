package linear

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.10g, want %.10g ± %.2g", what, got, want, tol)
	}
}

// example is a law with a turning pair, a decaying state, two outputs and two inputs,
// one held and one joined.
func example() *Model {
	return &Model{Outputs: []string{"y", "z"}, Inputs: []string{"u", "v"}, N: 3,
		Shift: []float64{1, -2}, Scale: []float64{2, 0.5}, UShift: []float64{0.1, 0}, UScale: []float64{1, 3}, Hold: []bool{true, false},
		A: []float64{-0.3, 2, 0, -2, -0.3, 0, 0, 0, -1}, B: []float64{1, 0, 0.1, 0, 1, 0, 0.5, -0.4, 0},
		C: []float64{1, 0, 0.3, 0.2, -0.5, 1}, D: []float64{0, 0.2, 0, 0.1, 0, 0.3},
		Q: make([]float64, 9), R: []float64{0.01, 0.04}, Mean: make([]float64, 3), Spread: []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}}
}

// drawn is a recording of a model at given times, with all its noise.
func drawn(m *Model, times []float64, rng *rand.Rand) data.Series {
	n, p, q := m.sizes()
	s := data.Series{Names: m.Outputs, Inputs: m.Inputs, T: times}
	for range times {
		for range q - 1 {
			s.U = append(s.U, rng.NormFloat64())
		}
	}
	v, x, next := m.drives(&s), make([]float64, n), make([]float64, n)
	z := make([]float64, p)
	for k := range times {
		if k > 0 {
			st := m.step(times[k]-times[k-1], true)
			st.move(next, x, v[(k-1)*q:k*q], v[k*q:(k+1)*q])
			l := make([]float64, n*n)
			cholesky(l, st.q, n, 1e-12)
			for i := range n {
				for j := range i + 1 {
					next[i] += l[i*n+j] * rng.NormFloat64()
				}
			}
			x, next = next, x
		}
		m.observe(z, x, v[k*q:(k+1)*q])
		for i := range p {
			s.X = append(s.X, m.Shift[i]+m.Scale[i]*(z[i]+math.Sqrt(m.R[i])*rng.NormFloat64()))
		}
	}
	return s
}

func regularTimes(n int, h float64) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = float64(i) * h
	}
	return t
}

func TestExponentialsAreThoseOfTheBlockMatrix(t *testing.T) {
	a := []float64{-1, 2, 0.3, -2, -0.1, 0.5, 0.7, 0, -40}
	for _, h := range []float64{1e-6, 0.1, 3} {
		const n = 3
		block := mat.NewDense(3*n, 3*n, nil) // exp of [hA I 0; 0 0 I; 0 0 0] holds both integrals
		for i := range n {
			for j := range n {
				block.Set(i, j, h*a[i*n+j])
			}
			block.Set(i, n+i, 1)
			block.Set(n+i, 2*n+i, 1)
		}
		var want mat.Dense
		want.Exp(block)
		e, f1, f2 := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
		phi(e, f1, f2, a, n, h)
		for i := range n {
			for j := range n {
				near(t, "exp", e[i*n+j], want.At(i, j), 1e-12)
				near(t, "f1", f1[i*n+j], want.At(i, n+j), 1e-12)
				near(t, "f2", f2[i*n+j], want.At(i, 2*n+j), 1e-12)
			}
		}
	}
}

func TestNoiseGathersAsItsLyapunovEquationSays(t *testing.T) {
	m := example()
	n := m.N
	q := []float64{1, 0.2, 0, 0.2, 0.5, 0, 0, 0, 2}
	got, e, f1, f2 := make([]float64, 9), make([]float64, 9), make([]float64, 9), make([]float64, 9)
	for _, h := range []float64{0.01, 1, 7} {
		gathered(got, m.A, q, n, h)
		// A·G + G·Aᵀ = exp(hA)·Q·exp(hA)ᵀ − Q
		phi(e, f1, f2, m.A, n, h)
		want, work, left := make([]float64, 9), make([]float64, 9), make([]float64, 9)
		sandwich(want, e, q, work, n)
		mul(left, m.A, got, n, n, n)
		for i := range n {
			for j := range n {
				near(t, "noise", left[i*n+j]+left[j*n+i], want[i*n+j]-q[i*n+j], 1e-12)
			}
		}
	}
}

func TestAStepIsTwoHalfSteps(t *testing.T) {
	m := example()
	x, v, after := []float64{1, -2, 0.5}, []float64{0.7, -1, 1}, []float64{0.2, 3, 1}
	half := []float64{0.7, 1, 1} // the first is held, the second joined
	want, mid, got := make([]float64, 3), make([]float64, 3), make([]float64, 3)
	m.step(0.8, false).move(want, x, v, after)
	m.step(0.4, false).move(mid, x, v, half)
	m.step(0.4, false).move(got, mid, half, after)
	for i := range got {
		near(t, "state", got[i], want[i], 1e-13)
	}
}

// The likelihood of a filter is the density of all values together.
func TestLikelihoodIsThatOfTheJointNormal(t *testing.T) {
	m := example()
	m.Q = []float64{0.5, 0.1, 0, 0.1, 0.3, 0, 0, 0, 0.2}
	m.Mean = []float64{0.3, -0.2, 0.1}
	rng := rand.New(rand.NewPCG(1, 2))
	times := []float64{0, 0.5, 0.6, 1.7, 2.2, 2.7, 3.2, 6}
	s := drawn(m, times, rng)
	s.X[3], s.X[8], s.X[9] = math.NaN(), math.NaN(), math.NaN()
	got, err := m.LogLikelihood([]data.Series{s})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log likelihood", got, jointDensity(m, &s), 1e-9)
}

// jointDensity is the log density of the known values of s as one normal vector.
func jointDensity(m *Model, s *data.Series) float64 {
	n, p, q := m.sizes()
	rows := s.Len()
	v, z := m.drives(s), m.outputs(s)
	mean, cov := make([][]float64, rows), make([][][]float64, rows) // of states; cov[k][j] = Cov(x_k, x_j), j ≤ k
	work := make([]float64, n*n)
	for k := range rows {
		cov[k] = make([][]float64, k+1)
		if k == 0 {
			mean[0], cov[0][0] = m.Mean, m.Spread
			continue
		}
		st := m.step(s.T[k]-s.T[k-1], true)
		mean[k] = make([]float64, n)
		st.move(mean[k], mean[k-1], v[(k-1)*q:k*q], v[k*q:(k+1)*q])
		for j := range k {
			cov[k][j] = make([]float64, n*n)
			mul(cov[k][j], st.e, cov[k-1][min(j, k-1)], n, n, n)
		}
		cov[k][k] = make([]float64, n*n)
		sandwich(cov[k][k], st.e, cov[k-1][k-1], work, n)
		for i := range work {
			cov[k][k][i] += st.q[i]
		}
	}
	var d []float64
	var at [][2]int
	y := make([]float64, p)
	for k := range rows {
		m.observe(y, mean[k], v[k*q:(k+1)*q])
		for c := range p {
			if !math.IsNaN(z[k*p+c]) {
				d, at = append(d, z[k*p+c]-y[c]), append(at, [2]int{k, c})
			}
		}
	}
	big := mat.NewSymDense(len(d), nil)
	for i, a := range at {
		for j, b := range at[:i+1] {
			sum := 0.0
			for r := range n {
				for c := range n {
					sum += m.C[a[1]*n+r] * cov[a[0]][b[0]][r*n+c] * m.C[b[1]*n+c]
				}
			}
			if i == j {
				sum += m.R[a[1]]
			}
			big.SetSym(i, j, sum)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(big) {
		panic("linear: the joint covariance is not positive")
	}
	var w mat.VecDense
	_ = chol.SolveVecTo(&w, mat.NewVecDense(len(d), d))
	return -(chol.LogDet() + mat.Dot(mat.NewVecDense(len(d), d), &w) + float64(len(d))*math.Log(2*math.Pi)) / 2
}

// Without noise in the states an unknown start is a matter of least squares, and rows
// that are missing do not matter.
func TestUnknownStartIsFoundExactly(t *testing.T) {
	m := example()
	m.R = []float64{1e-20, 1e-20}
	m.Q = nil
	rng := rand.New(rand.NewPCG(3, 4))
	want := []float64{0.4, -1, 2}
	times := regularTimes(40, 0.3)
	s := data.Series{Names: m.Outputs, Inputs: m.Inputs, T: times}
	for range times {
		s.U = append(s.U, rng.NormFloat64(), rng.NormFloat64())
	}
	s.X = m.Simulate(want, times, s.U)
	s.X[4], s.X[11] = math.NaN(), math.NaN()
	r := m.records([]data.Series{s})
	f := newFilter(m, nil, nil)
	if !f.run(&r.all[0], r.steps(m), nil) {
		t.Fatal("it cannot be followed")
	}
	got, _ := f.settle(0)
	for i := range got {
		near(t, "start", got[i], want[i], 1e-9)
	}
}

var nile = []float64{1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
	1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
	831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
	781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
	744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740}

// Source of the numbers: Durbin, Koopman (2012), sections 2.2 and 2.10.
func TestNileHasThePublishedVariances(t *testing.T) {
	s := data.Series{Names: []string{"flow"}, T: regularTimes(100, 1), X: nile}
	m := scaled([]data.Series{s}, nil)
	m.N, m.A, m.B, m.C, m.D, m.Q, m.R = 1, []float64{0}, []float64{0}, []float64{1}, []float64{0}, []float64{1}, []float64{1}
	u := &unknowns{m: m, g: []float64{1}, vary: []int{4}, exact: true} // the fifth entry is G
	u = u.with(u.values())
	u, fit := maximise(u, m.records([]data.Series{s}), search{rounds: 50, tol: 1e-14, central: true})
	got := u.settled(fit)
	size := got.Scale[0] * got.Scale[0]
	near(t, "variance of errors", got.R[0]*size, 15098.5, 1)
	near(t, "variance of steps", got.Q[0]*size, 1469.2, 0.2)
	near(t, "log likelihood", fit.logLikelihood()-99*math.Log(got.Scale[0]), -632.546, 0.001)
}

func TestPolesOfASimulatedSystemAreFound(t *testing.T) {
	want := example()
	want.R = []float64{1e-4, 1e-4}
	rng := rand.New(rand.NewPCG(5, 6))
	var times []float64
	now := 0.0
	for range 300 { // irregular
		times = append(times, now)
		now += 0.05 + 0.2*rng.Float64()
	}
	want.Q = make([]float64, 9)
	s := drawn(want, times, rng)
	for i := range s.X {
		if rng.Float64() < 0.1 {
			s.X[i] = math.NaN()
		}
	}
	r, err := Fit([]data.Series{s}, Options{Hold: want.Hold, Most: 4, Noise: "no"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Trial.Order != 3 {
		t.Errorf("order %d, want 3: %+v", r.Trial.Order, r.Tried)
	}
	got := r.Model.Poles()
	for i, p := range want.Poles() {
		if cmplx.Abs(got[i]-p) > 0.01*cmplx.Abs(p) {
			t.Errorf("pole %v, want %v within 1 %%", got[i], p)
		}
	}
	for i, g := range want.Gains() {
		near(t, "gain", r.Model.Gains()[i], g, 0.02*math.Abs(g)+0.01)
	}
}

func TestNoiseInTheStatesIsTold(t *testing.T) {
	m := &Model{Outputs: []string{"y"}, N: 2, Shift: []float64{0}, Scale: []float64{1}, A: []float64{-0.1, 1, -1, -0.1},
		B: []float64{0, 0}, C: []float64{1, 0}, D: []float64{0}, Q: []float64{0.2, 0, 0, 0.2}, R: []float64{0.01}}
	s := drawn(m, regularTimes(1500, 0.25), rand.New(rand.NewPCG(7, 8)))
	r, err := Fit([]data.Series{s}, Options{Most: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Trial.Noise || r.Trial.Order != 2 {
		t.Errorf("chosen: %+v of %+v", r.Trial, r.Tried)
	}
	p := r.Model.Poles()[0]
	near(t, "decay", real(p), -0.1, 0.04)
	near(t, "frequency", math.Abs(imag(p)), 1, 0.03)
}

func TestResponsesAgree(t *testing.T) {
	m := example()
	gains, late := m.Gains(), m.StepResponse(1, []float64{60})
	near(t, "gain", late[0], gains[1], 1e-6)
	near(t, "gain", late[1], gains[3], 1e-6)
	// A step response is a simulation with the input switched on.
	times := regularTimes(5, 0.4)
	u := []float64{0.1, 1, 0.1, 1, 0.1, 1, 0.1, 1, 0.1, 1}
	on := m.Simulate([]float64{0, 0, 0}, times, u)
	for i := range u {
		if i%2 == 1 {
			u[i] = 0
		}
	}
	off, want := m.Simulate([]float64{0, 0, 0}, times, u), m.StepResponse(1, times)
	for i := range on {
		near(t, "step response", on[i]-off[i], want[i], 1e-12)
	}
	// And at a frequency the response is that of a sum over the modes: here by a long run.
	w := 1.3
	long := regularTimes(60000, 0.002)
	drive := make([]float64, 2*len(long))
	for i, at := range long {
		drive[2*i], drive[2*i+1] = 0.1, math.Cos(w*at)
	}
	y := m.Simulate([]float64{0, 0, 0}, long, drive)
	var sum complex128
	from := len(long) - int(math.Round(8*2*math.Pi/w/0.002))
	for i := from; i < len(long); i++ {
		sum += complex(y[2*i], 0) * cmplx.Exp(complex(0, -w*long[i])) * complex(2/float64(len(long)-from), 0)
	}
	if got := m.Response(w)[1]; cmplx.Abs(got-sum) > 2e-3 {
		t.Errorf("response %v, by simulation %v", got, sum)
	}
}

func TestTooFewRowsAreRefused(t *testing.T) {
	s := data.Series{Names: []string{"y"}, T: []float64{0, 1, 2}, X: []float64{1, 2, 3}}
	if _, err := Fit([]data.Series{s}, Options{}); err == nil {
		t.Error("three rows are enough")
	}
}
