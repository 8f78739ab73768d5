package filter

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/linear"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.14g, want %.14g ± %.2g", what, got, want, tol)
	}
}

// spring is a damped spring of which the place is measured, three ways: its matrix, the
// linear model with a filter of its own, and a flow. Rows are irregular, one is missing.
func spring(t *testing.T) (law *linear.Model, s data.Series, sys System, noise Noise, at *State) {
	t.Helper()
	law = &linear.Model{Outputs: []string{"y"}, N: 2, Shift: []float64{0}, Scale: []float64{1},
		A: []float64{0, 1, -4, -0.3}, B: []float64{0, 0}, C: []float64{1, 0}, D: []float64{0},
		Q: []float64{0.02, 0.01, 0.01, 0.3}, R: []float64{0.04}, Mean: []float64{0.5, -0.2}, Spread: []float64{1, 0.3, 0.3, 2}}
	rng := rand.New(rand.NewPCG(1, 2))
	s = data.Series{Names: []string{"y"}}
	now := 0.0
	for k := range 12 {
		s.T, s.X = append(s.T, now), append(s.X, math.Cos(2*now)+0.2*rng.NormFloat64())
		if k == 5 {
			s.X[k] = math.NaN()
		}
		now += 0.1 + 0.4*rng.Float64()
	}
	arch := &field.Linear{Augment: 1}
	p, err := arch.Build(field.Unscaled([]string{"y"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	theta := make([]float64, len(p.Theta0))
	copy(theta, law.A)
	flow, err := model.NewFlow(p, theta, []float64{0}, ode.Options{Solver: "dop853", RTol: 1e-13, ATol: 1e-13, MaxSteps: 100000})
	if err != nil {
		t.Fatal(err)
	}
	if sys, err = OfFlow(flow); err != nil {
		t.Fatal(err)
	}
	return law, s, sys, Noise{Q: law.Q, R: law.R}, &State{T: s.T[0], X: law.Mean, P: law.Spread}
}

func rowsOf(s *data.Series) [][]float64 {
	var out [][]float64
	for k := range s.T {
		out = append(out, s.Row(k))
	}
	return out
}

// Where a system is linear all filters are Kalman's.
func TestLinearSystemsAreFilteredExactly(t *testing.T) {
	law, s, sys, noise, at := spring(t)
	x, cov, err := law.Filter(&s)
	if err != nil {
		t.Fatal(err)
	}
	likelihood, err := law.LogLikelihood([]data.Series{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"extended", "unscented", "horizon"} {
		f, err := New(sys, noise, at)
		if err != nil {
			t.Fatal(err)
		}
		f.Unscented = name == "unscented"
		row := f.Row
		if name == "horizon" {
			row = (&Horizon{Filter: f, Length: 4, Again: 2}).Row
		}
		for k, y := range rowsOf(&s) {
			if err := row(s.T[k], y); err != nil {
				t.Fatal(err)
			}
		}
		for i := range x {
			near(t, name+": state", f.X[i], x[i], 1e-10)
		}
		for i := range cov {
			near(t, name+": covariance", f.P[i], cov[i], 1e-10)
		}
		near(t, name+": log likelihood", f.LogLikelihood, likelihood, 1e-9)
		if f.Rows != 12 || f.Values != 11 {
			t.Errorf("%s: %d rows, %d values", name, f.Rows, f.Values)
		}
	}
}

// Smoothed states are those of the joint normal distribution of all states and rows.
func TestSmoothedStatesAreExact(t *testing.T) {
	law, s, sys, noise, at := spring(t)
	for _, unscented := range []bool{false, true} {
		f, err := New(sys, noise, at)
		if err != nil {
			t.Fatal(err)
		}
		f.Unscented = unscented
		got, err := f.Smooth(s.T, rowsOf(&s))
		if err != nil {
			t.Fatal(err)
		}
		mean, cov := jointly(law, &s)
		for k, g := range got {
			for i := range 2 {
				near(t, "smoothed state", g.X[i], mean.AtVec(2*k+i), 1e-10)
				for j := range 2 {
					near(t, "its covariance", g.P[2*i+j], cov.At(2*k+i, 2*k+j), 1e-10)
				}
			}
		}
	}
}

// jointly is the distribution of all states given all rows, by one large matrix.
func jointly(law *linear.Model, s *data.Series) (*mat.VecDense, *mat.Dense) {
	n, rows := 2, s.Len()
	mean, cov := mat.NewVecDense(n*rows, nil), mat.NewDense(n*rows, n*rows, nil)
	copy(mean.RawVector().Data, law.Mean)
	set := func(k, j int, m mat.Matrix) {
		cov.Slice(n*k, n*k+n, n*j, n*j+n).(*mat.Dense).Copy(m)
		cov.Slice(n*j, n*j+n, n*k, n*k+n).(*mat.Dense).Copy(m.T())
	}
	set(0, 0, mat.NewDense(n, n, law.Spread))
	for k := 1; k < rows; k++ {
		h := s.T[k] - s.T[k-1]
		var e mat.Dense
		a := mat.NewDense(n, n, append([]float64{}, law.A...))
		a.Scale(h, a)
		e.Exp(a)
		var m mat.VecDense
		m.MulVec(&e, mean.SliceVec(n*(k-1), n*k))
		mean.SetVec(n*k, m.AtVec(0))
		mean.SetVec(n*k+1, m.AtVec(1))
		for j := range k {
			var c mat.Dense
			c.Mul(&e, cov.Slice(n*(k-1), n*k, n*j, n*j+n))
			set(k, j, &c)
		}
		var c mat.Dense
		c.Mul(&e, cov.Slice(n*(k-1), n*k, n*(k-1), n*k))
		c.Mul(&c, e.T())
		q := make([]float64, n*n)
		linear.Gather(q, law.A, law.Q, n, h)
		c.Add(&c, mat.NewDense(n, n, q))
		set(k, k, &c)
	}
	var seen []int
	for k := range rows {
		if !math.IsNaN(s.X[k]) {
			seen = append(seen, k)
		}
	}
	m := len(seen)
	S, pc, e := mat.NewDense(m, m, nil), mat.NewDense(n*rows, m, nil), mat.NewVecDense(m, nil)
	for a, i := range seen {
		e.SetVec(a, s.X[i]-mean.AtVec(n*i))
		for b, j := range seen {
			S.Set(a, b, cov.At(n*i, n*j))
		}
		S.Set(a, a, S.At(a, a)+law.R[0])
		for r := range n * rows {
			pc.Set(r, a, cov.At(r, n*i))
		}
	}
	var inv, gain, less mat.Dense
	_ = inv.Inverse(S)
	gain.Mul(pc, &inv)
	var add mat.VecDense
	add.MulVec(&gain, e)
	mean.AddVec(mean, &add)
	less.Mul(&gain, pc.T())
	cov.Sub(cov, &less)
	return mean, cov
}

// A nonlinear system with a hidden state: Van der Pol's, its speed never measured. The
// filters find it, and their errors are about as large as they say.
func TestHiddenStateOfANonlinearSystemIsFollowed(t *testing.T) {
	e := &field.Equations{Text: "x' = v\nv' = 1.5*(1-x^2)*v - x"}
	p, err := e.Build(field.Unscaled([]string{"x", "v"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	flow, err := model.NewFlow(p, p.Theta0, []float64{1, 0}, ode.Options{Solver: "dopri5", RTol: 1e-8, ATol: 1e-8, MaxSteps: 100000})
	if err != nil {
		t.Fatal(err)
	}
	sys, err := OfFlow(flow)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	const r = 0.05
	for _, name := range []string{"extended", "unscented", "horizon"} {
		f, err := New(sys, Noise{Q: []float64{0, 0, 0, 1e-4}, R: []float64{r * r}}, &State{X: []float64{1.5, 1}, P: []float64{1, 0, 0, 2}})
		if err != nil {
			t.Fatal(err)
		}
		f.Unscented = name == "unscented"
		row := f.Row
		if name == "horizon" {
			row = (&Horizon{Filter: f, Length: 6, Again: 3}).Row
		}
		x, next := []float64{1, 0}, make([]float64, 2)
		worst := 0.0
		for k := range 120 {
			at := 0.1 * float64(k)
			if k > 0 {
				if err := sys.Advance(next, nil, x, at-0.1, at); err != nil {
					t.Fatal(err)
				}
				copy(x, next)
			}
			if err := row(at, []float64{x[0] + r*rng.NormFloat64()}); err != nil {
				t.Fatal(name, err)
			}
			if k >= 60 {
				worst = max(worst, math.Abs(f.X[1]-x[1])/math.Sqrt(f.P[3]))
			}
		}
		if worst > 4.5 {
			t.Errorf("%s: the hidden state is %.2g of its deviations away", name, worst)
		}
		if v := f.Surprise / float64(f.Values); v < 0.5 || v > 2 {
			t.Errorf("%s: innovations are %.2g times what the filter expects", name, v)
		}
	}
}

func TestStatesThatAreNoneAreRefused(t *testing.T) {
	good := func() *State { return &State{X: []float64{1, 2}, P: []float64{2, 1, 1, 2}} }
	if err := good().Check(2); err != nil {
		t.Error(err)
	}
	if err := (&State{X: []float64{0, 0}, P: make([]float64, 4)}).Check(2); err != nil {
		t.Errorf("a state known exactly: %v", err)
	}
	if err := (&State{X: []float64{0, 0}, P: []float64{1, 1, 1, 1}}).Check(2); err != nil {
		t.Errorf("a singular covariance: %v", err)
	}
	for _, c := range []struct {
		want  string
		spoil func(s *State)
	}{
		{"symmetric", func(s *State) { s.P[1] = 0.5 }},
		{"positive", func(s *State) { s.P[1], s.P[2] = 3, 3 }},
		{"variance", func(s *State) { s.P[0] = -1 }},
		{"fit", func(s *State) { s.P = s.P[:3] }},
		{"no number", func(s *State) { s.P[0] = math.NaN() }},
		{"no number", func(s *State) { s.X[1] = math.Inf(1) }},
		{"no number", func(s *State) { s.T = math.NaN() }},
		{"below 0", func(s *State) { s.Rows = -1 }},
	} {
		s := good()
		c.spoil(s)
		if err := s.Check(2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", s, err, c.want)
		}
	}
}

func BenchmarkRow(b *testing.B) {
	flow, err := model.OfSystem(must(field.Systems.Lookup("lorenz")))
	if err != nil {
		b.Fatal(err)
	}
	sys, err := OfFlow(flow)
	if err != nil {
		b.Fatal(err)
	}
	noise := Noise{Q: []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, R: []float64{1}}
	f, err := New(sys, noise, &State{X: []float64{1, 2, 20}, P: []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Row(f.T+0.01, f.X[:1]); err != nil {
			b.Fatal(err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
