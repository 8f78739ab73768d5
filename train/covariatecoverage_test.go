//go:build slow

package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// swallowed are 32 people after one dose by mouth, a weight each, with clearance and volume that
// grow with it and are correlated beside.
func swallowed(r *rand.Rand) (recs []data.Series) {
	for i := range 32 {
		p, q := r.NormFloat64(), r.NormFloat64()
		weight := 70 * math.Exp(0.25*r.NormFloat64())
		cl, v := 0.13*math.Pow(weight/70, 0.75)*math.Exp(0.3*p), 8*(weight/70)*math.Exp(0.2*(0.6*p+0.8*q))
		dose := 1.5 * weight
		s := data.Series{ID: fmt.Sprint(i + 1), Names: []string{"conc"}, Inputs: []string{"weight", "amt"}}
		for _, at := range []float64{0, 0.5, 1, 2, 4, 8, 12, 24, 48, 72, 120} {
			ke, amt := cl/v, 0.
			c := dose / (v * (1 - ke)) * (math.Exp(-ke*at) - math.Exp(-at))
			if c += 0.5 * r.NormFloat64(); at == 0 {
				c, amt = math.NaN(), dose
			}
			s.T, s.X, s.U = append(s.T, at), append(s.X, c), append(s.U, weight, amt)
		}
		recs = append(recs, s)
	}
	return recs
}

// In draws of 32 people, common values, effects of the covariate, spreads and their correlation lie
// within what is said of them with 95 % about as often as they should.
func TestErrorsOfCovariatesAndCorrelationsCover(t *testing.T) {
	const draws = 40
	names := []string{"CL", "V", "ka", "b_CL", "b_V", "log CL, between recordings", "log V, between recordings", "correlation of log CL and log V"}
	truth := []float64{0.13, 8, 1, 0.75, 1, 0.3, 0.2, 0.6}
	inside, values := make([]int, len(names)), make([][]float64, len(names))
	zero := 0.0
	for draw := range uint64(draws) {
		own := func(start float64) field.Unknown {
			return field.Unknown{Start: start, Min: &zero, PerRecording: true, Correlated: "disposition"}
		}
		e := &field.Equations{Text: "CLi = CL*(weight/70)^b_CL\nVi = V*(weight/70)^b_V\ngut' = -ka*gut\nconc' = ka*gut/Vi - CLi/Vi*conc",
			Doses: map[string]string{"amt": "gut"}, Parameters: map[string]field.Unknown{"CL": own(0.3), "V": own(15),
				"ka": {Start: 0.5, Min: &zero}, "b_CL": {Start: 0.5}, "b_V": {Start: 0.5}}}
		p := mustProblem(t, swallowed(rand.New(rand.NewPCG(draw, 41))), e, func(s *Settings) {
			s.Initial, s.Start, s.Heldout, s.Members = "known", []float64{0, 0}, 0, 1
		})
		res, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			a := estimateOf(t, res.Parameters, name, "")
			values[i] = append(values[i], a.Value)
			lo, hi := a.Value-2*a.SD, a.Value+2*a.SD
			if !math.IsNaN(a.Lo) {
				lo, hi = a.Lo, a.Hi
			}
			if lo <= truth[i] && truth[i] <= hi {
				inside[i]++
			}
		}
	}
	all := 0
	for i, name := range names {
		mean, sd := 0.0, 0.0
		for _, v := range values[i] {
			mean += v / draws
		}
		for _, v := range values[i] {
			sd += (v - mean) * (v - mean) / (draws - 1)
		}
		sd = math.Sqrt(sd)
		t.Logf("%-34s true %-6g mean %-8.3g ± %-8.2g inside %d of %d", name, truth[i], mean, sd, inside[i], draws)
		all += inside[i]
		if inside[i] < 32 { // of 40 with 95 % each, fewer in 1 of 10 000
			t.Errorf("%s lies within what is said in %d of %d draws", name, inside[i], draws)
		}
		if off := math.Abs(mean-truth[i]) / (sd / math.Sqrt(draws)); off > 4 {
			t.Errorf("%s: the mean %g is %.1f errors from the truth %g", name, mean, off, truth[i])
		}
	}
	if share := float64(all) / float64(draws*len(names)); share < 0.88 || share > 0.99 {
		t.Errorf("%.3f of the numbers lie within what is said of them", share)
	}
}
