//go:build slow

package train

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// seasonKinds are what moves a level beside a wave of period 1.2.
var seasonKinds = map[string]struct {
	shock float64 // of the level, in √time
	rate  func(x, t float64) float64
}{
	"returns fast": {0.4, func(x, _ float64) float64 { return 0.5 - 1.5*x }},
	"returns":      {0.2, func(x, _ float64) float64 { return 0.5 - 0.3*x }},
	"walks":        {0.3, func(_, _ float64) float64 { return 0 }},
	"trend":        {0.1, func(_, _ float64) float64 { return 0.4 }},
	"bent":         {0.1, func(_, t float64) float64 { return 0.2 + 0.02*t }},
	"saturates":    {0.05, func(_, t float64) float64 { return 2 * math.Exp(-t/3) }},
}

func seasonRecord(kind string, noise float64, r *rand.Rand) data.Series {
	const step, sub, rows, fitted = 0.1, 20, 400, 100
	k, s, x := seasonKinds[kind], data.Series{Names: []string{"x"}}, 0.0
	for i := range rows {
		s.T, s.X = append(s.T, step*float64(i)), append(s.X, x)
		for j := range sub {
			t, h := step*(float64(i)+float64(j)/sub), step/sub
			x += h*(k.rate(x, t)+2.5*math.Sin(2*math.Pi*t/1.2)) + k.shock*math.Sqrt(h)*r.NormFloat64()
		}
	}
	sd := data.NewMoments(s.Slice(0, fitted)).SD[0]
	for i := range s.X {
		s.X[i] += noise * sd * r.NormFloat64()
	}
	return s
}

// Records with a season, of which nobody knows whether the level goes on: the law of level and
// season, fitted to 100 rows, forecasts 50 rows behind each of six stretches of 100 better than
// the baseline that does so best.
func TestSeasonLawForecastsFreshRows(t *testing.T) {
	laws, best, n := 0.0, 0.0, 0.0
	for kind := range seasonKinds {
		for draw := range uint64(6) {
			r := rand.New(rand.NewPCG(draw, uint64(len(kind))))
			all := seasonRecord(kind, []float64{0.03, 0.1}[draw%2], r)
			p := mustProblem(t, []data.Series{all.Slice(0, 100)}, &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}})
			p.knownLaws().stop = func() bool { return false }
			begin := p.season()
			if begin == nil {
				t.Fatalf("%s: no law with a season", kind)
			}
			c, err := p.begun(seasonName, "linear", &field.Linear{Augment: begin[0].law.N - 1}, begin[0].lawStart)
			if err != nil {
				t.Fatal(err)
			}
			c.plain = true
			a := &search{ctx: context.Background(), p: p, list: []*candidate{c}, relay: newRelay(1, nil, nil)}
			if err := a.prepare(nil); err != nil {
				t.Fatal(err)
			}
			a.pursue(0, true)
			m := c.model(c.b.z)
			law := freshError(&all, func(h, f *data.Series) []float64 {
				fc, err := m.ForecastAfter(h, f.T, nil)
				if err != nil {
					t.Fatal(err)
				}
				return fc.X
			})
			least := math.Inf(1)
			for _, b := range Baselines(p) {
				least = min(least, freshError(&all, b.Run))
			}
			t.Logf("%-12s %d: %.3f, the best baseline %.3f", kind, draw, law, least)
			laws, best, n = laws+math.Log(law), best+math.Log(least), n+1
		}
	}
	t.Logf("geometric means %.3f and %.3f of %g records", math.Exp(laws/n), math.Exp(best/n), n)
	if !(laws < best) {
		t.Errorf("off by %.3f, the best baselines by %.3f", math.Exp(laws/n), math.Exp(best/n))
	}
}

// freshError is the error of forecasts in deviations of the first 100 rows.
func freshError(all *data.Series, run func(history, future *data.Series) []float64) float64 {
	sd, sum, n := data.NewMoments(all.Slice(0, 100)).SD[0], 0.0, 0.0
	for _, at := range []int{100, 130, 170, 220, 270, 340} {
		h, f := all.Slice(at-100, at), all.Slice(at, at+50)
		for i, v := range run(&h, &f) {
			sum, n = sum+math.Pow((v-f.X[i])/sd, 2), n+1
		}
	}
	return math.Sqrt(sum / n)
}
