package field_test

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

// rows are what a stable linear law with an input does, away from zero, as facts.
func rows(t testing.TB, n, m int, solverName string) (known *field.Facts, a, b *mat.Dense) {
	known = solver(t, solverName, 0.1)
	r := rand.New(rand.NewPCG(5, 6))
	a, b = mat.NewDense(n, n, nil), mat.NewDense(n, max(m, 1), nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, 0.3*r.NormFloat64())
		}
		a.Set(i, i, -2)
		for j := range m {
			b.Set(i, j, r.NormFloat64())
		}
	}
	for k := range 60 {
		x, dx, u := make([]float64, n), make([]float64, n), make([]float64, m)
		for i := range x {
			x[i] = 0.7 + r.NormFloat64()
		}
		for j := range u {
			u[j] = -0.4 + 2*r.NormFloat64()
		}
		for i := range dx {
			dx[i] = 0.25
			for j := range x {
				dx[i] += a.At(i, j) * x[j]
			}
			for j := range u {
				dx[i] += b.At(i, j) * u[j]
			}
		}
		known.T, known.X, known.DX, known.U = append(known.T, 0.1*float64(k)), append(known.X, x), append(known.DX, dx), append(known.U, u)
	}
	return known, a, b
}

// centre is the mean of rows.
func centre(v [][]float64) []float64 {
	out := make([]float64, len(v[0]))
	for _, x := range v {
		for i := range x {
			out[i] += x[i] / float64(len(v))
		}
	}
	return out
}

func slope(p *field.Parts, theta, x, u []float64) []float64 {
	n := len(p.Frame.States)
	out := program.NewBatch(n, 1)
	field.New(p.Field, 1, false).Eval(out, &field.Point{T: []float64{0}, X: program.Batch{Rows: n, Lanes: 1, V: x},
		U: program.Batch{Rows: len(u), Lanes: 1, V: u}, Theta: program.Batch{Rows: len(theta), Lanes: 1, V: theta}})
	return out.V
}

// TestCorrectedStartHasItsPolesForAnyActivation: at the mean of the rows poles are the
// drawn ones and the field is zero.
func TestCorrectedStartHasItsPolesForAnyActivation(t *testing.T) {
	const n, m = 5, 2
	known, _, _ := rows(t, n, m, "midpoint")
	x, u := centre(known.X), centre(known.U)
	for _, act := range []string{"tanh", "silu", "gelu", "softplus", "sigmoid", "relu", "erf", "exp", "square", "sin"} {
		for _, hidden := range [][]int{{}, {13}, {12, 17}, {16, 11, 12}} {
			for _, more := range []string{"", ",pairs=false", ",complex=false"} {
				p := net(t, n, m, act, hidden...)
				theta, err := field.DrawKnowing(p, "corrected:margin=0.05"+more, known, 2, 1)
				if err != nil {
					t.Fatal(act, err)
				}
				want, _, _ := field.SamplePoles(n, field.Region{R: field.Exponential(2), Margin: 0.05}, more != ",complex=false", randomness{num.Stream(2, "init", 1)})
				match(t, act+more, jacobianPolesAt(p, theta, x, u, act), want, 0.1, 1e-7)
				for i, v := range slope(p, theta, x, u) {
					if math.Abs(v) > 1e-9 {
						t.Errorf("%s: where it should rest, state %d moves with %g", act+more, i, v)
					}
				}
			}
		}
	}
}

// jacobianPolesAt are poles at a point; of relu beside it, since it has a kink there.
func jacobianPolesAt(p *field.Parts, theta, x, u []float64, act string) []complex128 {
	if act != "relu" {
		return jacobianPoles(p, theta, x, u)
	}
	y := append([]float64{}, x...)
	for i := range y {
		y[i] += 0.01 * float64(i+1)
	}
	return jacobianPoles(p, theta, y, u)
}

