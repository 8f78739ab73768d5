package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/opt"
)

// twoPushed are two recordings of a state that an input pushes and another follows:
// rows at uneven times, values missing, an input that jumps.
func twoPushed(n int) []data.Series {
	r := rand.New(rand.NewPCG(3, 4))
	var all []data.Series
	for _, id := range []string{"a", "b"} {
		s := data.Series{ID: id, Names: []string{"x", "y"}, Units: []string{"", ""}, Inputs: []string{"push"}, Time: "t"}
		t := 0.0
		for i := range n {
			x := []float64{math.Sin(t) + 0.1*r.NormFloat64(), math.Cos(t) + 0.1*r.NormFloat64()}
			if i%4 == 2 {
				x[i%2] = math.NaN()
			}
			s.T, s.X, s.U = append(s.T, t), append(s.X, x...), append(s.U, float64(i/5%2))
			t += 0.2 + 0.2*r.Float64()
		}
		all = append(all, s)
	}
	return all
}

func transcribed(t *testing.T, arch string, a field.Architecture, change func(*Settings)) (*transcription, *Problem) {
	t.Helper()
	s := DefaultSettings()
	s.Hold = "zero"
	if change != nil {
		change(&s)
	}
	p, err := NewProblem(twoPushed(14), arch, a, s)
	if err != nil {
		t.Fatal(err)
	}
	return newTranscription(p, p.elementMesh(0), num.RadauRule(3), 1e-2, pieces{}), p
}

// spreadOut adds the values of patches up; of the lower triangle alone if it is symmetric.
func spreadOut(m, n int, patches []opt.Patch, v []float64, symmetric bool) []float64 {
	a := make([]float64, m*n)
	for _, p := range patches {
		for i := range p.Rows {
			for j := range p.Cols {
				if r, c := p.Row+i, p.Col+j; !symmetric || r >= c {
					a[r*n+c] += v[i*p.Cols+j]
					if symmetric && r != c {
						a[c*n+r] += v[i*p.Cols+j]
					}
				}
			}
		}
		v = v[p.Rows*p.Cols:]
	}
	return a
}

func total(patches []opt.Patch) (n int) {
	for _, p := range patches {
		n += p.Rows * p.Cols
	}
	return n
}

func TestTranscribedDerivativesAgreeWithDifferences(t *testing.T) {
	unhurried(t)
	growth := &field.Equations{Text: "x' = a*y + push*b\ny' = -f(x) - exp(c)*y", Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.1}, "c": {Start: -1}},
		Networks: map[string]field.Network{"f": {Hidden: []int{3}, Activation: "tanh"}}}
	for _, c := range []struct {
		name string
		arch field.Architecture
	}{{"mlp", &field.MLP{Hidden: []int{4}, Activation: "tanh"}}, {"mlp", &field.MLP{Hidden: []int{3, 3}, Activation: "tanh"}}, {"equations", growth}} {
		nlp, _ := transcribed(t, c.name, c.arch, nil)
		agreesWithDifferences(t, c.name, nlp)
	}
}

// TestCurvatureThatIsNoNumberIsTold: of a root where its state is negative.
func TestCurvatureThatIsNoNumberIsTold(t *testing.T) {
	nlp, _ := transcribed(t, "equations", &field.Equations{Text: "x' = a*sqrt(x)\ny' = a*x", Parameters: map[string]field.Unknown{"a": {Start: 0.7}}},
		func(s *Settings) { s.Scale = "none" })
	s := nlp.Shape()
	x, y := make([]float64, len(s.Low)), make([]float64, len(s.Floor))
	values := make([]float64, total(s.Hessian))
	for at, want := range map[float64]bool{1: false, -1: true} {
		for i := range x {
			x[i] = at
		}
		for i := range y {
			y[i] = 1
		}
		if fail := nlp.Curvature(values, x, 1, y); fail != "" != want {
			t.Errorf("with states of %g: %q", at, fail)
		}
	}
}

