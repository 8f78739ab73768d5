package linear

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// yearly is a record with a trend of 0.3 and a season of period 1 and its half, every month,
// with noise of rows; every tenth row is missing and times are rounded to a hundredth.
func yearly(rows int, noise float64, shock float64) data.Series {
	r := rand.New(rand.NewPCG(3, 4))
	s := data.Series{Names: []string{"y"}}
	level := 5.0
	for k := range rows {
		t := math.Round(100*(1960+float64(k)/12)) / 100
		level += 0.3/12 + shock*r.NormFloat64()
		v := level + seasonOf(t) + noise*r.NormFloat64()
		if k%10 == 7 {
			v = math.NaN()
		}
		s.T, s.X = append(s.T, t), append(s.X, v)
	}
	return s
}

func seasonOf(t float64) float64 {
	return 1.2*math.Sin(2*math.Pi*t) + 0.4*math.Cos(4*math.Pi*t)
}

// oneSeason is the likeliest law of a recording.
func oneSeason(t *testing.T, s data.Series, periods ...float64) (m *Model, unknowns, waves int) {
	t.Helper()
	all, err := Season([]data.Series{s}, SeasonOptions{Periods: periods})
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Law, all[0].Unknowns, all[0].Waves
}

// What was put in comes out: the period, the noise, and a forecast that goes on with trend and
// season.
func TestSeasonFindsTrendPeriodAndNoise(t *testing.T) {
	s := yearly(240, 0.1, 0)
	m, unknowns, _ := oneSeason(t, s, 1.004)
	if m.N != 6 || unknowns != 4 {
		t.Errorf("%d states and %d unknowns, want two waves: 6 and 4", m.N, unknowns)
	}
	if period := 2 * math.Pi / m.A[2*m.N+3]; math.Abs(period-1) > 2e-3 {
		t.Errorf("period %v, want 1", period)
	}
	if sd := math.Sqrt(m.R[0]) * m.Scale[0]; sd < 0.085 || sd > 0.115 {
		t.Errorf("noise of rows %v, want 0.1", sd)
	}
	ahead := data.Series{Names: s.Names}
	for k := range 60 {
		ahead.T = append(ahead.T, s.T[len(s.T)-1]+float64(k+1)/12)
		ahead.X = append(ahead.X, math.NaN())
	}
	y, err := m.Forecast(&s, &ahead)
	if err != nil {
		t.Fatal(err)
	}
	for k, at := range ahead.T {
		want := 5 + 0.3*(at-1960) + seasonOf(at)
		if math.Abs(y[k]-want) > 0.15 {
			t.Errorf("at %v: %v, want %v", at, y[k], want)
		}
	}
}

// A level that moves by chance is told from noise of the rows.
func TestSeasonTellsMovesOfTheLevelFromNoise(t *testing.T) {
	m, _, _ := oneSeason(t, yearly(600, 0.05, 0.1), 1)
	perRow := math.Sqrt(m.Q[0]/12) * m.Scale[0] // of the level, in a month
	if perRow < 0.08 || perRow > 0.12 {
		t.Errorf("the level moves by %v a month, want 0.1", perRow)
	}
	if sd := math.Sqrt(m.R[0]) * m.Scale[0]; sd < 0.03 || sd > 0.07 {
		t.Errorf("noise of rows %v, want 0.05", sd)
	}
}

// Columns have laws of their own, and the measured basis has them all.
func TestSeasonsOfColumnsStandBesideEachOther(t *testing.T) {
	one := yearly(200, 0.1, 0)
	both := data.Series{Names: []string{"y", "z"}, T: one.T}
	for k, v := range one.X {
		both.X = append(both.X, v, 100-20*v+one.T[k]*math.Mod(float64(k)*0.7548, 1)/100)
	}
	m, _, _ := oneSeason(t, both, 1, 0)
	alone, _, _ := oneSeason(t, one, 1)
	if m.N != alone.N+1 { // the other column has no trend either: it stays about its mean
		t.Fatalf("%d states, want %d and one of a column without a season", m.N, alone.N)
	}
	for i := range alone.N {
		for j := range alone.N {
			if got, want := m.A[i*m.N+j], alone.A[i*alone.N+j]; math.Abs(got-want) > 1e-9 {
				t.Errorf("A[%d,%d] = %v, alone %v", i, j, got, want)
			}
		}
	}
	measured, err := m.Measured()
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.LogLikelihood([]data.Series{both})
	if err != nil {
		t.Fatal(err)
	}
	b, err := measured.LogLikelihood([]data.Series{both})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a-b) > 1e-6*math.Abs(a) {
		t.Errorf("log likelihood %v, in the measured basis %v", a, b)
	}
}

