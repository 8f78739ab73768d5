package train

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// baseline is the named one of a problem over recs; nil if there is none.
func baseline(t *testing.T, name string, recs []data.Series, change ...func(*Settings)) *Baseline {
	t.Helper()
	p := mustProblem(t, recs, tinyNet(0, false), change...)
	for _, b := range Baselines(p) {
		if b.Name == name {
			return &b
		}
	}
	return nil
}

// wave is a damped oscillation at the given times.
func wave(t []float64) data.Series {
	var x []float64
	for _, at := range t {
		x = append(x, 3+math.Exp(-0.05*at)*math.Sin(at))
	}
	return single(t, x)
}

// The linear model continues what obeys a linear equation, at regular times
// exactly, at irregular ones nearly.
func TestLinearBaselineContinuesALinearSystem(t *testing.T) {
	regular := wave(steps(80, 0.3))
	missing := wave(steps(80, 0.3))
	for k := 5; k < 60; k += 11 {
		missing.X[k] = math.NaN()
	}
	r := num.Stream(3, "irregular")
	var at []float64
	for k := range 300 {
		at = append(at, 0.08*(float64(k)+0.5*r.Float64()))
	}
	for name, c := range map[string]struct {
		s   data.Series
		tol float64
	}{"regular": {regular, 1e-3}, "missing": {missing, 1e-3}, "irregular": {wave(at), 0.1}} {
		n := c.s.Len() * 3 / 4
		b := baseline(t, BaselineLinear, []data.Series{c.s, c.s}, func(s *Settings) { s.Heldout = 0.25 })
		if b == nil {
			t.Errorf("%s: there is none", name)
			continue
		}
		past, ahead := c.s.Slice(0, n), c.s.Slice(n, c.s.Len())
		for i, v := range b.Run(&past, &ahead) {
			if want := wave(ahead.T).X[i]; math.Abs(v-want) > c.tol {
				t.Errorf("%s (%s): row %d is %g, want %g", name, b.Note, i, v, want)
				break
			}
		}
	}
}

// TestFreeRunsOfALinearModelAreMeasured: the law of the rows runs along them, another one is off by what the two differ
// by, and of rows too few for an origin nothing is known.
func TestFreeRunsOfALinearModelAreMeasured(t *testing.T) {
	x := make([]float64, 40)
	for k := range x {
		x[k] = math.Pow(0.9, float64(k))
	}
	s := single(steps(40, 1), x)
	l := &linear{step: 1, d: 1, order: 1, shift: []float64{0}, scale: []float64{1}, coef: mat.NewDense(2, 1, []float64{0, 0.9})}
	closeTo(t, "the error of the law", l.runsOff([]data.Series{s}), 0, 1e-12)
	l.coef.Set(1, 0, 0) // zero from the next row on
	sum, n := 0.0, 0.0
	for k := 1; k <= arxOrigins; k++ {
		for i := range 8 {
			v := x[k*32/arxOrigins+i]
			sum, n = sum+v*v, n+1
		}
	}
	closeTo(t, "the error of nothing", l.runsOff([]data.Series{s}), math.Sqrt(sum/n), 1e-12)
	if got := l.runsOff([]data.Series{s.Slice(0, 1)}); !math.IsInf(got, 1) {
		t.Errorf("of one row the error is %g", got)
	}
}

// Inputs of the future are used; lags of inputs are found by the criterion.
func TestLinearBaselineFollowsInputs(t *testing.T) {
	s := single(steps(200, 0.5), nil)
	s.Inputs = []string{"u"}
	r := num.Stream(5, "arx")
	x, u1 := 0.0, 0.0
	for range 200 {
		u := r.NormFloat64()
		x = 0.8*x + 0.5*u1 + 0.01*r.NormFloat64()
		u1 = u
		s.X, s.U = append(s.X, x), append(s.U, u)
	}
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false))
	b := p.mustLinear(t)
	past, ahead := s.Slice(0, 160), s.Slice(160, 200)
	for i, v := range b.Run(&past, &ahead) {
		if math.Abs(v-ahead.X[i]) > 0.1 {
			t.Fatalf("%s: row %d is %g, want %g", b.Note, i, v, ahead.X[i])
		}
	}
	if b.Note != "ARX of order 1" {
		t.Errorf("it is %s", b.Note)
	}
}

func (p *Problem) mustLinear(t *testing.T) *Baseline {
	t.Helper()
	b, ok := p.linearBaseline()
	if !ok {
		t.Fatal("there is no linear baseline")
	}
	return &b
}

