package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// A season is seen about a trend that is larger than it, with noise, and it is none where
// there is only a walk; the law goes on with both.
func TestSeasonsAreSeenAndGoOn(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	s := data.Series{Names: []string{"walk", "months"}}
	value := func(t float64) float64 {
		return 300 + 4*t + 0.1*t*t + 3*math.Sin(2*math.Pi*t+1) + math.Sin(4*math.Pi*t)
	}
	walk := 0.0
	for k := range 150 {
		at := float64(k) / 12
		walk += r.NormFloat64()
		s.T, s.X = append(s.T, at), append(s.X, walk, value(at)+0.2*r.NormFloat64())
	}
	arch := &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}}
	p := mustProblem(t, []data.Series{s}, arch)
	periods := p.seasons()
	if len(periods) != 2 || periods[0] != 0 || math.Abs(periods[1]-1) > 0.02 {
		t.Fatalf("periods %v, want none and 1", periods)
	}
	laws, err := p.seasonLaws(periods)
	if err != nil {
		t.Fatal(err)
	}
	last := p.Train[0].T[p.Train[0].Len()-1]
	ahead := data.Series{Names: s.Names}
	for k := range 24 {
		ahead.T, ahead.X = append(ahead.T, last+float64(k+1)/12), append(ahead.X, math.NaN(), math.NaN())
	}
	y, err := laws[0].law.Forecast(&p.Train[0], &ahead)
	if err != nil {
		t.Fatal(err)
	}
	for k, at := range ahead.T {
		if got, want := y[2*k+1], value(at); math.Abs(got-want) > 1 {
			t.Errorf("at %.2f: %.2f, want %.2f", at, got, want)
		}
	}
	list, err := p.plainRecipes()
	at := slices.IndexFunc(list, func(c *candidate) bool { return c.name == seasonName })
	if err != nil || at < 0 || !list[at].plain || list[at].p.process == nil {
		t.Errorf("candidates %v, %v", list, err)
	}
}

func TestNoSeasonIsSeenInAWalkOrBesideInputs(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	walk, driven := data.Series{Names: []string{"x"}}, data.Series{Names: []string{"x"}, Inputs: []string{"u"}}
	x := 0.0
	for k := range 300 {
		x += r.NormFloat64()
		at := float64(k)
		walk.T, walk.X = append(walk.T, at), append(walk.X, x)
		driven.T, driven.X = append(driven.T, at), append(driven.X, math.Sin(at/3))
		driven.U = append(driven.U, math.Cos(at/3))
	}
	for name, s := range map[string]data.Series{"walk": walk, "driven": driven} {
		p := mustProblem(t, []data.Series{s}, &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}})
		if laws := p.season(); laws != nil {
			t.Errorf("%s: a season of %d states", name, laws[0].law.N)
		}
	}
}
