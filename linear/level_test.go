package linear

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// movedLevel are rows of a level that is moved, and returns at a rate, with noise of rows; every fifth
// value is missing and distances between rows differ by a factor of up to five.
func movedLevel(rows int, move, rate, noise float64, seed uint64) data.Series {
	r := rand.New(rand.NewPCG(seed, 5))
	s, t, x := data.Series{Names: []string{"y"}}, 0.0, 0.0
	for k := range rows {
		v := 7 + x + noise*r.NormFloat64()
		if k%5 == 3 {
			v = math.NaN()
		}
		s.T, s.X = append(s.T, t), append(s.X, v)
		h := 0.2 + 0.8*r.Float64()
		keep, added := 1.0, h
		if rate > 0 {
			keep, added = math.Exp(-rate*h), -math.Expm1(-2*rate*h)/(2*rate)
		}
		t, x = t+h, keep*x+move*math.Sqrt(added)*r.NormFloat64()
	}
	return s
}

// What moves the level is told from what rows have, at irregular times and with missing rows, and
// in any unit.
func TestLevelNoiseIsToldFromThatOfRows(t *testing.T) {
	for _, c := range []struct{ move, rate, noise float64 }{{0.3, 0, 0.4}, {1, 0, 0.5}, {0.8, 0.3, 0.5}} {
		s := movedLevel(2500, c.move, c.rate, c.noise, 1)
		level, rows, ok := LevelNoise([]data.Series{s}, 0, c.rate)
		if !ok || math.Abs(math.Sqrt(level)/c.move-1) > 0.1 || math.Abs(math.Sqrt(rows)/c.noise-1) > 0.1 {
			t.Errorf("%+v: moved by %g, noise of rows %g", c, math.Sqrt(level), math.Sqrt(rows))
		}
		for i := range s.X {
			s.X[i] *= 1000
		}
		again, more, _ := LevelNoise([]data.Series{s}, 0, c.rate)
		if math.Abs(again/level/1e6-1) > 1e-6 || math.Abs(more/rows/1e6-1) > 1e-6 {
			t.Errorf("%+v: %g and %g, in other units %g and %g", c, level, rows, again, more)
		}
	}
}

// A level that stands still is seen to, of few rows too: over as many rows again it goes off by
// next to nothing beside the noise of rows.
func TestLevelNoiseOfWhiteRowsIsSmall(t *testing.T) {
	for _, rows := range []int{40, 100, 400} {
		var gone []float64
		for seed := range uint64(60) {
			s := movedLevel(rows, 0, 0, 1, seed)
			level, _, ok := LevelNoise([]data.Series{s}, 0, 0)
			if !ok {
				t.Fatal("nothing is told")
			}
			gone = append(gone, math.Sqrt(level*s.T[rows-1]))
		}
		slices.Sort(gone)
		if gone[30] > 0.15 || gone[54] > 1 {
			t.Errorf("%d rows: the level goes off by %.2f, in one of ten by %.2f", rows, gone[30], gone[54])
		}
	}
}

// The likelihood that is maximised is that of the joint normal distribution of all rows, the level
// at the first of them being integrated over.
func TestLevelNoiseIsTheMostLikely(t *testing.T) {
	s := movedLevel(30, 0.4, 0, 0.5, 3)
	level, rows, _ := LevelNoise([]data.Series{s}, 0, 0)
	best := restricted(&s, level, rows)
	for _, f := range []float64{0.5, 0.9, 1.1, 2} {
		for _, g := range []float64{0.5, 0.9, 1, 1.1, 2} {
			if v := restricted(&s, f*level, g*rows); v > best {
				t.Errorf("log likelihood %g at %g and %g of what was found, %g there", v, f, g, best)
			}
		}
	}
}

// restricted is the log likelihood of the steps between the rows that have a value.
func restricted(s *data.Series, level, rows float64) float64 {
	var at, y []float64
	for k, v := range s.X {
		if !math.IsNaN(v) {
			at, y = append(at, s.T[k]), append(y, v)
		}
	}
	n := len(y) - 1
	cov, step := make([]float64, n*n), make([]float64, n)
	for i := range n {
		step[i] = y[i+1] - y[i]
		cov[i*n+i] = level*(at[i+1]-at[i]) + 2*rows
		if i > 0 {
			cov[i*n+i-1], cov[(i-1)*n+i] = -rows, -rows
		}
	}
	sum := 0.0 // by elimination of a band matrix
	for i := range n {
		if i > 0 {
			f := cov[i*n+i-1] / cov[(i-1)*n+i-1]
			cov[i*n+i] -= f * cov[(i-1)*n+i]
			step[i] -= f * step[i-1]
		}
		sum -= math.Log(cov[i*n+i])/2 + step[i]*step[i]/cov[i*n+i]/2
	}
	return sum
}

func TestLevelNoiseOfRowsThatSayNothing(t *testing.T) {
	constant := data.Series{Names: []string{"y"}, T: []float64{0, 1, 2, 3}, X: []float64{4, 4, 4, 4}}
	if level, rows, ok := LevelNoise([]data.Series{constant}, 0, 0); !ok || level != 0 || rows != 0 {
		t.Errorf("a constant: %g, %g, %v", level, rows, ok)
	}
	two := constant.Slice(0, 2)
	if _, _, ok := LevelNoise([]data.Series{two}, 0, 0); ok {
		t.Error("two rows tell noise apart")
	}
}