func TestSeasonalBaselineRepeatsThePeriod(t *testing.T) {
	s := single(steps(100, 0.25), nil)
	for k := range 100 {
		s.X = append(s.X, []float64{0, 5, 3, 9, 1, 1, 2, 0}[k%8])
	}
	b := baseline(t, BaselineSeasonal, []data.Series{s})
	if b == nil {
		t.Fatal("no period was found")
	}
	past, ahead := s.Slice(0, 80), s.Slice(80, 100)
	for i, v := range b.Run(&past, &ahead) {
		if math.Abs(v-ahead.X[i]) > 0.5 {
			t.Errorf("%s: row %d is %g, want %g", b.Note, i, v, ahead.X[i])
		}
	}
	for _, slope := range []float64{-3, 0.02, 0.1, 5} { // up to a deviation of the wave in less than a row
		year := single(steps(96, 1), nil)
		for k := range 96 {
			year.X = append(year.X, slope*float64(k)+math.Sin(2*math.Pi*float64(k)/12))
		}
		if b := baseline(t, BaselineSeasonal, []data.Series{year}); b == nil || !strings.Contains(b.Note, "period of 12 ") && !strings.Contains(b.Note, "period of 12.0") && !strings.Contains(b.Note, "period of 11.9") {
			t.Errorf("beside a slope of %g: %+v", slope, b)
		}
	}
	if b := baseline(t, BaselineSeasonal, []data.Series{single(steps(50, 1), steps(50, 2))}); b != nil {
		t.Errorf("a straight line has the period %s", b.Note)
	}
}

func TestMeanAndPersistence(t *testing.T) {
	s := single(steps(10, 1), []float64{1, 2, 3, 4, 5, 6, math.NaN(), 7, 8, 9})
	past, ahead := s.Slice(0, 7), s.Slice(7, 10)
	if got := baseline(t, BaselineMean, []data.Series{s}, func(s *Settings) { s.Heldout = 0.3 }).Run(&past, &ahead); got[2] != 3.5 || len(got) != 3 {
		t.Errorf("mean %v", got)
	}
	if got := baseline(t, BaselinePersistence, []data.Series{s}).Run(&past, &ahead); got[0] != 6 || got[2] != 6 {
		t.Errorf("persistence %v", got)
	}
}

// Baselines are scored at the rows and origins of the model.
func TestBaselinesAreScoredWhereTheModelIs(t *testing.T) {
	p := mustProblem(t, []data.Series{wave(steps(60, 0.3)), wave(steps(90, 0.2))}, tinyNet(0, false))
	variance := data.NewMoments(p.rows(true)...).Variance()
	all, err := p.scoredBaselines(variance)
	if err != nil {
		t.Fatal(err)
	}
	h, err := p.heldOut(modelForecaster{untrained(t, p, 1)}, variance)
	if err != nil {
		t.Fatal(err)
	}
	if h.Rows != 12+18 || h.Origins < 6 || h.Windows[0].Origin != p.Train[0].T[47] {
		t.Errorf("%d rows, %d origins, the first at %g", h.Rows, h.Origins, h.Windows[0].Origin)
	}
	for _, b := range all {
		if len(b.Horizons) != len(h.Horizons) {
			t.Fatalf("%s has %d horizons, the model %d", b.Name, len(b.Horizons), len(h.Horizons))
		}
		for i, z := range b.Horizons {
			if z.From != h.Horizons[i].From || z.To != h.Horizons[i].To || z.Rows != h.Horizons[i].Rows {
				t.Errorf("%s: horizon %+v, the model has %+v", b.Name, z, h.Horizons[i])
			}
		}
	}
	// The mean has the relative error of the rows themselves.
	if v := all[0].Rolling.NRMSE; !(v > 0.3 && v < 1.5) {
		t.Errorf("%s: %g", all[0].Name, v)
	}
	a := Assessment{Held: h, Baselines: all, Headline: HeadlineFree}
	if c := a.Compare(); c.Baseline.Name != BaselineLinear || !(c.Best < 0.02) || c.Beats() {
		t.Errorf("the best is %s with %g, the model has %g", c.Baseline.Name, c.Best, c.Model)
	}
}

func TestSegmentsAreTold(t *testing.T) {
	m := decaying(t, -1)
	m.Records[0].Anchors = []model.Anchor{{T: 12, State: [][]float64{{5}}}, {T: 15, State: [][]float64{{-3}}}}
	p := mustProblem(t, []data.Series{single([]float64{10, 11, 12, 13, 14, 15, 16, 17}, []float64{1, 1, 1, 1, 1, 1, 1, 2})}, m.Arch, func(s *Settings) { s.Heldout = 0 })
	got, err := p.restarted(m, []float64{4}, true)
	if err != nil {
		t.Fatal(err)
	}
	if got.Count != 3 || got.Rows != 3 || got.Length != 3 || len(got.Gaps) != 2 || got.Gaps[1].T != 15 {
		t.Errorf("%+v", got)
	}
	if jump := 5 - math.Exp(-2); differs(got.Gaps[0].Jump[0], jump, 1e-6) || differs(got.Largest, jump/2, 1e-6) || got.Typical != got.Largest {
		t.Errorf("gaps %+v, the largest is %g", got.Gaps, got.Largest)
	}
}

func TestLongProductsAreThoseOfTheDefinition(t *testing.T) {
	const n, lags = 6000, 3000 // enough for a Fourier transform
	y, r := make([]float64, n), num.Stream(1, "products", 0)
	for i := range y {
		y[i] = math.Sin(0.01*float64(i)) + r.NormFloat64()
	}
	got := make([]float64, lags)
	addProducts(got, y)
	for _, lag := range []int{0, 1, 57, lags - 1} {
		want := 0.0
		for k := lag; k < n; k++ {
			want += y[k] * y[k-lag]
		}
		if math.Abs(got[lag]-want) > 1e-9*n {
			t.Errorf("lag %d: %g, want %g", lag, got[lag], want)
		}
	}
}
