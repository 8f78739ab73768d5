package train

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// limited is a decay with noise of which values below a limit are written as the limit.
func limited(rows int, seed uint64) data.Series {
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t", Below: []float64{0.1}}
	for k, e := range white(rows, seed) {
		at := 0.25 * float64(k)
		s.T, s.X = append(s.T, at), append(s.X, max(0.1, 2*math.Exp(-0.5*at)+0.02*e))
	}
	return s
}

func limitedProblem(t *testing.T, s data.Series, heldout float64) *Problem {
	return mustProblem(t, []data.Series{s}, &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {}}},
		func(o *Settings) {
			o.Censored = map[string]Quantified{"x": {Below: 0.1}}
			o.Heldout, o.Budget = heldout, 200
		})
}

// The true law of rows that are half below a limit is not blamed for leaving the limit, and what
// is held out there decides nothing.
func TestValuesBelowALimitAreNoErrors(t *testing.T) {
	for seed := range uint64(4) {
		p := limitedProblem(t, limited(48, seed), 0.2)
		r := fitted(t, defaults(t, "lm"), p)
		if err := Complete(p, r); err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, v := range r.Verdicts {
			codes = append(codes, v.Code)
		}
		if !slices.Equal(codes, []string{VerdictCensored}) {
			t.Errorf("draw %d: %v", seed, r.Verdicts)
		}
		h := r.Assessment.Held
		if !h.Silent || h.Scores.Below != p.Held[0].Len() || h.Scores.MSE != 0 || r.Assessment.Compare() != nil {
			t.Errorf("draw %d: held out %+v", seed, h)
		}
		for i, v := range p.residuals(r)[0] {
			if math.IsNaN(v) != (p.rows(r.Refit)[0].X[i] <= 0.1) {
				t.Errorf("draw %d: %g is left of row %d", seed, v, i)
			}
		}
		if noise := p.noiseOf(r.Model, r.Train)[0]; noise < 0.012 || noise > 0.03 {
			t.Errorf("draw %d: the noise is %g, want about 0.02", seed, noise)
		}
		if b := r.Model.Band; b.Values != 0 || b.Noise[0] < 0.012 || b.Noise[0] > 0.03 {
			t.Errorf("draw %d: a band by %d values, noise %g", seed, b.Values, b.Noise[0])
		}
	}
}

// Some of the values held out are known: model and baselines are judged by the same rule.
func TestHeldOutValuesPartlyBelowALimit(t *testing.T) {
	p := limitedProblem(t, limited(26, 3), 0.3)
	values, below := p.heldBelow()
	if below == 0 || below == values {
		t.Fatalf("%d of %d held-out values are below the limit", below, values)
	}
	r := fitted(t, defaults(t, "lm"), p)
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	c := r.Assessment.Compare()
	if c == nil || c.Loses() || r.Assessment.Held.Silent {
		t.Errorf("compared %+v", c)
	}
	for _, b := range r.Assessment.Baselines {
		if b.Scores.Below != below {
			t.Errorf("%s: %d of its values are below the limit, want %d", b.Name, b.Scores.Below, below)
		}
	}
	if b := r.Model.Band; b.Values == 0 {
		t.Error("no value that is known was compared with the band")
	}
}

// The setting goes before the file; columns that it does not name keep what the file says.
func TestLimitsOfColumns(t *testing.T) {
	s := gappy(1, 0, 1)[0]
	if p := mustProblem(t, []data.Series{s}, tinyNet(0, false)); p.Below() != nil {
		t.Errorf("limits %v of rows without", p.Below())
	}
	s = limited(48, 1)
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false))
	if got := p.Below(); len(got) != 1 || got[0] != 0.1 {
		t.Errorf("limits of the file: %v", got)
	}
	p.Censored = map[string]Quantified{"x": {Below: 0.3}}
	if got := p.Below(); len(got) != 1 || got[0] != 0.3 {
		t.Errorf("limits of the setting: %v", got)
	}
}

// Where what is held out tells nothing, the iterate that fits best is kept.
func TestKeepGoesByTrainingWhereHeldOutTellsNothing(t *testing.T) {
	s := score{train: data.Scores{MSE: 3}, held: data.Scores{MSE: 0}, silent: true}
	if s.by("best-heldout") != 3 {
		t.Errorf("goes by %g", s.by("best-heldout"))
	}
	if s.silent = false; s.by("best-heldout") != 0 {
		t.Errorf("goes by %g", s.by("best-heldout"))
	}
	m, err := newMetric(limitedProblem(t, limited(48, 1), 0.2), 1)
	if err != nil || !m.silent {
		t.Errorf("silent %v, %v", m.silent, err)
	}
}
