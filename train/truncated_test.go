package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
)

// tanks are two tanks below one another of which the lower is measured, h' = −√h + u,
// g' = √h − √g, with an inflow that jumps; by steps of rk4, inputs held.
func tanks(n int, dt, noise float64, seed uint64) data.Series {
	r := num.Stream(seed, "tanks")
	s := data.Series{Names: []string{"level"}, Inputs: []string{"inflow"}}
	h, g, u := 1.0, 1.0, 1.0
	slope := func(h, g float64) (float64, float64) {
		return u - math.Sqrt(max(h, 0)), math.Sqrt(max(h, 0)) - math.Sqrt(max(g, 0))
	}
	for k := range n {
		if k%12 == 0 {
			u = 0.3 + 1.2*r.Float64()
		}
		s.T, s.X, s.U = append(s.T, dt*float64(k)), append(s.X, g+noise*r.NormFloat64()), append(s.U, u)
		for range 10 {
			d := dt / 10
			a1, b1 := slope(h, g)
			a2, b2 := slope(h+d/2*a1, g+d/2*b1)
			h, g = h+d*a2, g+d*b2
		}
	}
	return s
}

func overTanks(t testing.TB, recs []data.Series, change ...func(*Settings)) *Problem {
	t.Helper()
	change = append([]func(*Settings){func(s *Settings) {
		s.Hold, s.Heldout, s.Solver = "zero", 0.25, ode.Options{Solver: "rk4", Step: 0.2, MaxSteps: 20000}
	}}, change...)
	return mustProblem(t, recs, &field.Encoder{MLP: field.MLP{Hidden: []int{12}, Activation: "tanh", Augment: 1}, Window: 5, Reader: []int{8}}, change...)
}

// TestPieceGradientIsThatOfTheLoss: θ of the field, of the encoder, and starts.
func TestPieceGradientIsThatOfTheLoss(t *testing.T) {
	gap := tanks(60, 0.5, 0, 2)
	gap.X[7], gap.X[20] = math.NaN(), math.NaN()
	p := overTanks(t, []data.Series{tanks(50, 0.5, 0, 1), gap})
	for name, arch := range map[string]field.Architecture{"encoder": p.Arch, "encoders": p.Arch, "given starts": p.Arch,
		"latent": latentOf(1), "latents": latentOf(2), "rows": &field.MLP{Hidden: []int{6}, Activation: "gelu", Augment: 1}} {
		members := map[bool]int{true: 3, false: 1}[name == "encoders" || name == "latents"]
		q := mustProblem(t, []data.Series{p.Train[0], p.Train[1]}, arch, func(s *Settings) {
			*s = p.Settings
			if s.Heldout = 0; name == "given starts" {
				s.Initial = "data"
			}
		})
		o, err := newPieceLoss(q, &Truncated{Length: 7, Short: 3, Batch: 11}, members)
		if err != nil {
			t.Fatal(err)
		}
		o.over = 6
		z, err := q.begin(members)
		if err != nil {
			t.Fatal(err)
		}
		grad, none := make([]float64, len(z)), 0
		const k = 3
		o.Eval(grad, z, k)
		for i := range z {
			h := 1e-5 * max(1, math.Abs(z[i]))
			at := z[i]
			z[i] = at + h
			up := o.Eval(nil, z, k).Value
			z[i] = at - h
			down := o.Eval(nil, z, k).Value
			z[i] = at
			if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("%s: slope %d is %g, by differences %g", name, i, grad[i], want)
			}
			if grad[i] == 0 {
				none++
			}
		}
		if none > len(z)/4 {
			t.Errorf("%s: %d of %d slopes are zero", name, none, len(z))
		}
	}
}

