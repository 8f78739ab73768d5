package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
)

// slopesOfRecordings are recordings of y' = slope, each with a slope of its own, from a known zero.
func slopesOfRecordings(t *testing.T, n int, spread, noise float64, change ...func(*Settings)) (*Problem, []data.Series) {
	r := rand.New(rand.NewPCG(11, 4))
	var recs []data.Series
	for i := range n {
		s := data.Series{ID: fmt.Sprint(i + 1), Names: []string{"y"}}
		slope := -2 + spread*r.NormFloat64()
		for k := range 6 {
			at := float64(k + 1)
			s.T, s.X = append(s.T, at-1), append(s.X, slope*(at-1)+noise*r.NormFloat64())
		}
		recs = append(recs, s)
	}
	return mustProblem(t, recs, &field.Equations{Text: "y' = slope",
		Parameters: map[string]field.Unknown{"slope": {Start: 1, PerRecording: true}}},
		append(change, func(s *Settings) { s.Initial, s.Start, s.Heldout = "known", []float64{0}, 0 })...), recs
}

func estimateOf(t *testing.T, all []model.Estimate, name, of string) model.Estimate {
	t.Helper()
	for _, e := range all {
		if e.Name == name && e.Of == of {
			return e
		}
	}
	t.Fatalf("no estimate %q of %q among %v", name, of, all)
	return model.Estimate{}
}

// A law that is linear in numbers of recordings has estimates in closed form: noise by the
// residuals of lines of their own, the spread by the variance of their slopes less what noise
// makes of it, and values drawn towards the mean by the share that noise has.
func TestValuesOfRecordingsHaveTheClosedForm(t *testing.T) {
	for name, of := range map[string]map[string]noise.Spec{"least squares": nil, "a likelihood": {"y": "constant"}} {
		t.Run(name, func(t *testing.T) { closedForm(t, of) })
	}
}

func closedForm(t *testing.T, of map[string]noise.Spec) {
	p, recs := slopesOfRecordings(t, 9, 0.5, 1, func(s *Settings) { s.Noise = of })
	r, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	sxx, rss, rows := 0.0, 0.0, 0.0
	var b []float64
	for _, s := range recs {
		sxy, xx := 0.0, 0.0
		for k, at := range s.T {
			sxy, xx = sxy+at*s.X[k], xx+at*at
		}
		b, sxx = append(b, sxy/xx), xx
		for k, at := range s.T {
			rss, rows = rss+math.Pow(s.X[k]-at*sxy/xx, 2), rows+1
		}
	}
	n := float64(len(b))
	within, mean, square := rss/(rows-n), 0.0, 0.0
	for _, v := range b {
		mean += v / n
	}
	for _, v := range b {
		square += (v - mean) * (v - mean) / (n - 1)
	}
	spread := math.Sqrt(square - within/sxx)
	near := func(what string, got, want, tol float64) {
		if !(math.Abs(got-want) <= tol*math.Abs(want)) {
			t.Errorf("%s: %v, in closed form %v", what, got, want)
		}
	}
	common := estimateOf(t, r.Parameters, "slope", "")
	near("common value", common.Value, mean, 1e-3)
	near("its error", common.SD, math.Sqrt(square/n), 0.02)
	near("spread", estimateOf(t, r.Parameters, "slope, between recordings", "").Value, spread, 0.02)
	near("noise", r.Noise[0], math.Sqrt(within), 0.02)
	share := spread * spread / square
	for i, v := range b {
		near("value of "+recs[i].ID, estimateOf(t, r.Starts, "slope", recs[i].ID).Value, mean+share*(v-mean), 0.01)
	}
}

// Where recordings do not differ, the spread is told to be none.
func TestRecordingsThatAreAlikeHaveNoSpread(t *testing.T) {
	p, _ := slopesOfRecordings(t, 9, 0, 1)
	r, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	spread := estimateOf(t, r.Parameters, "slope, between recordings", "")
	if spread.Value > 0.1 || !strings.Contains(spread.Note, "do not tell") {
		t.Errorf("spread %v (%s)", spread.Value, spread.Note)
	}
	common := estimateOf(t, r.Parameters, "slope", "")
	if math.Abs(common.Value+2) > 3*common.SD {
		t.Errorf("common value %v ± %v, want -2", common.Value, common.SD)
	}
}

// Derivatives of the comparison of values are those of differences.
func TestDeviationsOfValuesAgreeWithDifferences(t *testing.T) {
	for _, by := range []coordinate{{}, {kind: logStart, shift: 0.3, scale: 2}} {
		g := group{at: []int{0, 2, 3}, by: by, sd: 0.7}
		z := []float64{0.5, 9, 1.25, 0.75}
		r, jac := make([]float64, 3), make([]float64, 12)
		g.residuals(r, z, func(i, unknown int, slope float64) { jac[i*4+unknown] = slope })
		for j := range z {
			const h = 1e-6
			up, down := make([]float64, 3), make([]float64, 3)
			old := z[j]
			z[j] = old + h
			g.residuals(up, z, nil)
			z[j] = old - h
			g.residuals(down, z, nil)
			z[j] = old
			for i := range r {
				if want := (up[i] - down[i]) / (2 * h); math.Abs(jac[i*4+j]-want) > 1e-8 {
					t.Errorf("kind %v, row %d, unknown %d: %v, by differences %v", by.kind, i, j, jac[i*4+j], want)
				}
			}
		}
	}
}

// A fit with values of recordings ends with the same bits if it is interrupted.
func TestValuesOfRecordingsResume(t *testing.T) {
	p, _ := slopesOfRecordings(t, 4, 0.5, 1)
	var saved []*Checkpoint
	whole, err := Auto{}.Fit(context.Background(), p, nil, func(e Event) {
		if e.Checkpoint != nil {
			saved = append(saved, e.Checkpoint)
		}
	})
	if err != nil || len(saved) == 0 {
		t.Fatal(err, len(saved))
	}
	for _, c := range saved {
		again, err := Auto{}.Fit(context.Background(), p, c, func(Event) {})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range whole.Parameters {
			if got := again.Parameters[i]; got.Value != e.Value {
				t.Errorf("%s: %v after resuming, %v", e.Name, got.Value, e.Value)
			}
		}
	}
}

func TestValuesOfRecordingsRefuseInWords(t *testing.T) {
	zero, two := 0.0, 2.0
	for want, u := range map[string]field.Unknown{
		"leave other bounds out": {Start: 1, PerRecording: true, Min: &zero, Max: &two},
		"leave prior out":        {Start: 1, PerRecording: true, Prior: &field.Prior{Mean: 2, SD: 2}},
	} {
		e := &field.Equations{Text: "y' = slope", Parameters: map[string]field.Unknown{"slope": u}}
		if _, err := e.Build(field.Frame{States: []string{"y"}, Shift: []float64{0}, Scale: []float64{1}, Time: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
