package field

import (
	"math"
	"testing"
)

// A law of a level, a slope and two waves of one period has that period; with another wave, a decay of
// a wave, growth, or without a level it has none.
func TestLawsOfLevelAndSeasonHaveAPeriod(t *testing.T) {
	w := 2 * math.Pi / 12
	wave := func(a []float64, n, at int, w, rate float64) {
		a[at*n+at], a[(at+1)*n+at+1] = rate, rate
		a[at*n+at+1], a[(at+1)*n+at] = w, -w
	}
	for _, c := range []struct {
		name         string
		second, rate float64
		level        float64
		want         float64
	}{
		{"season", 2 * w, 0, 0, 12}, {"level that returns", 2 * w, 0, -0.1, 12},
		{"another wave", 1.4 * w, 0, 0, 0}, {"wave that fades", 2 * w, -0.1, 0, 0}, {"growth", 2 * w, 0, 0.1, 0},
	} {
		const n = 5
		f := Frame{States: []string{"y"}, Shift: []float64{3}, Scale: []float64{2}, Time: 4}
		m := &Linear{Augment: n - 1}
		p, err := m.Build(f)
		if err != nil {
			t.Fatal(err)
		}
		a := make([]float64, n*n)
		a[0] = c.level
		wave(a, n, 1, w, 0)
		wave(a, n, 3, c.second, c.rate)
		theta := make([]float64, len(p.Theta0))
		l := p.Layers[0]
		g := p.Frame
		for i := range n {
			for j := range n {
				theta[l.W+i*l.Cols+j] = a[i*n+j] * g.Time * g.Scale[j] / g.Scale[i]
			}
		}
		if got := m.Period(p, theta); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: period %g, want %g", c.name, got, c.want)
		}
	}
}
