//go:build slow

package study

import (
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/scenes"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// What a latent model is given of a film, and how much of it is forecast.
const (
	framesIn    = 10
	framesLearn = 70
	framesFar   = 240
	filmsNew    = 40
)

// filmed is a system, and what its model is.
type filmed struct {
	name       string
	films      int // to learn from
	components int
	latent     int // positions
	rounds     int
	good       float64 // share of recordings that have to pass over 60 frames
	most       float64 // error that the median recording may have, in parts of that of the mean frame
}

// model is trained on films of the system.
func (f *filmed) model(t *testing.T) (m *model.Model, mean []float64) {
	films, err := scenes.Film(f.name, f.films, framesLearn, 0)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := data.NewComponents(films, f.components)
	if err != nil {
		t.Fatal(err)
	}
	few, err := parts.Of(films)
	if err != nil {
		t.Fatal(err)
	}
	s := train.DefaultSettings()
	s.Heldout, s.Budget, s.Solver.RTol, s.Solver.ATol = 0, f.rounds, 1e-4, 1e-4
	arch, err := field.Architectures.Lookup("latent")
	if err != nil {
		t.Fatal(err)
	}
	arch.(*field.Latent).Latent = f.latent
	p, err := train.NewProblem(few, "latent", arch, s)
	if err != nil {
		t.Fatal(err)
	}
	method, err := train.Methods.Lookup("truncated")
	if err != nil {
		t.Fatal(err)
	}
	r, err := method.Fit(t.Context(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	mean = make([]float64, len(films[0].Names))
	for i := range films {
		for k, v := range films[i].X {
			mean[k%len(mean)] += v / float64(len(films)*films[i].Len())
		}
	}
	t.Logf("%s: components keep %.2f %%, the training error is %.3g", f.name, 100*parts.Share, r.Train.MSE)
	return r.Model, mean
}

// ahead are the forecasts of a recording from its first frames.
func ahead(t *testing.T, m *model.Model, rec *data.Series) []float64 {
	seen := rec.Slice(0, framesIn)
	states, err := m.States([]data.Series{seen})
	if err != nil {
		t.Fatal(err)
	}
	from, err := m.GoOn(&states[0], seen.T[framesIn-1], nil, &states[0])
	if err != nil {
		t.Fatal(err)
	}
	fc, err := from.Forecast(seen.ID, rec.T[framesIn:], &states[0])
	if err != nil {
		t.Fatal(err)
	}
	return m.Shown(fc).X
}

// TestFilmsAreForecast: recordings that the model has not seen, from 10 frames. They pass with the
// centre of light within a pixel in all frames and a tenth of the error of the mean frame. Blank
// frames, the mean frame and the last one do not pass.
func TestFilmsAreForecast(t *testing.T) {
	for _, f := range []filmed{
		{"spring-mass-frames", 150, 24, 1, 3000, 0.95, 0.05},
		{"two-body-frames", 300, 48, 2, 4000, 0, 0.8},
	} {
		t.Run(f.name, func(t *testing.T) { f.test(t) })
	}
}

func (f *filmed) test(t *testing.T) {
	m, mean := f.model(t)
	tests, err := scenes.Film(f.name, filmsNew, framesIn+framesFar, 99)
	if err != nil {
		t.Fatal(err)
	}
	size := len(mean)
	for _, out := range []int{framesLearn - framesIn, framesFar} {
		all := map[string][]scenes.Score{}
		for i := range tests {
			rec := tests[i].Slice(0, framesIn+out)
			for name, x := range map[string][]float64{"the model": ahead(t, m, &rec), "blank": make([]float64, out*size),
				"mean": slices.Repeat(mean, out), "last": slices.Repeat(rec.Row(framesIn-1), out)} {
				all[name] = append(all[name], scenes.NewScore(x, rec.X[framesIn*size:], mean))
			}
		}
		for _, name := range []string{"the model", "blank", "mean", "last"} {
			passed, slope := 0, 0.0
			var part, far []float64
			for _, s := range all[name] {
				if s.Good() {
					passed++
				}
				slope, part, far = slope+s.Slope()/filmsNew, append(part, s.Part), append(far, s.Far)
			}
			slices.Sort(part)
			slices.Sort(far)
			t.Logf("%3d frames, %-9s: %d of %d pass; error in parts of the mean frame's: median %.4f, largest %.3f; farthest centre: median %.2f, largest %.2f pixels; error grows by %.2g a frame",
				out, name, passed, filmsNew, part[len(part)/2], part[len(part)-1], far[len(far)/2], far[len(far)-1], slope)
			switch {
			case name != "the model" && passed > 0:
				t.Errorf("%s: %d pass, so the test tells nothing", name, passed)
			case name == "the model" && out < framesFar && (float64(passed) < f.good*filmsNew || !(part[len(part)/2] <= f.most)):
				t.Errorf("%d of %d pass, and the median error is %.3f", passed, filmsNew, part[len(part)/2])
			}
		}
	}
}