// TestPairsAreLinearEverywhere: for activations with g(v) − g(−v) = v.
func TestPairsAreLinearEverywhere(t *testing.T) {
	known, a, b := rows(t, 3, 1, "rk4")
	for _, act := range []string{"relu", "gelu", "silu", "softplus"} {
		p := net(t, 3, 1, act, 9, 8)
		theta, err := field.DrawKnowing(p, "linear:points=0", known, 4, 0)
		if err != nil {
			t.Fatal(err)
		}
		for k := range known.X {
			for i, v := range slope(p, theta, known.X[k], known.U[k]) {
				if math.Abs(v-known.DX[k][i]) > 1e-4 { // the law is fitted with a small prior
					t.Fatalf("%s: at row %d state %d moves with %g, the law says %g", act, k, i, v, known.DX[k][i])
				}
			}
		}
	}
	_, _ = a, b
}

// TestMeanJacobianIsTheLaw: where units saturate, the mean over rows is met all the same.
func TestMeanJacobianIsTheLaw(t *testing.T) {
	known, a, _ := rows(t, 3, 1, "rk4")
	for _, act := range []string{"tanh", "silu", "gelu"} {
		p := net(t, 3, 1, act, 24, 24)
		theta, err := field.DrawKnowing(p, "linear:points=60,pairs=false", known, 4, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := field.New(p.Field, 1, false)
		mean, v, out := mat.NewDense(3, 3, nil), &field.Point{X: program.NewBatch(3, 1)}, program.NewBatch(3, 1)
		for k := range known.X {
			at := &field.Point{T: []float64{0}, X: program.Batch{Rows: 3, Lanes: 1, V: known.X[k]}, U: program.Batch{Rows: 1, Lanes: 1, V: known.U[k]},
				Theta: program.Batch{Rows: len(theta), Lanes: 1, V: theta}}
			for j := range 3 {
				v.X.V[j] = 1
				f.JVP(out, at, v)
				v.X.V[j] = 0
				for i := range 3 {
					mean.Set(i, j, mean.At(i, j)+out.V[i]/60)
				}
			}
		}
		mean.Sub(mean, a)
		if off := mat.Norm(mean, 2); off > 1e-4 {
			t.Errorf("%s: the mean Jacobian over the rows is off by %.2g", act, off)
		}
	}
}

// TestSpareUnitsAreNotSilent: weights of the published start have the rank of the
// states, those of the corrected one are full, and both have the poles drawn.
func TestSpareUnitsAreNotSilent(t *testing.T) {
	known, _, _ := rows(t, 4, 0, "midpoint")
	for init, want := range map[string]int{"stability": 4, "corrected": 20} {
		p := net(t, 4, 0, "tanh", 20, 20)
		theta, err := field.DrawKnowing(p, init, known, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		l := p.Layers[1]
		var f mat.SVD
		f.Factorize(mat.NewDense(l.Rows, l.Cols, theta[l.W:l.W+l.Rows*l.Cols]), mat.SVDNone)
		rank := 0
		for _, s := range f.Values(nil) {
			if s > 1e-3*f.Values(nil)[0] {
				rank++
			}
		}
		if rank != want {
			t.Errorf("%s: the second layer has rank %d, not %d", init, rank, want)
		}
	}
}

// TestSpareUnitsSeeAllArguments: whatever their units, arguments move spare units alike, by the
// fill and a deviation of an argument.
func TestSpareUnitsSeeAllArguments(t *testing.T) {
	known, _, _ := rows(t, 2, 1, "midpoint")
	sizes := []float64{0.02, 50, 1}
	for k := range known.X {
		for j := range 2 {
			known.X[k][j] *= sizes[j]
			known.DX[k][j] *= sizes[j]
		}
	}
	p := net(t, 2, 1, "tanh", 400)
	theta, err := field.DrawKnowing(p, "linear:fill=3", known, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for j := range 3 {
		square, mean, sum := 0.0, 0.0, 0.0
		for i := range 400 {
			w := theta[p.Layers[0].W+3*i+j]
			square += w * w / 400
		}
		of := func(k int) float64 { return append(known.X[k][:2:2], known.U[k]...)[j] }
		for k := range known.X {
			mean += of(k) / float64(len(known.X))
		}
		for k := range known.X {
			sum += (of(k) - mean) * (of(k) - mean) / float64(len(known.X))
		}
		if got := math.Sqrt(square * sum * 3); math.Abs(got/3-1) > 0.2 { // of three arguments
			t.Errorf("argument %d moves units by %g, want 3", j, got)
		}
	}
}

// TestTimescalesAreThoseOfTheRows: x = sin(ωt) changes by its deviation in 1/ω.
func TestTimescalesAreThoseOfTheRows(t *testing.T) {
	known := solver(t, "rk4", 0.01)
	known.Span = 20
	for k := range 2000 {
		s := 0.01 * float64(k)
		known.T = append(known.T, s)
		known.X = append(known.X, []float64{math.Sin(math.Pi * s), 3 * math.Cos(0.4*math.Pi*s)})
		known.DX = append(known.DX, []float64{math.Pi * math.Cos(math.Pi*s), -1.2 * math.Pi * math.Sin(0.4*math.Pi*s)})
	}
	p := net(t, 2, 0, "gelu", 16)
	theta, err := field.DrawKnowing(p, "timescale", known, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := jacobianPoles(p, theta, centre(known.X), nil)
	for i, want := range []float64{-0.4 * math.Pi, -math.Pi} {
		if cmplx.Abs(got[i]-complex(want, 0)) > 2e-3 {
			t.Errorf("pole %d is %.5g, not %.5g", i, got[i], want)
		}
	}
	theta, err = field.DrawKnowing(p, "timescale:from=uniform", known, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range jacobianPoles(p, theta, centre(known.X), nil) {
		if tau := -1 / real(l); imag(l) != 0 || tau < 0.03 || tau > 20 {
			t.Errorf("pole %.3g: a time constant outside of 3 steps and the record", l)
		}
	}
}

// TestStartsRefuseInWords: what cannot be done is said.
func TestStartsRefuseInWords(t *testing.T) {
	known, _, _ := rows(t, 3, 1, "midpoint")
	second, err := (&field.SecondOrder{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}}).Build(field.Unscaled([]string{"x", "v"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	thin, good, cos := net(t, 3, 1, "relu", 5), net(t, 3, 1, "tanh", 8), net(t, 3, 1, "abs", 8)
	_ = cos
	for init, c := range map[string]struct {
		p     *field.Parts
		known *field.Facts
		want  string
	}{
		"stability":                   {net(t, 3, 1, "tanh", 2), known, "hidden layer 1 has 2 units; it needs 3 for 3 states"},
		"corrected":                   {thin, known, "hidden layer 1 has 5 units; it needs 6 for 3 states"},
		"timescale":                   {second, known, "model=mlp"},
		"linear":                      {good, solver(t, "midpoint", 0.1), "needs rows"},
		"stability:":                  {good, known, "option of stability"},
		"stability:margin=2":          {good, known, "margin=2"},
		"stability:margin=x":          {good, known, "it is a number"},
		"stability:exclude=2":         {good, known, "no pole between"},
		"stability:slip=sign":         {good, known, "root"},
		"stability:order=4":           {good, nil, "step of a solver"},
		"corrected:kind=free":         {good, known, "damped, oscillating or integrating"},
		"corrected:fill=-1":           {good, known, "0 or more"},
		"timescale:from=x":            {good, known, "rows or uniform"},
		"corrected:fill=inf,gain=inf": {good, known, "is a number"},
		"torch:bias=0":                {good, known, "no options"},
		"corrected:compplex":          {good, known, "complex"},
		"stability:complex=perhaps":   {good, known, "true or false"},
		"stability:order=1.5":         {good, known, "whole number"},
		"small:factor=-1":             {good, known, "0 or more"},
		"timescale:tolerance=0":       {good, known, "above 0"},
		"corrected:kind=oscillating":  {net(t, 4, 0, "tanh", 2), known, "needs 4"},
	} {
		if _, err := field.DrawKnowing(c.p, init, c.known, 1, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("init=%s: %v; it should say %q", init, err, c.want)
		}
	}
}

// TestKindsOfMotion: oscillating starts turn several times, integrating ones are slow,
// and the solver damps both.
func TestKindsOfMotion(t *testing.T) {
	known := solver(t, "rk4", 0.1)
	for kind, holds := range map[string]func(z complex128) bool{
		"oscillating": func(z complex128) bool { return math.Abs(imag(z)) >= 6*math.Abs(real(z)) },
		"integrating": func(z complex128) bool { return imag(z) == 0 && real(z) > -0.011 && real(z) < 0 },
	} {
		p := net(t, 6, 0, "tanh", 12)
		theta, err := field.DrawKnowing(p, "corrected:kind="+kind, known, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range jacobianPoles(p, theta, make([]float64, 6), nil) {
			if z := 0.1 * l; !holds(z) || !(cmplx.Abs(known.Stability(z)) < 1) {
				t.Errorf("%s: hλ = %.3g", kind, z)
			}
		}
	}
	if _, err := field.DrawKnowing(net(t, 6, 0, "tanh", 12), "corrected:kind=oscillating", solver(t, "euler", 0.1), 1, 0); err != nil {
		t.Errorf("euler damps slow turns: %v", err)
	}
}

// TestMatchedStartFitsSlopesThatAreNotLinear: as the last layer can, better than the law.
func TestMatchedStartFitsSlopesThatAreNotLinear(t *testing.T) {
	known := solver(t, "rk4", 0.05)
	for k := range 200 {
		x, v := 2*math.Sin(0.17*float64(k)), 2*math.Cos(0.23*float64(k))
		known.T, known.X = append(known.T, 0.05*float64(k)), append(known.X, []float64{x, v})
		known.DX = append(known.DX, []float64{v, (1-x*x)*v - x})
	}
	off := map[string]float64{}
	for _, init := range []string{"linear", "matched"} {
		p := net(t, 2, 0, "tanh", 40)
		theta, err := field.DrawKnowing(p, init, known, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		for k := range known.X {
			got := slope(p, theta, known.X[k], nil)
			off[init] += math.Pow(got[0]-known.DX[k][0], 2) + math.Pow(got[1]-known.DX[k][1], 2)
		}
	}
	if !(off["matched"] < 0.1*off["linear"]) {
		t.Errorf("squared errors of slopes: linear law %.3g, matched %.3g", off["linear"], off["matched"])
	}
}

// TestBorderGoesAroundTheRegion: |R| = 1 all along, from 0 to 0 for the explicit
// methods, past the end of the real interval.
func TestBorderGoesAroundTheRegion(t *testing.T) {
	for _, name := range []string{"euler", "midpoint", "rk3", "rk4", "dopri5"} {
		r := solver(t, name, 1).Stability
		border, least := r.Border(20), 0.0
		for _, z := range border {
			if math.Abs(cmplx.Abs(r(z))-1) > 1e-9 {
				t.Fatalf("%s: |R(%g)| = %g on the border", name, z, cmplx.Abs(r(z)))
			}
			if math.Abs(imag(z)) < 0.2 {
				least = min(least, real(z))
			}
		}
		for k, z := range border[1 : len(border)-1] {
			if cmplx.Abs(z) < 0.03 {
				t.Fatalf("%s: point %d of %d is at 0 already", name, k+1, len(border))
			}
		}
		if end := border[len(border)-1]; cmplx.Abs(end) > 1e-6 || math.Abs(least+r.Extent()) > 0.05 {
			t.Errorf("%s: the border ends at %.3g and passes the real axis at %.3f, not %.3f", name, end, least, -r.Extent())
		}
	}
}