// TestPiecesAreThoseOfTheirIteration: drawn by its number alone, all over the recordings,
// each with its past.
func TestPiecesAreThoseOfTheirIteration(t *testing.T) {
	p := overTanks(t, []data.Series{tanks(50, 0.5, 0, 1), tanks(90, 0.5, 0, 2)})
	make := func() *pieceLoss {
		o, err := newPieceLoss(p, &Truncated{Length: 7, Batch: 16}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	a, b := make(), make()
	seen := map[int]bool{}
	for k := range 40 {
		a.draw(k)
		for l := range a.m.Batch {
			seen[1000*a.rec[l]+a.row[l]] = true
			if a.row[l] != 0 && (a.row[l] < 4 || a.row[l] >= p.Train[a.rec[l]].Len()-1) {
				t.Fatalf("a piece at row %d of %d", a.row[l], p.Train[a.rec[l]].Len())
			}
		}
	}
	b.draw(39)
	if !slices.Equal(a.row, b.row) || !slices.Equal(a.rec, b.rec) {
		t.Error("the pieces of iteration 39 depend on those before")
	}
	if len(seen) < 80 {
		t.Errorf("640 pieces began at %d of 97 places", len(seen))
	}
}

// TestEncoderForecastsADrivenSystem: two tanks of which one is measured, smaller
// errors behind the record than every baseline, and the same bits after going on.
func TestEncoderForecastsADrivenSystem(t *testing.T) {
	unhurried(t)
	p := overTanks(t, []data.Series{tanks(400, 0.5, 0.01, 3)}, func(s *Settings) { s.Budget = 800 })
	m := &Truncated{Descent: Descent{LR: 0.01, Schedule: "cosine", Clip: 1, Warm: 20}, Length: 30, Batch: 16}
	var early *Checkpoint
	r := fittedWith(t, m, p, nil, func(e Event) {
		if e.Checkpoint != nil && early == nil && e.Checkpoint.K > 0 {
			early = e.Checkpoint
		}
	})
	again := fittedWith(t, m, p, early, nil)
	if early == nil || early.K == 0 || !slices.Equal(r.Model.Theta[0], again.Model.Theta[0]) {
		t.Errorf("going on from a checkpoint gives other numbers")
	}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	a := r.Assessment
	linear := math.Inf(1)
	for _, b := range a.Baselines {
		linear = min(linear, b.Rolling.NRMSE)
	}
	t.Logf("error of forecasts %.3f, of the best baseline %.3f, from the start %.3f", a.Held.Rolling.NRMSE, linear, a.FromStart.Scores.NRMSE)
	if !(a.Held.Rolling.NRMSE < linear) {
		t.Errorf("the error of forecasts is %.3f, that of the best baseline %.3f", a.Held.Rolling.NRMSE, linear)
	}
	told := r.Model.Tell(0, &p.Train[0], r.Model.Input(&p.Train[0]), 40)
	if len(told) != 2 || r.Model.Tell(0, &p.Train[0], r.Model.Input(&p.Train[0]), 3) != nil {
		t.Errorf("at row 40 the encoder tells %v, and something at row 3", told)
	}
}

// TestTruncatedRefusesInWords: what has no meaning.
func TestTruncatedRefusesInWords(t *testing.T) {
	for want, c := range map[string]struct {
		m      Truncated
		change func(*Settings)
	}{
		"takes a smaller":  {},
		"length and batch": {m: Truncated{Batch: 4}},
		"knows adjoint":    {m: Truncated{Length: 3, Batch: 4, Descent: Descent{Adjoint: "forward"}}},
	} {
		rec := tanks(60, 0.5, 0, 1)
		if want == "takes a smaller" {
			want, rec, c.m = "take a smaller window", tanks(7, 0.5, 0, 1), Truncated{Length: 3, Batch: 4}
		}
		p := overTanks(t, []data.Series{rec}, func(s *Settings) {
			if c.change != nil {
				c.change(s)
			}
		})
		c.m.LR = 0.01
		if _, err := c.m.Fit(t.Context(), p, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
}

// TestPiecesBeginWhereTheyAreToldTo: at smoothed rows, with initial=data at the rows as measured, or
// where one is missing at the smoothed one.
func TestPiecesBeginWhereTheyAreToldTo(t *testing.T) {
	s := tanks(60, 0.5, 0.1, 2)
	s.X[20] = math.NaN()
	for _, initial := range []string{"learn", "data"} {
		p := mustProblem(t, []data.Series{s}, &field.MLP{Hidden: []int{6}, Activation: "gelu"}, func(s *Settings) {
			s.Heldout, s.Initial, s.Hold = 0, initial, "zero"
		})
		o, err := newPieceLoss(p, &Truncated{Length: 5, Batch: 40}, 1)
		if err != nil {
			t.Fatal(err)
		}
		z, err := p.begin(1)
		if err != nil {
			t.Fatal(err)
		}
		asMeasured, missing := 0, 0
		for k := range 20 {
			o.Eval(nil, z, k)
			for l := range o.m.Batch {
				row := o.row[l]
				if row == 0 {
					continue
				}
				want := p.smoothed(0, 0, o.ivp.T0[l])
				if v := p.Train[0].X[row]; math.IsNaN(v) {
					missing++
				} else if initial == "data" {
					want = p.Parts.Frame.Scaled(0, v)
					asMeasured++
				}
				closeTo(t, initial, o.ivp.X0.At(0, l), want, 0)
			}
		}
		if missing == 0 || initial == "data" && asMeasured == 0 {
			t.Errorf("%s: %d pieces begin where a row is missing, %d at rows", initial, missing, asMeasured)
		}
	}
}
