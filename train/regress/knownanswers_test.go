package regress

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// normal solves (AᵀA + ridge·diag)x = Aᵀb of the active columns and returns x
// and the sum of squared residuals.
func normal(a, b []float64, terms int, active []bool, ridge float64) (x []float64, rss float64) {
	var cols []int
	for j, on := range active {
		if on {
			cols = append(cols, j)
		}
	}
	n := len(b)
	sub := mat.NewDense(n, len(cols), nil)
	for k := range n {
		for i, j := range cols {
			sub.Set(k, i, a[k*terms+j])
		}
	}
	var gram mat.Dense
	gram.Mul(sub.T(), sub)
	for i := range cols {
		gram.Set(i, i, gram.At(i, i)*(1+ridge))
	}
	var right, sol mat.VecDense
	right.MulVec(sub.T(), mat.NewVecDense(n, b))
	if err := sol.SolveVec(&gram, &right); err != nil {
		panic("singular")
	}
	x = make([]float64, terms)
	for i, j := range cols {
		x[j] = sol.AtVec(i)
	}
	for k, v := range b {
		for j := range terms {
			v -= a[k*terms+j] * x[j]
		}
		rss += v * v
	}
	return x, rss
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*(1+math.Abs(b)) }

// With and without a ridge, on all terms or some: the normal equations.
func TestSharesSolveTheNormalEquations(t *testing.T) {
	a, b := law(0.3)
	for _, ridge := range []float64{0, 0.05} {
		for _, active := range [][]bool{{true, true, true, true, false}, {false, true, false, false, true}, {false, false, true, false, false}} {
			s := newLaw(0.3)
			s.Ridge = ridge
			got, rss, _ := s.Solve(active)
			want, left := normal(a, b, 5, active, ridge)
			if !near(rss, left, 1e-10) || !slices.EqualFunc(got, want, func(x, y float64) bool { return near(x, y, 1e-10) }) {
				t.Errorf("ridge %g, terms %v: %v leaves %g, want %v and %g", ridge, active, got, rss, want, left)
			}
		}
	}
}

// Columns and slopes in other units have the same shares.
func TestSharesDoNotDependOnUnits(t *testing.T) {
	a, b := law(0.3)
	scale, unit := []float64{3, 0.1, 1e4, 7, 1}, 50.0
	for k := range b {
		b[k] *= unit
		for j, s := range scale {
			a[k*5+j] *= s
		}
	}
	active := []bool{true, true, true, true, false}
	got, rss, _ := New(a, b, scale, unit).Solve(active)
	want, left, _ := newLaw(0.3).Solve(active)
	if !near(rss, left, 1e-10) || !slices.EqualFunc(got, want, func(x, y float64) bool { return near(x, y, 1e-10) }) {
		t.Errorf("%v leaves %g, want %v and %g", got, rss, want, left)
	}
}

// By how much the squares grow without a term is what a fit without it says, also
// after terms were taken away.
func TestLossesAreThoseOfFitsWithoutATerm(t *testing.T) {
	a, b := law(0.3)
	active := []bool{true, true, true, true, false}
	_, rss, tri := newLaw(0.3).Solve(active)
	if !near(tri.rest, rss, 1e-10) {
		t.Errorf("%g is left, want %g", tri.rest, rss)
	}
	for cols := []int{0, 1, 2, 3}; len(cols) > 1; cols = slices.Delete(cols, 1, 2) {
		on := make([]bool, 5)
		for _, j := range cols {
			on[j] = true
		}
		_, all := normal(a, b, 5, on, 0)
		for k, loss := range tri.losses() {
			on[cols[k]] = false
			if _, without := normal(a, b, 5, on, 0); !near(loss, without-all, 1e-9) {
				t.Errorf("terms %v without %d: %g, want %g", cols, cols[k], loss, without-all)
			}
			on[cols[k]] = true
		}
		if x, _ := normal(a, b, 5, on, 0); !near(tri.solution()[0], x[cols[0]], 1e-10) {
			t.Errorf("terms %v: %v, want %v", cols, tri.solution(), x)
		}
		tri.drop(1)
	}
}

