package opt

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// bent are residuals whose second derivatives are constant: b·z, and curve times
// the square of each unknown. They fail where z₀ is above wall.
type bent struct{ curve, wall float64 }

func (bent) Size() (m, n int) { return 4, 2 }

func (b bent) Residuals(r, jac, z []float64, _ int) string {
	if z[0] > b.wall {
		return "a wall"
	}
	x, y := z[0], z[1]
	copy(r, []float64{x + 2*y - 3, 2*x - y + b.curve*x*x, x*3 + b.curve*y*y - 1, y + b.curve*x*y})
	if jac != nil {
		copy(jac, []float64{1, 2, 2 + 2*b.curve*x, -1, 3, 2 * b.curve * y, b.curve * y, 1 + b.curve*x})
	}
	return ""
}

// steps returns the damped step h and half the acceleration behind it, from the
// normal equations: (JᵀJ + μD²)h = −Jᵀr, (JᵀJ + μD²)a = −Jᵀr″.
func (b bent) steps(z []float64, mu float64) (h, half []float64) {
	r, jac := make([]float64, 4), make([]float64, 8)
	b.Residuals(r, jac, z, 0)
	j := mat.NewDense(4, 2, jac)
	var normal mat.Dense
	normal.Mul(j.T(), j)
	for i := range 2 {
		normal.Set(i, i, normal.At(i, i)*(1+mu))
	}
	solve := func(v []float64, c float64) []float64 {
		var right, x mat.VecDense
		right.MulVec(j.T(), mat.NewVecDense(4, v))
		if err := x.SolveVec(&normal, &right); err != nil {
			panic("singular")
		}
		return []float64{c * x.AtVec(0), c * x.AtVec(1)}
	}
	h = solve(r, -1)
	return h, solve([]float64{0, 2 * b.curve * h[0] * h[0], 2 * b.curve * h[1] * h[1], 2 * b.curve * h[0] * h[1]}, -0.5)
}

// A step follows the valley by half the geodesic acceleration, unless that is
// large, leads behind a bound, or cannot be known.
func TestFewFollowsTheValley(t *testing.T) {
	for _, c := range []struct {
		name  string
		z     []float64
		bent  bent
		few   Few
		bends bool
	}{
		{"free", []float64{0.1, 0.2}, bent{0.2, math.Inf(1)}, Few{}, true},
		{"wide bounds", []float64{0.1, 0.2}, bent{0.2, math.Inf(1)}, Few{Lo: []float64{-9, -9}, Hi: []float64{9, 9}}, true},
		{"large", []float64{0, 0}, bent{20, math.Inf(1)}, Few{}, false},
		{"a wall", []float64{0.1, 0.2}, bent{0.2, 0.1}, Few{}, false},
	} {
		z := c.z
		h, half := c.bent.steps(z, fewDamping)
		want := []float64{z[0] + h[0], z[1] + h[1]}
		if c.bends {
			want[0], want[1] = want[0]+half[0], want[1]+half[1]
		}
		f := newFew(c.few, c.bent, slices.Clone(z))
		if !f.linearise() {
			t.Fatal(c.name, f.out)
		}
		predicted := f.solve()
		f.accelerate()
		if !alike(f.trial, want) || !(predicted > 0) {
			t.Errorf("%s: to %v, want %v", c.name, f.trial, want)
		}
		if c.name != "free" {
			continue
		}
		// With a bound between the ends of the two steps the straight one is taken.
		for j := range z {
			straight, bent := z[j]+h[j], want[j]
			lo, hi := []float64{-9, -9}, []float64{9, 9}
			if bent < straight {
				lo[j] = (bent + straight) / 2
			} else {
				hi[j] = (bent + straight) / 2
			}
			f := newFew(Few{Lo: lo, Hi: hi}, c.bent, slices.Clone(z))
			f.linearise()
			f.solve()
			if f.accelerate(); !alike(f.trial, []float64{z[0] + h[0], z[1] + h[1]}) {
				t.Errorf("unknown %d went to %v, behind its bound between %g and %g", j, f.trial, straight, bent)
			}
		}
	}
}

// No unknown goes farther than its longest change, and the fall that is
// promised is that of the shorter step.
func TestFewKeepsToItsLongestStep(t *testing.T) {
	z := []float64{0.1, 0.2}
	b := bent{0.2, math.Inf(1)}
	h, _ := b.steps(z, fewDamping)
	f := newFew(Few{Longest: []float64{math.Abs(h[0]) / 4, 0}}, b, slices.Clone(z))
	if !f.linearise() {
		t.Fatal(f.out)
	}
	predicted := f.solve()
	want := []float64{z[0] + h[0]/4, z[1] + h[1]}
	if !alike(f.trial, want) || !f.cut {
		t.Errorf("to %v, want %v; cut %v", f.trial, want, f.cut)
	}
	after := 0.0
	for i, r := range f.r {
		r += f.jac[2*i]*h[0]/4 + f.jac[2*i+1]*h[1]
		after += r * r / 2
	}
	if math.Abs(f.out.Cost-after-predicted) > 1e-12 {
		t.Errorf("%g is promised, the linear residuals fall by %g", predicted, f.out.Cost-after)
	}
}

// What is left to go is told in standard errors, of all directions and of those
// that the residuals say something of.
func TestFewTellsWhatIsLeftInStandardErrors(t *testing.T) {
	a := []float64{1, 0, 0, 1e-5, 0, 0, 0, 0}
	f := newFew(Few{}, affine{a: a, m: 4, n: 2}, []float64{3, 1e5 * 4})
	if !f.linearise() {
		t.Fatal(f.out)
	}
	// Residuals 2, 3, −1, −1; columns are scaled to one, so both directions are firm.
	noise := math.Sqrt(15.0 / 2)
	if want := math.Sqrt(13) / noise; math.Abs(f.out.Left-want) > 1e-9 || math.Abs(f.out.Firm-want) > 1e-9 || math.Abs(f.out.Cost-7.5) > 1e-9 {
		t.Errorf("left %g, firm %g, cost %g; want %g", f.out.Left, f.out.Firm, f.out.Cost, want)
	}
	a = []float64{1, 1, 0, 1e-5, 0, 0, 0, 0}
	f = newFew(Few{}, affine{a: a, m: 4, n: 2}, []float64{3, 0})
	f.linearise()
	if !(f.out.Firm < f.out.Left) || !(f.out.Firm > 0) {
		t.Errorf("two unknowns that do nearly the same: left %g, firm %g", f.out.Left, f.out.Firm)
	}
	f = newFew(Few{Least: 100}, affine{a: a, m: 4, n: 2}, []float64{3, 0})
	f.linearise()
	if want := math.Sqrt(2*2+1) / 100; math.Abs(f.out.Left-want) > 1e-9 {
		t.Errorf("noise of 100: left %g, want %g", f.out.Left, want)
	}
}
