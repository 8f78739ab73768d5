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
		o, err := newGrowingLoss(p, members, func(k int) float64 { return []float64{0.5, 1, 0.7}[k] })
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
			o, err := newGrowingLoss(p, 3, func(int) float64 { return 0.6 })
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
		"lr=0": func(g *Progressive) { g.LR = 0 },
	} {
		g := defaults(t, "progressive").(*Progressive)
		change(g)
		if _, err := g.Fit(context.Background(), p, nil, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", fmt.Sprint(err), want)
		}
	}
}
