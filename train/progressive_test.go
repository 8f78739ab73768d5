package train

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// The loss of a part of the rows is that of recordings cut there.
func TestGrowingLossIsThatOfShorterRecordings(t *testing.T) {
	for name, p := range variants(t) {
		const members = 3
		o, err := newGrowingLoss(p, members, func(k int) rowsUsed { return rowsUsed{[]float64{0.5, 1, 0.7}[k], 1} })
		if err != nil {
			t.Fatal(err)
		}
		z, err := p.begin(members)
		if err != nil {
			t.Fatal(err)
		}
		for k, part := range []float64{0.5, 1, 0.7, 1} {
			q := *p
			q.Train, q.Held = []data.Series{}, nil
			for _, s := range p.Train {
				q.Train = append(q.Train, s.Slice(0, int(math.Ceil(part*float64(s.Len())))))
			}
			cut, err := newTrajectoryLoss(newRollout(&q, q.Parts.Field, p.inputs(members, false), members, false))
			if err != nil {
				t.Fatal(err)
			}
			cut.r.fixed = p.startGuess()
			got, want := o.Eval(nil, z, []int{0, 1, 2, 1}[k]).Value, cut.Eval(nil, z, 0).Value
			if differs(got, want, 1e-12) {
				t.Errorf("%s, part %g: loss %.14g, of shorter recordings %.14g", name, part, got, want)
			}
		}
	}
}

func TestGrowingGradientAgreesWithDifferences(t *testing.T) {
	for name, p := range variants(t) {
		t.Run(name, func(t *testing.T) {
			o, err := newGrowingLoss(p, 3, func(int) rowsUsed { return rowsUsed{0.6, 2} })
			if err != nil {
				t.Fatal(err)
			}
			z, err := p.begin(3)
			if err != nil {
				t.Fatal(err)
			}
			checkGradient(t, o, z, 2)
		})
	}
}

// The loss of sparse rows is that of recordings in which the others are missing,
// and rows become dense in time.
func TestRowsBecomeDense(t *testing.T) {
	for name, p := range variants(t) {
		o, err := newGrowingLoss(p, 3, func(int) rowsUsed { return rowsUsed{1, 3} })
		if err != nil {
			t.Fatal(err)
		}
		q := *p
		q.Train = nil
		for _, s := range p.Train {
			s.X = append([]float64{}, s.X...)
			for i := range s.X {
				if i/len(s.Names)%3 != 0 {
					s.X[i] = math.NaN()
				}
			}
			q.Train = append(q.Train, s)
		}
		sparse, err := newTrajectoryLoss(newRollout(&q, q.Parts.Field, p.inputs(3, false), 3, false))
		if err != nil {
			t.Fatal(err)
		}
		sparse.r.fixed = p.startGuess()
		z, err := p.begin(3)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := o.Eval(nil, z, 0).Value, sparse.Eval(nil, z, 0).Value; differs(got, want, 1e-12) {
			t.Errorf("%s: loss %.14g, of recordings that lack rows %.14g", name, got, want)
		}
	}
	g := &Progressive{First: 1, Stages: 4, Grow: 0.5, Sparse: 8}
	for stage, want := range []int{8, 4, 2, 1} {
		if got := g.stride(stage); got != want {
			t.Errorf("every %d-th row in stage %d, want %d", got, stage, want)
		}
	}
}

func TestTrajectoriesGrowToAllRowsInTime(t *testing.T) {
	g := defaults(t, "progressive").(*Progressive)
	for _, c := range []struct {
		k    int
		part float64
	}{{0, g.First}, {499, 1}, {500, 1}, {999, 1}, {250, math.Pow(g.First, 1-4.0/7)}} {
		if got := g.part(g.stage(c.k, 1000)); math.Abs(got-c.part) > 1e-12 {
			t.Errorf("part %g in iteration %d, want %g", got, c.k, c.part)
		}
	}
	last := 0.0
	for k := range 1000 {
		part := g.part(g.stage(k, 1000))
		if part < last {
			t.Fatalf("the part shrinks to %g in iteration %d", part, k)
		}
		last = part
	}
}

func TestProgressiveSettingsAreChecked(t *testing.T) {
	p := variants(t)["one recording"]
	for want, change := range map[string]func(*Progressive){
		"first=0": func(g *Progressive) { g.First = 0 }, "first=2": func(g *Progressive) { g.First = 2 },
		"stages=0": func(g *Progressive) { g.Stages = 0 }, "grow=NaN": func(g *Progressive) { g.Grow = math.NaN() },
		"sparse=-1": func(g *Progressive) { g.Sparse = -1 },
		"lr=0":      func(g *Progressive) { g.LR = 0 },
	} {
		g := defaults(t, "progressive").(*Progressive)
		change(g)
		if _, err := g.Fit(context.Background(), p, nil, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", fmt.Sprint(err), want)
		}
	}
}