// agreesWithDifferences compares derivatives of a program at a random point.
func agreesWithDifferences(t *testing.T, name string, nlp *transcription) {
	t.Helper()
	s := nlp.Shape()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	n, m := len(s.Low), len(s.Floor)
	r := rand.New(rand.NewPCG(7, 8))
	x, y := make([]float64, n), make([]float64, m)
	for i := range x {
		x[i] = 0.5 * r.NormFloat64()
	}
	for i := range y {
		y[i] = r.NormFloat64()
	}
	const w = 0.7
	// lagrangian is ∇(w·f + yᵀc).
	grad, jac := make([]float64, n), make([]float64, total(s.Jacobian))
	lagrangian := func() []float64 {
		if fail := nlp.Slopes(grad, jac, x); fail != "" {
			t.Fatal(fail)
		}
		l, v := make([]float64, n), jac
		for i := range l {
			l[i] = w * grad[i]
		}
		for _, p := range s.Jacobian {
			for i, a := range v[:p.Rows*p.Cols] {
				l[p.Col+i%p.Cols] += y[p.Row+i/p.Cols] * a
			}
			v = v[p.Rows*p.Cols:]
		}
		return l
	}
	lagrangian()
	jacobian, gradient := spreadOut(m, n, s.Jacobian, jac, false), append([]float64{}, grad...)
	values := make([]float64, total(s.Hessian))
	if fail := nlp.Curvature(values, x, w, y); fail != "" {
		t.Fatal(fail)
	}
	hessian := spreadOut(n, n, s.Hessian, values, true)
	up, down := make([]float64, m), make([]float64, m)
	const e = 1e-5
	bad := 0
	for j := range n {
		x[j] += e
		fu, _ := nlp.Values(up, x)
		lu := lagrangian()
		x[j] -= 2 * e
		fd, _ := nlp.Values(down, x)
		ld := lagrangian()
		x[j] += e
		if want := (fu - fd) / (2 * e); math.Abs(gradient[j]-want) > 1e-8 {
			t.Errorf("%s: ∂f/∂x_%d = %g, differences say %g", name, j, gradient[j], want)
		}
		for i := range m {
			if want := (up[i] - down[i]) / (2 * e); math.Abs(jacobian[i*n+j]-want) > 1e-8*(1+math.Abs(want)) {
				bad++
			}
		}
		for i := range n {
			if want := (lu[i] - ld[i]) / (2 * e); math.Abs(hessian[i*n+j]-want) > 1e-7*(1+math.Abs(want)) {
				bad++
			}
		}
	}
	if bad > 0 {
		t.Errorf("%s: %d entries of Jacobian and Hessian differ from differences", name, bad)
	}
}

func TestElementsEndWhereInputsBreakAndHoldAllRows(t *testing.T) {
	nlp, p := transcribed(t, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, nil)
	seen, values := 0, 0
	for i, e := range nlp.elements {
		if i > 0 && nlp.elements[i-1].rec == e.rec && nlp.elements[i-1].end != e.begin {
			t.Errorf("element %d begins at %g, the one before ends at %g", i, e.begin, nlp.elements[i-1].end)
		}
		for _, at := range p.inputBreaks(e.rec) {
			if e.begin < at && at < e.end {
				t.Errorf("the input breaks at %g within %g … %g", at, e.begin, e.end)
			}
		}
		seen += len(e.seen)
	}
	for _, s := range p.Train {
		for _, v := range s.X {
			if isNumber(v) {
				values++
			}
		}
	}
	if seen != values || float64(values) != nlp.count {
		t.Errorf("%d of %d values are observed, %g are counted", seen, values, nlp.count)
	}
	if n := len(p.inputBreaks(0)); n != 1 {
		t.Errorf("%d breaks, want 1", n) // of 11 rows to train on, an input that changes after every fifth
	}
}

// TestOneHiddenLayerNeedsFewDirections: units do not meet.
func TestOneHiddenLayerNeedsFewDirections(t *testing.T) {
	nlp, _ := transcribed(t, "mlp", &field.MLP{Hidden: []int{12}, Activation: "tanh"}, nil)
	nlp.nodes.curved()
	if n := len(nlp.nodes.workers[0].bend.groups); n > 8 {
		t.Errorf("%d directions for %d parameters", n, nlp.theta)
	}
}

func TestKnownStartsHaveEqualBounds(t *testing.T) {
	nlp, _ := transcribed(t, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(s *Settings) { s.Initial, s.Start = "known", []float64{0.5, 1} })
	s := nlp.Shape()
	for _, at := range nlp.starts {
		if s.Low[at] != s.High[at] || s.Low[at+1] != s.High[at+1] || s.Low[at+2] == s.High[at+2] {
			t.Errorf("the start at %d is not fixed", at)
		}
	}
}