// How the level goes on is told from the rows: with the slope it has, with one that fades, not at
// all, or back to its mean. Forecasts over half the record show it.
func TestSeasonTellsHowALevelGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		level  func(level, t float64, r *rand.Rand) float64 // at the next row
		states int
		within float64
	}{
		"slope":  {func(level, _ float64, _ *rand.Rand) float64 { return level + 0.03 }, 2, 0.05},
		"fades":  {func(_, t float64, _ *rand.Rand) float64 { return 5 - 3*math.Exp(-t/4) }, 2, 0.1},
		"stays":  {func(level, _ float64, r *rand.Rand) float64 { return level + 0.1*r.NormFloat64() }, 1, 1.2},
		"return": {func(level, _ float64, r *rand.Rand) float64 { return 0.8*level + 0.3*r.NormFloat64() }, 1, 0.8},
	} {
		r := rand.New(rand.NewPCG(8, 8))
		s, level, ahead := data.Series{Names: []string{"y"}}, 0.0, data.Series{Names: []string{"y"}}
		var want []float64
		for k := range 240 {
			at := float64(k) / 12
			level = c.level(level, at, r)
			if k < 160 {
				s.T, s.X = append(s.T, at), append(s.X, level+seasonOf(at)+0.05*r.NormFloat64())
			} else {
				ahead.T, ahead.X, want = append(ahead.T, at), append(ahead.X, math.NaN()), append(want, level+seasonOf(at))
			}
		}
		m, _, waves := oneSeason(t, s, 1)
		if waves != 2 || m.N != c.states+4 {
			t.Errorf("%s: %d states, %d waves; want %d and 2", name, m.N, waves, c.states+4)
		}
		y, err := m.Forecast(&s, &ahead)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for k := range want {
			sum += (y[k] - want[k]) * (y[k] - want[k]) / float64(len(want))
		}
		if off := math.Sqrt(sum); off > c.within {
			t.Errorf("%s: forecasts are off by %g, want %g", name, off, c.within)
		}
	}
}

func TestSeasonRefusesWhatItCannotFollow(t *testing.T) {
	s := yearly(240, 0.1, 0)
	for name, c := range map[string]struct {
		rows int
		o    SeasonOptions
	}{
		"few rows":  {4, SeasonOptions{Periods: []float64{0}}},
		"no period": {240, SeasonOptions{}},
		"stop":      {240, SeasonOptions{Periods: []float64{1}, Stop: func() bool { return true }}},
	} {
		if _, err := Season([]data.Series{s.Slice(0, c.rows)}, c.o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The wave of two rows is half of a quarterly season: rows always see the same part of it, and the
// other is zero.
func TestSeasonHasTheWaveOfTwoRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	quarters := []float64{8, 12.5, 7, 13.5}
	s, ahead := data.Series{Names: []string{"y"}}, data.Series{Names: []string{"y"}}
	for k := range 60 {
		s.T, s.X = append(s.T, float64(k)/4), append(s.X, quarters[k%4]+0.2*r.NormFloat64())
	}
	m, _, waves := oneSeason(t, s, 1)
	if sd := math.Sqrt(m.R[0]) * m.Scale[0]; waves != 2 || sd < 0.15 || sd > 0.25 {
		t.Errorf("%d waves and noise %v, want 2 and 0.2", waves, sd)
	}
	for k := range 8 {
		ahead.T, ahead.X = append(ahead.T, float64(60+k)/4), append(ahead.X, math.NaN())
	}
	y, err := m.Forecast(&s, &ahead)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range y {
		if want := quarters[k%4]; math.Abs(v-want) > 0.2 {
			t.Errorf("%d quarters ahead: %v, want %v", k+1, v, want)
		}
	}
}
