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

// In many draws of twelve people, what is in the middle lies within two standard errors as often as
// it should: in 92 to 98 of 100 pooled, by chance a little less.
func TestErrorsOfCommonValuesCover(t *testing.T) {
	const draws = 100
	truth := map[string]float64{"ka": 1.6, "V": 0.47, "ke": 0.085, "log ka, between recordings": 0.6, "log V, between recordings": 0.15}
	inside, told := map[string]int{}, map[string]int{}
	zero := 0.0
	for draw := range uint64(draws) {
		r := rand.New(rand.NewPCG(draw, 77))
		var recs []data.Series
		for i := range 12 {
			ka, v, dose := 1.6*math.Exp(0.6*r.NormFloat64()), 0.47*math.Exp(0.15*r.NormFloat64()), 3.5+2*r.Float64()
			s := data.Series{ID: fmt.Sprint(i + 1), Names: []string{"conc"}, Inputs: []string{"dose"}}
			for _, at := range []float64{0, 0.25, 0.5, 1, 2, 3.5, 5, 7, 9, 12, 24} {
				c := dose * ka / (v * (ka - 0.085)) * (math.Exp(-0.085*at) - math.Exp(-ka*at))
				s.T, s.X, s.U = append(s.T, at), append(s.X, c+0.4*r.NormFloat64()), append(s.U, dose)
			}
			recs = append(recs, s)
		}
		p := mustProblem(t, recs, &field.Equations{Text: "conc' = dose*ka/V*exp(-ka*t) - ke*conc", Parameters: map[string]field.Unknown{
			"ka": {Start: 1, Min: &zero, PerRecording: true}, "V": {Start: 1, Min: &zero, PerRecording: true}, "ke": {Start: 0.1, Min: &zero}}},
			func(s *Settings) { s.Initial, s.Start, s.Heldout, s.Members = "known", []float64{0}, 0, 1 })
		res, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range truth {
			e := estimateOf(t, res.Parameters, name, "")
			if math.IsNaN(e.SD) {
				continue
			}
			told[name]++
			if math.Abs(e.Value-want) <= 2*e.SD {
				inside[name]++
			}
		}
	}
	all, of := 0, 0
	for name := range truth {
		t.Logf("%s: %d of %d", name, inside[name], told[name])
		all, of = all+inside[name], of+told[name]
		if inside[name] < told[name]*88/100 {
			t.Errorf("%s lies within two errors in %d of %d draws", name, inside[name], told[name])
		}
	}
	if share := float64(all) / float64(of); share < 0.91 || share > 0.985 {
		t.Errorf("%.3f of the numbers lie within two errors", share)
	}
}
