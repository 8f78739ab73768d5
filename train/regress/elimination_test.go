package regress

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// With terms too alike the regression has a ridge until one of them is gone; what
// is left is the law, or the law by the sum that is as good.
func TestEliminationAmongTermsThatAreAlike(t *testing.T) {
	a, _ := law(0.05)
	s := newLaw(0.05)
	s.Alike = Dependent(a, 200, 5)
	active := []bool{true, true, true, true, true}
	s.Eliminate(active)
	if !slices.Equal(active, []bool{false, true, false, true, false}) {
		t.Errorf("%v", active)
	}
}

// Of a slope that has nothing to do with any term, or is zero, none is kept.
func TestEliminationLeavesNothingOfNoise(t *testing.T) {
	a, b := law(0)
	r := num.Stream(5, "noise")
	for k := range b {
		b[k] = r.NormFloat64()
	}
	for _, slope := range [][]float64{b, make([]float64, len(b))} {
		active := []bool{true, true, true, true, false}
		New(a, slope, []float64{1, 1, 1, 1, 1}, 1).Eliminate(active)
		if slices.Contains(active, true) {
			t.Errorf("%v", active)
		}
	}
}

// Of two terms that are missed alike the later one goes.
func TestEliminationTakesTheLaterOfTwo(t *testing.T) {
	var a, b []float64
	for k := range 60 {
		x, y := math.Sin(float64(k)), math.Cos(2.3*float64(k))
		a, b = append(a, x, y, x), append(b, x+y)
	}
	active := []bool{true, true, true}
	s := New(a, b, []float64{1, 1, 1}, 1)
	s.Ridge = 1e-9
	s.Eliminate(active)
	if !slices.Equal(active, []bool{true, true, false}) {
		t.Errorf("%v", active)
	}
}

// A column that those before it explain to the last digit has no share and is
// not missed.
func TestColumnsThatAreExplained(t *testing.T) {
	tri := &Triangle{q: 2, r: [][]float64{{2, 1}, {0, 0}}, d: []float64{4, 0}}
	if x := tri.solution(); !slices.Equal(x, []float64{2, 0}) {
		t.Errorf("solution %v", x)
	}
	if inv := tri.Inverse(); !slices.Equal(inv[0], []float64{0.5, 0}) || !slices.Equal(inv[1], []float64{0}) {
		t.Errorf("inverse %v", inv)
	}
	if l := tri.losses(); !slices.Equal(l, []float64{16, 0}) {
		t.Errorf("losses %v", l)
	}
}

// The ridge of terms that are alike shares their part out among them, and takes
// next to nothing of it.
func TestRidgeOfTermsThatAreAlikeIsSmall(t *testing.T) {
	a, _ := law(0)
	s := newLaw(0)
	s.Alike = Dependent(a, 200, 5)
	share, rss, _ := s.Solve([]bool{true, true, true, true, true})
	for k, want := range []float64{0, 2, 0, -0.5} {
		got := share[k]
		if k < 2 {
			got += share[4]
		}
		if math.Abs(got-want) > 1e-5 {
			t.Errorf("column %d has the share %g in all, want %g", k, got, want)
		}
	}
	if rss > 1e-8*s.Square() {
		t.Errorf("shares %v leave %g", share, rss)
	}
}

// A term that lowers what is left by a fifth is kept, whatever the noise.
func TestEliminationKeepsWhatIsMissed(t *testing.T) {
	active := []bool{true, true, true, true, false}
	newLaw(1).Eliminate(active)
	if !active[1] || !active[3] {
		t.Errorf("%v", active)
	}
}

// Which columns are combinations of others does not depend on their units.
func TestDependenceDoesNotDependOnUnits(t *testing.T) {
	a, _ := law(0)
	for k := range 200 {
		for j, unit := range []float64{1e5, 1e-5, 1, 30, 1e-3} {
			a[5*k+j] *= unit
		}
	}
	if got := Dependent(a, 200, 5); len(got) != 1 || got[0].Term != 4 || !slices.Equal(got[0].Of, []int{0, 1}) {
		t.Errorf("%+v", got)
	}
}
