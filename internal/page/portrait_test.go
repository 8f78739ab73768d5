package page

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// known is a system as a model in a frame whose units differ from the user's.
func known(t *testing.T, name string) *model.Model {
	t.Helper()
	s, err := field.Systems.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	f := field.Unscaled(s.States, nil)
	f.Time, f.T0 = 0.5, 3
	for i := range f.Scale {
		f.Shift[i], f.Scale[i] = 0.3*float64(i+1), 2+float64(i)
	}
	p, err := s.Architecture().Build(f)
	if err != nil {
		t.Fatal(err)
	}
	return &model.Model{ArchName: "equations", Arch: s.Architecture(), Parts: p, Time: "t", Theta: [][]float64{p.Theta0},
		Solver: ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12}}
}

// drawn is the vector field of a model of two states over a box.
func drawn(m *model.Model, lo, hi float64) (*flow, [][2]float64) {
	w := newFlow(m, gridSide*gridSide)
	s := span{lo, hi}
	var at [][2]float64
	for k := range gridSide * gridSide {
		x := [2]float64{s.at(k%gridSide, gridSide), s.at(k/gridSide, gridSide)}
		w.set(k, x[:])
		at = append(at, x)
	}
	w.eval()
	return w, at
}

// The arrows are the derivative of the trajectories, in user units.
func TestArrowsPointAlongTrajectories(t *testing.T) {
	m := known(t, "lotka-volterra")
	w, at := drawn(m, 0.5, 3)
	const h = 1e-4
	for _, k := range []int{0, 17, 100, 323} {
		f, err := m.ForecastFrom(at[k][:], 4, []float64{4, 4 + h}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			slope := (f.X[2+i] - f.X[i]) / h
			if math.Abs(slope-w.rate(k, i)) > 1e-2*(1+math.Abs(slope)) {
				t.Errorf("point %v: rate %g, trajectory %g", at[k], w.rate(k, i), slope)
			}
		}
	}
}

func TestEquilibriaOfKnownSystems(t *testing.T) {
	for _, c := range []struct {
		system string
		lo, hi float64
		want   []report.Equilibrium
	}{
		{"damped-oscillator", -1, 1, []report.Equilibrium{{Kind: "spiral sink", Stable: true}}},
		{"van-der-pol", -2, 2, []report.Equilibrium{{Kind: "spiral source"}}},
	} {
		m := known(t, c.system)
		w, _ := drawn(m, c.lo, c.hi)
		got := equilibria(m, w)
		if len(got) != len(c.want) {
			t.Fatalf("%s: %+v", c.system, got)
		}
		for i, e := range got {
			want := c.want[i]
			if math.Hypot(e.X-want.X, e.Y-want.Y) > 1e-8 || e.Kind != want.Kind || e.Stable != want.Stable {
				t.Errorf("%s: %+v, want %+v", c.system, e, want)
			}
		}
	}
	m := known(t, "lotka-volterra")
	w, _ := drawn(m, -0.5, 5)
	got := equilibria(m, w)
	if len(got) != 2 || got[0].Kind != "saddle" || got[1].Kind != "centre" || math.Hypot(got[0].X, got[0].Y) > 1e-8 {
		t.Errorf("%+v", got)
	}
}
