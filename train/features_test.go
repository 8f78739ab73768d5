package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

func featuresOf(t *testing.T, s data.Series, f *RandomFeatures, change func(*Settings)) *Result {
	t.Helper()
	r, err := f.Fit(context.Background(), mustProblem(t, []data.Series{s}, tinyNet(0, false), change), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The model is the law that was fitted: its field has the slopes of the features, and those of the
// system that made the rows.
func TestModelOfRandomFeaturesHasTheSlopesOfTheRows(t *testing.T) {
	s := lorenzRows(t, 3000, 0.01)
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	c := &featureFit{count: 150, spread: 1, ridge: 1e-9}
	r, err := c.result(p)
	if err != nil {
		t.Fatal(err)
	}
	rows := p.slopedRows()
	law := drawFeatures(p.Seed, 0, c.count, 3, c.spread).equations(rows).solve(c.ridge)
	f, phi, dx := r.Model.Parts.NewField(1, false), make([]float64, law.of.size()), make([]float64, 3)
	at := field.Point{T: []float64{0}, X: program.NewBatch(3, 1), Theta: field.Batch{V: r.Model.Theta[0], Rows: len(r.Model.Theta[0]), Lanes: 1}}
	got, frame, square := program.NewBatch(3, 1), &r.Model.Parts.Frame, 0.0
	for k := 10; k < 2990; k += 20 {
		copy(at.X.V, rows[0].x[k*3:])
		f.Eval(got, &at)
		law.slope(dx, phi, at.X.V)
		x, y, z := s.X[k*3], s.X[k*3+1], s.X[k*3+2]
		for c, want := range []float64{10 * (y - x), x*(28-z) - y, x*y - 8.0/3*z} {
			if math.Abs(got.V[c]-dx[c]) > 1e-9*(1+math.Abs(dx[c])) {
				t.Fatalf("row %d: the model's slope of state %d is %g, the law's %g", k, c, got.V[c], dx[c])
			}
			square += math.Pow(got.V[c]-want*frame.Time/frame.Scale[c], 2)
		}
	}
	if rms := math.Sqrt(square / 447); rms > 0.01 {
		t.Errorf("slopes are off by %g", rms)
	}
}

// The weights are those at which the penalised squares are least: nothing is gained by moving any.
func TestRandomFeaturesAreALeastSquaresFit(t *testing.T) {
	p := mustProblem(t, []data.Series{lorenzRows(t, 500, 0.02)}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	rows := p.slopedRows()
	const ridge = 1e-4
	l := drawFeatures(1, 0, 20, 3, 1).equations(rows).solve(ridge)
	phi, dx := make([]float64, l.of.size()), make([]float64, 3)
	cost := func() float64 {
		sum, n := 0.0, 0.0
		for i := range rows[0].rows() {
			if slope := rows[0].dx[i*3 : i*3+3]; num.AllFinite(slope) {
				l.slope(dx, phi, rows[0].x[i*3:i*3+3])
				for c := range dx {
					sum += math.Pow(dx[c]-slope[c], 2)
				}
				n++
			}
		}
		for _, w := range l.w {
			sum += ridge * n * w * w
		}
		return sum
	}
	least := cost()
	for i := range l.w {
		for _, by := range []float64{-1e-3, 1e-3} {
			old := l.w[i]
			if l.w[i] += by; cost() < least {
				t.Errorf("moving weight %d by %g lowers the cost", i, by)
			}
			l.w[i] = old
		}
	}
}

// Of Lorenz' system forecasts of held-out rows stay near for long, and members differ.
func TestRandomFeaturesForecastChaos(t *testing.T) {
	r := featuresOf(t, lorenzRows(t, 1500, 0.02), &RandomFeatures{Features: 120, Spread: 1}, func(s *Settings) { s.Members = 2 })
	if r.Status != StatusOK || !r.Refit || r.Chosen == nil || len(r.Model.Theta) != 2 {
		t.Fatalf("%+v", r)
	}
	if r.Model.Theta[0][20] == r.Model.Theta[1][20] {
		t.Error("the members are the same")
	}
	p := mustProblem(t, []data.Series{lorenzRows(t, 1500, 0.02)}, tinyNet(0, false))
	if rows, err := (&RandomFeatures{Features: 120, Spread: 1}).Valid(context.Background(), p); err != nil || rows < 100 { // of 149
		t.Errorf("valid for %g rows, %v", rows, err)
	}
}

func TestRandomFeaturesSayWhatTheyCannotDo(t *testing.T) {
	s := lorenzRows(t, 200, 0.02)
	driven := s
	driven.Inputs, driven.U = []string{"u"}, make([]float64, s.Len())
	for i := range driven.U {
		driven.U[i] = math.Sin(float64(i))
	}
	for want, c := range map[string]struct {
		s data.Series
		f RandomFeatures
		a field.Architecture
	}{
		"knows no inputs": {driven, RandomFeatures{}, tinyNet(0, false)},
		"features=-1":     {s, RandomFeatures{Features: -1}, tinyNet(0, false)},
		"spread=-2":       {s, RandomFeatures{Spread: -2}, tinyNet(0, false)},
		"ridge=NaN":       {s, RandomFeatures{Ridge: math.NaN()}, tinyNet(0, false)},
		"hidden states":   {s, RandomFeatures{}, tinyNet(1, false)},
	} {
		if _, err := c.f.Fit(context.Background(), mustProblem(t, []data.Series{c.s}, c.a), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
