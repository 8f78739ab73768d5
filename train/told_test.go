package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// latentOf is a small latent model.
func latentOf(order int) *field.Latent {
	return &field.Latent{Latent: 1, Order: order, Hidden: []int{5}, Activation: "sin", Window: 4, Reader: []int{6}, Decoder: []int{7}}
}

// bumps are recordings of something that swings before a row of so many sensors.
func bumps(recordings, rows, sensors int) (all []data.Series) {
	r := num.Stream(5, "bumps")
	for i := range recordings {
		size, phase := 0.3+0.7*r.Float64(), 2*math.Pi*r.Float64()
		s := data.Series{ID: string(rune('a'+i%26)) + string(rune('a'+i/26))}
		for c := range sensors {
			s.Names = append(s.Names, "y"+string(rune('a'+c)))
		}
		for k := range rows {
			t := 0.1 * float64(k)
			s.T = append(s.T, t)
			for c := range sensors {
				e := 2.6*float64(c)/float64(sensors-1) - 1.3 - size*math.Cos(2*t+phase)
				s.X = append(s.X, math.Exp(-e*e/0.3))
			}
		}
		all = append(all, s)
	}
	return all
}

// TestRolloutGradientGoesThroughToldStarts: by differences, of one member and of several.
func TestRolloutGradientGoesThroughToldStarts(t *testing.T) {
	for _, members := range []int{1, 2} {
		p := mustProblem(t, bumps(3, 12, 4), latentOf(2), func(s *Settings) { s.Heldout = 0 })
		r := newRollout(p, p.Parts.Field, p.inputs(members, false), members, false)
		o, err := newTrajectoryLoss(r)
		if err != nil {
			t.Fatal(err)
		}
		z, err := p.begin(members)
		if err != nil {
			t.Fatal(err)
		}
		if len(z) != members*len(p.Parts.Theta0) {
			t.Fatalf("%d unknowns; starts are not among them", len(z))
		}
		grad := make([]float64, len(z))
		o.Eval(grad, z, 0)
		for i := range z {
			const h = 1e-5
			at := z[i]
			z[i] = at + h
			up := o.Eval(nil, z, 0).Value
			z[i] = at - h
			down := o.Eval(nil, z, 0).Value
			z[i] = at
			if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("%d members: slope %d is %g, by differences %g", members, i, grad[i], want)
			}
		}
	}
}

// TestLatentModelForecastsRecordingsItHasNotSeen: better than all that looks at the columns alone
// once, from their first rows; and goes on from rows as from its own starts.
func TestLatentModelForecastsRecordingsItHasNotSeen(t *testing.T) {
	unhurried(t)
	p := mustProblem(t, bumps(30, 40, 6), &field.Latent{Latent: 1, Order: 2, Hidden: []int{16}, Activation: "sin", Window: 4, Reader: []int{16}, Decoder: []int{24}},
		func(s *Settings) {
			s.Heldout, s.HeldRecordings, s.Budget, s.Weights = 0, 0.2, 600, "equal"
			s.Solver.RTol, s.Solver.ATol = 1e-4, 1e-4
		})
	m := &Truncated{Descent: Descent{Optimiser: "adamw", LR: 0.01, Schedule: "cosine", Clip: 1, Warm: 20}, Length: 30, Batch: 16}
	r := fittedWith(t, m, p, nil, nil)
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	a := r.Assessment
	t.Logf("r2 of forecasts %.3f", a.Held.Scores.R2)
	if !(a.Held.Scores.R2 > 0.9) {
		t.Errorf("r2 of forecasts of what it has not seen is %.3f", a.Held.Scores.R2)
	}
	s := &p.Train[0]
	told := r.Model.Tell(0, s, nil, 0)
	if !slices.Equal(told, r.Model.Records[0].Start[0]) {
		t.Errorf("a recording begins in %v, the encoder tells %v", r.Model.Records[0].Start[0], told)
	}
	short := s.Slice(0, 3)
	if _, _, err := r.Model.Present(&short, short.T[2]); err == nil || !strings.Contains(err.Error(), "3 rows, but the encoder sees 4") {
		t.Errorf("of too few rows: %v", err)
	}
}

// TestToldStartsAreRefusedInWords: recordings too short, methods that look for starts.
func TestToldStartsAreRefusedInWords(t *testing.T) {
	s := DefaultSettings()
	s.Heldout = 0
	short := append(bumps(2, 12, 3), bumps(3, 4, 3)[2])
	if _, err := NewProblem(short, "latent", latentOf(1), s); err == nil || !strings.Contains(err.Error(), `recording "ca" has 4 rows to train on; take a smaller window`) {
		t.Errorf("of a recording with 4 rows: %v", err)
	}
	p := mustProblem(t, bumps(2, 12, 3), latentOf(1), func(q *Settings) { q.Heldout = 0 })
	for _, name := range []string{"lm", "auto", "homotopy", "multiple-shooting", "gradient-matching", "collocation"} {
		m, err := Methods.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Fit(t.Context(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "an encoder tells them") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
