package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// linesOfRecordings are recordings of two columns, u' = a and v' = b from known zeros, whose slopes
// are correlated.
func linesOfRecordings(t *testing.T, n int, r, noise float64) (*Problem, []data.Series) {
	rand := rand.New(rand.NewPCG(3, 9))
	var recs []data.Series
	for i := range n {
		s := data.Series{ID: fmt.Sprint(i + 1), Names: []string{"u", "v"}}
		p, q := rand.NormFloat64(), rand.NormFloat64()
		a, b := 2+0.5*p, -1+0.8*(r*p+math.Sqrt(1-r*r)*q)
		for k := range 6 {
			at := float64(k)
			s.T, s.X = append(s.T, at), append(s.X, a*at+noise*rand.NormFloat64(), b*at+noise*rand.NormFloat64())
		}
		recs = append(recs, s)
	}
	own := field.Unknown{Start: 1, PerRecording: true, Correlated: "both"}
	return mustProblem(t, recs, &field.Equations{Text: "u' = a\nv' = b", Parameters: map[string]field.Unknown{"a": own, "b": own}},
		func(s *Settings) { s.Initial, s.Start, s.Heldout = "known", []float64{0, 0}, 0 }), recs
}

// A law that is linear in two numbers of recordings has their covariance in closed form: that of
// the slopes of lines of their own, less what noise makes of it.
func TestCorrelationsHaveTheClosedForm(t *testing.T) {
	p, recs := linesOfRecordings(t, 14, 0.7, 0.6)
	res, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	n, sxx := float64(len(recs)), 55.
	var b [2][]float64
	var within [2]float64
	for c := range 2 {
		for _, s := range recs {
			sxy := 0.0
			for k, at := range s.T {
				sxy += at * s.X[2*k+c]
			}
			b[c] = append(b[c], sxy/sxx)
			for k, at := range s.T {
				within[c] += math.Pow(s.X[2*k+c]-at*sxy/sxx, 2) / (6*n - n)
			}
		}
	}
	var mean [2]float64
	for c := range 2 {
		for _, v := range b[c] {
			mean[c] += v / n
		}
	}
	var cov [2][2]float64
	for i := range recs {
		for c := range 2 {
			for d := range 2 {
				cov[c][d] += (b[c][i] - mean[c]) * (b[d][i] - mean[d]) / (n - 1)
			}
		}
	}
	near := func(what string, got, want, tol float64) {
		if !(math.Abs(got-want) <= tol*math.Abs(want)) {
			t.Errorf("%s: %v, in closed form %v", what, got, want)
		}
	}
	one, two := math.Sqrt(cov[0][0]-within[0]/sxx), math.Sqrt(cov[1][1]-within[1]/sxx)
	r := cov[0][1] / (one * two)
	near("spread of a", estimateOf(t, res.Parameters, "a, between recordings", "").Value, one, 0.02)
	near("spread of b", estimateOf(t, res.Parameters, "b, between recordings", "").Value, two, 0.02)
	e := estimateOf(t, res.Parameters, "correlation of a and b", "")
	near("correlation", e.Value, r, 0.02)
	// The errors of a covariance of many values that are known exactly, Anderson (1958).
	near("its error", e.SD, (1-r*r)/math.Sqrt(n-1), 0.15)
	near("error of a spread", estimateOf(t, res.Parameters, "a, between recordings", "").SD/one, 1/math.Sqrt(2*(n-1)), 0.15)
	near("error of a", estimateOf(t, res.Parameters, "a", "").SD, math.Sqrt(cov[0][0]/n), 0.02)
	// Values are drawn towards the common ones by both rows: the conditional mean of the two normal laws.
	for i := range recs {
		d := [2]float64{b[0][i] - mean[0], b[1][i] - mean[1]}
		det := cov[0][0]*cov[1][1] - cov[0][1]*cov[0][1]
		w := [2]float64{(cov[1][1]*d[0] - cov[0][1]*d[1]) / det, (cov[0][0]*d[1] - cov[0][1]*d[0]) / det}
		want := mean[0] + one*one*w[0] + cov[0][1]*w[1]
		if got := estimateOf(t, res.Starts, "a", recs[i].ID).Value; math.Abs(got-want) > 0.01*one {
			t.Errorf("a of %s: %v, in closed form %v", recs[i].ID, got, want)
		}
	}
	for _, c := range res.Model.Population {
		if len(c.With) != 1 || math.Abs(c.With[0].R-e.Value) > 1e-12 {
			t.Errorf("the model keeps %+v", c)
		}
	}
}

