package study

import (
	"context"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// lorenzX is the first column of Lorenz' system.
func lorenzX(t *testing.T, n int) data.Series {
	t.Helper()
	sys, err := field.Systems.Lookup("lorenz")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Known(sys)
	if err != nil {
		t.Fatal(err)
	}
	times, err := data.NewGrid(0, 0.02*float64(n+499), 0.02)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.ForecastFrom(sys.Start, 0, times, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := f.First(1).Series
	return s.Slice(500, 500+n)
}

func TestDelaysOfLorenzAreFound(t *testing.T) {
	e, told, err := ChooseEmbedding(context.Background(), []data.Series{lorenzX(t, 800)}, train.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if e.Dimension < 3 || e.Dimension > 4 || e.Lag < 2 || e.Lag > 12 || e.Step != 0 {
		t.Errorf("%+v", e)
	}
	if len(told) != 1 || !strings.Contains(told[0], "embed="+e.String()) {
		t.Errorf("told %q", told)
	}
}

func TestDelaysThatCannotBeChosen(t *testing.T) {
	noise := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	r := num.Stream(1, "noise")
	for i := range 520 {
		noise.T, noise.X = append(noise.T, float64(i)), append(noise.X, r.NormFloat64())
	}
	flat := noise
	flat.X = make([]float64, 520)
	for want, s := range map[string]data.Series{"embed=3:2": noise.Slice(0, 200), "the same in all rows": flat} {
		if _, _, err := ChooseEmbedding(context.Background(), []data.Series{s}, train.DefaultSettings()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, told, err := ChooseEmbedding(context.Background(), []data.Series{noise}, train.DefaultSettings()); err != nil || len(told) != 2 || !strings.Contains(told[0], "noise") {
		t.Errorf("of noise it is told %q, %v", told, err)
	}
}

// expiring ends when it has been asked so many times whether it has.
type expiring struct {
	context.Context
	left int
}

func (c *expiring) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// A comparison that time ends takes the best of what was compared, and says how much that was.
func TestEmbeddingsAreComparedAsLongAsTimeIsLeft(t *testing.T) {
	e, told, err := ChooseEmbedding(&expiring{context.Background(), 2}, []data.Series{lorenzX(t, 600)}, train.DefaultSettings())
	if err != nil || e == nil || len(told) < 2 || !strings.Contains(told[len(told)-2], "time was left to compare 1 of") {
		t.Errorf("%v, %q, %v", e, told, err)
	}
	if _, _, err := ChooseEmbedding(&expiring{context.Background(), 0}, []data.Series{lorenzX(t, 600)}, train.DefaultSettings()); err == nil {
		t.Error("delays are chosen without any time")
	}
}