func TestInverseOfATriangle(t *testing.T) {
	_, _, tri := newLaw(0.3).Solve([]bool{true, true, true, true, false})
	inv := tri.Inverse()
	for i := range tri.q {
		for j := i; j < tri.q; j++ {
			sum := 0.0
			for k := i; k <= j; k++ {
				sum += tri.r[i][k] * inv[k][j-k]
			}
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(sum-want) > 1e-12 {
				t.Errorf("R·R⁻¹ has %g at %d, %d", sum, i, j)
			}
		}
	}
}

// n log((rss + floor)/n) + k log n · n/(n−k−1) + 2 log(p over k).
func TestCriterionInNumbers(t *testing.T) {
	s := newLaw(0)
	square := s.Square()
	_, b := law(0)
	sum := 0.0
	for _, v := range b {
		sum += v * v
	}
	if !near(square, sum, 1e-12) {
		t.Errorf("%g squares, want %g", square, sum)
	}
	for _, c := range []struct {
		rows, k, choices float64
		active           []bool
	}{
		{200, 0, 1, make([]bool, 5)},
		{200, 2, 10, []bool{true, false, true, false, false}},
		{12, 3, 10, []bool{true, false, true, false, true}},
		{12, 5, 1, []bool{true, true, true, true, true}},
	} {
		s.Rows = c.rows
		want := c.rows*math.Log((3+1e-6*square)/c.rows) + c.k*math.Log(c.rows)*c.rows/(c.rows-c.k-1) + 2*math.Log(c.choices)
		if got := s.Criterion(3, c.active); !near(got, want, 1e-10) {
			t.Errorf("%g terms of 5 in %g rows: %g, want %g", c.k, c.rows, got, want)
		}
	}
	s.Rows = 4
	if got := s.Criterion(3, []bool{true, true, true, false, false}); !math.IsInf(got, 1) {
		t.Errorf("as many terms as can be told apart: %g", got)
	}
	s.Rows = 1
	if got := s.Criterion(3, make([]bool, 5)); !math.IsInf(got, 1) {
		t.Errorf("of one row: %g", got)
	}
	s.Rows = 4
	if got := s.Criterion(3, []bool{true, true, false, false, false}); math.IsInf(got, 0) {
		t.Errorf("one term less: %g", got)
	}
}

// A share at the threshold stays.
func TestThresholdKeepsWhatReachesIt(t *testing.T) {
	a := []float64{1, 0, 0, 1}
	for _, c := range []struct {
		threshold float64
		want      []bool
	}{{0.25, []bool{true, true}}, {0.26, []bool{true, false}}, {2, []bool{false, false}}} {
		active := []bool{true, true}
		New(a, []float64{1, 0.25}, []float64{1, 1}, 1).Threshold(active, c.threshold)
		if !slices.Equal(active, c.want) {
			t.Errorf("threshold %g keeps %v", c.threshold, active)
		}
	}
}

// A column of zeros depends on nothing, and a part of 1e-4 that is new is enough.
func TestDependentColumns(t *testing.T) {
	columns := func(part float64) []float64 {
		var a []float64
		for k := range 50 {
			x, y, z := math.Sin(float64(k)), math.Cos(1.7*float64(k)), math.Sin(2.9*float64(k))
			a = append(a, x, 0, y, 3*x+part*z, x-y)
		}
		return a
	}
	got := Dependent(columns(1e-6), 50, 5)
	if len(got) != 3 || got[0].Term != 1 || len(got[0].Of) != 0 || got[1].Term != 3 || !slices.Equal(got[1].Of, []int{0}) ||
		got[2].Term != 4 || !slices.Equal(got[2].Of, []int{0, 2}) {
		t.Errorf("%+v", got)
	}
	if got := Dependent(columns(1e-2), 50, 5); len(got) != 2 || got[1].Term != 4 {
		t.Errorf("a part of 1e-2 is new: %+v", got)
	}
}