// Derivatives of the residuals of correlated values are those of differences.
func TestCorrelatedDeviationsAgreeWithDifferences(t *testing.T) {
	groups := []group{{at: []int{0, 2, 4}, by: coordinate{kind: logStart, shift: 0.3, scale: 2}, sd: 0.7}, {at: []int{1, 3, 5}, sd: 2}, {at: []int{6, 7, 8}, sd: 0.1}}
	b := bundle{of: []int{0, 1, 2}, correlation: []float64{0.5, -0.3, 0.4}}
	z := []float64{0.5, 9, 1.25, 0.75, 2, 3, 0.4, 0.2, 0.9}
	n := len(z)
	r, jac := make([]float64, n), make([]float64, n*n)
	b.residuals(groups, r, z, func(i, unknown int, slope float64) { jac[i*n+unknown] = slope })
	for j := range z {
		const h = 1e-6
		up, down := make([]float64, n), make([]float64, n)
		old := z[j]
		z[j] = old + h
		b.residuals(groups, up, z, nil)
		z[j] = old - h
		b.residuals(groups, down, z, nil)
		z[j] = old
		for i := range r {
			if want := (up[i] - down[i]) / (2 * h); math.Abs(jac[i*n+j]-want) > 1e-7 {
				t.Errorf("row %d, unknown %d: %v, by differences %v", i, j, jac[i*n+j], want)
			}
		}
	}
	// Their squares are the quadratic form of the inverse covariance.
	var inverse mat.Dense
	if err := inverse.Inverse(b.covariance(groups)); err != nil {
		t.Fatal(err)
	}
	d := b.deviations(groups, z)
	for i := range 3 {
		sum, want := 0.0, 0.0
		for p := range 3 {
			sum += r[i*3+p] * r[i*3+p]
			for q := range 3 {
				want += d[p][i] * d[q][i] * inverse.At(p, q)
			}
		}
		if differs(sum, want, 1e-10) {
			t.Errorf("recording %d: %v, want %v", i, sum, want)
		}
	}
}

// With one parameter the step is that of a spread, and a covariance that solves S + O = (n−1)Ω
// stays.
func TestStepsOfCovariancesEndWhereTheLikelihoodIsMost(t *testing.T) {
	one := func(v float64) *mat.SymDense { return mat.NewSymDense(1, []float64{v}) }
	if got := stepOf(one(3), one(2), 7).At(0, 0); differs(got, 3./5, 1e-12) {
		t.Errorf("%v, want %v", got, 3./5)
	}
	scatter := mat.NewSymDense(2, []float64{5, 0.8, 0.8, 4})
	open := mat.NewSymDense(2, []float64{2, -0.8, -0.8, 3})
	next := stepOf(scatter, open, 7)
	for i := range 2 {
		for j := range 2 {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(next.At(i, j)-want) > 1e-12 {
				t.Errorf("%d, %d: %v, want %v", i, j, next.At(i, j), want)
			}
		}
	}
}

// What is known of a correlation is bounded by 1.
func TestIntervalsOfCorrelationsStayBetweenOneAndOne(t *testing.T) {
	a := model.NewEstimate("r", 0.9)
	bounded(&a, 0.4)
	if differs(a.SD, 0.4*0.19, 1e-12) || !(a.Lo > 0 && a.Lo < 0.9 && a.Hi > 0.9 && a.Hi < 1) {
		t.Errorf("%+v", a)
	}
}
