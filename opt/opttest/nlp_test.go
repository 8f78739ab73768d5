package opttest

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

func TestDerivativesOfTheCollection(t *testing.T) {
	for _, p := range HockSchittkowski() {
		nlp := p.NLP()
		shape := nlp.Shape()
		n, m := len(p.Start), len(shape.Floor)
		x, y := make([]float64, n), make([]float64, m)
		for i, v := range p.Start {
			// Inside the bounds, off points of symmetry.
			low, high := max(shape.Low[i], v-1), min(shape.High[i], v+1)
			x[i] = low + (0.4+0.02*float64(i))*(high-low)
			if p.Name == "hs87" || shape.Low[i] == shape.High[i] {
				x[i] = v
			}
		}
		for j := range y {
			y[j] = math.Cos(float64(j + 1))
		}
		if worst := slopesError(nlp, x, y); !(worst < 1e-6) {
			t.Errorf("%s: first derivatives differ by %.1e from differences", p.Name, worst)
		}
		if worst := curvatureError(nlp, x, y); !(worst < 1e-5) {
			t.Errorf("%s: second derivatives differ by %.1e from differences", p.Name, worst)
		}
	}
}

// gradient returns ∇(f + yᵀc), and its size before cancellation.
func gradient(nlp opt.NLP, x, y []float64) (g, size []float64) {
	n, m := len(x), len(y)
	g, jac := make([]float64, n), make([]float64, n*m)
	nlp.Slopes(g, jac, x)
	size = make([]float64, n)
	for i := range n {
		size[i] = math.Abs(g[i])
		for j, yj := range y {
			g[i] += yj * jac[j*n+i]
			size[i] += math.Abs(yj * jac[j*n+i])
		}
	}
	return g, size
}

func slopesError(nlp opt.NLP, x, y []float64) (worst float64) {
	g, size := gradient(nlp, x, y)
	c := make([]float64, len(y))
	value := func(i int, h float64) float64 {
		old := x[i]
		x[i] += h
		f, _ := nlp.Values(c, x)
		x[i] = old
		for j, yj := range y {
			f += yj * c[j]
		}
		return f
	}
	base := math.Abs(value(0, 0))
	for i := range x {
		h := 1e-4 * max(1e-2, math.Abs(x[i]))
		d := (8*(value(i, h)-value(i, -h)) - (value(i, 2*h) - value(i, -2*h))) / (12 * h)
		worst = max(worst, math.Abs(d-g[i])/(1+size[i]+1e-9*base/h))
	}
	return worst
}

func curvatureError(nlp opt.NLP, x, y []float64) (worst float64) {
	n := len(x)
	hess := make([]float64, n*n)
	nlp.Curvature(hess, x, 1, y)
	_, size := gradient(nlp, x, y)
	for i := range x {
		old, h := x[i], 1e-4*max(1e-2, math.Abs(x[i]))
		at := func(k float64) []float64 {
			x[i] = old + k*h
			g, _ := gradient(nlp, x, y)
			x[i] = old
			return g
		}
		p, q, r, s := at(1), at(-1), at(2), at(-2)
		for j := range i + 1 {
			d := (8*(p[j]-q[j]) - (r[j] - s[j])) / (12 * h)
			worst = max(worst, math.Abs(d-hess[i*n+j])/(1+math.Abs(d)+1e-8*size[j]/h))
		}
	}
	return worst
}

func TestFormulasMeanWhatTheySay(t *testing.T) {
	x := []float64{3, 0.5}
	for text, want := range map[string]float64{
		"2 - 3 - 4":                 -5,
		"12/3/2":                    2,
		"-x1^2":                     -9,
		"2*-x2":                     -1,
		"x1^2^0.5":                  math.Pow(3, math.Pow(2, 0.5)),
		"x1^x2":                     math.Sqrt(3),
		"1.5e2*x2 + 2e-1":           75.2,
		"exp(log(x1)) + sqrt(x2*2)": 4,
		"atan(x2) + erf(x2)":        math.Atan(0.5) + math.Erf(0.5),
		"(1 + x1)*(1 - x2)/cos(0)":  2,
	} {
		tape := newTape(2)
		at := tape.formula(text)
		j := newJets(tape)
		j.run(x, 2)
		if got, _, _ := j.at(at); math.Abs(got-want) > 1e-14*max(1, math.Abs(want)) {
			t.Errorf("%s = %g, want %g", text, got, want)
		}
	}
}

func TestFormulasThatAreRefused(t *testing.T) {
	for _, text := range []string{"x3", "2 +", "(x1", "f(x1", "foo(x1)", "x1 x2"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is accepted", text)
				}
			}()
			tape := newTape(2)
			at := tape.formula(text)
			newJets(tape).run([]float64{1, 1}, 0)
			_ = at
		}()
	}
}

// whole spreads patches to a full matrix; of a symmetric one the lower triangle.
func whole(patches []opt.Patch, v []float64, rows, cols int) []float64 {
	a := make([]float64, rows*cols)
	for _, p := range patches {
		for i := range p.Rows {
			for j := range p.Cols {
				a[(p.Row+i)*cols+p.Col+j] += v[i*p.Cols+j]
			}
		}
		v = v[p.Rows*p.Cols:]
	}
	return a
}

// full is a program with one dense patch for each matrix.
type full struct {
	opt.NLP
	shape opt.Shape
}

func (f full) Slopes(grad, jac, x []float64) string {
	v := make([]float64, 0)
	for _, p := range f.shape.Jacobian {
		v = append(v, make([]float64, p.Rows*p.Cols)...)
	}
	fail := f.NLP.Slopes(grad, v, x)
	copy(jac, whole(f.shape.Jacobian, v, len(f.shape.Floor), len(x)))
	return fail
}

func (f full) Curvature(hess, x []float64, w float64, y []float64) string {
	v := make([]float64, 0)
	for _, p := range f.shape.Hessian {
		v = append(v, make([]float64, p.Rows*p.Cols)...)
	}
	fail := f.NLP.Curvature(v, x, w, y)
	copy(hess, whole(f.shape.Hessian, v, len(x), len(x)))
	return fail
}

func TestDerivativesOfTrajectories(t *testing.T) {
	p, x := VanDerPol(3, 2, 2, 1, 1, 0.1, 5)
	shape := p.Shape()
	if err := shape.Check(); err != nil {
		t.Fatal(err)
	}
	y := make([]float64, len(shape.Floor))
	for j := range y {
		y[j] = math.Cos(float64(j))
	}
	nlp := full{p, shape}
	if worst := slopesError(nlp, x, y); !(worst < 1e-7) {
		t.Errorf("first derivatives differ by %.1e from differences", worst)
	}
	if worst := curvatureError(nlp, x, y); !(worst < 1e-7) {
		t.Errorf("second derivatives differ by %.1e from differences", worst)
	}
}
