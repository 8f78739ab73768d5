package field

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// Value is what the program computes, with its derivative, and Entry the way back.
func TestParametersAndTheirEntriesAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		lo := 10 * r.NormFloat64()
		hi := lo + math.Exp(3*r.NormFloat64())
		start := lo + (hi-lo)*(0.01+0.98*r.Float64())
		for _, u := range []Unknown{{Start: start}, {Start: 0}, {Start: start, Min: &lo}, {Start: start, Max: &hi}, {Start: start, Min: &lo, Max: &hi}} {
			p := build(t, &Equations{Text: "x' = p*x", Parameters: map[string]Unknown{"p": u}}, Unscaled([]string{"x"}, nil))
			q, theta := &p.Named[0], 2*r.NormFloat64()
			out := make([]float64, 1)
			program.NewExec(p.Values, 1).Run([][]float64{out}, [][]float64{{theta}})
			v, slope := q.Value(theta)
			if math.Abs(v-out[0]) > 1e-13*(math.Abs(lo)+math.Abs(hi)) {
				t.Fatalf("%+v: %v, the program says %v", u, v, out[0])
			}
			above, _ := q.Value(theta + 1e-6)
			below, _ := q.Value(theta - 1e-6)
			if d := (above - below) / 2e-6; math.Abs(d-slope) > 1e-6*(math.Abs(slope)+math.Abs(lo)+math.Abs(hi)) {
				t.Fatalf("%+v: slope %v, differences say %v", u, slope, d)
			}
			if back := q.Entry(v); math.Abs(back-theta) > 1e-6 {
				t.Fatalf("%+v: %v became %v", u, theta, back)
			}
		}
	}
}

func TestPriorsAreReadAndChecked(t *testing.T) {
	for src, want := range map[string]string{
		`{"start": 1, "prior": {"mean": 2, "sd": 0.5}}`:                     "",
		`{"min": 0, "prior": {"low": 0.1, "high": 10}}`:                     "",
		`{"prior": {"low": -1, "high": 1}}`:                                 "",
		`{"start": 1, "prior": {"mean": 2}}`:                                "needs sd",
		`{"start": 1, "prior": {"low": 2, "high": 1}}`:                      "not below",
		`{"start": 1, "prior": {"low": 2}}`:                                 "use min or max",
		`{"start": 1, "prior": {"low": 2, "high": 3}}`:                      "min: 0",
		`{"start": 1, "min": 0, "prior": {"low": 2, "high": 3, "mean": 1}}`: "not both",
	} {
		var u Unknown
		if err := json.Unmarshal([]byte(src), &u); err != nil {
			t.Fatal(err)
		}
		err := u.started().check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", src, err, want)
		}
	}
	lo, hi := 0.1, 10.0
	p := Prior{Low: &lo, High: &hi}
	if off, slope := p.Off(10); math.Abs(off-1.96) > 1e-3 || math.Abs(slope-off/(10*math.Log(10))) > 1e-9 || math.Abs(p.Centre()-1) > 1e-12 {
		t.Errorf("off %v, slope %v, centre %v", off, slope, p.Centre())
	}
	// It starts at the middle of the prior, or of the bounds if those keep it from there.
	for mean, start := range map[float64]float64{3: 3, 2: 6, 1: 6, 9.5: 9.5, 10: 6, 11: 6} {
		if u := (Unknown{Min: bound(2), Max: bound(10), Prior: &Prior{Mean: mean, SD: 1}}).started(); u.Start != start || u.check() != nil {
			t.Errorf("a mean of %g: it starts at %v; %v", mean, u.Start, u.check())
		}
	}
	if u := (Unknown{Prior: &Prior{Mean: 3, SD: 1}}).started(); u.Start != 3 {
		t.Errorf("it starts at %v", u.Start)
	}
}

// A start of 0 that the bounds exclude is the middle of two, or 1 beyond the only one.
func TestStartsThatBoundsExclude(t *testing.T) {
	for _, c := range []struct {
		u    Unknown
		want float64
	}{
		{Unknown{Min: bound(1), Max: bound(3)}, 2}, {Unknown{Min: bound(-3), Max: bound(-1)}, -2},
		{Unknown{Min: bound(0), Max: bound(3)}, 1.5}, {Unknown{Min: bound(-3), Max: bound(0)}, -1.5},
		{Unknown{Min: bound(-5), Max: bound(0.5)}, 0}, {Unknown{Min: bound(-0.5), Max: bound(5)}, 0},
		{Unknown{Min: bound(0.5)}, 1.5}, {Unknown{Min: bound(0)}, 1}, {Unknown{Min: bound(-0.5)}, 0},
		{Unknown{Max: bound(-0.5)}, -1.5}, {Unknown{Max: bound(0)}, -1}, {Unknown{Max: bound(0.5)}, 0},
		{Unknown{Start: 0.25, Min: bound(0), Max: bound(3)}, 0.25},
	} {
		if got := c.u.started(); got.Start != c.want || got.check() != nil {
			t.Errorf("%+v starts at %g, want %g; %v", c.u, got.Start, c.want, got.check())
		}
	}
}
